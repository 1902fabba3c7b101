"""Client numbers without personal identity codes, keyed hashes, and facts without a place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.clients.rules import (
    MAX_NUMBER,
    ClientFacts,
    client_number,
    holds_identity_code,
    identity_hash,
    log_begins,
    number_fault,
    takes_part,
)

KEY = bytes(32)


@pytest.mark.parametrize("sign", "+-ABCDEFUVWXY")
def test_an_identity_code_is_refused_with_every_sign_of_a_century(sign: str) -> None:
    assert number_fault(client_number(f"131052{sign}308T")) == "identity_code"


@pytest.mark.parametrize(
    "text",
    [
        "131052-308t",
        "131052a308t",
        " 131052 - 308T ",
        "131052–308T",
        "KEU-131052-308T",
        "A/131052-3089",
        "010101−9001",
        "131052308T",
        "131052_308T",
        "13.10.52-308T",
        "131052 308 t",
        "13/10/52.308T",
        "131052-308T ei ole tullut",
        "\uff11\uff13\uff11\uff10\uff15\uff12-\uff13\uff10\uff18\uff34",
    ],
)
def test_an_identity_code_is_refused_however_it_is_written(text: str) -> None:
    assert holds_identity_code(text)
    assert number_fault(client_number(text)) == "identity_code"


@pytest.mark.parametrize(
    "text",
    [
        "A-2026-0123",
        "4711",
        "KEU/12.3",
        "202601-1234",
        "991352-308T",
        "131052-30812",
        "131052308U",
        "131052_308S",
    ],
)
def test_an_organisations_own_number_is_taken(text: str) -> None:
    assert number_fault(client_number(text)) is None


@pytest.mark.parametrize(
    "text", ["", "Matti Meikäläinen", "Matti", "A 12", "A--12", "-12", "12;", "<b>1</b>"]
)
def test_a_name_or_another_sign_is_no_number(text: str) -> None:
    assert number_fault(client_number(text)) == "form"


def test_a_number_has_a_greatest_length() -> None:
    assert number_fault("1" * MAX_NUMBER) is None
    assert number_fault("1" * (MAX_NUMBER + 1)) == "too_long"


def test_an_identity_code_is_recognised_however_it_is_written_and_only_in_its_organisation() -> None:
    known = identity_hash(KEY, "keusote", "131052-308T")
    assert known == identity_hash(KEY, "keusote", " 131052–308t ")
    assert known != identity_hash(KEY, "soite", "131052-308T")
    assert known != identity_hash(b"another key of the portal's own..", "keusote", "131052-308T")
    assert known != identity_hash(KEY, "keusote", "131052-309U")
    assert "131052" not in known


def test_of_a_protected_client_no_place_is_kept() -> None:
    facts = ClientFacts(
        "Aino", "sv", "858", "older_people", "a@example.fi", "+358401234567", "Katu 1", True, 7
    )
    kept = facts.without_place()
    assert (kept.municipality, kept.address) == (None, "")
    assert (kept.name, kept.phone, kept.email, kept.protected, kept.counsellor_id) == (
        "Aino",
        "+358401234567",
        "a@example.fi",
        True,
        7,
    )
    assert ClientFacts("Aino", "fi", "858", address="Katu 1").without_place().address == "Katu 1"


@pytest.mark.parametrize(("day", "expected"), [(31, False), (32, True), (40, True), (41, False)])
def test_taking_part_holds_from_its_first_to_its_last_day(day: int, expected: bool) -> None:
    begin = date(2026, 1, 1)
    assert takes_part(begin + timedelta(32), begin + timedelta(40), begin + timedelta(day)) is expected
    assert takes_part(begin + timedelta(32), None, begin + timedelta(day)) is (day >= 32)


def test_the_log_goes_back_two_whole_years_also_over_a_leap_day() -> None:
    now = datetime(2029, 2, 28, 12, tzinfo=UTC)
    assert log_begins(now) <= now.replace(year=2027)


def test_the_same_number_is_kept_in_one_way() -> None:
    assert client_number("  a–12 ") == "A-12"
