"""The register of clients"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("client_group", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("counsellor_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("identity_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT protected OR (address = '' AND municipality IS NULL)",
            name=op.f("ck_clients_protected_without_place"),
        ),
        sa.CheckConstraint(
            "erased_at IS NULL OR (name = '' AND email = '' AND phone = '' AND address = '' AND identity_hash IS NULL AND municipality IS NULL AND client_group IS NULL)",
            name=op.f("ck_clients_erased_holds_nothing"),
        ),
        sa.CheckConstraint("language IN ('fi', 'sv')", name=op.f("ck_clients_language_is_known")),
        sa.CheckConstraint("length(number) BETWEEN 1 AND 40", name=op.f("ck_clients_number_is_short")),
        sa.ForeignKeyConstraint(["counsellor_id"], ["users.id"], name=op.f("fk_clients_counsellor_id")),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_clients_organisation_key")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_clients_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint(
            "organisation_key", "identity_hash", name=op.f("uq_clients_organisation_key_identity_hash")
        ),
        sa.UniqueConstraint("organisation_key", "number", name=op.f("uq_clients_organisation_key_number")),
    )
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clients_counsellor_id"), ["counsellor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clients_user_id"), ["user_id"], unique=False)

    op.create_table(
        "client_accesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("part", sa.String(length=15), nullable=False),
        sa.Column("ground", sa.String(length=15), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "ground IN ('handling', 'finding', 'standing_in', 'deciding', 'asked', 'payment', 'oversight', 'mandate', 'service', 'consent', 'law')",
            name=op.f("ck_client_accesses_ground_is_known"),
        ),
        sa.CheckConstraint(
            "part IN ('list', 'facts', 'letter', 'mandates', 'plan', 'decisions', 'agreements', 'deliveries', 'payments', 'everything')",
            name=op.f("ck_client_accesses_part_is_known"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_accesses_client_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_client_accesses_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_accesses")),
    )
    with op.batch_alter_table("client_accesses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_accesses_at"), ["at"], unique=False)
        batch_op.create_index("ix_client_accesses_client_id_at", ["client_id", "at"], unique=False)

    op.create_table(
        "client_consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('research', 'effects')", name=op.f("ck_client_consents_kind_is_known")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)",
            name=op.f("ck_client_consents_withdrawn_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_consents_client_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["users.id"], name=op.f("fk_client_consents_given_by_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["users.id"], name=op.f("fk_client_consents_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_consents")),
    )
    with op.batch_alter_table("client_consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_consents_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            "uq_client_consents_given",
            ["client_id", "kind"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "client_participations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= joined_on",
            name=op.f("ck_client_participations_ends_after_it_began"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_participations_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["pilot_key"], ["pilots.key"], name=op.f("fk_client_participations_pilot_key")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_client_participations_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_participations")),
    )
    with op.batch_alter_table("client_participations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_participations_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_client_participations_pilot_key"), ["pilot_key"], unique=False)
        batch_op.create_index(
            "uq_client_participations_open",
            ["client_id", "pilot_key"],
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("client_participations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_client_participations_open",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_client_participations_pilot_key"))
        batch_op.drop_index(batch_op.f("ix_client_participations_client_id"))

    op.drop_table("client_participations")
    with op.batch_alter_table("client_consents", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_client_consents_given",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_client_consents_client_id"))

    op.drop_table("client_consents")
    with op.batch_alter_table("client_accesses", schema=None) as batch_op:
        batch_op.drop_index("ix_client_accesses_client_id_at")
        batch_op.drop_index(batch_op.f("ix_client_accesses_at"))

    op.drop_table("client_accesses")
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clients_user_id"))
        batch_op.drop_index(batch_op.f("ix_clients_counsellor_id"))

    op.drop_table("clients")
