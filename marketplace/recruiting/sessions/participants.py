"""The list of participants as a CSV file that a spreadsheet opens without running anything in it."""

from __future__ import annotations

from collections.abc import Iterable

from marketplace.i18n import LANGUAGE_LABELS, _, datetime_text
from marketplace.recruiting.sessions.models import SessionRegistration
from marketplace.sheets import as_csv


def participants_csv(participants: Iterable[SessionRegistration]) -> bytes:
    """The table, headings in the reader's language."""
    return as_csv(
        [_("Name"), _("Company"), _("E-mail address"), _("Language"), _("Registered")],
        (
            [
                each.name,
                each.company,
                each.email,
                str(LANGUAGE_LABELS[each.language]),
                datetime_text(each.registered_at),
            ]
            for each in participants
        ),
    )
