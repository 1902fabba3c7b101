"""Codes from an app (RFC 6238), recovery codes, and who needs a second factor."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Final

import pyotp

from marketplace.permissions import STAFF_ROLES, Role

PERIOD: Final = 30
"""Seconds for which a code of an app is shown."""

DRIFT: Final = 1
"""Periods by which the clock of a telephone may be off, to each side."""

RECOVERY_CODES: Final = 10
PASSKEYS: Final = 10
"""How many passkeys a person may have."""

_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Signs of recovery codes: those that are not mistaken for one another."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has besides the password: an app, how many passkeys, how many recovery codes are left."""

    app: bool
    passkeys: int
    codes: int

    def __bool__(self) -> bool:
        return self.app or self.passkeys > 0


def is_required(roles: Iterable[Role], *, organisation_requires: bool) -> bool:
    """Whether somebody with these roles needs a second factor: the staff of an organisation that requires it."""
    return organisation_requires and not STAFF_ROLES.isdisjoint(roles)


def new_secret() -> str:
    """The secret that the app and the portal share: 160 random bits in base 32."""
    return pyotp.random_base32()


def app_address(secret: str, *, account: str, issuer: str) -> str:
    """What the picture says to the app (`otpauth://…`)."""
    return pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """The period whose code this is, or None. A period up to `after` is used up: a code works once."""
    present = int(now.timestamp()) // PERIOD
    digits = re.sub(r"\s", "", code)
    one = pyotp.TOTP(secret, interval=PERIOD)
    for step in range(max(present - DRIFT, after + 1), present + DRIFT + 1):
        if compare_digest(one.at(step * PERIOD).encode(), digits.encode()):
            return step
    return None


def is_app_code(code: str) -> bool:
    """Whether the text looks like a code of an app (six digits), and not like a recovery code."""
    return re.fullmatch(r"\s*(?:\d\s*){6}", code) is not None


def new_recovery_code() -> str:
    """A recovery code for paper, with some 59 random bits: `k3px-9mtw-4hre`."""
    signs = "".join(secrets.choice(_LETTERS) for _number in range(12))
    return "-".join(signs[at : at + 4] for at in range(0, 12, 4))


def recovery_hash(user_id: int, code: str) -> str:
    """How a recovery code is kept and compared: however it was written, with the person it belongs to."""
    signs = re.sub(r"[^a-z0-9]", "", code.casefold())
    return hashlib.sha256(f"{user_id}:{signs}".encode()).hexdigest()
