"""What is kept of a client, in words: the same rows for the counsellor and for the client."""

from __future__ import annotations

from typing import Any

from marketplace.clients.models import Client
from marketplace.contact import shown_phone
from marketplace.i18n import LANGUAGE_LABELS, _, current_language
from marketplace.pilots.vocabulary import GROUPS, MUNICIPALITIES


def fact_rows(client: Client) -> list[tuple[str, Any]]:
    """What is kept of a client, in words: (name, value) pairs."""
    language = current_language()
    group = GROUPS.get(client.group or "")
    rows: list[tuple[str, Any]] = [
        (_("Client number"), client.number),
        (_("Name"), client.name),
        (_("Language of letters and decisions"), str(LANGUAGE_LABELS[client.language])),
        (_("Client group"), group.name[language] if group else ""),
        (_("Telephone"), shown_phone(client.phone, language)),
        (_("E-mail"), client.email),
    ]
    if client.protected:
        rows.append((_("Non-disclosure order"), _("Yes. Letters go through the office.")))
    else:
        place = MUNICIPALITIES.get(client.municipality or "")
        rows += [
            (_("Municipality"), place.name[language] if place else ""),
            (_("Address for letters"), client.address),
        ]
    rows.append((_("Own counsellor"), client.counsellor.name if client.counsellor else ""))
    return [(name, value or _("Not given")) for name, value in rows]
