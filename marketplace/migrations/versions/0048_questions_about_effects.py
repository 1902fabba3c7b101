"""Questions about effects: askings, and answers under a pseudonym apart from them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_PARTS = (
    "list",
    "facts",
    "letter",
    "mandates",
    "plan",
    "decisions",
    "agreements",
    "deliveries",
    "payments",
    "everything",
)


def upgrade() -> None:
    _let_parts_be((*_PARTS, "questions"))
    op.create_table(
        "effect_askings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("due_on <= asked_on", name=op.f("ck_effect_askings_asked_when_due")),
        sa.CheckConstraint("wave >= 0", name=op.f("ck_effect_askings_wave_counts_months")),
        sa.CheckConstraint(
            "state IN ('due', 'opened', 'answered', 'skipped', 'lapsed', 'stopped')",
            name=op.f("ck_effect_askings_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_effect_askings_client_id")),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_effect_askings_pilot_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_askings")),
        sa.UniqueConstraint(
            "client_id", "pilot_key", "wave", name=op.f("uq_effect_askings_client_id_pilot_key_wave")
        ),
    )
    op.create_index("ix_effect_askings_pilot_key", "effect_askings", ["pilot_key"])
    op.create_index("ix_effect_askings_state_asked_on", "effect_askings", ["state", "asked_on"])
    op.create_table(
        "effect_links",
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=12), nullable=False),
        sa.Column("pseudonym", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_effect_links")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_effect_links_pseudonym")),
    )
    op.create_table(
        "effect_sheets",
        sa.Column("pseudonym", sa.String(length=32), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("client_group", sa.Text(), nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.CheckConstraint("wave >= 0", name=op.f("ck_effect_sheets_wave_counts_months")),
        sa.CheckConstraint("way IN ('portal', 'paper')", name=op.f("ck_effect_sheets_way_is_known")),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_effect_sheets_pilot_key")),
        sa.PrimaryKeyConstraint("pseudonym", "wave", name=op.f("pk_effect_sheets")),
    )
    op.create_index("ix_effect_sheets_pilot_key", "effect_sheets", ["pilot_key"])
    op.create_table(
        "effect_answers",
        sa.Column("pseudonym", sa.String(length=32), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pseudonym", "wave"],
            ["effect_sheets.pseudonym", "effect_sheets.wave"],
            name="fk_effect_answers_pseudonym_effect_sheets",
        ),
        sa.PrimaryKeyConstraint("pseudonym", "wave", "instrument", "item", name=op.f("pk_effect_answers")),
    )


def downgrade() -> None:
    op.drop_table("effect_answers")
    op.drop_table("effect_sheets")
    op.drop_table("effect_links")
    op.drop_table("effect_askings")
    op.execute("DELETE FROM client_accesses WHERE part = 'questions'")
    _let_parts_be(_PARTS)


def _let_parts_be(parts: tuple[str, ...]) -> None:
    known = ", ".join(f"'{part}'" for part in parts)
    with op.batch_alter_table("client_accesses") as batch_op:
        batch_op.drop_constraint(op.f("ck_client_accesses_part_is_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_client_accesses_part_is_known"), f"part IN ({known})")
