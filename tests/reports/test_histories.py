"""Random histories: the kept figures are what an independent count says, and what was told stays as it was."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.i18n import HELSINKI
from marketplace.offers.rules import OfferState
from marketplace.providers.approved_services import service as approved_services
from marketplace.providers.rules import ApprovalAction
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.rules import Quarter, told_quarters
from tests.factories import (
    NOW,
    make_application,
    make_approval,
    make_offer,
    make_provider,
    make_user,
)
from tests.reports.compared import hide_more, kept, make, recounted
from tests.reports.history import BEGAN, History
from tests.work import work_of


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6))
def test_random_histories_are_counted_as_they_are_counted_again(session: Session, seed: int) -> None:
    with session.begin_nested() as history:
        History(session, seed)
        assert make(session) > 0
        told = kept(session)
        assert told == recounted(session)
        held = {place: number for place, number in told.items() if place[2].startswith("reserved_")}
        assert not [place for place, number in held.items() if number < 0], (
            "nothing is held less than not at all"
        )
        history.rollback()
        session.expire_all()


def test_what_stood_on_the_last_day_is_told_whatever_became_of_it(session: Session) -> None:
    """Approved in the first quarter with two offers; in the second suspended, made smaller and partly ended."""
    approval = make_approval(session, make_provider(session), approved_on=date(2026, 2, 1))
    since = {"valid_from": date(2026, 2, 1)}
    going_on = make_offer(session, approval, version=since)
    make_offer(session, approval, version=since, state=OfferState.ENDED, ends_on=date(2026, 5, 5))
    april = work_of(session, now=datetime(2026, 4, 20, 12, tzinfo=HELSINKI))
    approved_services.replace_area(april, approval, ["858"])
    make(session, now=datetime(2026, 5, 20, 12, tzinfo=HELSINKI))
    july = work_of(session, now=datetime(2026, 7, 2, 12, tzinfo=HELSINKI))
    approved_services.apply_measure(july, approval, ApprovalAction.SUSPEND)
    make(session)

    def number(measure: str, first: date, by: str = "all", key: str = "") -> int:
        return kept(session).get(("keusote-2022", first, measure, by, key), 0)

    april_first = date(2026, 4, 1)
    assert (number("approved", BEGAN), number("offers", BEGAN)) == (1, 2)
    assert (number("approved", april_first), number("offers", april_first)) == (1, 1)
    assert number("approved", BEGAN, "municipality", "186") == 1, "its area of then"
    assert number("approved", april_first, "municipality", "186") == 0
    told = kept(session)
    rebuilt = recounted(session)
    assert {place: rebuilt[place] for place in told} == told
    assert going_on.state == OfferState.PUBLISHED


def test_a_quarter_that_was_told_does_not_change(session: Session) -> None:
    history = History(session, 7)
    make(session)
    before = kept(session)
    for client in history.clients:
        history.agreement(client.number)
    session.flush()
    assert make(session) == 0
    assert kept(session) == before


def test_told_quarters_are_hidden_more_and_no_number_is_shown_or_changed(session: Session) -> None:
    History(session, 7)
    make(session)

    def flags() -> dict[tuple[object, ...], bool]:
        session.expire_all()
        return {
            (cell.edition_id, cell.measure, cell.dimension, cell.key): cell.hidden
            for cell in session.scalars(sa.select(ReportCell))
        }

    before, numbers = flags(), kept(session)
    assert set(before.values()) == {True, False}
    session.execute(sa.update(ReportCell).where(ReportCell.measure == "spent").values(hidden=False))
    session.execute(sa.update(ReportCell).where(ReportCell.measure == "applied").values(hidden=True))
    assert hide_more(session) > 0
    after = flags()
    assert all(after[place] for place, hidden in before.items() if hidden and place[1] == "spent")
    assert all(hidden for place, hidden in after.items() if place[1] == "applied"), (
        "hidden once, hidden still"
    )
    assert kept(session) == numbers
    assert hide_more(session) == 0


def test_quarters_are_told_when_they_have_been_over_for_45_days() -> None:
    assert told_quarters(date(2026, 2, 3), date(2026, 8, 14)) == [Quarter(date(2026, 1, 1))]
    assert [each.name for each in told_quarters(date(2026, 2, 3), date(2026, 8, 15))] == [
        "2026-Q1",
        "2026-Q2",
    ]
    assert told_quarters(date(2026, 2, 3), date(2026, 2, 4)) == []
    assert (Quarter(date(2025, 10, 1)).following.first, Quarter(date(2025, 10, 1)).last) == (
        date(2026, 1, 1),
        date(2025, 12, 31),
    )


def test_a_pilot_where_nothing_has_happened_has_no_figures(session: Session) -> None:
    assert make(session) == 0
    assert session.scalars(sa.select(ReportEdition)).all() == []


@pytest.mark.parametrize("outcome", ["hidden", "told"])
def test_hidden_numbers_are_marked_where_they_are_kept(session: Session, outcome: str) -> None:
    number = 4 if outcome == "hidden" else 5
    person = make_user(session)
    at = datetime(2026, 2, 3, 12, tzinfo=NOW.tzinfo)
    for _number in range(number):
        provider = make_provider(session)
        make_application(
            session,
            provider,
            person,
            state="submitted",
            services=("transport",),
            created_at=at,
            submitted_at=at,
        )
    make(session)
    [cell] = session.scalars(
        sa.select(ReportCell)
        .join(ReportEdition, ReportEdition.id == ReportCell.edition_id)
        .where(
            ReportCell.measure == "applied", ReportCell.dimension == "all", ReportEdition.first_on == BEGAN
        )
    ).all()
    assert (cell.value, cell.contributors, cell.hidden) == (number, number, outcome == "hidden")
