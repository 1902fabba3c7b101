"""A county brings in the providers that it has approved before: a list is sent, looked through and confirmed once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from marketplace.permissions import Role
from marketplace.providers.models import Provider, ServiceApproval
from tests.journeys import people
from tests.journeys.office import steps
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal
from tests.recruiting.importing.books import workbook

ADMIN = "maija@metsapolku.example"
NAME = "Metsäpolku Oy"
ROWS: tuple[list[Any], ...] = (
    ["Keski-Uudenmaan hyväksytyt palveluntuottajat"],
    [],
    ["Y-tunnus", "Palveluntuottaja", "Postinro", "Puhelin", "Palvelu", "Kunnat", "Hyväksytty", "Päivä €/pv"],
    ["9100010-1", NAME, 4300, 401234567, "Päivätoiminta", "Hyrylä", "1.3.26", 62.5],
    [None, None, None, None, "Taksi", "koko Keusote", "1.3.26", None],
    ["9100040-0", "Päiväkumpu ry", 4600, "soita", "Päivätoiminta", "Mäntsälä", "1.3.2026", 58],
    ["9100060-3", "Kyyti-Keskus Oy", 4400, "09 777 8888", "Taksi", "Porvoo", "1.3.2026", None],
    ["YHTEENSÄ", "3 tuottajaa", None, None, None, None, None, 120.5],
)


def _entered(timed: TimedPortal) -> tuple[int, int]:
    """How many companies of the list the portal has, and how many approvals of theirs."""
    with timed.database.read() as session:
        own = sa.select(Provider.id).where(Provider.business_id.startswith("91000"))
        found = session.scalar(sa.select(sa.func.count()).select_from(own.subquery())) or 0
        approved = sa.select(sa.func.count(ServiceApproval.id)).where(ServiceApproval.provider_id.in_(own))
        return found, session.scalar(approved) or 0


def _send(page: Page, timed: TimedPortal, file: Path) -> str:
    page.goto(timed.url("/fi/office/imports"))
    page.check(f"[name=pilot][value={steps.PILOT}]")
    page.set_input_files("[name=file]", file)
    people.send(page)
    return page.url


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [False])
def test_a_messy_list_is_looked_through_confirmed_once_and_its_people_are_invited(
    timed: TimedPortal, sit: Sit, tmp_path: Path, scripts: bool
) -> None:
    file = tmp_path / "hyväksytyt tuottajat.xlsx"
    file.write_bytes(workbook(ROWS))
    office = sit("fi", Role.COORDINATOR)
    shown = _send(office, timed, file)
    words = office.inner_text("main").replace("\xa0", " ")
    for told in ("04300", "040 123 4567", "Hyrylä luettiin näin: Tuusula", "Porvoo", "soita"):
        assert told in words
    assert _entered(timed) == (0, 0), "nothing is entered before it is confirmed"

    second = sit("fi", Role.COORDINATOR)
    second.goto(shown)
    for page in (office, second):
        people.send(page, page.locator("form[action$='/confirm']"))
        assert page.url == shown, "whoever confirms a list that is confirmed is told so on its page"
    assert _entered(timed) == (2, 3)
    again = _send(office, timed, file)
    assert again != shown
    assert not office.locator("form[action$='/confirm']").count(), "sent again, the list has nothing new"

    office.goto(shown)
    row = office.locator("form[action$='/admins'] tr", has_text=NAME)
    row.locator("[type=checkbox]").check()
    row.locator("[type=email]").fill(ADMIN)
    people.send(office, office.locator("form[action$='/admins']"))
    assert office.url == shown, office.inner_text("main")
    assert ADMIN in office.inner_text("main")
    timed.work()
    letter = timed.mailbox.await_message(ADMIN, "")
    assert people.link_in(letter, "/provider/join")

    reader = sit("sv", Role.COORDINATOR)
    reader.goto(shown.replace("/fi/", "/sv/"))
    assert "lästes så här: Tusby" in reader.inner_text("main").replace("\xa0", " ")
