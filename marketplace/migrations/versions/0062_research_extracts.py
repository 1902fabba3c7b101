"""The list of research extracts that were given"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "research_extracts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("permit", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_research_extracts_ends_after_start")),
        sa.CheckConstraint("recipient <> ''", name=op.f("ck_research_extracts_names_its_recipient")),
        sa.ForeignKeyConstraint(
            ["organisation_key"],
            ["organisations.key"],
            name=op.f("fk_research_extracts_organisation_key_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["pilot_key"], ["pilots.key"], name=op.f("fk_research_extracts_pilot_key_pilots")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_research_extracts_made_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_research_extracts")),
    )
    op.create_index(op.f("ix_research_extracts_organisation_key"), "research_extracts", ["organisation_key"])


def downgrade() -> None:
    op.drop_index(op.f("ix_research_extracts_organisation_key"), table_name="research_extracts")
    op.drop_table("research_extracts")
