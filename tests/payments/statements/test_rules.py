"""How tax is parted from a price, what is carried over, and when a statement may be paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.deliveries.rules import DeliveryLine
from marketplace.money import Money
from marketplace.payments.statements.rules import (
    NoRate,
    RowDraft,
    StatementRowKind,
    StatementState,
    correcting,
    delivered_rows,
    digest_of,
    may_be_paid,
    month_before,
    sums_of,
    tax_in,
    vat_sums,
)
from marketplace.pilots.vocabulary import vat_percent

DAY = date(2026, 11, 25)


def line(cents: int = 10_000, vat_code: str = "S") -> DeliveryLine:
    return DeliveryLine("weekday_day", "h", Decimal("2.00"), 120, Money(cents // 2), Money(cents), vat_code)


def rows(cents: int = 10_000, vat_code: str = "S", day: date = DAY) -> list[RowDraft]:
    return delivered_rows(7, "cleaning", day, [line(cents, vat_code)], vat_percent)


def test_the_tax_is_that_of_the_day_of_service() -> None:
    [old], [new] = rows(11_400, "R1", date(2025, 12, 31)), rows(11_400, "R1", date(2026, 1, 1))
    assert (old.vat_percent, old.net_cents, old.vat_cents) == ("14", 10_000, 1_400)
    assert (new.vat_percent, new.net_cents, new.vat_cents) == ("13.5", 10_044, 1_356)
    [exempt] = rows(10_000, "EX")
    assert (exempt.vat_percent, exempt.net_cents, exempt.vat_cents) == ("0", 10_000, 0)


def test_a_code_without_a_rate_that_day_is_named() -> None:
    with pytest.raises(NoRate) as caught:
        rows(10_000, "R2", date(2026, 1, 1))
    assert (caught.value.code, caught.value.day) == ("R2", date(2026, 1, 1))


@given(st.integers(0, 10_000_000), st.sampled_from(["0", "10", "13.5", "14", "24", "25.5"]))
def test_net_and_tax_are_the_price_and_the_tax_is_right_to_half_a_cent(gross: int, percent: str) -> None:
    tax = tax_in(gross, Decimal(percent))
    exact = Decimal(gross) * Decimal(percent) / (100 + Decimal(percent))
    assert abs(tax - exact) <= Decimal("0.5")


@given(st.lists(st.tuples(st.integers(0, 1_000_000), st.sampled_from(["S", "R1", "EX"])), max_size=30))
def test_what_is_corrected_comes_to_nothing_at_every_rate(prices: list[tuple[int, str]]) -> None:
    stated = [row for cents, code in prices for row in rows(cents, code)]
    back = [correcting(row, number) for number, row in enumerate(stated)]
    assert all(each.net_cents == each.vat_cents == 0 for each in vat_sums([*stated, *back]))
    assert sums_of([*stated, *back], 0).payable == 0


def test_own_shares_are_told_and_billed_nowhere_and_old_statements_keep_their_digest() -> None:
    [row] = rows()
    shared = replace(line(), value=Money(4_000), own_share=Money(2_000))
    [told] = delivered_rows(7, "cleaning", DAY, [shared], vat_percent)
    assert (told.value_cents, told.own_share_cents, told.gross_cents) == (4_000, 2_000, row.gross_cents)
    assert correcting(told, 9).own_share_cents == -2_000
    assert sums_of([told], 0) == sums_of([row], 0)
    assert {"value_cents", "own_share_cents"} & row.said.keys() == set()
    assert digest_of({}, [told]) != digest_of({}, [row])


def test_a_correction_names_its_row() -> None:
    [row] = rows()
    back = correcting(row, 9)
    assert (back.kind, back.corrects_id, back.gross_cents) == (StatementRowKind.CORRECTION, 9, -10_000)


@given(st.lists(st.integers(-100_000, 100_000), min_size=1, max_size=24))
def test_over_any_months_what_is_paid_is_what_was_owed_but_for_what_is_carried_on(totals: list[int]) -> None:
    [row] = rows()
    carried = paid = 0
    for total in totals:
        sums = sums_of([replace(row, gross_cents=total)], carried)
        assert sums.payable >= 0 >= sums.left_over
        paid, carried = paid + sums.payable, sums.left_over
    assert paid + carried == sum(totals)


def test_rows_are_summed_by_code_and_rate() -> None:
    old, new = rows(11_400, "R1", date(2025, 12, 31)), rows(11_400, "R1", DAY)
    assert [(each.vat_percent, each.gross_cents) for each in vat_sums([*old, *new, *new])] == [
        ("13.5", 22_800),
        ("14", 11_400),
    ]


def test_the_digest_changes_with_anything_that_is_said() -> None:
    said = rows()
    first = digest_of({"number": 1}, said)
    assert first == digest_of({"number": 1}, rows())
    assert first != digest_of({"number": 2}, said)
    assert first != digest_of({"number": 1}, [replace(said[0], minutes=121)])
    assert len(first) == 64


def test_a_statement_is_paid_when_it_is_accepted_or_nobody_objects_in_time() -> None:
    assert may_be_paid(StatementState.PAYABLE, DAY, DAY)
    assert not may_be_paid(StatementState.FROZEN, DAY, DAY)
    assert may_be_paid(StatementState.FROZEN, DAY, date(2026, 11, 26))
    assert not may_be_paid(StatementState.OBJECTED, DAY, date(2027, 1, 1))


def test_the_month_before() -> None:
    assert month_before(date(2027, 1, 31)) == date(2026, 12, 1)
