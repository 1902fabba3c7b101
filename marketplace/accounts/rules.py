"""What an account's address is."""

from __future__ import annotations

from marketplace.contact import kept_email


def normal_email(email: str) -> str:
    """The address as it is kept and compared: one form for every spelling of a mailbox."""
    return kept_email(email)
