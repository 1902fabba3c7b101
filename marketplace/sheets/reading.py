"""A file of rows and cells, whatever program wrote it, read where it can do no harm.

Read are CSV in every encoding and with every delimiter that office programs choose, XLSX (also Strict), XLS, XLSB and
ODS. The file is opened by `child`, a process with at most 190 MB of memory and one second of the processor; a
workbook of 1.4 KB could otherwise ask for hours. Whatever happens there, the answer is a table or a sentence.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeAlias

from marketplace import slow_work
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l
from marketplace.slow_work import Slow

MAX_BYTES: Final = 10 * 1024 * 1024
WAIT_SECONDS: Final = 20
"""By the clock on the wall, for a machine that is busy with others; the processor's time is the child's to limit."""

CHILD: Final = Path(__file__).with_name("child.py")

FAULTS: Final = {
    "empty": _l("The file is empty."),
    "too_long": _l("The file is larger than 10 MB. Divide the table into smaller files."),
    "too_large": _l(
        "The table is too large. Delete the empty rows and columns around it, or divide it into smaller files, "
        "and save it again."
    ),
    "password": _l("The file has a password. Save it without one and choose it again."),
    "no_sheet": _l("The workbook has no visible sheet with a table in it."),
    "not_a_table": _l("This is not a table. Save the table as XLSX or as CSV and choose it again."),
    "damaged": _l(
        "The file cannot be read: it is damaged, or not a workbook. Open it in your spreadsheet program, save it "
        "again as XLSX or as CSV, and choose it again."
    ),
}
"""What a person reads, by the child's code."""

Cell: TypeAlias = str | date
"""What a cell shows. A date stays one, because a date in the wrong place is a mistake of the spreadsheet's."""


class UnreadableFile(Invalid):
    """The file as a whole cannot be read as a table; `field` is `file`."""

    def __init__(self, message: object) -> None:
        super().__init__(message, field="file")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file in order, blank ones too: `rows[0]` is row 1 of the sheet. `origin` says how it was read.

    `broken`: row number → text of the rows of a CSV file that a stray quotation mark breaks; they have no cells.
    """

    rows: tuple[tuple[Cell, ...], ...]
    origin: str
    broken: Mapping[int, str] = field(default_factory=dict)


def read_tables(content: bytes) -> list[Table]:
    """The ways in which a file can be read as a table: one per delimiter for CSV, one per visible sheet of a workbook.

    Whoever knows the columns chooses the one whose header it knows. Raises UnreadableFile for whatever is no table,
    with a sentence that says what to do, and Busy when too many are read now. Not to be called while a transaction
    holds a lock: it may take seconds.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile(FAULTS["too_long"])
    answer = _asked(content)
    if "fault" in answer:
        raise UnreadableFile(FAULTS[answer["fault"]])
    return [
        Table(
            rows=tuple(tuple(_cell(cell) for cell in row) for row in each["rows"]),
            origin=each["origin"],
            broken={int(number): text for number, text in each["broken"].items()},
        )
        for each in answer["tables"]
    ]


def _asked(content: bytes) -> dict[str, Any]:
    """The child's answer; what it was stopped for is a fault like another."""
    try:
        with slow_work.turn(Slow.TABLE):
            done = subprocess.run(  # noqa: S603 - our own program, without a shell
                [sys.executable, "-I", "-X", "utf8", str(CHILD)],
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=WAIT_SECONDS,
                env={},
                check=False,
            )
    except subprocess.TimeoutExpired:
        return {"fault": "too_large"}
    if done.returncode < 0:  # ended by a signal: its memory or its time was used up
        return {"fault": "too_large"}
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"fault": "damaged"}
    return answer


def _cell(cell: str | list[str]) -> Cell:
    return cell if isinstance(cell, str) else date.fromisoformat(cell[0])


@contextmanager
def turn(folder: Path, owner: str) -> Iterator[None]:
    """The turn of an account to have a file read: one at a time on this machine, whichever process serves it.

    `folder` is the portal's data directory; `owner` names the account. Raises Conflict while another file is read.
    """
    place = folder / "reading"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / hashlib.sha256(owner.encode()).hexdigest()).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                _l(
                    "Another file of yours is being read just now. Wait until it is ready and choose this one again."
                ),
                field="file",
            ) from error
        yield
