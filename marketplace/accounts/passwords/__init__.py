"""Passwords: which are good enough, how they are kept, how they change."""
