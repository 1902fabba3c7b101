"""What the register of mandates told: who takes a company over with it, who takes it back, and how long it holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.providers.authority import service
from marketplace.providers.authority.queries import is_proven
from marketplace.providers.authority.rules import TOLD_BEFORE, RightAction
from marketplace.providers.company import people
from marketplace.providers.company.models import AccessRequest
from marketplace.providers.company.rules import AccessRequestState
from marketplace.providers.models import Provider
from tests.factories import NOW, make_approval, make_user
from tests.forms import post_form
from tests.providers.authority.conftest import ACCEPTED, CODE, HOLDS_UNTIL, Play, SignIn, way_back
from tests.work import work_of

# --- a company of others ---------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(play: Play, sign_in: SignIn) -> tuple[FlaskClient, User, int]:
    """Somebody who has asked for access to the company, in a browser of their own, and the number of the request."""
    browser = play.app.test_client()
    with play.app.test_request_context("/fi/"), play.database.transaction() as session:
        person = make_user(session, email="oikea@example.fi")
        asked = people.ask_access(
            work_of(session, actor_of(person)), user=person, business_id=play.company.business_id
        )
    sign_in(browser, person)
    return browser, person, asked.id


def test_who_shows_it_takes_a_company_over_from_people_who_have_shown_nothing(
    play: Play, newcomer: tuple[FlaskClient, User, int]
) -> None:
    browser, person, number = newcomer
    way = f"/fi/provider/requests/{number}/suomi-fi"
    assert way in browser.get("/fi/provider/").text
    assert play.ask(way, browser).location == f"/fi/provider/{play.company.id}/"
    assert browser.get(f"/fi/provider/{play.company.id}/").status_code == 200
    assert play.browser.get(f"/fi/provider/{play.company.id}/").status_code in (302, 403, 404)
    with play.database.read() as session:
        assert is_proven(session, play.company.id)
        assert session.get_one(AccessRequest, number).state is AccessRequestState.ACCEPTED
        told = session.scalars(
            sa.select(OutboxMessage.recipient).where(OutboxMessage.template == "company_taken_over")
        ).all()
        assert actor_of(session.get_one(User, person.id)).providers == (play.company.id,)
    assert told == [play.admin.email]


def test_nobody_takes_over_a_company_whose_people_have_shown_their_right(
    play: Play, newcomer: tuple[FlaskClient, User, int]
) -> None:
    browser, _person, number = newcomer
    way = f"/fi/provider/requests/{number}/suomi-fi"
    back = way_back(play.identified(way, browser).location)
    play.ask()
    answer = browser.get(back)
    assert "ovat jo osoittaneet" in browser.get(answer.location).text
    assert way not in browser.get("/fi/provider/").text
    with play.database.read() as session:
        assert session.get_one(AccessRequest, number).state is AccessRequestState.WAITING
        assert actor_of(session.get_one(User, play.admin.id)).providers == (play.company.id,)


def test_nobody_takes_over_by_the_request_of_another_or_with_a_role_that_is_not_enough(
    play: Play, newcomer: tuple[FlaskClient, User, int]
) -> None:
    browser, _person, number = newcomer
    way = f"/fi/provider/requests/{number}/suomi-fi"
    assert play.browser.get(way).status_code == 404
    play.register.roles[CODE] = {play.company.business_id: ["PJ"]}
    answer = play.ask(way, browser)
    assert "ei riitä" in browser.get(answer.location).text
    assert play.right() is None


# --- the office, and a year later ------------------------------------------------------------------------------------


def test_the_office_sees_how_it_was_shown_and_takes_itway_back(play: Play, sign_in: SignIn) -> None:
    play.ask()
    with play.database.transaction() as session:
        office = make_user(session, Role.COORDINATOR, organisation="keusote")
    desk, page = play.app.test_client(), f"/fi/office/companies/{play.company.id}/right"
    sign_in(desk, office)
    shown = desk.get(page).text
    assert "Suomi.fi-valtuuksissa" in shown
    assert ACCEPTED in shown
    assert post_form(desk, f"{page}/revoke", {"reason": " "}, page=page).status_code == 422
    answer = post_form(desk, f"{page}/revoke", {"reason": "Yhtiö ilmoitti, ettei tunne häntä."}, page=page)
    assert answer.status_code == 303
    assert "ettei tunne häntä" in desk.get(page).text
    assert "ettei tunne häntä" in play.browser.get(play.page).text
    right = play.right()
    assert right is not None
    assert (right.shown_by, right.checked_until, right.codes) == (None, None, "")
    with play.database.read() as session:
        assert not is_proven(session, play.company.id)
        mail = session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.template == "right_revoked")
        ).one()
    assert mail.recipient == play.admin.email
    again = post_form(desk, f"{page}/revoke", {"reason": "Uudelleen."}, page=page)
    assert again.status_code == 409


def test_another_office_takes_nothingway_back(play: Play) -> None:
    with play.database.transaction() as session:
        company = session.get_one(Provider, play.company.id)
        make_approval(session, company)
        work = work_of(session, actor_of(make_user(session, Role.COORDINATOR, organisation="soite")))
        with pytest.raises(NotFound):
            service.revoke(work, provider_id=company.id, reason="Ei.")


def test_a_company_is_asked_a_month_before_and_is_marked_again_after_a_year(play: Play) -> None:
    play.ask()
    steps = [
        (HOLDS_UNTIL - TOLD_BEFORE - timedelta(days=1), 0, True),
        (HOLDS_UNTIL - TOLD_BEFORE, 1, True),
        (HOLDS_UNTIL, 0, True),
        (HOLDS_UNTIL + timedelta(days=1), 1, False),
        (HOLDS_UNTIL + timedelta(days=2), 0, False),
    ]
    for day, told, proven in steps:
        moment = NOW + (day - NOW.date())
        with play.app.app_context():
            assert service.look_again(play.database, now=moment) == told, day
        with play.database.read() as session:
            assert is_proven(session, play.company.id) is proven, day
    with play.database.read() as session:
        mails = session.scalars(
            sa.select(OutboxMessage.body).where(OutboxMessage.template == "right_due_again")
        ).all()
        last = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id.desc())).first()
    assert len(mails) == 2
    assert mails[0] != mails[1]
    assert last == "provider.right_lapse"


def test_what_the_office_said_or_a_letter_showed_is_not_asked_again(play: Play) -> None:
    with play.app.test_request_context("/fi/"), play.database.transaction() as session:
        office = work_of(session, actor_of(make_user(session, Role.COORDINATOR, organisation="keusote")))
        service.approve(office, provider_id=play.company.id, reason="Soitettu.")
    with play.app.app_context():
        assert service.look_again(play.database, now=NOW + timedelta(days=900)) == 0


def test_nothing_is_taken_back_that_was_not_shown_or_without_a_reason(play: Play) -> None:
    with play.database.transaction() as session:
        office = work_of(session, actor_of(make_user(session, Role.COORDINATOR, organisation="keusote")))
        with pytest.raises(Invalid):
            service.revoke(office, provider_id=play.company.id, reason=" ")
        with pytest.raises(Conflict):
            service.revoke(office, provider_id=play.company.id, reason="Ei mitään.")


def test_handing_over_ends_what_the_register_told(play: Play) -> None:
    play.ask()
    with play.app.test_request_context("/fi/"), play.database.transaction() as session:
        office = work_of(session, actor_of(make_user(session, Role.COORDINATOR, organisation="keusote")))
        right = service.hand_over(
            office, provider_id=play.company.id, email="oikea@example.fi", language="fi", reason="Soitettu."
        )
        assert (right.shown_by, right.checked_until, right.codes) == (RightAction.HAND_OVER, None, "")
