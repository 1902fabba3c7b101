"""What a backup says of itself, and what must be true of the portal that was made from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

FORMAT: Final = 1
"""Raised when a backup is laid out in another way."""


class Unreadable(ValueError):
    """A text is no list of contents that this program can read; the message says why, in English."""


@dataclass(frozen=True, slots=True)
class BackupContents:
    """The list of contents that lies beside a backup and is written last: without it the backup is not whole.

    `engine` is `sqlite` or `postgresql`, `revision` that of the tables, `rows` how many each table holds, `database`
    the SHA-256 of the dump, `files` the SHA-256 of every stored content, `missing` of those that the database spoke of
    and that were not there, or not what they were, when the backup was made. `made_at` is UTC in ISO 8601.
    """

    made_at: str
    portal: str
    engine: str
    revision: str
    database: str
    rows: Mapping[str, int]
    files: tuple[str, ...]
    missing: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The text that is kept."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> BackupContents:
        """Read what `to_json` wrote. Raises Unreadable."""
        try:
            fields = json.loads(text)
            if fields.pop("format") != FORMAT:
                raise Unreadable(
                    "the backup was made by a version of the portal that lays backups out otherwise"
                )
            return cls(**{**fields, "files": tuple(fields["files"]), "missing": tuple(fields["missing"])})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise (
                error if isinstance(error, Unreadable) else Unreadable("its list of contents is damaged")
            ) from error


def differences(told: Mapping[str, int], found: Mapping[str, int]) -> Iterator[str]:
    """The differences between the restored tables and those of the backup, in English, a line for each table."""
    for table in sorted(told.keys() | found.keys()):
        if told.get(table) != found.get(table):
            yield f"table {table}: {found.get(table, 'no')} rows, the backup says {told.get(table, 'no')}"
