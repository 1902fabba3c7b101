"""Rules of the national service register (Palvelutietovaranto, PTV): what is sent when, and nothing twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

FIRST_REST: Final = timedelta(minutes=10)
LONGEST_REST: Final = timedelta(hours=12)
"""How soon what the register refused is sent again: twice as late each time, up to this."""

PUBLISHED: Final = "Published"
DELETED: Final = "Deleted"
"""The register's own words for what it shows and what has been taken away."""


class RegisterPart(StrEnum):
    """What an entry of the register is: a service, or the channel by which it is reached."""

    SERVICE = "service"
    CHANNEL = "channel"


PATHS: Final[dict[RegisterPart, str]] = {
    RegisterPart.SERVICE: "Service",
    RegisterPart.CHANNEL: "ServiceChannel/WebPage",
}
"""Where each kind is sent, below the register's address."""


class Sending(StrEnum):
    """What is to be done with an entry."""

    CREATE = "create"
    UPDATE = "update"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class WantedEntry:
    """An entry as it should stand in the register: `source` is our own id of it, `content` its JSON."""

    kind: RegisterPart
    source: str
    organisation: str
    content: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """Changes with every character of the content."""
        return digest_of(self.content)


def digest_of(content: Mapping[str, Any]) -> str:
    """A checksum of JSON values, whatever the order of their keys."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def sending_of(wanted: str | None, accepted: str | None, *, withdrawn: bool) -> Sending | None:
    """What to send: `wanted` and `accepted` are the digests of what should stand there and of what was last accepted.

    None when the register knows it already. What was withdrawn and is wanted again is an update: the register keeps
    the source id.
    """
    if wanted is None:
        return None if accepted is None or withdrawn else Sending.WITHDRAW
    if accepted is None:
        return Sending.CREATE
    return Sending.UPDATE if withdrawn or wanted != accepted else None


def rests_until(last_tried: datetime, failures: int) -> datetime:
    """When an entry that was refused `failures` times in a row is tried again."""
    rest: timedelta = min(FIRST_REST * 2 ** min(max(failures - 1, 0), 10), LONGEST_REST)
    return last_tried + rest
