"""The due days of the office as a calendar: everything that is waited for, once, without what has reached nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.models import Disqualification
from marketplace.accounts.impartiality.rules import DisqualificationCause
from marketplace.approvals.due_days.queries import due_days
from marketplace.approvals.due_days.rules import DueKind
from marketplace.approvals.standing import conditions
from marketplace.approvals.standing.rules import ConditionState
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import Cast
from tests.approvals.serving.test_serving import hearing_of
from tests.approvals.standing.conftest import TODAY, make_condition, make_standing, open_measure
from tests.approvals.standing.test_pages import SignIn, browser
from tests.approvals.standing.test_pages import cast as committed_cast
from tests.factories import NOW, make_application, make_provider, make_provider_admin
from tests.work import work_of

on_pages = committed_cast
LAST = TODAY + timedelta(days=14)


def test_everything_that_is_waited_for_is_due_once(session: Session, cast: Cast) -> None:
    for state in ("completion_requested", "hearing", "in_review"):
        company = make_provider(session)
        make_application(session, company, make_provider_admin(session, company), state=state, due_on=LAST)
    approval = make_standing(session, cast)
    open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    make_condition(session, approval, cast, due_on=LAST)
    make_condition(session, approval, cast, due_on=LAST, state=ConditionState.MET)
    conditions.send_request(work_of(session, cast.actor("reviewer")), approval, "Kerro.", LAST)
    session.flush()
    found = due_days(session, "keusote", TODAY)
    assert {each.kind: each.day for each in found if each.kind is not DueKind.YEARLY} == dict.fromkeys(
        set(DueKind) - {DueKind.YEARLY}, LAST
    )
    assert len({(each.kind, each.id) for each in found}) == len(found)
    assert DueKind.YEARLY in {each.kind for each in found}
    assert due_days(session, "soite", TODAY) == []


def test_what_still_has_to_be_posted_is_not_due(session: Session, cast: Cast) -> None:
    hearing_of(session, cast)
    session.flush()
    assert DueKind.EXPLANATION not in {each.kind for each in due_days(session, "keusote", TODAY)}


@pytest.mark.parametrize(
    ("language", "heading"),
    [("fi", "Ehto täytettävä viimeistään: "), ("sv", "Villkor ska uppfyllas senast: ")],
)
def test_the_file_has_whole_days_that_a_calendar_knows_again(
    app: Flask, on_pages: Cast, sign_in: SignIn, language: str, heading: str
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        approval = make_standing(session, on_pages)
        condition = make_condition(session, approval, on_pages, due_on=LAST)
    client = browser(app, sign_in, on_pages.decider)
    assert f"/{language}/office/due-days.ics" in client.get(f"/{language}/office").text
    answer = client.get(f"/{language}/office/due-days.ics")
    assert answer.headers["Cache-Control"] == "private, no-store"
    events: list[Any] = list(Calendar.from_ical(answer.data).walk("VEVENT"))
    [event] = [each for each in events if str(each["uid"]).startswith(f"condition-{condition.id}@")]
    assert event["summary"] == heading + on_pages.provider.name
    assert (event["dtstart"].dt, event["dtend"].dt) == (LAST, LAST + timedelta(days=1))
    assert str(event["url"]).endswith(f"/{language}/office/approvals/{approval.id}")
    assert "key" not in answer.data.decode()


def test_who_is_disqualified_and_who_is_no_office_get_nothing_of_it(
    app: Flask, client: FlaskClient, on_pages: Cast, sign_in: SignIn
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        make_standing(session, on_pages)
        session.add(
            Disqualification(
                user_id=on_pages.reviewer.id,
                provider_id=on_pages.provider.id,
                cause=DisqualificationCause.DECLARED,
                reason="Sukulainen.",
                since=NOW - timedelta(days=1),
                until=NOW + timedelta(days=30),
            )
        )
    shown = browser(app, sign_in, on_pages.reviewer).get("/fi/office/due-days.ics")
    assert Calendar.from_ical(shown.data).walk("VEVENT") == []
    sign_in(client, on_pages.applicant)
    assert client.get("/fi/office/due-days.ics").status_code == 403
