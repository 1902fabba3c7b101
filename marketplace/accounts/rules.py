"""What an account's address is."""

from __future__ import annotations


def normal_email(email: str) -> str:
    """The address as it is kept and compared: lower case, no surrounding blanks."""
    return email.strip().lower()
