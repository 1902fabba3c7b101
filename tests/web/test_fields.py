"""What a person types into a field is read in one way, and said where it was read otherwise than it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask, current_app
from werkzeug.datastructures import MultiDict

from marketplace.days import AGREED, BEGAN, read_day
from marketplace.i18n import helsinki_date
from marketplace.money import Money
from marketplace.web.fields import LINE
from marketplace.web.forms import (
    AtMost,
    BaseForm,
    DateField,
    MoneyField,
    PostalCodeField,
    Prose,
    StrippedString,
    WebAddressField,
    WholeNumberField,
)

pytestmark = pytest.mark.embedded


class _Form(BaseForm):
    day = DateField("Day", reach=AGREED)
    code = PostalCodeField("Postal code")
    site = WebAddressField("Website")
    count = WholeNumberField("How many")
    price = MoneyField("Price", per=("km",))
    line = StrippedString("Line")
    text = Prose("Text", validators=[AtMost(7000)])


@pytest.fixture
def _request(app: Flask) -> Iterator[None]:
    with app.test_request_context("/fi/"):
        yield


def _form(typed: dict[str, str], shown: date | None = None) -> _Form:
    return _Form(formdata=MultiDict(typed), day=shown)


@pytest.mark.usefixtures("_request")
@pytest.mark.parametrize(
    ("name", "typed", "read", "is_told"),
    [
        ("day", "1.2.27", date(2027, 2, 1), False),
        ("day", "31/12/2026", date(2026, 12, 31), False),
        ("day", "01/02/2027", date(2027, 2, 1), True),
        ("code", "4300", "04300", True),
        ("code", "04300", "04300", False),
        ("site", "www.yritys.fi", "https://www.yritys.fi", False),
        ("count", "1 200", 1200, False),
        ("price", "1,9 €/km", Money(190), False),
    ],
)
def test_what_is_meant_is_read_and_told_where_it_is_not_plain(
    name: str, typed: str, read: object, is_told: bool
) -> None:
    form = _form({name: typed})
    assert form[name].data == read
    assert not form[name].process_errors
    assert [typed in note for note in form.notes] == ([True] if is_told else [])


@pytest.mark.usefixtures("_request")
def test_a_day_is_shown_as_an_example_where_one_can_be() -> None:
    form = _form({})
    today = helsinki_date(current_app.extensions["clock"]())
    assert read_day(form.day.example) > today
    form.day.reach = BEGAN
    assert read_day(form.day.example) <= today


@pytest.mark.usefixtures("_request")
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("day", "31.2.2027"),
        ("code", "FI-04300"),
        ("site", "tulossa"),
        ("site", "mailto:a@yritys.fi"),
        ("count", "9 + 2 tuntityöntekijää"),
        ("price", "1,9 €/h"),
        ("price", "1.000"),
    ],
)
def test_what_cannot_be_read_is_shown_again_as_it_was_typed(name: str, typed: str) -> None:
    field = _form({name: typed})[name]
    assert field.process_errors
    assert field._value() == typed


@pytest.mark.usefixtures("_request")
def test_a_text_has_a_bound_also_where_its_field_says_none_and_is_never_cut() -> None:
    form = _form({"line": "x" * (LINE + 1), "text": "x" * 7001})
    assert not form.validate()
    assert form.line.errors == ["Teksti on liian pitkä: enintään 300 merkkiä, nyt 301."]
    assert len(form.text.data or "") == 7001
    assert form.text.errors
    assert "maxlength" not in form.line() + form.text()
    assert not _form({"line": "x" * LINE, "text": "x" * 7000}).line.errors


@pytest.mark.usefixtures("_request")
def test_a_day_picked_in_the_calendar_stands_for_what_the_page_had_written() -> None:
    shown = date(2026, 12, 1)
    assert _form({"day": "1.12.2026", "picked-day": "2027-02-01"}, shown).day.data == date(2027, 2, 1)
    assert _form({"day": "", "picked-day": "2027-02-01"}).day._value() == "1.2.2027"
    assert _form({"day": "1.2.2027", "picked-day": "2027-02-01"}, shown).day.data == date(2027, 2, 1)
    differing = _form({"day": "3.2.2027", "picked-day": "2027-02-01"}, shown).day
    assert differing.process_errors
    assert (differing._value(), differing.picked) == ("3.2.2027", "2027-02-01")
