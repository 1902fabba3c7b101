"""Published changes are withdrawn before their first day: what is live stays, the office sees it, nothing is lost."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.approvals.offer_changes.queries import went_live
from marketplace.approvals.offer_changes.service import approve
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.errors import Conflict, NotFound
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.publishing import service as publishing
from marketplace.offers.rules import OfferState, VersionState, version_in_force
from marketplace.offers.service import delete_draft, stamp
from marketplace.permissions import Actor
from tests.approvals.offer_changes.offers import DEAR, Case, day_price, make_case, send, write
from tests.factories import NOW, make_provider, make_provider_admin
from tests.forms import post_form
from tests.providers.home import Home
from tests.work import work_of

TODAY = NOW.date()
AHEAD = TODAY + timedelta(days=40)


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session)


def raised(session: Session, case: Case) -> OfferVersion:
    """A raised price that the office has approved and whose day is still ahead."""
    write(session, case, AHEAD, price=DEAR)
    version = send(session, case)
    approve(work_of(session, actor_of(case.reviewer)), version.id, seen=stamp(version))
    assert version.state == VersionState.PUBLISHED
    return version


def withdraw(
    session: Session, case: Case, number: int, *, actor: Actor | None = None, now: datetime = NOW
) -> OfferVersion:
    work = work_of(session, actor or actor_of(case.person), now=now)
    offer = case.offer
    return publishing.withdraw(work, provider_id=offer.provider_id, offer_id=offer.id, number=number)


def test_a_price_to_come_is_withdrawn_and_the_live_one_stays(session: Session, case: Case) -> None:
    live, coming = case.offer.versions[0], raised(session, case)
    withdraw(session, case, coming.number)
    session.flush()
    assert (coming.state, coming.published_at, coming.decided_by_id) == ("draft", None, None)
    assert version_in_force(case.offer.versions, AHEAD) is live
    assert day_price(coming) == DEAR, "what was written is kept as a draft"


def test_the_office_is_told_and_the_trail_says_what_was_withdrawn(session: Session, case: Case) -> None:
    withdraw(session, case, raised(session, case).number)
    newest = went_live(session, "keusote")[0]
    assert (newest.event.action, newest.offer) == ("offer.withdraw", case.offer)
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.before["version"], event.after["version"]) == (1, 2)
    assert event.after["kinds"] == ["price", "date"]


def test_what_was_withdrawn_can_be_sent_again_or_deleted(session: Session, case: Case) -> None:
    withdraw(session, case, raised(session, case).number)
    assert send(session, case).state == VersionState.WAITING
    publishing.take_back(
        work_of(session, actor_of(case.person)), provider_id=case.offer.provider_id, offer_id=case.offer.id
    )
    delete_draft(
        work_of(session, actor_of(case.person)), provider_id=case.offer.provider_id, offer_id=case.offer.id
    )
    assert [version.number for version in case.offer.versions] == [1]


@pytest.mark.parametrize("days", [40, 41, 400])
def test_nothing_is_withdrawn_once_its_day_has_come(session: Session, case: Case, days: int) -> None:
    coming = raised(session, case)
    with pytest.raises(Conflict):
        withdraw(session, case, coming.number, now=NOW + timedelta(days=days))
    assert coming.state == VersionState.PUBLISHED


def test_later_changes_are_withdrawn_first(session: Session, case: Case) -> None:
    coming = raised(session, case)
    write(session, case, AHEAD + timedelta(days=30), place="Uusi paikka")
    with pytest.raises(Conflict):
        withdraw(session, case, coming.number)


def test_an_offer_that_has_not_begun_becomes_a_draft(session: Session) -> None:
    case = make_case(session, version={"valid_from": AHEAD})
    withdraw(session, case, 1)
    assert (case.offer.state, case.offer.versions[0].state) == ("draft", "draft")
    assert send_again(session, case).state == VersionState.PUBLISHED
    assert case.offer.state == OfferState.PUBLISHED


def send_again(session: Session, case: Case) -> OfferVersion:
    write(session, case, TODAY)
    return send(session, case)


def test_nobody_withdraws_anothers_changes_or_versions_that_are_not_there(
    session: Session, case: Case
) -> None:
    coming = raised(session, case)
    stranger = actor_of(make_provider_admin(session, make_provider(session)))
    with pytest.raises(NotFound):
        withdraw(session, case, coming.number, actor=stranger)
    with pytest.raises(NotFound):
        withdraw(session, case, 99)


def test_it_is_asked_on_a_page_and_done_from_there(
    client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    with database.transaction() as session:
        first = session.get_one(Offer, offer.id).versions[0]
        same = {
            name: getattr(first, name)
            for name in (
                "title",
                "summary",
                "description",
                "plain",
                "municipalities",
                "groups",
                "languages",
                "features",
            )
        }
        first.offer.versions.append(
            OfferVersion(
                number=2,
                state=VersionState.PUBLISHED,
                valid_from=AHEAD,
                created_at=NOW,
                published_at=NOW,
                **same,
            )
        )
    path = f"{home.path}/offers/{offer.id}/versions/2/withdraw"
    for page in (f"{home.path}/offers", f"{home.path}/offers/{offer.id}/preview"):
        assert path in client.get(page).text
    assert "1.1.2027" in client.get(path).text
    assert post_form(client, path, {}).headers["Location"] == f"{home.path}/offers"
    with database.read() as session:
        assert [version.state for version in session.get_one(Offer, offer.id).versions] == [
            VersionState.PUBLISHED,
            VersionState.DRAFT,
        ]
    assert "<form" not in client.get(path).text.split("<main")[1], "what cannot be withdrawn has no button"
    assert client.get(f"{home.path}/offers/{offer.id}/versions/9/withdraw").status_code == 404
