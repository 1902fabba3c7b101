"""The calendar entry of an information session as an iCalendar file (RFC 5545)."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlsplit

from icalendar import Event, vCalAddress, vText

from marketplace.calendars import calendar_of
from marketplace.recruiting.sessions.models import InformationSession
from marketplace.recruiting.sessions.rules import SessionState


def calendar_file(entry: InformationSession, language: str, page: str) -> bytes:
    """The entry in a language. The same `UID` with a higher `SEQUENCE` replaces or cancels the entry of before. `page`
    is the whole address of the session.

    Times are UTC, so that every calendar shows them right without knowing Finland's time zone.
    """
    cancelled = entry.state == SessionState.CANCELLED
    event = Event()
    event.add("uid", f"information-session-{entry.id}@{urlsplit(page).hostname}")
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("summary", entry.title[language])
    event.add("location", entry.place[language] or entry.link)
    description = [entry.description[language], entry.link, page]
    event.add("description", "\n\n".join(part for part in description if part))
    event.add("url", page)
    organisation = entry.pilot.organisation
    organiser = vCalAddress(f"mailto:{organisation.email}")
    organiser.params["CN"] = vText(organisation.name[language])
    event.add("organizer", organiser)
    return calendar_of([event], product="Information sessions", cancelled=cancelled)
