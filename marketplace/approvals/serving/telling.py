"""What the office is told when it has sent something: that it went, or that a letter has to be posted."""

from __future__ import annotations

from sqlalchemy.orm import InstrumentedAttribute

from marketplace.approvals.serving.queries import is_unserved
from marketplace.approvals.serving.rules import Served
from marketplace.i18n import _
from marketplace.web.frame import session


def outcome(kind: Served, subject: InstrumentedAttribute[int | None], number: int, sent: str) -> str:
    """`sent` when it went by mail; that it has to be posted when nobody could be mailed."""
    if not is_unserved(session(), kind, subject, number):
        return sent
    return _(
        "The provider has no e-mail address, so nothing has reached it yet. Post the letter and mark the day under "
        "Letters to post: the time runs from then."
    )
