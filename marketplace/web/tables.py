"""Tables that come and go: one sent in a form, read before the request's transaction begins; one to take along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from flask import Response
from flask_login import current_user
from flask_wtf.file import FileField

from marketplace.sheets import CSV, MAX_BYTES, XLSX, Table, Value, as_csv, as_xlsx, read_tables, turn
from marketplace.web.downloads import made_file
from marketplace.web.frame import let_go, settings


def sent_tables(field: FileField) -> list[Table]:
    """The ways in which the file of a form's field can be read as a table.

    What was read for this request so far is let go, so that nobody waits for the database while the file is looked
    into. An account has one file read at a time. Raises UnreadableFile or Conflict, for the field `file`.
    """
    let_go()
    with turn(settings().data_dir, str(current_user.get_id())):
        return read_tables(field.data.stream.read(MAX_BYTES + 1))


_TYPES: Final = {"csv": CSV, "xlsx": XLSX}


def table_file(
    kind: str, heads: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str, name: str
) -> Response:
    """The table as a file to keep; `kind` is csv or xlsx, `name` the file's without its ending."""
    content = as_csv(heads, rows) if kind == "csv" else as_xlsx(heads, rows, title=title)
    return made_file(content, _TYPES[kind], f"{name}.{kind}")
