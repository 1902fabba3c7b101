"""What the fields of the events about research extracts are called in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.audit.fields import Field, day
from marketplace.i18n import _l

FIELDS: Final[dict[str, Field]] = {
    "research_extract.pilot": Field(_l("Pilot")),
    "research_extract.first_on": Field(_l("From the day"), day),
    "research_extract.last_on": Field(_l("Until the day"), day),
    "research_extract.recipient": Field(_l("Given to")),
    "research_extract.permit": Field(_l("Research permit")),
    "research_extract.people": Field(_l("People in it")),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
