"""What the fields of the clients' events are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import Field, choice, day, numbered
from marketplace.clients.labels import CONSENTS
from marketplace.clients.mandates.labels import SCOPES, SOURCES
from marketplace.i18n import _l

FACTS: Final[dict[str, Any]] = {
    "name": _l("Name"),
    "language": _l("Language"),
    "municipality": _l("Municipality"),
    "group": _l("Client group"),
    "email": _l("E-mail"),
    "phone": _l("Telephone"),
    "address": _l("Address for letters"),
    "protected": _l("Non-disclosure order"),
    "counsellor_id": _l("Own counsellor"),
}
"""Facts of a client, which the trail names and does not keep."""

FIELDS: Final[dict[str, Field]] = {
    "client.changed": Field(_l("Facts changed"), choice(FACTS)),
    "client.consent": Field(_l("Consent"), choice(CONSENTS)),
    "client.day": Field(_l("Day"), day),
    "client.pilot": Field(_l("Pilot")),
    "mandate.client": Field(_l("Client"), numbered),
    "mandate.scope": Field(_l("What the helper may do"), choice(SCOPES)),
    "support_plan.client": Field(_l("Client"), numbered),
    "mandate.source": Field(_l("How it was given"), choice(SOURCES)),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
