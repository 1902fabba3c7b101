"""Hashes of passwords in tests, made with the least work: a real one takes a tenth of a second."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher

from marketplace.accounts.passwords import hashing

SHIPPED: Final = hashing.hasher
"""The product's own hasher, whose settings `tests/accounts/test_passwords.py` asks."""


def hash_quickly() -> None:
    """From here on this process hashes with the least work; portals that a test starts hash as they are shipped."""
    hashing.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    hashing.nobody = hashing.hasher.hash("an account that does not exist")
