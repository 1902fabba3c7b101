"""A client agrees to questions, answers on a telephone and skips one; three months later one reminder, answers again,
stops, and every answer is gone. All of it on pages, in both languages.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from marketplace.effects.models import EffectAnswer, EffectAsking, EffectLink, EffectSheet
from marketplace.effects.rules import REMINDED_AFTER
from marketplace.outbox import OutboxMessage
from tests.journeys import people
from tests.journeys.office import money
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal

pytestmark = pytest.mark.browser

SKIPPED: Final = {"fi": "Ohitit tämän kysymyksen", "sv": "Du hoppade över frågan"}
INVENTED: Final = {"fi": "Nämä kysymykset on keksitty", "sv": "De här frågorna är påhittade"}
THREE_MONTHS: Final = date(2027, 2, 22)


def answer(phone: Page, value: str | None) -> None:
    """Answer the question on the page, or skip it."""
    assert money.fits(phone)
    if value is None:
        people.follow(phone.locator("main form button[name=skip]"))
    else:
        phone.locator(f"main form input[name=answer][value='{value}']").check()
        people.follow(phone.locator("main form .buttons button[type=submit]"))


def open_questions(phone: Page, timed: TimedPortal, language: str) -> None:
    """From the client's first page to the first question, by the links of the pages."""
    phone.goto(timed.url(f"/{language}/client/"))
    people.follow(phone.locator("main section[aria-labelledby=questions] a"))
    people.follow(phone.locator("main section.card a[href*='/questions/'][href$='/1']"))


def mails(timed: TimedPortal, template: str) -> int:
    with timed.database.read() as session:
        count = sa.select(sa.func.count()).where(OutboxMessage.template == template)
        return session.scalar(count) or 0


def kept(timed: TimedPortal) -> list[int]:
    """How many rows each table of effects has."""
    with timed.database.read() as session:
        tables = (EffectAsking, EffectLink, EffectSheet, EffectAnswer)
        return [session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables]


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_client_answers_is_reminded_once_answers_again_and_takes_everything_back(
    timed: TimedPortal, sit: Sit, language: str
) -> None:
    with timed.database.transaction() as session:
        cast = money.make_people(session, money.KEUSOTE, language, helps=False, firms=0)
    phone = sit(language, email=cast.email, phone=True)

    phone.goto(timed.url(f"/{language}/client/"))
    people.follow(phone.locator("main section[aria-labelledby=questions] a"))
    people.send(phone, phone.locator("main form[action*='/questions/agree']"))
    open_questions(phone, timed, language)
    assert INVENTED[language] in phone.inner_text("main")
    for value in ("4", None, "6", "3", "8", "5"):
        answer(phone, value)
    assert SKIPPED[language] in phone.inner_text("main")
    assert money.fits(phone)
    people.send(phone)
    assert kept(timed) == [1, 1, 1, 6]

    timed.pass_to(THREE_MONTHS)
    assert mails(timed, "effects_asked") == 2
    timed.pass_to(THREE_MONTHS + REMINDED_AFTER)
    timed.pass_to(THREE_MONTHS + REMINDED_AFTER + timedelta(days=7))
    assert mails(timed, "effects_reminder") == 1
    open_questions(phone, timed, language)
    for value in ("7", "5", "6", "3", "9", "5", "3", "2", "2", "3", None, "1"):
        answer(phone, value)
    people.send(phone)
    assert kept(timed) == [2, 1, 2, 18]

    people.follow(phone.locator("main a[href*='/questions/stop']"))
    phone.locator("main form input[name=keeping][value=delete]").check()
    people.send(phone)
    assert kept(timed) == [0, 0, 0, 0]
    timed.pass_to(date(2027, 12, 1))
    assert mails(timed, "effects_asked") == 2
