"""Rules of proofs, versions, visibility, prices and free places; no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import Money
from marketplace.offers.pricing.problems import price_problems
from marketplace.offers.rules import (
    OFFER,
    OFFER_VERSION,
    Availability,
    Hidden,
    OfferStanding,
    OfferState,
    VersionState,
    availability_problem,
    is_visible,
    reasons_hidden,
    version_in_force,
)
from marketplace.providers.rules import (
    APPROVAL,
    ApprovalState,
    ProviderState,
    add_months,
    expires_on,
    is_fresh_enough,
    is_valid_on,
    unproven,
)
from marketplace.workflow import NoSuchTransition, Workflow

DAY = date(2026, 11, 22)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@dataclass(frozen=True)
class Proof:
    kind: str
    issued_on: date
    valid_until: date | None


@dataclass(frozen=True)
class Version:
    state: VersionState
    valid_from: date
    number: int


@dataclass(frozen=True)
class Row:
    band: str
    unit: str
    ceiling: Money
    required: bool = False


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), 12, date(2027, 3, 31)),
    ],
)
def test_months_are_counted_by_the_calendar(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@pytest.mark.parametrize(
    ("valid_until", "renew_months", "last_day"),
    [
        (None, None, None),
        (None, 12, date(2027, 11, 22)),
        (date(2027, 3, 1), 12, date(2027, 3, 1)),
        (date(2029, 3, 1), 12, date(2027, 11, 22)),
        (date(2029, 3, 1), None, date(2029, 3, 1)),
    ],
)
def test_a_proof_ends_on_its_last_day_or_when_it_must_be_renewed(
    valid_until: date | None, renew_months: int | None, last_day: date | None
) -> None:
    assert expires_on(DAY, valid_until, renew_months) == last_day


@pytest.mark.parametrize(
    ("issued_on", "valid_until", "valid"),
    [
        (DAY, DAY, True),
        (DAY - timedelta(days=1), None, True),
        (DAY + timedelta(days=1), None, False),
        (DAY - timedelta(days=9), DAY - timedelta(days=1), False),
    ],
)
def test_a_proof_holds_from_its_issue_to_its_last_day(
    issued_on: date, valid_until: date | None, valid: bool
) -> None:
    assert is_valid_on(Proof("tax", issued_on, valid_until), DAY) is valid


@pytest.mark.parametrize(
    ("issued_on", "months", "fresh"),
    [
        (date(2026, 8, 22), 3, True),
        (date(2026, 8, 21), 3, False),
        (date(2000, 1, 1), None, True),
    ],
)
def test_a_proof_is_at_most_so_many_months_old_at_application(
    issued_on: date, months: int | None, fresh: bool
) -> None:
    assert is_fresh_enough(issued_on, months, DAY) is fresh


def test_a_combined_report_proves_what_it_stands_for() -> None:
    report = Proof("reliable_partner", DAY, DAY)
    proves = {"tax": frozenset({"tax", "reliable_partner"}), "soteri": frozenset({"soteri"})}
    assert unproven(["tax", "soteri"], [report], DAY, proves.__getitem__) == ("soteri",)
    assert unproven(["tax"], [report], DAY + timedelta(days=1), proves.__getitem__) == ("tax",)


versions = st.lists(st.tuples(st.sampled_from(VersionState), days), max_size=12).map(
    lambda rows: [Version(state, day, number) for number, (state, day) in enumerate(rows, 1)]
)


@given(versions, days)
def test_the_version_in_force_is_the_published_one_that_began_last(history: list[Version], day: date) -> None:
    found = version_in_force(history, day)
    begun = [v for v in history if v.state == "published" and v.valid_from <= day]
    if not begun:
        assert found is None
    else:
        assert found in begun
        assert all((v.valid_from, v.number) <= (found.valid_from, found.number) for v in begun if found)


@given(versions, days, days)
def test_publishing_a_later_version_changes_nothing_before_its_day(
    history: list[Version], first_day: date, day: date
) -> None:
    later = Version(VersionState.PUBLISHED, first_day, len(history) + 1)
    if day < first_day:
        assert version_in_force([*history, later], day) == version_in_force(history, day)


SHOWN = OfferStanding(ProviderState.ACTIVE, ApprovalState.APPROVED, OfferState.PUBLISHED, None, in_force=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"provider_state": "paused"}, Hidden.PROVIDER_PAUSED),
        ({"provider_state": "left"}, Hidden.PROVIDER_LEFT),
        ({"approval_state": "suspended"}, Hidden.APPROVAL_SUSPENDED),
        ({"approval_state": "withdrawn"}, Hidden.APPROVAL_WITHDRAWN),
        ({"approval_state": "ended"}, Hidden.APPROVAL_ENDED),
        ({"offer_state": "draft"}, Hidden.DRAFT),
        ({"offer_state": "ended"}, Hidden.ENDED),
        ({"ends_on": DAY - timedelta(days=1)}, Hidden.ENDED),
        ({"in_force": False}, Hidden.NOT_YET_IN_FORCE),
        ({"unproven": ("tax",)}, Hidden.EVIDENCE_EXPIRED),
    ],
)
def test_each_reason_alone_hides_an_offer(change: dict[str, object], reason: Hidden) -> None:
    standing = replace(SHOWN, **change)  # type: ignore[arg-type]
    assert reasons_hidden(standing, DAY) == (reason,)
    assert not is_visible(standing, DAY)


def test_an_offer_is_seen_to_the_end_of_its_last_day() -> None:
    assert is_visible(SHOWN, DAY)
    assert is_visible(replace(SHOWN, ends_on=DAY), DAY)


def test_all_reasons_are_told() -> None:
    standing = OfferStanding(
        ProviderState.PAUSED,
        ApprovalState.SUSPENDED,
        OfferState.DRAFT,
        None,
        in_force=False,
        unproven=("tax",),
    )
    assert len(reasons_hidden(standing, DAY)) == 4


TABLE = (Row("day", "day", Money(75_00), required=True), Row("half_day", "half_day", Money(45_00)))


@pytest.mark.parametrize(
    ("prices", "codes"),
    [
        ({"day": ("day", Money(75_00))}, []),
        ({"day": ("day", Money(75_01))}, [("day", "above_ceiling")]),
        ({"half_day": ("half_day", Money(1))}, [("day", "missing")]),
        ({"day": ("h", Money(1))}, [("day", "wrong_unit")]),
        ({"day": ("day", Money(1)), "night": ("h", Money(1))}, [("night", "unknown_band")]),
        ({}, [("day", "missing")]),
    ],
)
def test_prices_are_measured_against_the_pilots_table(
    prices: dict[str, tuple[str, Money]], codes: list[tuple[str, str]]
) -> None:
    assert [(p.band, p.code) for p in price_problems(prices, TABLE, fixed=False)] == codes


def test_a_draft_may_lack_a_required_price_but_not_exceed_a_ceiling() -> None:
    assert price_problems({}, TABLE, fixed=False, complete=False) == ()
    (problem,) = price_problems({"day": ("day", Money(80_00))}, TABLE, fixed=False, complete=False)
    assert (problem.code, problem.ceiling, problem.unit) == ("above_ceiling", Money(75_00), "day")


def test_a_fixed_price_is_the_same_for_all() -> None:
    (problem,) = price_problems({"day": ("day", Money(70_00))}, TABLE, fixed=True)
    assert problem.code == "not_fixed"
    assert price_problems({"day": ("day", Money(75_00))}, TABLE, fixed=True) == ()


@given(st.integers(0, 200_00), st.integers(0, 200_00))
def test_a_price_passes_exactly_up_to_its_ceiling(cents: int, ceiling: int) -> None:
    table = [Row("day", "day", Money(ceiling))]
    problems = price_problems({"day": ("day", Money(cents))}, table, fixed=False)
    assert bool(problems) == (cents > ceiling)


@pytest.mark.parametrize(
    ("state", "start", "weeks", "problem"),
    [
        (Availability.NOW, None, None, None),
        (Availability.FULL, None, None, None),
        (Availability.FROM, None, None, "date_missing"),
        (Availability.FROM, DAY, None, "date_past"),
        (Availability.FROM, DAY + timedelta(days=1), None, None),
        (Availability.QUEUE, None, None, "weeks_missing"),
        (Availability.QUEUE, None, 0, "weeks_missing"),
        (Availability.QUEUE, None, 105, "weeks_too_many"),
        (Availability.QUEUE, None, 3, None),
    ],
)
def test_a_word_about_free_places_is_complete(
    state: Availability, start: date | None, weeks: int | None, problem: str | None
) -> None:
    assert availability_problem(state, start, weeks, DAY) == problem


@pytest.mark.parametrize(
    ("workflow", "state", "action"),
    [
        (w, state, action)
        for w in (APPROVAL, OFFER, OFFER_VERSION)
        for state in w.states
        for action in w.all_actions
    ],
)
def test_every_pair_of_state_and_action_is_a_row_or_a_refusal(
    workflow: Workflow[Any, Any], state: str, action: str
) -> None:
    if (state, action) in workflow.table:
        assert workflow.next(state, action) == workflow.table[state, action]
    else:
        with pytest.raises(NoSuchTransition):
            workflow.next(state, action)
