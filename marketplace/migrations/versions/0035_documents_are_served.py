"""How documents reached their parties, and why a time is shorter than usual"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

SHORT = ("hearings", "completion_requests", "approval_measures")
SUBJECTS = {
    "hearing_id": "hearings",
    "completion_id": "completion_requests",
    "decision_id": "decisions",
    "correction_id": "decision_corrections",
    "measure_id": "approval_measures",
    "condition_id": "approval_conditions",
}
KINDS = (
    "'hearing', 'completion', 'decision', 'correction', 'measure_hearing', 'measure_decision', 'measure_end', "
    "'request', 'not_met'"
)
TITLES = {"fi": "Kuuleminen hyväksymistä koskevassa asiassa", "sv": "Hörande i ett ärende om godkännande"}

NOBODY = """
    SELECT m.id, a.pilot_key, a.provider_id, m.proposed_at, m.language, m.grounds
    FROM approval_measures m
    JOIN service_approvals a ON a.id = m.approval_id
    WHERE m.state IN ('hearing', 'proposed') AND m.hearing_due_on IS NOT NULL AND m.answered_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM role_grants g JOIN users u ON u.id = g.user_id
        WHERE g.provider_id = a.provider_id AND g.role = 'provider_admin' AND u.active
    )
"""
"""Measures whose hearing reached nobody: the company had no people, and nothing was mailed."""


def upgrade() -> None:
    for table in SHORT:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("short_reason", sa.Text(), server_default="", nullable=False))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("short_reason", existing_type=sa.Text(), server_default=None)
    op.create_table(
        "served_documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("posted_by_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in SUBJECTS),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_served_documents_kind_is_known")),
        sa.CheckConstraint(
            "channel IN ('people', 'company', 'post')", name=op.f("ck_served_documents_channel_is_known")
        ),
        sa.CheckConstraint(
            "(sent_on IS NULL) = (served_on IS NULL)", name=op.f("ck_served_documents_served_when_sent")
        ),
        sa.CheckConstraint(
            "channel = 'post' OR sent_on IS NOT NULL", name=op.f("ck_served_documents_mail_is_sent_at_once")
        ),
        sa.CheckConstraint(
            " + ".join(f"(CASE WHEN {each} IS NULL THEN 0 ELSE 1 END)" for each in SUBJECTS) + " = 1",
            name=op.f("ck_served_documents_one_subject"),
        ),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_served_documents_pilot_key")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_served_documents_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["posted_by_id"], ["users.id"], name=op.f("fk_served_documents_posted_by_id")
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_served_documents_{name}"))
            for name, table in SUBJECTS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_served_documents")),
    )
    waiting = sa.text("sent_on IS NULL")
    op.create_index(
        "ix_served_documents_waiting",
        "served_documents",
        ["pilot_key"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    for name in ("provider_id", *SUBJECTS):
        op.create_index(op.f(f"ix_served_documents_{name}"), "served_documents", [name])
    _post_what_reached_nobody()


def _post_what_reached_nobody() -> None:
    """A hearing that was mailed to nobody has to be posted; a proposal made over it goes back to the hearing."""
    connection = op.get_bind()
    for row in connection.execute(sa.text(NOBODY)).all():
        connection.execute(
            sa.text(
                "INSERT INTO served_documents (kind, pilot_key, provider_id, channel, written_on, title, text, "
                "language, measure_id) VALUES ('measure_hearing', :pilot, :provider, 'post', :day, :title, "
                ":text, :language, :measure)"
            ),
            {
                "pilot": row.pilot_key,
                "provider": row.provider_id,
                "day": date.fromisoformat(str(row.proposed_at)[:10]),
                "title": TITLES[row.language],
                "text": row.grounds,
                "language": row.language,
                "measure": row.id,
            },
        )
        connection.execute(
            sa.text("UPDATE approval_measures SET state = 'hearing' WHERE id = :measure"), {"measure": row.id}
        )


def downgrade() -> None:
    op.drop_table("served_documents")
    for table in SHORT:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("short_reason")
