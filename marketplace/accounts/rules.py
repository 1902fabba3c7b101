"""What an account's address is."""

from __future__ import annotations

from typing import Final

from marketplace.contact import kept_email

NO_MAILBOX: Final = "no-mailbox.invalid"
"""The domain of accounts whose person has given no address; no mail server has it (RFC 6761, section 6.4)."""


def address_without_mailbox(name: str) -> str:
    """What stands for the address of an account whose person signs in without one."""
    return f"{name}@{NO_MAILBOX}"


def has_mailbox(email: str) -> bool:
    """Whether mail can be sent to the address of an account."""
    return not email.endswith(f"@{NO_MAILBOX}")


def normal_email(email: str) -> str:
    """The address as it is kept and compared: one form for every spelling of a mailbox."""
    return kept_email(email)
