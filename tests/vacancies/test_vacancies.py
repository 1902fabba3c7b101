"""A notice of a free place: asked for, confirmed from the mailbox, told once, ended, dropped."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability
from marketplace.outbox import OutboxMessage
from marketplace.vacancies import rules, service
from marketplace.vacancies.models import PlaceNotice, PlaceNoticeLink
from tests import factories
from tests.factories import NOW
from tests.forms import open_link, post_form

ADDRESS = {"email": "Maija@Esimerkki.fi"}


@pytest.fixture
def full(app: Flask) -> int:
    """A visible offer without free places."""
    with app.extensions["database"].transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session))
        factories.make_required_evidence(session, approval)
        return factories.make_offer(session, approval, availability_state=Availability.FULL).id


def letters(app: Flask) -> list[OutboxMessage]:
    with app.extensions["database"].read() as session:
        return list(session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def link_in(letter: OutboxMessage) -> str:
    found = re.search(r"/(fi|sv)/services/free-place\?key=\S+", letter.body)
    assert found is not None
    return found[0]


def notices(app: Flask) -> int:
    with app.extensions["database"].read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(PlaceNotice)) or 0


def links(app: Flask) -> int:
    with app.extensions["database"].read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(PlaceNoticeLink)) or 0


def free_it(app: Flask, offer: int) -> None:
    with app.extensions["database"].transaction() as session:
        session.get_one(Offer, offer).availability_state = Availability.NOW


def tell(app: Flask) -> int:
    with app.app_context():
        return service.tell(app.extensions["database"], now=NOW)


def test_a_full_offer_offers_the_notice_and_a_free_one_does_not(
    app: Flask, client: FlaskClient, full: int
) -> None:
    link = f'href="/fi/services/{full}/free-place"'
    assert link in client.get(f"/fi/services/{full}").text
    free_it(app, full)
    assert link not in client.get(f"/fi/services/{full}").text
    assert "Vapaita paikkoja on nyt." in client.get(f"/fi/services/{full}/free-place").text


def test_a_confirmed_address_is_told_once_and_then_forgotten(
    app: Flask, client: FlaskClient, full: int
) -> None:
    assert post_form(client, f"/sv/services/{full}/free-place", ADDRESS).status_code == 303
    [asking] = letters(app)
    assert (asking.recipient, asking.language) == ("maija@esimerkki.fi", "sv")
    with app.extensions["database"].read() as session:
        kept = session.scalars(sa.select(PlaceNotice)).one()
    assert kept.token_hash not in asking.body, "only the hash of the token is kept"
    link = open_link(client, link_in(asking))
    assert "no-store" in client.get(link).headers["Cache-Control"]
    assert post_form(client, link, {"decision": "confirm"}).status_code == 303
    assert "Du får ett e-postmeddelande när en plats är ledig." in client.get(link).text
    assert tell(app) == 0
    free_it(app, full)
    assert tell(app) == 1
    assert tell(app) == 0
    _asking, told = letters(app)
    assert told.subject == "En plats är ledig på Servicetorget"
    assert "09 123 4567" in told.body
    assert notices(app) == 0
    assert client.get(link).status_code == 404


def test_who_has_not_confirmed_is_told_nothing(app: Flask, client: FlaskClient, full: int) -> None:
    post_form(client, f"/fi/services/{full}/free-place", ADDRESS)
    client.get(
        link_in(letters(app)[0]), follow_redirects=True
    )  # a scanner of the mail server that opens every link
    free_it(app, full)
    assert tell(app) == 0
    assert len(letters(app)) == 1


def test_a_hidden_offer_tells_nobody(app: Flask, client: FlaskClient, full: int) -> None:
    post_form(client, f"/fi/services/{full}/free-place", ADDRESS)
    post_form(client, open_link(client, link_in(letters(app)[0])), {"decision": "confirm"})
    free_it(app, full)
    with app.extensions["database"].transaction() as session:
        session.get_one(Offer, full).ends_on = NOW.date() - timedelta(days=1)
    assert tell(app) == 0


def test_the_link_ends_the_notice_with_one_button(app: Flask, client: FlaskClient, full: int) -> None:
    post_form(client, f"/fi/services/{full}/free-place", ADDRESS)
    link = open_link(client, link_in(letters(app)[0]))
    post_form(client, link, {"decision": "confirm"})
    assert post_form(client, link, {"decision": "other"}).status_code == 404
    assert post_form(client, link, {"decision": "end"}).status_code == 303
    assert notices(app) == 0
    assert client.get(link).status_code == 404


def test_a_stranger_who_asks_again_ends_no_link_and_changes_nothing_of_what_was_confirmed(
    app: Flask, client: FlaskClient, full: int
) -> None:
    post_form(client, f"/sv/services/{full}/free-place", ADDRESS)
    own = open_link(client, link_in(letters(app)[0]))
    post_form(client, own, {"decision": "confirm"})
    with app.extensions["database"].read() as session:
        before = session.scalars(sa.select(PlaceNotice)).one()
    for _each in range(service.TO_ONE_MAILBOX[0].times - 1):
        post_form(app.test_client(), f"/fi/services/{full}/free-place", ADDRESS)
    with app.extensions["database"].read() as session:
        after = session.scalars(sa.select(PlaceNotice)).one()
    assert (after.language, after.expires_at, after.token_hash) == (
        "sv",
        before.expires_at,
        before.token_hash,
    )
    assert [client.get(link_in(each)).status_code for each in letters(app)] == [302, 302, 302]
    assert [each.language for each in letters(app)] == ["sv", "fi", "fi"]
    assert post_form(client, own, {"decision": "end"}).status_code == 303
    assert [client.get(link_in(each)).status_code for each in letters(app)] == [404, 404, 404]
    assert links(app) == 0


def test_a_further_letter_confirms_and_the_wish_waits_for_it_as_long_as_it_says(
    app: Flask, client: FlaskClient, full: int
) -> None:
    post_form(client, f"/fi/services/{full}/free-place", ADDRESS)
    last_moment = rules.CONFIRMED_WITHIN - timedelta(minutes=1)
    app.extensions["clock"] = lambda: NOW + last_moment
    post_form(client, f"/fi/services/{full}/free-place", ADDRESS)
    app.extensions["clock"] = lambda: NOW + 2 * last_moment
    second = open_link(client, link_in(letters(app)[1]))
    assert post_form(client, second, {"decision": "confirm"}).status_code == 303
    free_it(app, full)
    assert tell(app) == 1
    assert links(app) == 0


def test_nobody_fills_a_mailbox(app: Flask, client: FlaskClient, full: int) -> None:
    of_an_hour, of_a_day = service.TO_ONE_MAILBOX
    for _each in range(of_an_hour.times):
        post_form(client, f"/fi/services/{full}/free-place", ADDRESS)
    answer = post_form(client, f"/fi/services/{full}/free-place", ADDRESS)
    assert answer.status_code == 429
    assert "Maija@Esimerkki.fi" in answer.text
    assert len(letters(app)) == of_an_hour.times
    for hour in range(1, 25):
        app.extensions["clock"] = lambda hour=hour: NOW + timedelta(hours=hour)
        for _each in range(of_an_hour.times):
            post_form(app.test_client(), f"/fi/services/{full}/free-place", ADDRESS)
    assert of_a_day.times == 6
    assert len(letters(app)) <= 2 * of_a_day.times


@pytest.mark.parametrize(
    ("confirmed", "lasts"), [(False, rules.CONFIRMED_WITHIN), (True, rules.LASTS)], ids=["unconfirmed", "old"]
)
def test_a_wish_is_dropped_when_its_time_is_over(
    app: Flask, client: FlaskClient, full: int, confirmed: bool, lasts: timedelta
) -> None:
    post_form(client, f"/fi/services/{full}/free-place", ADDRESS)
    if confirmed:
        post_form(client, open_link(client, link_in(letters(app)[0])), {"decision": "confirm"})
    with app.extensions["database"].read() as session:
        asked = session.scalars(sa.select(PlaceNotice)).one()
        begun = asked.confirmed_at or asked.asked_at
    for moment, left in ((begun + lasts - timedelta(minutes=1), 1), (begun + lasts, 0)):
        with app.extensions["database"].transaction() as session:
            service.forget(session, now=moment)
        assert notices(app) == left
    assert letters(app) == [], "nor is the letter with the address kept"


def test_a_wrong_address_is_told(app: Flask, client: FlaskClient, full: int) -> None:
    answer = post_form(client, f"/fi/services/{full}/free-place", {"email": "maija"})
    assert answer.status_code == 422
    assert 'value="maija"' in answer.text
    assert notices(app) == 0
