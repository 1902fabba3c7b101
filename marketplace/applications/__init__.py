"""A provider applies to a pilot: filling in, sending, completing, withdrawing, and the talk about it."""
