"""People near to clients who are paid: private persons among the providers, approved for one client only"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0084"
down_revision = "0087"
branch_labels = None
depends_on = None

APPROVALS = "'approved', 'suspended', 'ending', 'withdrawn', 'ended'"
OFFERS = "'draft', 'published', 'ended'"
COMPANIES = "(legal_form = 'private_person') = (business_id = '')"
APPROVED = "state IN ('approved', 'ended', 'withdrawn')"


def upgrade() -> None:
    with op.batch_alter_table("providers") as table:
        table.drop_constraint(op.f("uq_providers_business_id"), type_="unique")
        table.create_check_constraint(op.f("ck_providers_companies_have_a_business_id"), COMPANIES)
    op.create_index(
        op.f("uq_providers_business_id"),
        "providers",
        ["business_id"],
        unique=True,
        sqlite_where=sa.text("business_id <> ''"),
        postgresql_where=sa.text("business_id <> ''"),
    )
    _states("service_approvals", f"state IN ({APPROVALS}, 'private', 'private_ended')")
    _states("offers", f"state IN ({OFFERS}, 'private')")
    op.create_table(
        "own_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("pilot_version_id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("service_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("plan_number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("proposed_as", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'refused', 'taken_back', 'ended', 'withdrawn')",
            name=op.f("ck_own_people_state_is_known"),
        ),
        sa.CheckConstraint(
            "proposed_as IN ('client', 'helper', 'provider', 'office')",
            name=op.f("ck_own_people_proposer_is_known"),
        ),
        sa.CheckConstraint(
            f"({APPROVED}) = (offer_id IS NOT NULL)", name=op.f("ck_own_people_approved_has_an_offer")
        ),
        sa.CheckConstraint("price > 0", name=op.f("ck_own_people_price_is_something")),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'withdrawn') OR reason <> ''", name=op.f("ck_own_people_has_a_reason")
        ),
        sa.CheckConstraint(
            "state NOT IN ('ended', 'withdrawn') OR ends_on IS NOT NULL",
            name=op.f("ck_own_people_ends_some_day"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_own_people_client_id")),
        sa.ForeignKeyConstraint(
            ["pilot_version_id"], ["pilot_versions.id"], name=op.f("fk_own_people_pilot_version_id")
        ),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_own_people_pilot_key")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_own_people_proposed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_own_people_decided_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_own_people_file_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_own_people_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_people")),
        sa.UniqueConstraint("number", name=op.f("uq_own_people_number")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_own_people_offer_id")),
    )
    op.create_index("ix_own_people_client_id_state", "own_people", ["client_id", "state"])


def _states(table_name: str, known: str) -> None:
    name = op.f(f"ck_{table_name}_state_is_known")
    with op.batch_alter_table(table_name) as table:
        table.drop_constraint(name, type_="check")
    with op.batch_alter_table(table_name) as table:
        table.create_check_constraint(name, known)


def downgrade() -> None:
    op.drop_index("ix_own_people_client_id_state", table_name="own_people")
    op.drop_table("own_people")
    # An earlier version knows no private persons: they stay as providers that have left, for what was paid to them.
    op.execute("UPDATE offers SET state = 'ended' WHERE state = 'private'")
    op.execute("UPDATE service_approvals SET state = 'ended' WHERE state IN ('private', 'private_ended')")
    op.drop_index(op.f("uq_providers_business_id"), table_name="providers")
    with op.batch_alter_table("providers") as table:
        table.drop_constraint(op.f("ck_providers_companies_have_a_business_id"), type_="check")
    op.execute(
        "UPDATE providers SET business_id = 'P' || id, legal_form = 'sole_trader', state = 'left'"
        " WHERE legal_form = 'private_person'"
    )
    with op.batch_alter_table("providers") as table:
        table.create_unique_constraint(op.f("uq_providers_business_id"), ["business_id"])
    _states("offers", f"state IN ({OFFERS})")
    _states("service_approvals", f"state IN ({APPROVALS})")
