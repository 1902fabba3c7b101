"""Slowing down who guesses passwords, without letting strangers keep anybody out."""
