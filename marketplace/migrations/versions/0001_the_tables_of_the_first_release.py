"""The tables of the first release"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "catalogue_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_changes")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "kept_forms",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("form_name", sa.Text(), nullable=False),
        sa.Column("entries", JSON, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_kept_forms")),
    )
    with op.batch_alter_table("kept_forms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_forms_kept_at"), ["kept_at"], unique=False)

    op.create_table(
        "organisations",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", JSON, nullable=False),
        sa.Column("short_name", JSON, nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_organisations")),
    )
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("attachments", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_messages_message_id")),
    )
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_messages_waiting",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("sent_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL"),
        )

    op.create_table(
        "providers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=9), nullable=False),
        sa.Column("official_name", sa.Text(), nullable=False),
        sa.Column("trade_name", sa.Text(), nullable=False),
        sa.Column("legal_form", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("description", JSON, nullable=False),
        sa.Column("postal_street", sa.Text(), nullable=False),
        sa.Column("postal_postal_code", sa.Text(), nullable=False),
        sa.Column("postal_city", sa.Text(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.Column("invoicing_name", sa.Text(), nullable=False),
        sa.Column("invoicing_phone", sa.Text(), nullable=False),
        sa.Column("invoicing_email", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.String(length=11), nullable=False),
        sa.Column("einvoice_address", sa.Text(), nullable=False),
        sa.Column("einvoice_operator", sa.Text(), nullable=False),
        sa.Column("vat", JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'paused', 'left')", name=op.f("ck_providers_state_is_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_providers")),
        sa.UniqueConstraint("business_id", name=op.f("uq_providers_business_id")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_failures_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_failures_key"), ["key"], unique=False)

    op.create_table(
        "standing_reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_reminders")),
        sa.UniqueConstraint("subject", "step", name=op.f("uq_standing_reminders_subject_step")),
    )
    op.create_table(
        "unmet_needs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("filters", JSON, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmet_needs")),
        sa.UniqueConstraint(
            "day",
            "language",
            "terms",
            "municipality",
            name=op.f("uq_unmet_needs_day_language_terms_municipality"),
        ),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "access_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'refused')", name=op.f("ck_access_requests_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_access_requests_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_access_requests_provider_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_access_requests_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
    )
    with op.batch_alter_table("access_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_requests_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_requests_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_access_requests_waiting",
            ["provider_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "account_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.String(length=11), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'confirmed', 'refused', 'taken_back', 'replaced')",
            name=op.f("ck_account_changes_state_is_known"),
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id",
            name=op.f("ck_account_changes_another_person_decides"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_account_changes_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_account_changes_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["users.id"], name=op.f("fk_account_changes_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_changes")),
    )
    with op.batch_alter_table("account_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_changes_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(
            "uq_account_changes_waiting",
            ["provider_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=True),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_events_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_events_hash")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("ix_audit_events_organisation", ["organisation_key", "id"], unique=False)
        batch_op.create_index("ix_audit_events_subject", ["subject_type", "subject_id"], unique=False)

    op.create_table(
        "person_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "coordinator",
                "reviewer",
                "decider",
                "counsellor",
                "payer",
                "auditor",
                "provider_admin",
                "provider_editor",
                "client",
                "helper",
                name="role",
                native_enum=False,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('provider_admin', 'provider_editor')",
            name=op.f("ck_person_invitations_role_is_the_providers"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'cancelled')", name=op.f("ck_person_invitations_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["users.id"], name=op.f("fk_person_invitations_invited_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_person_invitations_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_person_invitations_token_hash")),
    )
    with op.batch_alter_table("person_invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_invitations_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(
            "uq_person_invitations_waiting",
            ["provider_id", "email"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "pilots",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_pilots_organisation_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pilots")),
        sa.UniqueConstraint("version_id", name=op.f("uq_pilots_version_id")),
    )
    with op.batch_alter_table("pilots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pilots_organisation_key"), ["organisation_key"], unique=False)

    op.create_table(
        "role_grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "coordinator",
                "reviewer",
                "decider",
                "counsellor",
                "payer",
                "auditor",
                "provider_admin",
                "provider_editor",
                "client",
                "helper",
                name="role",
                native_enum=False,
            ),
            nullable=False,
        ),
        sa.Column("organisation_key", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(role IN ('auditor', 'coordinator', 'counsellor', 'decider', 'payer', 'reviewer')) = (organisation_key IS NOT NULL)",
            name=op.f("ck_role_grants_staff_belong_to_an_organisation"),
        ),
        sa.CheckConstraint(
            "(role IN ('provider_admin', 'provider_editor')) = (provider_id IS NOT NULL)",
            name=op.f("ck_role_grants_provider_people_belong_to_a_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_role_grants_organisation_key")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_role_grants_provider_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_role_grants_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
        sa.UniqueConstraint(
            "user_id",
            "role",
            "organisation_key",
            "provider_id",
            name=op.f("uq_role_grants_user_id_role_organisation_key_provider_id"),
        ),
    )
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_grants_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_role_grants_user_id"), ["user_id"], unique=False)

    op.create_table(
        "service_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("features", JSON, nullable=False),
        sa.Column("opening_hours", JSON, nullable=False),
        sa.Column("soteri_reference", sa.Text(), nullable=False),
        sa.Column("responsible_person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_service_units_state_is_known")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_service_units_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_units")),
    )
    with op.batch_alter_table("service_units", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_units_provider_id"), ["provider_id"], unique=False)

    op.create_table(
        "stored_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('clean', 'quarantined', 'infected')", name=op.f("ck_stored_files_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["users.id"], name=op.f("fk_stored_files_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
    )
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_files_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_files_state"), ["state"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("insured_sum", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= issued_on", name=op.f("ck_evidence_valid_after_issue")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_evidence_file_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_evidence_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_provider_id_kind", ["provider_id", "kind"], unique=False)

    op.create_table(
        "information_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("description", JSON, nullable=False),
        sa.Column("place", JSON, nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'cancelled')", name=op.f("ck_information_sessions_state_is_known")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_information_sessions_ends_after_it_starts")),
        sa.CheckConstraint("seats > 0", name=op.f("ck_information_sessions_seats_are_positive")),
        sa.ForeignKeyConstraint(
            ["pilot_key"], ["pilots.key"], name=op.f("fk_information_sessions_pilot_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_sessions")),
    )
    with op.batch_alter_table("information_sessions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_information_sessions_pilot_key_starts_at", ["pilot_key", "starts_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_information_sessions_starts_at"), ["starts_at"], unique=False)

    op.create_table(
        "invitation_rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ordered_by_id", sa.Integer(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invitation', 'reminder')", name=op.f("ck_invitation_rounds_kind_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["ordered_by_id"], ["users.id"], name=op.f("fk_invitation_rounds_ordered_by_id")
        ),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_invitation_rounds_pilot_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_rounds")),
    )
    with op.batch_alter_table("invitation_rounds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_rounds_pilot_key"), ["pilot_key"], unique=False)

    op.create_table(
        "invitation_texts",
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("subject", JSON, nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["users.id"], name=op.f("fk_invitation_texts_changed_by_id")
        ),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_invitation_texts_pilot_key")),
        sa.PrimaryKeyConstraint("pilot_key", name=op.f("pk_invitation_texts")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('listed', 'invited', 'removed', 'opened', 'declined', 'wrong_address', 'bounced')",
            name=op.f("ck_invitations_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_invitations_pilot_key")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_invitations_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("pilot_key", "email", name=op.f("uq_invitations_pilot_key_email")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_invitations_pilot_key_business_id", ["pilot_key", "business_id"], unique=False
        )
        batch_op.create_index("ix_invitations_pilot_key_state", ["pilot_key", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_provider_id"), ["provider_id"], unique=False)

    op.create_table(
        "pilot_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_pilot_versions_number_is_positive")),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_pilot_versions_pilot_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pilot_versions")),
        sa.UniqueConstraint("pilot_key", "number", name=op.f("uq_pilot_versions_pilot_key_number")),
    )
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("pilot_version_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rulebook_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rulebook_accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'withdrawn', 'in_review', 'completion_requested', 'proposed', 'hearing', 'decided')",
            name=op.f("ck_applications_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_applications_created_by_id")),
        sa.ForeignKeyConstraint(["handler_id"], ["users.id"], name=op.f("fk_applications_handler_id")),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_applications_pilot_key")),
        sa.ForeignKeyConstraint(
            ["pilot_version_id"], ["pilot_versions.id"], name=op.f("fk_applications_pilot_version_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_applications_provider_id")),
        sa.ForeignKeyConstraint(
            ["rulebook_accepted_by_id"], ["users.id"], name=op.f("fk_applications_rulebook_accepted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_applications_handler_id"), ["handler_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_applications_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index("ix_applications_queue", ["pilot_key", "state", "submitted_at"], unique=False)
        batch_op.create_index(
            "uq_applications_open",
            ["provider_id", "pilot_key"],
            unique=True,
            sqlite_where=sa.text(
                "state IN ('draft', 'submitted', 'in_review', 'completion_requested', 'hearing', 'proposed')"
            ),
            postgresql_where=sa.text(
                "state IN ('draft', 'submitted', 'in_review', 'completion_requested', 'hearing', 'proposed')"
            ),
        )

    op.create_table(
        "invitation_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'written') = (message_id IS NOT NULL)",
            name=op.f("ck_invitation_letters_written_has_a_message"),
        ),
        sa.CheckConstraint(
            "(state = 'written') = (written_at IS NOT NULL)",
            name=op.f("ck_invitation_letters_written_has_a_moment"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'written', 'dropped')", name=op.f("ck_invitation_letters_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_invitation_letters_invitation_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_messages.id"], name=op.f("fk_invitation_letters_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["invitation_rounds.id"], name=op.f("fk_invitation_letters_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_letters")),
        sa.UniqueConstraint(
            "invitation_id", "round_id", name=op.f("uq_invitation_letters_invitation_id_round_id")
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_invitation_letters_message_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_letters_token_hash")),
    )
    with op.batch_alter_table("invitation_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_letters_round_id"), ["round_id"], unique=False)
        batch_op.create_index(
            "uq_invitation_letters_waiting",
            ["invitation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "session_registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('coming', 'withdrawn')", name=op.f("ck_session_registrations_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["information_sessions.id"], name=op.f("fk_session_registrations_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_registrations")),
        sa.UniqueConstraint("session_id", "email", name=op.f("uq_session_registrations_session_id_email")),
        sa.UniqueConstraint("token", name=op.f("uq_session_registrations_token")),
    )
    op.create_table(
        "application_evidence",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_evidence_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_application_evidence_evidence_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "evidence_id", name=op.f("pk_application_evidence")),
    )
    op.create_table(
        "application_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("service_key", sa.Text(), nullable=False),
        sa.Column("municipalities", JSON, nullable=False),
        sa.Column("proposed_outcome", sa.Text(), nullable=True),
        sa.Column("proposed_phrases", JSON, nullable=False),
        sa.Column("proposed_grounds", sa.Text(), nullable=True),
        sa.Column("proposed_conditions", JSON, nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('approved', 'approved_with_conditions', 'rejected')",
            name=op.f("ck_application_lines_outcome_is_known"),
        ),
        sa.CheckConstraint(
            "proposed_outcome IN ('approved', 'approved_with_conditions', 'rejected')",
            name=op.f("ck_application_lines_proposed_outcome_is_known"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_application_lines_outcome_has_a_decider"),
        ),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_application_lines_two_people")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_lines_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_application_lines_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["users.id"], name=op.f("fk_application_lines_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_lines")),
        sa.UniqueConstraint(
            "application_id", "service_key", name=op.f("uq_application_lines_application_id_service_key")
        ),
    )
    op.create_table(
        "application_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "side IN ('provider', 'office')", name=op.f("ck_application_messages_side_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_messages_application_id")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_application_messages_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_messages")),
    )
    with op.batch_alter_table("application_messages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_application_messages_application_id"), ["application_id"], unique=False
        )

    op.create_table(
        "application_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_notes_application_id")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_application_notes_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_notes")),
    )
    with op.batch_alter_table("application_notes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_application_notes_application_id"), ["application_id"], unique=False
        )

    op.create_table(
        "checklist_marks",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("marked_by_id", sa.Integer(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mark IN ('ok', 'missing', 'not_applicable')", name=op.f("ck_checklist_marks_mark_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_checklist_marks_application_id")
        ),
        sa.ForeignKeyConstraint(["marked_by_id"], ["users.id"], name=op.f("fk_checklist_marks_marked_by_id")),
        sa.PrimaryKeyConstraint("application_id", "item_key", name=op.f("pk_checklist_marks")),
    )
    op.create_table(
        "completion_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("items", JSON, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_completion_requests_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["users.id"], name=op.f("fk_completion_requests_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completion_requests")),
    )
    with op.batch_alter_table("completion_requests", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_completion_requests_application_id"), ["application_id"], unique=False
        )

    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("proposed_by_id <> decided_by_id", name=op.f("ck_decisions_two_people")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_decisions_application_id")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_decisions_decided_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_decisions_file_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_decisions_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("number", name=op.f("uq_decisions_number")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_application_id"), ["application_id"], unique=False)

    op.create_table(
        "hearings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("services", JSON, nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("heard_by_id", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_hearings_answered_by_id")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_hearings_application_id")
        ),
        sa.ForeignKeyConstraint(["heard_by_id"], ["users.id"], name=op.f("fk_hearings_heard_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearings")),
    )
    with op.batch_alter_table("hearings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hearings_application_id"), ["application_id"], unique=False)

    op.create_table(
        "sent_copies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_sent_copies_application_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_sent_copies_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_copies")),
    )
    with op.batch_alter_table("sent_copies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sent_copies_application_id"), ["application_id"], unique=False)

    op.create_table(
        "supplements",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("earlier_id", sa.Integer(), nullable=True),
        sa.Column("known", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_supplements_application_id")
        ),
        sa.ForeignKeyConstraint(["earlier_id"], ["applications.id"], name=op.f("fk_supplements_earlier_id")),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_supplements")),
    )
    op.create_table(
        "unchecked_sections",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("carried_from_id", sa.Integer(), nullable=True),
        sa.Column("since_version_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "carried_from_id IS NOT NULL OR since_version_id IS NOT NULL",
            name=op.f("ck_unchecked_sections_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_unchecked_sections_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["carried_from_id"], ["applications.id"], name=op.f("fk_unchecked_sections_carried_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["since_version_id"], ["pilot_versions.id"], name=op.f("fk_unchecked_sections_since_version_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "section", name=op.f("pk_unchecked_sections")),
    )
    op.create_table(
        "decision_corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Text(), nullable=False),
        sa.Column("right", sa.Text(), nullable=False),
        sa.Column("corrected_on", sa.Date(), nullable=False),
        sa.Column("corrected_by_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"], ["users.id"], name=op.f("fk_decision_corrections_corrected_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_decision_corrections_decision_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_decision_corrections_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_corrections")),
        sa.UniqueConstraint("number", name=op.f("uq_decision_corrections_number")),
    )
    with op.batch_alter_table("decision_corrections", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_decision_corrections_decision_id"), ["decision_id"], unique=False
        )

    op.create_table(
        "service_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("pilot_version_id", sa.Integer(), nullable=False),
        sa.Column("service_key", sa.Text(), nullable=False),
        sa.Column("municipalities", JSON, nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("application_line_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('approved', 'suspended', 'withdrawn', 'ended')",
            name=op.f("ck_service_approvals_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["application_line_id"],
            ["application_lines.id"],
            name=op.f("fk_service_approvals_application_line_id"),
        ),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_service_approvals_pilot_key")),
        sa.ForeignKeyConstraint(
            ["pilot_version_id"], ["pilot_versions.id"], name=op.f("fk_service_approvals_pilot_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_service_approvals_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_approvals")),
    )
    with op.batch_alter_table("service_approvals", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_service_approvals_application_line_id"), ["application_line_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_service_approvals_pilot_key"), ["pilot_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_approvals_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(
            "uq_service_approvals_current",
            ["provider_id", "pilot_key", "service_key"],
            unique=True,
            sqlite_where=sa.text("state IN ('approved', 'suspended')"),
            postgresql_where=sa.text("state IN ('approved', 'suspended')"),
        )

    op.create_table(
        "thread_marks",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_thread_marks_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["application_messages.id"], name=op.f("fk_thread_marks_message_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_thread_marks_user_id")),
        sa.PrimaryKeyConstraint("application_id", "user_id", name=op.f("pk_thread_marks")),
    )
    op.create_table(
        "approval_conditions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'met', 'not_met')", name=op.f("ck_approval_conditions_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["service_approvals.id"], name=op.f("fk_approval_conditions_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_approval_conditions_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["users.id"], name=op.f("fk_approval_conditions_settled_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_conditions")),
    )
    with op.batch_alter_table("approval_conditions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_conditions_approval_id"), ["approval_id"], unique=False)
        batch_op.create_index("ix_approval_conditions_state_due_on", ["state", "due_on"], unique=False)

    op.create_table(
        "approval_measures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("safety_reason", sa.Text(), nullable=False),
        sa.Column("hearing_due_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closing_reason", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'decided') = (number IS NOT NULL)",
            name=op.f("ck_approval_measures_decided_has_a_number"),
        ),
        sa.CheckConstraint(
            "kind IN ('suspend', 'reinstate', 'withdraw')", name=op.f("ck_approval_measures_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'hearing', 'proposed', 'dropped', 'decided')",
            name=op.f("ck_approval_measures_state_is_known"),
        ),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_approval_measures_two_people")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_approval_measures_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["service_approvals.id"], name=op.f("fk_approval_measures_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_approval_measures_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_approval_measures_file_id")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["users.id"], name=op.f("fk_approval_measures_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_measures")),
        sa.UniqueConstraint("number", name=op.f("uq_approval_measures_number")),
    )
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_measures_approval_id"), ["approval_id"], unique=False)
        batch_op.create_index(
            "uq_approval_measures_open",
            ["approval_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('hearing', 'proposed')"),
            postgresql_where=sa.text("state IN ('hearing', 'proposed')"),
        )

    op.create_table(
        "approval_rechecks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["service_approvals.id"], name=op.f("fk_approval_rechecks_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["users.id"], name=op.f("fk_approval_rechecks_checked_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_rechecks")),
    )
    with op.batch_alter_table("approval_rechecks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_rechecks_approval_id"), ["approval_id"], unique=False)

    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("service_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("availability_state", sa.Text(), nullable=False),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("queue_weeks", sa.Integer(), nullable=True),
        sa.Column("availability_updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(availability_state = 'from') = (available_from IS NOT NULL)",
            name=op.f("ck_offers_from_has_a_date"),
        ),
        sa.CheckConstraint(
            "(availability_state = 'queue') = (queue_weeks IS NOT NULL)",
            name=op.f("ck_offers_queue_has_weeks"),
        ),
        sa.CheckConstraint(
            "availability_state IN ('now', 'from', 'queue', 'full')",
            name=op.f("ck_offers_availability_is_known"),
        ),
        sa.CheckConstraint("state IN ('draft', 'published', 'ended')", name=op.f("ck_offers_state_is_known")),
        sa.CheckConstraint(
            "queue_weeks IS NULL OR queue_weeks BETWEEN 1 AND 104", name=op.f("ck_offers_queue_is_plausible")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["service_approvals.id"], name=op.f("fk_offers_approval_id")
        ),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_offers_pilot_key")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_offers_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offers_approval_id"), ["approval_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offers_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index("ix_offers_state_pilot_key", ["state", "pilot_key"], unique=False)

    op.create_table(
        "offer_photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("alt", JSON, nullable=False),
        sa.Column("renditions", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_photos_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_photos")),
    )
    with op.batch_alter_table("offer_photos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_photos_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "offer_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("description", JSON, nullable=False),
        sa.Column("plain", JSON, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("municipalities", JSON, nullable=False),
        sa.Column("groups", JSON, nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("features", JSON, nullable=False),
        sa.Column("sign_video", sa.Text(), nullable=False),
        sa.Column("minimum_minutes", sa.Integer(), nullable=True),
        sa.Column("cancellation", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nothing_extra_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)",
            name=op.f("ck_offer_versions_published_has_a_moment"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'waiting', 'returned')",
            name=op.f("ck_offer_versions_state_is_known"),
        ),
        sa.CheckConstraint(
            "minimum_minutes IS NULL OR minimum_minutes > 0",
            name=op.f("ck_offer_versions_minimum_is_some_time"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_offer_versions_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_versions_offer_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["service_units.id"], name=op.f("fk_offer_versions_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_versions")),
        sa.UniqueConstraint("offer_id", "number", name=op.f("uq_offer_versions_offer_id_number")),
    )
    with op.batch_alter_table("offer_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_versions_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_versions_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(
            "uq_offer_versions_published_day",
            ["offer_id", "valid_from"],
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )

    op.create_table(
        "offer_views",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("comparisons", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "views >= 0 AND comparisons >= 0", name=op.f("ck_offer_views_counts_are_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_offer_views_offer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "day", name=op.f("pk_offer_views")),
    )
    op.create_table(
        "offer_prices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("vat_code", sa.Text(), nullable=False),
        sa.Column("includes", JSON, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_offer_prices_amount_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["offer_versions.id"], name=op.f("fk_offer_prices_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_prices")),
        sa.UniqueConstraint("version_id", "band", name=op.f("uq_offer_prices_version_id_band")),
    )

    # pilots and their versions point at each other: the second half of the circle comes last
    with op.batch_alter_table("pilots") as batch_op:
        batch_op.create_foreign_key("fk_pilots_version_id", "pilot_versions", ["version_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("pilots") as batch_op:
        batch_op.drop_constraint("fk_pilots_version_id", type_="foreignkey")

    op.drop_table("offer_prices")
    op.drop_table("offer_views")
    with op.batch_alter_table("offer_versions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offer_versions_published_day",
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )
        batch_op.drop_index(batch_op.f("ix_offer_versions_unit_id"))
        batch_op.drop_index(batch_op.f("ix_offer_versions_offer_id"))

    op.drop_table("offer_versions")
    with op.batch_alter_table("offer_photos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_photos_offer_id"))

    op.drop_table("offer_photos")
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index("ix_offers_state_pilot_key")
        batch_op.drop_index(batch_op.f("ix_offers_provider_id"))
        batch_op.drop_index(batch_op.f("ix_offers_approval_id"))

    op.drop_table("offers")
    with op.batch_alter_table("approval_rechecks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approval_rechecks_approval_id"))

    op.drop_table("approval_rechecks")
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_approval_measures_open",
            sqlite_where=sa.text("state IN ('hearing', 'proposed')"),
            postgresql_where=sa.text("state IN ('hearing', 'proposed')"),
        )
        batch_op.drop_index(batch_op.f("ix_approval_measures_approval_id"))

    op.drop_table("approval_measures")
    with op.batch_alter_table("approval_conditions", schema=None) as batch_op:
        batch_op.drop_index("ix_approval_conditions_state_due_on")
        batch_op.drop_index(batch_op.f("ix_approval_conditions_approval_id"))

    op.drop_table("approval_conditions")
    op.drop_table("thread_marks")
    with op.batch_alter_table("service_approvals", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_service_approvals_current",
            sqlite_where=sa.text("state IN ('approved', 'suspended')"),
            postgresql_where=sa.text("state IN ('approved', 'suspended')"),
        )
        batch_op.drop_index(batch_op.f("ix_service_approvals_provider_id"))
        batch_op.drop_index(batch_op.f("ix_service_approvals_pilot_key"))
        batch_op.drop_index(batch_op.f("ix_service_approvals_application_line_id"))

    op.drop_table("service_approvals")
    with op.batch_alter_table("decision_corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_corrections_decision_id"))

    op.drop_table("decision_corrections")
    op.drop_table("unchecked_sections")
    op.drop_table("supplements")
    with op.batch_alter_table("sent_copies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sent_copies_application_id"))

    op.drop_table("sent_copies")
    with op.batch_alter_table("hearings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hearings_application_id"))

    op.drop_table("hearings")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_application_id"))

    op.drop_table("decisions")
    with op.batch_alter_table("completion_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_completion_requests_application_id"))

    op.drop_table("completion_requests")
    op.drop_table("checklist_marks")
    with op.batch_alter_table("application_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_notes_application_id"))

    op.drop_table("application_notes")
    with op.batch_alter_table("application_messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_application_messages_application_id"))

    op.drop_table("application_messages")
    op.drop_table("application_lines")
    op.drop_table("application_evidence")
    op.drop_table("session_registrations")
    with op.batch_alter_table("invitation_letters", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_invitation_letters_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_invitation_letters_round_id"))

    op.drop_table("invitation_letters")
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_applications_open",
            sqlite_where=sa.text(
                "state IN ('draft', 'submitted', 'in_review', 'completion_requested', 'hearing', 'proposed')"
            ),
            postgresql_where=sa.text(
                "state IN ('draft', 'submitted', 'in_review', 'completion_requested', 'hearing', 'proposed')"
            ),
        )
        batch_op.drop_index("ix_applications_queue")
        batch_op.drop_index(batch_op.f("ix_applications_provider_id"))
        batch_op.drop_index(batch_op.f("ix_applications_handler_id"))

    op.drop_table("applications")
    op.drop_table("pilot_versions")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_provider_id"))
        batch_op.drop_index("ix_invitations_pilot_key_state")
        batch_op.drop_index("ix_invitations_pilot_key_business_id")

    op.drop_table("invitations")
    op.drop_table("invitation_texts")
    with op.batch_alter_table("invitation_rounds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_rounds_pilot_key"))

    op.drop_table("invitation_rounds")
    with op.batch_alter_table("information_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_information_sessions_starts_at"))
        batch_op.drop_index("ix_information_sessions_pilot_key_starts_at")

    op.drop_table("information_sessions")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_provider_id_kind")

    op.drop_table("evidence")
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_files_state"))
        batch_op.drop_index(batch_op.f("ix_stored_files_sha256"))

    op.drop_table("stored_files")
    with op.batch_alter_table("service_units", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_units_provider_id"))

    op.drop_table("service_units")
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_grants_user_id"))
        batch_op.drop_index(batch_op.f("ix_role_grants_provider_id"))

    op.drop_table("role_grants")
    with op.batch_alter_table("pilots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pilots_organisation_key"))

    op.drop_table("pilots")
    with op.batch_alter_table("person_invitations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_person_invitations_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_person_invitations_provider_id"))

    op.drop_table("person_invitations")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_events_subject")
        batch_op.drop_index("ix_audit_events_organisation")

    op.drop_table("audit_events")
    with op.batch_alter_table("account_changes", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_account_changes_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_account_changes_provider_id"))

    op.drop_table("account_changes")
    with op.batch_alter_table("access_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_access_requests_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_access_requests_user_id"))
        batch_op.drop_index(batch_op.f("ix_access_requests_provider_id"))

    op.drop_table("access_requests")
    op.drop_table("users")
    op.drop_table("unmet_needs")
    op.drop_table("standing_reminders")
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_failures_key"))
        batch_op.drop_index(batch_op.f("ix_sign_in_failures_at"))

    op.drop_table("sign_in_failures")
    op.drop_table("providers")
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_messages_waiting",
            sqlite_where=sa.text("sent_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL"),
        )

    op.drop_table("outbox_messages")
    op.drop_table("organisations")
    with op.batch_alter_table("kept_forms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kept_forms_kept_at"))

    op.drop_table("kept_forms")
    op.drop_table("catalogue_changes")
    op.drop_table("audit_head")
