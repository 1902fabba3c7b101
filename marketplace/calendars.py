"""Calendar files (iCalendar, RFC 5545) for the calendars that people have: one way to write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from icalendar import Calendar, Event

MEDIA_TYPE: Final = "text/calendar"


def calendar_of(entries: Iterable[Event], *, product: str, cancelled: bool = False) -> bytes:
    """The entries as a file. `product` is what wrote it (`PRODID`); `cancelled`: the entries are taken back."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Palvelutori//{product}//FI")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    for entry in entries:
        calendar.add_component(entry)
    written: bytes = calendar.to_ical()
    return written
