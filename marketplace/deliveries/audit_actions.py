"""What the audit trail calls what is done to deliveries: names that never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class DeliveryAudit(AuditAction):
    """What is done to a delivery."""

    ASKING = "delivery.asking", _l("Chosen whether the client is asked about each delivery")
    CONFIRM = "delivery.confirm", _l("Delivery confirmed")
    DECIDE = "delivery.decide", _l("Disputed delivery decided")
    DISPUTE = "delivery.dispute", _l("Delivery disputed")
    EXPORT = "delivery.export", _l("File with the agreements of a provider’s clients downloaded")
    MESSAGE = "delivery.message", _l("Message about a delivery written")
    RECORD = "delivery.record", _l("Delivery recorded")
    REVERSE = "delivery.reverse", _l("Confirmed delivery taken back")
    WITHDRAW = "delivery.withdraw", _l("Delivery withdrawn")
