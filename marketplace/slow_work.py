"""The one gate for work that takes a core or much memory for a moment: `KINDS` names every kind of it.

Each kind has few turns on a machine (`turns`), and all kinds together have all threads of a web process but two: those
answer pages, however much of whatever comes at once (docs/decisions/0125-one-gate-for-slow-work.md). Who finds no
place, or has waited in vain, is told so, with the seconds after which to come again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from marketplace.errors import DomainError
from marketplace.i18n import _l
from marketplace.turns import NoTurn, Seats, Turns

FOR_PAGES: Final = 2
"""Threads of a web process that no slow work ever takes."""

WITHOUT_READERS: Final = 600.0
"""Seconds that a process waits for a turn in which nobody waits for a page."""

_CORES: Final = max(2, os.cpu_count() or 1)

_SIGN_INS: Final = _l("Very many people are signing in at this moment. Wait a few seconds and try again.")
_FILES: Final = _l("Many files are being made at this moment. Wait a few seconds and try again.")
_SENT: Final = _l("Many files are being read at this moment. Wait a few seconds and try again.")


class Slow(StrEnum):
    """What takes long."""

    HASH = "hash"
    LIST = "list"
    TABLE = "table"
    WORKBOOK = "workbook"
    DOCUMENT = "document"
    PICTURE = "picture"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class SlowKind:
    """How many of a kind a machine does at once, how many seconds one waits for it, and what is said in vain."""

    at_once: int
    patience: float
    busy: Any


KINDS: Final[dict[Slow, SlowKind]] = {
    # Passwords and codes of letters (argon2id): 64 MiB and all cores.
    Slow.HASH: SlowKind(_CORES, 5.0, _SIGN_INS),
    # Lists that anybody may fetch, with the reading of their rows.
    Slow.LIST: SlowKind(1, 10.0, _FILES),
    # Workbooks and CSV that people send: a child of 200 MB.
    Slow.TABLE: SlowKind(2, 10.0, _SENT),
    # Workbooks that are written.
    Slow.WORKBOOK: SlowKind(_CORES, 10.0, _FILES),
    # PDFs that are set.
    Slow.DOCUMENT: SlowKind(_CORES, 10.0, _FILES),
    # Photographs that are drawn again, PDFs that are looked into.
    Slow.PICTURE: SlowKind(2, 10.0, _SENT),
    # Packed files of several tables.
    Slow.ARCHIVE: SlowKind(1, 10.0, _FILES),
}
"""Every kind of slow work that a request can ask for."""

_seats: Final = Seats()

TURNS: Final[dict[Slow, Turns]] = {
    slow: Turns(kind.at_once, patience=kind.patience, seats=_seats) for slow, kind in KINDS.items()
}
"""Who may do a kind of work now."""


class Busy(DomainError):
    """Too much of a kind is done at this moment; one may try again after `wait` seconds."""

    status = 503

    def __init__(self, slow: Slow, wait: int) -> None:
        self.wait = wait
        super().__init__(KINDS[slow].busy)


@contextmanager
def turn(slow: Slow) -> Iterator[None]:
    """Do a kind of work inside the block; nothing is waited for there but the work. Raises Busy."""
    try:
        with TURNS[slow].turn():
            yield
    except NoTurn as error:
        raise Busy(slow, error.wait) from error


def share(folder: Path) -> None:
    """Count together with all processes of the machine that name the same folder; before they are forked."""
    for slow, each in TURNS.items():
        each.share(folder / slow)


def leave_room(threads: int) -> None:
    """Answer pages in this process with so many threads: two of them stay for those."""
    _seats.leave(threads - FOR_PAGES)


def be_patient() -> None:
    """In this process nobody waits for a page: rather wait for a turn than leave the work undone."""
    for each in TURNS.values():
        each.patience = WITHOUT_READERS
