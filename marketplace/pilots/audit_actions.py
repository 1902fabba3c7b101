"""What the audit trail calls what is done to pilots: the names it keeps, which never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class PilotAudit(AuditAction):
    """What is done to the definition of a pilot."""

    LOAD = "pilot.load", _l("Pilot definition loaded")
