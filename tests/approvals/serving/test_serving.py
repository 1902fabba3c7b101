"""Documents reach their party by mail or by post, and no time runs before they have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.approvals import deadlines
from marketplace.approvals.completion.rules import AskedItem
from marketplace.approvals.completion.service import request_completion
from marketplace.approvals.serving import queries
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.posting import mark_posted
from marketplace.approvals.serving.rules import posting_fault
from marketplace.approvals.standing import deciding, reminders
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.rules import MeasureState
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import make_standing, open_measure
from tests.factories import NOW, make_application
from tests.forms import post_form
from tests.work import work_of

TODAY = NOW.date()


def without_people(session: Session, cast: Cast, *, email: str = "") -> None:
    """Nobody acts for the company any more; it has this address of its own."""
    session.execute(sa.delete(RoleGrant).where(RoleGrant.provider_id == cast.provider.id))
    cast.provider.email = email
    session.flush()
    session.expire_all()


def hearing_of(session: Session, cast: Cast, *, email: str = "") -> tuple[ApprovalMeasure, ServedDocument]:
    approval = make_standing(session, cast)
    without_people(session, cast, email=email)
    measure = open_measure(session, approval, cast, ApprovalAction.WITHDRAW)
    session.flush()
    return measure, session.scalars(sa.select(ServedDocument)).one()


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("posted", "received", "fault"),
    [
        (0, None, None),
        (1, 2, None),
        (-1, None, ("posted_on", "not_then")),
        (3, None, ("posted_on", "not_then")),
        (1, 0, ("received_on", "not_received_then")),
        (1, 3, ("received_on", "not_received_then")),
    ],
)
def test_a_letter_goes_between_its_writing_and_today(
    posted: int, received: int | None, fault: tuple[str, str] | None
) -> None:
    day = [TODAY + timedelta(days=each) for each in range(-1, 4)]
    given = None if received is None else day[received + 1]
    assert posting_fault(TODAY, day[posted + 1], given, TODAY + timedelta(days=2)) == fault


def test_a_company_with_people_is_mailed_and_served_on_the_third_day(session: Session, cast: Cast) -> None:
    open_measure(session, make_standing(session, cast), cast, ApprovalAction.WITHDRAW)
    document = session.scalars(sa.select(ServedDocument)).one()
    assert (document.channel, document.sent_on, document.served_on) == (
        "people", TODAY, TODAY + timedelta(days=3),
    )  # fmt: skip
    assert document.text == ""


def test_a_company_without_people_is_mailed_at_its_own_address_and_told_how_to_answer(
    session: Session, cast: Cast
) -> None:
    _measure, document = hearing_of(session, cast, email="toimisto@metsapolku.example")
    mail = session.scalars(sa.select(OutboxMessage)).one()
    assert (document.channel, mail.recipient) == ("company", "toimisto@metsapolku.example")
    assert "/measures/" not in mail.body
    for words in ("Ehdot eivät täyty.", "hallintolain", "34 §", "621/1999", "lisäaikaa"):
        assert words in mail.body.replace("\u00a0", " ")


def test_a_letter_to_post_has_reached_nobody_and_no_time_runs(
    session: Session, cast: Cast, store: FileStore
) -> None:
    measure, document = hearing_of(session, cast)
    assert session.scalars(sa.select(OutboxMessage)).all() == []
    assert (document.channel, document.sent_on, document.served_on) == ("post", None, None)
    assert "14 päivän kuluessa" in document.text
    measure.state = MeasureState.PROPOSED
    with pytest.raises(Conflict, match="postitettava"):
        deciding.decide(work_of(session, cast.actor("decider")), measure, store=store)


def test_the_time_runs_from_the_seventh_day_after_posting_or_from_the_receipt(
    session: Session, cast: Cast
) -> None:
    measure, document = hearing_of(session, cast)
    later = NOW + timedelta(days=4)
    posted_on = later.date()
    work = work_of(session, cast.actor("reviewer"), now=later)
    mark_posted(work, document, posted_on)
    assert document.served_on == posted_on + timedelta(days=7)
    assert measure.hearing_due_on == date(2026, 12, 17)
    with pytest.raises(Conflict):
        mark_posted(work, document, posted_on)


def test_a_receipt_shows_the_day_of_service(session: Session, cast: Cast) -> None:
    measure, document = hearing_of(session, cast)
    later = NOW + timedelta(days=4)
    work = work_of(session, cast.actor("reviewer"), now=later)
    mark_posted(work, document, TODAY, TODAY + timedelta(days=2))
    assert measure.hearing_due_on == date(2026, 12, 8)


def test_only_the_office_of_the_pilot_marks_and_never_a_day_that_cannot_be(
    session: Session, cast: Cast
) -> None:
    _measure, document = hearing_of(session, cast)
    with pytest.raises(NotAllowed):
        mark_posted(work_of(session, cast.actor("stranger")), document, TODAY)
    with pytest.raises(NotFound):
        queries.for_office(work_of(session, cast.actor("stranger")), document.id)
    with pytest.raises(Invalid):
        mark_posted(work_of(session, cast.actor("reviewer")), document, TODAY - timedelta(days=1))


def test_the_worker_ends_no_hearing_and_no_completion_that_was_not_served(app: Flask) -> None:
    database = app.extensions["database"]
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        application = make_application(
            session, cast.provider, cast.applicant, state="in_review", handler=cast.reviewer
        )
        hearing_of(session, cast)
        request_completion(
            work_of(session, cast.actor("reviewer")),
            application,
            [AskedItem("staff", "Tarkenna.")],
            due_on=TODAY + timedelta(days=14),
        )
    moment = NOW + timedelta(days=60)
    with app.app_context():
        reminders.remind(database, moment)
        deadlines.catch_up(database, now=moment)
    with database.read() as session:
        assert session.scalars(sa.select(ApprovalMeasure.state)).one() == MeasureState.HEARING
        assert [each.kind for each in queries.waiting(session, "keusote")] == [
            "measure_hearing",
            "completion",
        ]
        assert queries.waiting(session, "soite") == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_office_posts_a_letter_through_the_pages(
    app: Flask, sign_in: Callable[[FlaskClient, User], None], language: str
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as setup:
        cast = make_cast(setup, language)
        _measure, document = hearing_of(setup, cast)
        number, approval = document.id, setup.scalars(sa.select(ServiceApproval.id)).one()
    reviewer = app.test_client()
    sign_in(reviewer, cast.reviewer)
    letter = f"/{language}/office/letters/{number}"
    assert letter in reviewer.get(f"/{language}/office/letters").text
    assert f"/{language}/office/letters" in reviewer.get(f"/{language}/office").text
    assert letter in reviewer.get(f"/{language}/office/approvals/{approval}").text
    with reviewer.get(f"{letter}.pdf") as printed:
        assert printed.data.startswith(b"%PDF")
    assert post_form(reviewer, letter, {"posted_on": ""}).status_code == 422
    assert post_form(reviewer, letter, {"posted_on": "1.1.2020"}).status_code == 422
    assert post_form(reviewer, letter, {"posted_on": "22.11.2026"}).status_code == 303
    assert letter not in reviewer.get(f"/{language}/office/letters").text
    assert "29.11.2026" in reviewer.get(letter).text


def test_a_letter_says_when_the_address_is_not_known(
    app: Flask, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as setup:
        cast = make_cast(setup)
        _measure, document = hearing_of(setup, cast)
        number = document.id
        document.provider.street = document.provider.postal_code = document.provider.city = ""
    reviewer = app.test_client()
    sign_in(reviewer, cast.reviewer)
    assert "Osoitetta ei tiedetä." in reviewer.get(f"/fi/office/letters/{number}").text
