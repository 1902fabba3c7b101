"""The usual handling time is measured, and not told when it rests on too little."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.applications.handling import ENOUGH, handling_time, usual_time
from marketplace.applications.rules import ApplicationState
from marketplace.i18n import helsinki_date
from tests.approvals.cast import Cast
from tests.factories import NOW, make_application

TODAY = helsinki_date(NOW)


def decide(session: Session, cast: Cast, number: int, *, days: int, ago: int) -> None:
    application = make_application(
        session,
        cast.provider,
        cast.applicant,
        services=(),
        state=ApplicationState.DECIDED,
        complete=False,
        submitted_at=NOW - timedelta(days=ago + days),
    )
    [decision] = application.decisions
    decision.decided_on = TODAY - timedelta(days=ago)
    session.flush()


def test_the_time_is_the_median_of_the_last_year(session: Session, cast: Cast) -> None:
    for number, days in enumerate((3, 10, 12, 14, 60), start=1):
        decide(session, cast, number, days=days, ago=number * 10)
    decide(session, cast, 9, days=300, ago=400)
    found = handling_time(session, "keusote-2022", today=TODAY)
    assert (found.days, found.decisions) == (12, 5)


def test_another_pilots_decisions_do_not_count(session: Session, cast: Cast) -> None:
    for number in range(1, ENOUGH + 1):
        decide(session, cast, number, days=5, ago=number)
    assert handling_time(session, "soite-2018", today=TODAY).days is None


@given(st.lists(st.integers(0, 400), max_size=ENOUGH - 1))
def test_too_few_decisions_tell_no_time(days: list[int]) -> None:
    assert usual_time(days).days is None


@given(st.lists(st.integers(0, 400), min_size=ENOUGH, max_size=30))
def test_the_usual_time_is_one_that_could_have_been(days: list[int]) -> None:
    found = usual_time(days).days
    assert found is not None
    assert min(days) <= found <= max(days)
