"""What became of each row of an imported sheet, and the lines that tell it on the command line."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class RowOutcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    PASSED_OVER = "passed over"


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row of the sheet: its number there, what became of it, whose it is, and why or what exactly.

    `notes` are what was read otherwise than it stands, or left out.
    """

    number: int
    outcome: RowOutcome
    business_id: str
    name: str
    details: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All rows in the order of the sheet. `written` is false for a dry run and when all-or-nothing became nothing."""

    origin: str
    header_row: int
    unread: tuple[str, ...]
    rows: tuple[RowResult, ...]
    written: bool
    dry_run: bool

    @property
    def stamp(self) -> str:
        """The same for two reports only when they say the same of every row."""
        said = [
            (row.number, str(row.outcome), row.business_id, [*map(str, row.details)], [*map(str, row.notes)])
            for row in self.rows
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()

    @property
    def refused(self) -> bool:
        """Whether some row was refused."""
        return any(row.outcome == RowOutcome.REFUSED for row in self.rows)

    @property
    def counts(self) -> dict[RowOutcome, int]:
        """How many rows came to each outcome."""
        counter = Counter(row.outcome for row in self.rows)
        return {outcome: counter[outcome] for outcome in RowOutcome}


def lines(report: Report) -> Iterator[str]:
    """The report for a terminal: how the file was read, a line per row, the sums."""
    yield f"{report.origin}, header on row {report.header_row}"
    if report.unread:
        yield f"Not imported: {', '.join(report.unread)}"
    for row in report.rows:
        whose = " ".join(part for part in (row.business_id, row.name) if part)
        yield f"row {row.number:<4} {row.outcome:<9}  {f'{whose}: ' if whose else ''}{'; '.join(row.details)}"
    if not report.rows:
        yield "There are no rows under the header."
    counts = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items())
    yield f"{len(report.rows)} rows: {counts}"
    if report.dry_run:
        yield "Dry run: nothing was written."
    elif not report.written:
        yield "Nothing was written, because rows were refused (--all-or-nothing)."
