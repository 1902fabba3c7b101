"""E-mail addresses in one form: lower case, composed letters, domains in A-labels

An address that is not valid, or whose normal form another row has already, stays as it is; `marketplace check` names
the accounts among them.
"""

from __future__ import annotations

import unicodedata

import idna
import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = (
    ("users", "email", ()),
    ("mailed_links", "email", None),
    ("invitations", "email", ("pilot_key",)),
    ("session_registrations", "email", ("session_id",)),
    ("person_invitations", "email", None),
    ("providers", "email", None),
    ("providers", "contact_email", None),
    ("providers", "invoicing_email", None),
    ("service_units", "email", None),
)
"""Table, column, and what else makes the address unique there; None where it may stand twice."""


def normal(address: str) -> str:
    """The normal form, or the address itself when it has none."""
    local, at, domain = " ".join(unicodedata.normalize("NFC", address).split()).rpartition("@")
    if not at or not local or not local.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}".lower()
    except idna.IDNAError:
        return address


def upgrade() -> None:
    connection = op.get_bind()
    for name, column, scope in COLUMNS:
        table = sa.table(name, *(sa.column(each) for each in ("id", column, *(scope or ()))))
        address, within = table.c[column], [table.c[each] for each in scope or ()]
        for row in connection.execute(sa.select(table.c.id, address, *within).order_by(table.c.id)).all():
            made = normal(row[1] or "")
            if made == (row[1] or ""):
                continue
            same = [each == value for each, value in zip(within, row[2:], strict=True)]
            taken = scope is not None and connection.scalar(
                sa.select(table.c.id).where(address == made, *same, table.c.id != row[0])
            )
            if not taken:
                connection.execute(sa.update(table).where(table.c.id == row[0]).values({column: made}))


def downgrade() -> None:
    """Both spellings reach the same mailbox: nothing is undone."""
