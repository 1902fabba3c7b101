"""The table that somebody sends in a form, read before the request's transaction begins."""

from __future__ import annotations

from flask_login import current_user
from flask_wtf.file import FileField

from marketplace.sheets import MAX_BYTES, Table, read_tables, turn
from marketplace.web.frame import let_go, settings


def sent_tables(field: FileField) -> list[Table]:
    """The ways in which the file of a form's field can be read as a table.

    What was read for this request so far is let go, so that nobody waits for the database while the file is looked
    into. An account has one file read at a time. Raises UnreadableFile or Conflict, for the field `file`.
    """
    let_go()
    with turn(settings().data_dir, str(current_user.get_id())):
        return read_tables(field.data.stream.read(MAX_BYTES + 1))
