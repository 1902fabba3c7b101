"""Making and checking hashes of passwords (argon2id), only so many at once.

One hash takes some 64 MiB and all cores for a moment: whoever sends many sign-ins at once would otherwise take the
machine's memory, and every thread that answers pages. It takes its turn at the gate for slow work
(docs/decisions/0108-turns-at-hashing-passwords.md).
"""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from marketplace.accounts.passwords.rules import normal_password
from marketplace.slow_work import Slow, turn

UNUSABLE: Final = "!"
"""In place of the hash of an account that has no password (yet)."""

hasher = PasswordHasher()
"""argon2id with the library's current defaults."""

nobody = hasher.hash("an account that does not exist takes as long to refuse as one that does")
"""What is tried where there is no hash."""


def hash_password(password: str) -> str:
    """The argon2id hash of a password. Raises Busy."""
    with turn(Slow.HASH):
        return hasher.hash(normal_password(password))


def password_is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; takes the same time when there is none. Raises Busy."""
    usable = password_hash is not None and password_hash != UNUSABLE
    with turn(Slow.HASH):
        try:
            hasher.verify(password_hash if usable and password_hash else nobody, normal_password(password))
        except (VerificationError, InvalidHashError):
            return False
    return usable


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker settings than those of today."""
    return hasher.check_needs_rehash(password_hash)
