"""Files that go with answers to hearings and with explanations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hearing_id", sa.Integer(), nullable=True),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(hearing_id IS NULL) <> (measure_id IS NULL)", name=op.f("ck_answer_attachments_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["hearing_id"], ["hearings.id"], name=op.f("fk_answer_attachments_hearing_id_hearings")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["approval_measures.id"],
            name=op.f("fk_answer_attachments_measure_id_approval_measures"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_answer_attachments_file_id_stored_files")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_attachments")),
        sa.UniqueConstraint("file_id", name=op.f("uq_answer_attachments_file_id")),
    )
    op.create_index(op.f("ix_answer_attachments_hearing_id"), "answer_attachments", ["hearing_id"])
    op.create_index(op.f("ix_answer_attachments_measure_id"), "answer_attachments", ["measure_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_answer_attachments_measure_id"), table_name="answer_attachments")
    op.drop_index(op.f("ix_answer_attachments_hearing_id"), table_name="answer_attachments")
    op.drop_table("answer_attachments")
