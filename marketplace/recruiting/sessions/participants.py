"""The list of participants as a CSV file that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from marketplace.i18n import LANGUAGE_NAMES, _, datetime_text
from marketplace.recruiting.sessions.models import SessionRegistration

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """The text with an apostrophe in front when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def participants_csv(participants: Iterable[SessionRegistration]) -> bytes:
    """Semicolons and a byte order mark, as a Finnish spreadsheet expects; headings in the reader's language."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Name"), _("Company"), _("E-mail address"), _("Language"), _("Registered")])
    for each in participants:
        cells = [each.name, each.company, each.email, LANGUAGE_NAMES[each.language]]
        writer.writerow([*map(safe_cell, cells), datetime_text(each.registered_at)])
    return text.getvalue().encode("utf-8-sig")
