"""Whose office is told when no server takes a message"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

OFFICE_OF_STAFF = """
    SELECT min(grants.organisation_key) FROM users JOIN role_grants AS grants ON grants.user_id = users.id
    WHERE users.email = outbox_messages.recipient AND grants.organisation_key IS NOT NULL
"""
OFFICE_OF_INVITATION = """
    SELECT min(pilots.organisation_key)
    FROM invitation_letters JOIN invitations ON invitations.id = invitation_letters.invitation_id
    JOIN pilots ON pilots.key = invitations.pilot_key
    WHERE invitation_letters.message_id = outbox_messages.id
"""
OFFICES_OF_COMPANY = """
    SELECT {what} FROM users JOIN role_grants AS grants ON grants.user_id = users.id
    JOIN applications ON applications.provider_id = grants.provider_id
    JOIN pilots ON pilots.key = applications.pilot_key
    WHERE users.email = outbox_messages.recipient
"""
OF_APPLICATIONS = " OR ".join(
    f"template LIKE '{beginning}%'"
    for beginning in (
        "application_",
        "approval_",
        "completion_",
        "decision_",
        "offer_change",
        "proof_",
        "payment_",
    )
)


def upgrade() -> None:
    op.add_column("outbox_messages", sa.Column("organisation_key", sa.Text(), nullable=True))
    # What waits gets its office where that can be known: by who is written to, by the letter of an invitation, or
    # because the company deals with one office only. The other messages are the operator's, as before.
    waiting = "sent_at IS NULL AND organisation_key IS NULL"
    op.execute(f"UPDATE outbox_messages SET organisation_key = ({OFFICE_OF_INVITATION}) WHERE {waiting}")
    op.execute(
        f"UPDATE outbox_messages SET organisation_key = ({OFFICE_OF_STAFF}) "
        f"WHERE {waiting} AND template NOT LIKE 'account_password%' AND template NOT LIKE 'account_factor%'"
    )
    one = OFFICES_OF_COMPANY.format(what="count(DISTINCT pilots.organisation_key)")
    which = OFFICES_OF_COMPANY.format(what="min(pilots.organisation_key)")
    op.execute(
        f"UPDATE outbox_messages SET organisation_key = ({which}) "
        f"WHERE {waiting} AND ({OF_APPLICATIONS}) AND ({one}) = 1"
    )


def downgrade() -> None:
    op.drop_column("outbox_messages", "organisation_key")
