"""What is due is called, as the heading of an entry in a calendar."""

from __future__ import annotations

from typing import Any, Final

from marketplace.approvals.due_days.rules import DueKind
from marketplace.i18n import _l

KINDS: Final[dict[DueKind, Any]] = {
    DueKind.COMPLETION: _l("Completion due: %(provider)s"),
    DueKind.HEARING: _l("Answer to the hearing due: %(provider)s"),
    DueKind.EXPLANATION: _l("Explanation due: %(provider)s"),
    DueKind.CONDITION: _l("Condition to be met: %(provider)s"),
    DueKind.REQUEST: _l("Answer to the request due: %(provider)s"),
    DueKind.YEARLY: _l("Yearly check: %(provider)s"),
}
"""What is due → the heading, with the company's name."""
