"""Texts in two languages, amounts and times as they are written in Finland."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask

from marketplace.i18n import (
    LocalizedText,
    count_text,
    current_language,
    date_text,
    datetime_text,
    gettext,
    helsinki_date,
    in_language,
    listed,
    localized,
    money_text,
    percent_text,
)
from marketplace.money import Money


def test_a_missing_language_falls_back_and_says_so(core_app: Flask) -> None:
    text = LocalizedText(fi="Kyllä", sv="")
    assert text.text("sv") == ("Kyllä", "fi")
    assert text.missing == ("sv",)
    with core_app.test_request_context(), in_language("sv"):
        assert str(localized(text)) == '<span lang="fi">Kyllä</span>'
        assert str(localized(LocalizedText(fi="a", sv="<b>"))) == "&lt;b&gt;"


@pytest.mark.parametrize(("language", "clock"), [("fi", "klo"), ("sv", "kl.")])
def test_amounts_and_times_are_written_the_finnish_way(language: str, clock: str) -> None:
    assert money_text(Money(3450), language) == "34,50\u00a0€"
    assert money_text(Money(-123450), language) == "\N{MINUS SIGN}1\u00a0234,50\u00a0€", "no hyphen"
    assert date_text(date(2026, 11, 2)) == "2.11.2026"
    assert (
        datetime_text(datetime(2026, 11, 22, 14, 5, tzinfo=UTC), language) == f"22.11.2026 {clock}\u00a016.05"
    )


def test_the_day_is_the_day_in_helsinki() -> None:
    assert helsinki_date(datetime(2026, 11, 21, 22, 30, tzinfo=UTC)) == date(2026, 11, 22)
    assert helsinki_date(datetime(2026, 7, 1, 20, 59, tzinfo=UTC)) == date(2026, 7, 1)


def test_texts_of_templates_are_translated_and_what_is_put_into_them_is_escaped(app: Flask) -> None:
    make = app.jinja_env.from_string
    page = make('{% autoescape true %}{{ _("Page %(number)s", number=name) }}{% endautoescape %}')
    mail = make('{% autoescape false %}{{ _("Page %(number)s", number=name) }}{% endautoescape %}')
    with app.test_request_context():
        assert page.render(name="<b>") == "Sivu &lt;b&gt;"
        with in_language("sv"):
            assert page.render(name="<b>") == "Sida &lt;b&gt;"
            assert mail.render(name="<b>") == "Sida <b>"
        assert page.render(name=1) == "Sivu 1"


def test_rates_and_large_numbers_do_not_break_across_lines() -> None:
    assert percent_text("25.5") == "25,5\u00a0%"
    assert percent_text(Decimal("10.00")) == "10\u00a0%"
    assert (count_text(999), count_text(1_000), count_text(20_000)) == ("999", "1\u00a0000", "20\u00a0000")


def test_speaking_to_one_recipient_leaves_the_language_of_the_page_as_it_was(app: Flask) -> None:
    with app.test_request_context(), in_language("fi"):
        with in_language("sv"):
            assert (current_language(), gettext("Page")) == ("sv", "Sida")
        assert (current_language(), gettext("Page")) == ("fi", "Sivu")


def test_names_in_a_row_begin_small_after_the_first_but_abbreviations_stay() -> None:
    assert (
        listed(["Puhelimella", "Sähköpostilla", "CP-liiton kautta"])
        == "Puhelimella, sähköpostilla, CP-liiton kautta"
    )
    assert listed([]) == ""
