"""For any history of versions and approvals there is at most one live price per offer, band and moment."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import hypothesis.strategies as st
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.approvals.offer_changes import service
from marketplace.errors import DomainError
from marketplace.money import Money
from marketplace.offers.models import OfferPrice, OfferVersion
from marketplace.offers.publishing import service as publishing
from marketplace.offers.publishing.rules import day_in_force
from marketplace.offers.rules import VersionState, version_in_force
from marketplace.offers.service import delete_draft, editable_version, stamp
from tests.approvals.offer_changes.offers import Case, make_case, send, write
from tests.factories import NOW
from tests.work import work_of

STEPS = st.tuples(
    st.sampled_from(["write", "write_place", "send", "approve", "return", "take_back", "withdraw", "delete"]),
    st.integers(0, 45),
    st.integers(-3, 90),
    st.integers(1, 75_00),
)
"""What is done, after how many days, for which day (counted from then) and at which price."""


def _step(session: Session, case: Case, step: tuple[str, int, int, int], days: int) -> None:
    """Do one step; the portal may refuse it."""
    verb, _wait, ahead, cents = step
    now = NOW + timedelta(days=days)
    day = now.date() + timedelta(days=ahead)
    latest = editable_version(case.offer)
    mine: dict[str, Any] = {
        "provider_id": case.offer.provider_id,
        "offer_id": case.offer.id,
    }
    person, office = (work_of(session, actor_of(each), now=now) for each in (case.person, case.reviewer))
    with session.begin_nested():
        match verb:
            case "write":
                write(session, case, day, now=now, price=Money(cents))
            case "write_place":
                write(session, case, day, now=now, place=f"{cents}")
            case "send":
                send(session, case, now=now)
            case "approve":
                service.approve(office, latest.id, seen=stamp(latest))
            case "return":
                service.send_back(office, latest.id, seen=stamp(latest), reason="Ei")
            case "take_back":
                publishing.take_back(person, **mine)
            case "withdraw":
                publishing.withdraw(person, number=latest.number, **mine)
            case _:
                delete_draft(person, **mine)


def _live(session: Session, case: Case, days: int) -> Counter[tuple[str, date]]:
    """How many live prices each band has on each day, asked from the database the way the catalogue asks."""
    found: Counter[tuple[str, date]] = Counter()
    published = sa.and_(OfferVersion.offer_id == case.offer.id, OfferVersion.state == VersionState.PUBLISHED)
    for offset in range(-2, days + 130):
        day = NOW.date() + timedelta(days=offset)
        newest = sa.select(sa.func.max(OfferVersion.valid_from)).where(
            published, OfferVersion.valid_from <= day
        )
        bands = (
            sa.select(OfferPrice.band)
            .join(OfferVersion, OfferVersion.id == OfferPrice.version_id)
            .where(published, OfferVersion.valid_from == newest.scalar_subquery())
        )
        found.update((band, day) for band in session.scalars(bands))
    return found


@given(steps=st.lists(STEPS, min_size=3, max_size=14))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_there_is_at_most_one_live_price_and_the_past_never_changes(
    session: Session, steps: list[tuple[str, int, int, int]]
) -> None:
    outer = session.begin_nested()
    try:
        _walk(session, steps)
    finally:
        outer.rollback()
        session.expunge_all()  # the next example's rows get the same numbers again


def _walk(session: Session, steps: list[tuple[str, int, int, int]]) -> None:
    case, days = make_case(session), 0
    for step in steps:
        days += step[1]
        today = NOW.date() + timedelta(days=days)
        session.expire_all()
        before = version_in_force(case.offer.versions, today)
        try:
            _step(session, case, step, days)
        except DomainError:
            session.expire_all()
        after = version_in_force(case.offer.versions, today)
        prices = [] if before is None or after is None else [
            {row.band: row.amount for row in version.prices} for version in (before, after)
        ]  # fmt: skip
        assert not prices or prices[0] == prices[1], "nobody's price changes on the day itself"
    session.flush()
    assert set(_live(session, case, min(days, 60)).values()) <= {1}


@given(
    wanted=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    today=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    taken=st.frozensets(st.dates(date(2026, 1, 1), date(2029, 1, 31)), max_size=20),
    replaces=st.booleans(),
)
def test_an_approved_version_never_takes_effect_backwards_or_on_a_taken_day(
    wanted: date, today: date, taken: frozenset[date], replaces: bool
) -> None:
    day = day_in_force(wanted, today, replaces=replaces, taken=taken)
    assert day >= wanted
    assert day > today if replaces else day >= today
    assert day not in taken
