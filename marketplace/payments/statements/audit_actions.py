"""What the audit trail calls what is done to statements: names that never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class StatementAudit(AuditAction):
    """What is done to statements. One event for the freezing of a month, however many statements it makes."""

    ACCEPT = "statement.accept", _l("Statement accepted by the provider")
    ANSWER = "statement.answer", _l("Objection to a statement answered")
    EXPORT = "statement.export", _l("Rows of a statement downloaded, with the numbers of the clients")
    FREEZE = "statement.freeze", _l("Statements of a month frozen")
    OBJECT = "statement.object", _l("Objection to a statement")
