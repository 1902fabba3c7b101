"""What the audit trail calls what is done to service decisions: the names it keeps, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class DecisionAudit(AuditAction):
    """What is done to a decision on a client's services."""

    CREATE = "service_decision.create", _l("Service decision begun")
    SAVE = "service_decision.save", _l("Service decision written")
    PROPOSE = "service_decision.propose", _l("Service decision proposed")
    RETURN = "service_decision.return", _l("Service decision returned to be written again")
    MAKE = "service_decision.make", _l("Service decision made")
    DISCARD = "service_decision.discard", _l("Draft of a service decision discarded")
    REPLACE = "service_decision.replace", _l("Service decision replaced by another one")
    POST = "service_decision.post", _l("Service decision posted")
    CARRY = "service_decision.carry", _l("Unused budget moved to the next month")
    RETURN_UNUSED = "service_decision.return_unused", _l("Unused budget returned")
