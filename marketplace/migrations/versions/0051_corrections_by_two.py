"""Two people stand behind a correction, and the party gets a corrected copy; the words of decisions are kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
STATES = "state IN ('new', 'proposed', 'made', 'dropped')"
MADE = "(state = 'made') = (number IS NOT NULL AND corrected_on IS NOT NULL AND file_id IS NOT NULL)"


def upgrade() -> None:
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("content", JSON, nullable=True))
    with op.batch_alter_table("decision_corrections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.Text(), nullable=False, server_default="made"))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("proposed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("copy_id", sa.Integer(), nullable=True))
        batch_op.alter_column("number", existing_type=sa.Text(), nullable=True)
        batch_op.alter_column("corrected_on", existing_type=sa.Date(), nullable=True)
        batch_op.alter_column("corrected_by_id", existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column("file_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_foreign_key(
            op.f("fk_decision_corrections_proposed_by_id_users"), "users", ["proposed_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            op.f("fk_decision_corrections_copy_id_stored_files"), "stored_files", ["copy_id"], ["id"]
        )
    with op.batch_alter_table("decision_corrections", schema=None) as batch_op:
        batch_op.alter_column("state", existing_type=sa.Text(), server_default=None)
        batch_op.alter_column("revision", existing_type=sa.Integer(), server_default=None)
        batch_op.create_check_constraint(op.f("ck_decision_corrections_state_is_known"), STATES)
        batch_op.create_check_constraint(
            op.f("ck_decision_corrections_two_people"), "proposed_by_id <> corrected_by_id"
        )
        batch_op.create_check_constraint(op.f("ck_decision_corrections_made_has_a_document"), MADE)


def downgrade() -> None:
    op.execute("DELETE FROM decision_corrections WHERE state <> 'made'")
    with op.batch_alter_table("decision_corrections", schema=None) as batch_op:
        for name in ("state_is_known", "two_people", "made_has_a_document"):
            batch_op.drop_constraint(op.f(f"ck_decision_corrections_{name}"), type_="check")
        batch_op.drop_constraint(op.f("fk_decision_corrections_proposed_by_id_users"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_decision_corrections_copy_id_stored_files"), type_="foreignkey")
        for name in ("state", "revision", "proposed_by_id", "proposed_at", "copy_id"):
            batch_op.drop_column(name)
        for name, kind in (
            ("number", sa.Text()),
            ("corrected_on", sa.Date()),
            ("corrected_by_id", sa.Integer()),
            ("file_id", sa.Integer()),
        ):
            batch_op.alter_column(name, existing_type=kind, nullable=False)
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_column("content")
