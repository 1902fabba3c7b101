"""The due days of the office as a file for the calendars of its people."""

from __future__ import annotations

from datetime import UTC, timedelta
from urllib.parse import urlsplit

from flask import make_response, url_for
from flask.typing import ResponseReturnValue
from icalendar import Event

from marketplace.applications.labels import service_name
from marketplace.applications.models import Application
from marketplace.approvals.access import review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.due_days.labels import KINDS
from marketplace.approvals.due_days.queries import DueDay, due_days
from marketplace.calendars import MEDIA_TYPE, calendar_of
from marketplace.errors import NotAllowed
from marketplace.i18n import _, filled, helsinki_date
from marketplace.permissions import Permission
from marketplace.web.frame import current_actor, now, requires, session, settings


@blueprint.get("/office/due-days.ics")
@requires(Permission.VIEW_APPLICATIONS)
def due_days_file() -> ResponseReturnValue:
    """Every day that lies ahead of the office, for one's own calendar; taken again, it replaces what was taken before.

    There is no address to subscribe to: it would need a key that calendars keep, and the days of companies with it
    (docs/decisions/0119).
    """
    actor = current_actor()
    if actor.organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    found = due_days(session(), actor.organisation, helsinki_date(now()))
    entries = [_entry(each) for each in found if not actor.is_disqualified(each.provider.id)]
    answer = make_response(calendar_of(entries, product="Due days"))
    answer.headers["Content-Type"] = f"{MEDIA_TYPE}; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="due-days.ics"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _entry(due: DueDay) -> Event:
    """A whole day in the calendar, which leaves its owner free."""
    page = settings().public_url + _page(due)
    event = Event()
    event.add("uid", f"{due.kind}-{due.id}@{urlsplit(page).hostname}")
    event.add("dtstamp", now().astimezone(UTC))
    event.add("dtstart", due.day)
    event.add("dtend", due.day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("summary", filled(str(KINDS[due.kind]), {"provider": due.provider.name}))
    about = [] if isinstance(due.thing, Application) else [service_name(due.thing.service_key)]
    event.add("description", "\n\n".join([*about, page]))
    event.add("url", page)
    return event


def _page(due: DueDay) -> str:
    if isinstance(due.thing, Application):
        return review_url(due.thing)
    return url_for("approvals.standing", approval_id=due.thing.id)
