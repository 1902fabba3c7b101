"""What support plans are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.clients.plans.rules import Arranged, Writer
from marketplace.i18n import _l

WRITERS: Final[dict[Writer, Any]] = {
    Writer.CLIENT: _l("The client"),
    Writer.HELPER: _l("The client’s helper"),
    Writer.COUNSELLOR: _l("The counsellor"),
}
"""Who wrote a version."""

WAYS: Final[dict[Arranged, Any]] = {
    Arranged.BUDGET: _l("A provider, with the personal budget"),
    Arranged.COUNTY: _l("The wellbeing services county, as before"),
    Arranged.PUBLIC: _l("Another public service, for example a library or a school"),
    Arranged.ASSOCIATION: _l("An association"),
    Arranged.NETWORK: _l("People near to me, without pay"),
    Arranged.PAID_PERSON: _l("A person near to me who is paid from the budget"),
}
"""From whom the support of a line comes."""

FAULTS: Final[dict[str, Any]] = {
    "empty": _l("Write what you want to do or have."),
    "too_many": _l("There are too many rows. Write some of them together."),
    "no_need": _l("A row says who helps but not with what."),
    "not_allowed": _l("This trial does not let a person near to you be paid."),
    "no_person": _l("Write who the person is who would be paid."),
}
"""Fault of a plan → what the person reads."""
