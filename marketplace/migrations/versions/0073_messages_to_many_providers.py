"""Messages of an office to many providers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
SUBJECTS = ("hearing_id", "completion_id", "decision_id", "correction_id", "measure_id", "condition_id")
KINDS = (
    "'hearing', 'completion', 'decision', 'correction', 'measure_hearing', 'measure_decision', 'measure_end', "
    "'request', 'not_met', 'put_off'"
)


def _checks(kinds: str, subjects: tuple[str, ...]) -> dict[str, str]:
    return {
        "ck_served_documents_kind_is_known": f"kind IN ({kinds})",
        "ck_served_documents_one_subject": " + ".join(
            f"(CASE WHEN {each} IS NULL THEN 0 ELSE 1 END)" for each in subjects
        )
        + " = 1",
    }


def upgrade() -> None:
    op.create_table(
        "circulars",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", JSON, nullable=False),
        sa.Column("text", JSON, nullable=False),
        sa.Column("pilot", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'sent')", name=op.f("ck_circulars_state_is_known")),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_circulars_sent_has_a_moment")
        ),
        sa.CheckConstraint(
            "(sent_at IS NULL) = (sent_by_id IS NULL)", name=op.f("ck_circulars_sent_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_key"],
            ["organisations.key"],
            name=op.f("fk_circulars_organisation_key_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["users.id"], name=op.f("fk_circulars_written_by_id_users")
        ),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_circulars_sent_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circulars")),
    )
    op.create_index(op.f("ix_circulars_organisation_key"), "circulars", ["organisation_key"])
    with op.batch_alter_table("served_documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("circular_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_served_documents_circular_id_circulars"), "circulars", ["circular_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_served_documents_circular_id"), ["circular_id"])
        for name, check in _checks(f"{KINDS}, 'circular'", (*SUBJECTS, "circular_id")).items():
            batch_op.drop_constraint(op.f(name), type_="check")
            batch_op.create_check_constraint(op.f(name), check)


def downgrade() -> None:
    """The version before knows no messages to many: what went has gone, and what waits for the post is forgotten."""
    op.execute("DELETE FROM served_documents WHERE circular_id IS NOT NULL")
    with op.batch_alter_table("served_documents", schema=None) as batch_op:
        for name, check in _checks(KINDS, SUBJECTS).items():
            batch_op.drop_constraint(op.f(name), type_="check")
            batch_op.create_check_constraint(op.f(name), check)
        batch_op.drop_index(op.f("ix_served_documents_circular_id"))
        batch_op.drop_constraint(op.f("fk_served_documents_circular_id_circulars"), type_="foreignkey")
        batch_op.drop_column("circular_id")
    op.drop_index(op.f("ix_circulars_organisation_key"), table_name="circulars")
    op.drop_table("circulars")
