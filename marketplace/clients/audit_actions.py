"""What the audit trail calls what is done to clients: the names it keeps, which never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class ClientAudit(AuditAction):
    """What is done to a client of an organisation."""

    ASK_ERASURE = "client.ask_erasure", _l("Erasure of data asked for")
    ADD = "client.add", _l("Client put on the register")
    CONSENT = "client.consent", _l("Consent given")
    ERASE = "client.erase", _l("Data of a client erased")
    EXPORT = "client.export", _l("Everything kept of a client downloaded")
    INTERRUPT = "client.interrupt", _l("Taking part in a pilot ended")
    JOIN_IDENTIFICATION = "client.join_identification", _l("Strong identification joined to the client")
    JOIN = "client.join", _l("Client takes part in a pilot")
    LETTER = "client.letter", _l("Letter with sign-in codes made")
    REFUSE_CODE = "client.refuse_code", _l("Code of a letter refused")
    SAVE = "client.save", _l("Data of a client changed")
    WITHDRAW_CONSENT = "client.withdraw_consent", _l("Consent taken back")


class MandateAudit(AuditAction):
    """What is done to a mandate."""

    ACCEPT = "mandate.accept", _l("Mandate accepted by the helper")
    GIVE = "mandate.give", _l("Mandate given")
    REVOKE = "mandate.revoke", _l("Mandate revoked")


class PlanAudit(AuditAction):
    """What is done to a support plan."""

    WRITE = "support_plan.write", _l("Support plan written")
