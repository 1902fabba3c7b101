"""Offices look at the proofs that standing providers send

Proofs that are here have been looked at with the applications that show them: they get no row, and count as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proof_looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counts_until", sa.Date(), nullable=False),
        sa.Column("looked_by_id", sa.Integer(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'returned')", name=op.f("ck_proof_looks_state_is_known")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (looked_at IS NULL)", name=op.f("ck_proof_looks_settled_has_a_moment")
        ),
        sa.CheckConstraint(
            "(looked_at IS NULL) = (looked_by_id IS NULL)", name=op.f("ck_proof_looks_settled_by_a_person")
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR reason <> ''", name=op.f("ck_proof_looks_returned_has_a_reason")
        ),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_proof_looks_evidence_id")),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_proof_looks_organisation_key")
        ),
        sa.ForeignKeyConstraint(["looked_by_id"], ["users.id"], name=op.f("fk_proof_looks_looked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_looks")),
        sa.UniqueConstraint("evidence_id", "organisation_key", name="uq_proof_looks_one_for_an_organisation"),
    )
    op.create_index("ix_proof_looks_organisation_key_state", "proof_looks", ["organisation_key", "state"])


def downgrade() -> None:
    op.drop_table("proof_looks")
