"""Inviting providers: the list, the letter, the rounds of sending, the personal link."""
