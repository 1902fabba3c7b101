"""What the fields of pilots are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import About, Field, mark
from marketplace.i18n import _l, current_language
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition
from marketplace.web.frame import session


def _pilot(value: Any, _about: About) -> str:
    pilot = session().get(Pilot, value)
    return current_definition(session(), value).name[current_language()] if pilot else str(value)


FIELDS: Final[dict[str, Field]] = {
    "digest": Field(_l("Checksum of the definition"), mark),
    "pilot": Field(_l("Pilot"), _pilot),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
