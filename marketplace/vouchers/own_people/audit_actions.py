"""What the audit trail calls what is done about people near to clients: the names it keeps, and their labels.

The trail names a person by the number of the row: it is kept for good, and the person's data are not.
"""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class OwnPersonAudit(AuditAction):
    """What is done about a person near to a client who is paid."""

    PROPOSE = "own_person.propose", _l("Person near to a client proposed")
    TAKE_BACK = "own_person.take_back", _l("Proposal of a person near to a client taken back")
    APPROVE = "own_person.approve", _l("Person near to a client approved")
    REFUSE = "own_person.refuse", _l("Person near to a client refused")
    END = "own_person.end", _l("Approval of a person near to a client given its last day")
    WITHDRAW = "own_person.withdraw", _l("Approval of a person near to a client withdrawn")
    CORRECT = "own_person.correct", _l("Data of a person near to a client corrected")
    EXPORT = "own_person.export", _l("Everything kept of a person near to a client copied")
    ERASE = "own_person.erase", _l("Data of a person near to a client erased")
