"""What the audit trail calls what is done to accounts at Stripe: names that never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class StripeAudit(AuditAction):
    """What is done to a provider's account at Stripe."""

    OPEN = "stripe_account.open", _l("Account at Stripe opened")
