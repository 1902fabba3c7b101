"""The trail is read by moment, by action and by person along an index"""

from __future__ import annotations

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_audit_events_organisation", table_name="audit_events")
    op.create_index("ix_audit_events_organisation", "audit_events", ["organisation_key", "at", "id"])
    op.create_index("ix_audit_events_action", "audit_events", ["organisation_key", "action", "at", "id"])
    op.create_index("ix_audit_events_actor", "audit_events", ["organisation_key", "actor_name", "at", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_events_actor", table_name="audit_events")
    op.drop_index("ix_audit_events_action", table_name="audit_events")
    op.drop_index("ix_audit_events_organisation", table_name="audit_events")
    op.create_index("ix_audit_events_organisation", "audit_events", ["organisation_key", "id"])
