"""What the fields of the trail's own events are called, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import About, Field, by_names, numbered, plain
from marketplace.audit.labels import action_name
from marketplace.i18n import _l

FILTERS: Final[dict[str, Any]] = {
    "who": _l("who"),
    "action": _l("what was done"),
    "company": _l("company or business ID"),
    "client": _l("client"),
    "subject": _l("to what"),
    "first": _l("from"),
    "last": _l("until"),
}
"""What a list of events is narrowed by."""


def _filter(value: Any, about: About) -> str:
    match about.part:
        case "action":
            return action_name(value)
        case "client":
            return numbered(value, about)
    return plain(value, about)


FIELDS: Final[dict[str, Field]] = {
    "trail.events": Field(_l("Events")),
    "trail.narrowed": Field(_l("Narrowed by"), _filter, part=by_names(FILTERS)),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
