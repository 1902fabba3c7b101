"""What the states and rows of statements are called on the screen; none of the words takes one thing for another."""

from __future__ import annotations

from typing import Final

from marketplace.i18n import _l
from marketplace.payments.statements.rules import StatementRowKind, StatementState

STATES: Final = {
    StatementState.FROZEN: (_l("On a statement, can be objected to"), "info"),
    StatementState.OBJECTED: (_l("Objected to, not sent to be paid"), "warning"),
    StatementState.PAYABLE: (_l("Accepted, waits to be sent for payment"), "success"),
}
"""State → its words and its tone. What has been sent or paid, the payments themselves tell."""

FILTERS: Final = {
    **{state: words for state, (words, _tone) in STATES.items()},
    StatementState.PAYABLE: _l("Accepted for payment"),
}
"""State → what the list of statements is narrowed to by it: of those accepted many have been sent or paid."""

ROW_KINDS: Final = {
    StatementRowKind.DELIVERY: _l("Delivery"),
    StatementRowKind.CORRECTION: _l("Correction"),
}
