"""A decision keeps neither grounds nor letter when the client's data were erased"""

from __future__ import annotations

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

NAME = "ck_service_decisions_made_with_number_and_letter"
MADE = (
    "(state IN ('made', 'replaced')) = (number IS NOT NULL AND decided_by_id IS NOT NULL"
    " AND decided_at IS NOT NULL AND {letter})"
)


def upgrade() -> None:
    with op.batch_alter_table("service_decisions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(
            op.f(NAME), MADE.format(letter="(file_id IS NOT NULL OR grounds = '')")
        )


def downgrade() -> None:
    """The version before asks for a letter: an erased decision gets the row of a file whose content is gone."""
    erased = "state IN ('made', 'replaced') AND file_id IS NULL"
    op.execute(
        "INSERT INTO stored_files (sha256, media_type, size, name, created_at, state)"
        f" SELECT '{'0' * 64}', 'application/pdf', 0, 'erased.pdf', CURRENT_TIMESTAMP, 'infected'"
        f" WHERE EXISTS (SELECT 1 FROM service_decisions WHERE {erased})"
    )
    op.execute(
        "UPDATE service_decisions SET file_id ="
        " (SELECT max(id) FROM stored_files WHERE name = 'erased.pdf' AND state = 'infected')"
        f" WHERE {erased}"
    )
    with op.batch_alter_table("service_decisions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(op.f(NAME), MADE.format(letter="file_id IS NOT NULL"))
