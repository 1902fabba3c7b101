"""What the audit trail calls what is done to agreements: the names it keeps, which never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class AgreementAudit(AuditAction):
    """What is done to the agreement of a client."""

    ACCEPT = "agreement.accept", _l("Request for an agreement accepted")
    ANNUL = "agreement.annul", _l("Agreement of a client found to be recorded by mistake")
    ASK = "agreement.ask", _l("Agreement asked for")
    CALL_OFF = "agreement.call_off", _l("Agreement of a client called off before it began")
    CONTRACT = "agreement.contract", _l("Contract opened")
    DECLINE = "agreement.decline", _l("Request for an agreement declined")
    END = "agreement.end", _l("Agreement of a client ended")
    LAPSE = "agreement.lapse", _l("Request for an agreement not answered in time")
    MOVE_ON = "agreement.move_on", _l("Last day of an agreement, given too early, moved on")
    RECORD = "agreement.record", _l("Agreement of a client recorded")
    REPRICE = "agreement.reprice", _l("Client asked anew because the price has changed")
    STOP = "agreement.stop", _l("Agreement of a client ended at once")
    VIEW = "agreement.view", _l("Agreements of clients opened")
    WITHDRAW = "agreement.withdraw", _l("Request for an agreement withdrawn")
