"""A decision is replaced twice in one month: each month has one budget, and the client reads which decision pays it."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest
from playwright.sync_api import Page

from marketplace.ledger.proof import problems
from marketplace.permissions import Role
from tests.journeys import people
from tests.journeys.office import money
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal

pytestmark = pytest.mark.browser

JANUARY: Final = date(2027, 1, 1)
FEBRUARY: Final = date(2027, 2, 1)
PERIODS: Final = ("1.2.2027–30.11.2027", "1.1.2027–31.1.2027", "1.12.2026–31.12.2026")
"""What each decision pays, the newest first."""


@pytest.mark.parametrize(("language", "helps"), [("fi", False), ("sv", True)])
def test_each_month_is_paid_by_one_decision(
    timed: TimedPortal, sit: Sit, language: str, *, helps: bool
) -> None:
    town = money.KEUSOTE
    with timed.database.transaction() as session:
        cast = money.make_people(session, town, language, helps=helps, firms=1)
    timed.work()
    [firm] = cast.firms
    phone, company = sit(language, email=cast.email, phone=True), sit(language, email=firm.email)
    counsellor, chief = sit(language, Role.COUNSELLOR), sit(language, email="chief@demo.fi")
    first = money.decide(counsellor, chief, timed, town, cast, language)
    agreement = money.agree(phone, company, timed, cast, firm, language)

    second = money.change(counsellor, town, first, JANUARY, "600")
    money.press_decision(counsellor, second, "propose")
    money.press_decision(chief, second, "make")
    assert chief.locator("main .notification[data-color=danger] li").count() == 1, chief.inner_text("main")
    _end(phone, timed, cast, agreement, language, date(2026, 12, 31))
    money.press_decision(chief, second, "make")
    third = money.change(counsellor, town, second, FEBRUARY, "300")
    money.make(counsellor, chief, third)

    phone.goto(timed.url(f"/{language}/client/balance{cast.query}"))
    headings = [text.partition(": ")[2] for text in phone.locator("main h2[id^=decision-]").all_inner_texts()]
    assert headings == list(PERIODS)
    rows = phone.locator("main table tbody th").all_text_contents()
    assert len(rows) == len({text.strip() for text in rows}) == 12, "each month stands once"
    assert money.fits(phone)

    phone.goto(timed.url(f"/{language}/client/agreements/new/{firm.offer}{cast.query}"))
    again = money.ask(phone, timed, cast, firm, language, FEBRUARY)
    company.goto(timed.url(f"/{language}/provider/{firm.provider}/clients/{again}"))
    people.send(company, company.locator("main form.form-page"))
    phone.goto(timed.url(f"/{language}/client/balance{cast.query}"))
    assert _reserved(phone) == ["yes"] * 10 + ["no"] + ["yes"]
    timed.pass_to(date(2026, 12, 3))
    given = money.record(company, timed, firm, agreement, language, ("9.00", "11.00"))
    money.confirm(phone, timed, cast, given, language)
    with timed.database.read() as session:
        assert list(problems(session)) == []


def _end(
    phone: Page, timed: TimedPortal, cast: money.Cast, agreement: int, language: str, last: date
) -> None:
    """The client's side gives the agreement its last day."""
    phone.goto(timed.url(f"/{language}/client/agreements/{agreement}/end{cast.query}"))
    phone.fill("[name=ends_on]", people.typed(last))
    people.send(phone, phone.locator("main form.form-page"))
    assert "/end" not in phone.url, phone.inner_text("main")


def _reserved(phone: Page) -> list[str]:
    """Whether something is reserved in each month, as the tables say it."""
    cells = phone.locator("main table tbody tr td:nth-of-type(2)").all_text_contents()
    return ["no" if text.strip().startswith("0,00") else "yes" for text in cells]
