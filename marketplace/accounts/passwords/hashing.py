"""Making and checking hashes of passwords (argon2id), only so many at once.

One hash takes some 64 MiB and all cores for a moment: whoever sends many sign-ins at once would otherwise take the
machine's memory, and every thread that answers pages. A machine makes few at once, few wait for their turn, and whoever
finds no place or has waited in vain is told so (docs/decisions/0108-turns-at-hashing-passwords.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from marketplace.accounts.passwords.rules import normal_password
from marketplace.errors import DomainError
from marketplace.i18n import _l
from marketplace.turns import NoTurn, Turns

AT_ONCE: Final = max(2, os.cpu_count() or 1)
"""Hashes that a machine makes at the same time."""

PATIENCE: Final = 5.0
"""Seconds for which a hash waits for its turn."""

UNUSABLE: Final = "!"
"""In place of the hash of an account that has no password (yet)."""

hasher = PasswordHasher()
"""argon2id with the library's current defaults."""

nobody = hasher.hash("an account that does not exist takes as long to refuse as one that does")
"""What is tried where there is no hash."""

turns = Turns(AT_ONCE, patience=PATIENCE)
"""Who may make a hash now; `marketplace serve` shares them among all processes of the machine."""


class Busy(DomainError):
    """Too many people sign in at this moment; this one has to try again after `wait` seconds."""

    status = 503

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(
            _l("Very many people are signing in at this moment. Wait a few seconds and try again.")
        )


def hash_password(password: str) -> str:
    """The argon2id hash of a password. Raises Busy."""
    with _turn():
        return hasher.hash(normal_password(password))


def password_is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; takes the same time when there is none. Raises Busy."""
    usable = password_hash is not None and password_hash != UNUSABLE
    with _turn():
        try:
            hasher.verify(password_hash if usable and password_hash else nobody, normal_password(password))
        except (VerificationError, InvalidHashError):
            return False
    return usable


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker settings than those of today."""
    return hasher.check_needs_rehash(password_hash)


@contextmanager
def _turn() -> Iterator[None]:
    try:
        with turns.turn():
            yield
    except NoTurn as error:
        raise Busy(error.wait) from error
