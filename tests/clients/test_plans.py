"""Support plans: written by client, helper or counsellor, each change a version, none lost by two at once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.clients import service as register
from marketplace.clients.mandates.rules import Scope
from marketplace.clients.models import Client, ClientAccess
from marketplace.clients.plans.forms import ROWS
from marketplace.clients.plans.models import SupportPlan
from marketplace.clients.plans.queries import paid_person_allowed, plan_for_decision, versions_of
from marketplace.clients.plans.rules import MOST_LINES, Arranged, Line, PlanContent, Writer, fault, ways
from marketplace.clients.plans.service import write_plan
from marketplace.clients.privacy.service import erase
from marketplace.clients.rules import Ground, Part
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid
from tests.clients.conftest import Enter, Scene
from tests.clients.test_mandates import accepted
from tests.factories import NOW, make_client, make_user
from tests.forms import post_form

TODAY = NOW.date()
SWIM = Line("Uimaan keskiviikkoisin", Arranged.NETWORK, "sisko")
PLAN = PlanContent("Haluan uida.", "Lämmin vesi", (SWIM,))
ENTRIES = {
    "goals": "Haluan uida.",
    "helps": "Lämmin vesi",
    "need_0": "Uimaan",
    "arranged_0": "network",
    "who_0": "sisko",
} | {f"arranged_{row}": "budget" for row in range(1, ROWS)}


@pytest.mark.parametrize(
    ("content", "allowed", "expected"),
    [
        (PLAN, False, None),
        (PlanContent(" ", "x"), False, ("goals", "empty")),
        (PlanContent("x", "", (Line("", Arranged.COUNTY, "joku"),)), False, ("lines", "no_need")),
        (PlanContent("x", "", (Line("apu", Arranged.PAID_PERSON, "veli"),)), False, ("lines", "not_allowed")),
        (PlanContent("x", "", (Line("apu", Arranged.PAID_PERSON, "veli"),)), True, None),
        (PlanContent("x", "", (Line("apu", Arranged.PAID_PERSON),)), True, ("lines", "no_person")),
        (PlanContent("x", "", (SWIM,) * (MOST_LINES + 1)), False, ("lines", "too_many")),
    ],
)
def test_what_a_plan_must_hold(content: PlanContent, allowed: bool, expected: tuple[str, str] | None) -> None:
    assert fault(content, paid_person_allowed=allowed) == expected


def test_a_paid_person_is_offered_where_the_pilot_allows_it() -> None:
    assert Arranged.PAID_PERSON not in ways(paid_person_allowed=False)
    assert Arranged.PAID_PERSON in ways(paid_person_allowed=True)


def test_each_change_is_a_version_and_none_says_the_same(session: Session, scene: Scene) -> None:
    work = scene.work(session, scene.citizen)
    first = write_plan(work, scene.aino.id, PLAN, writer=Writer.CLIENT, based_on=0)
    again = write_plan(work, scene.aino.id, PLAN, writer=Writer.CLIENT, based_on=1)
    assert first is again
    assert plan_for_decision(session, scene.aino.id) is None
    wanted = PlanContent(PLAN.goals, PLAN.helps, PLAN.lines, in_decision=True)
    second = write_plan(
        scene.work(session, scene.olga), scene.aino.id, wanted, writer=Writer.COUNSELLOR, based_on=1
    )
    assert [each.number for each in versions_of(session, scene.aino.id)] == [2, 1]
    assert plan_for_decision(session, scene.aino.id) is second
    assert second.content == wanted
    assert first.content == PLAN, "what was written stays"


def test_who_did_not_see_the_newest_version_overwrites_nothing(session: Session, scene: Scene) -> None:
    work = scene.work(session, scene.citizen)
    write_plan(work, scene.aino.id, PLAN, writer=Writer.CLIENT, based_on=0)
    with pytest.raises(Conflict):
        write_plan(work, scene.aino.id, PlanContent("Muuta", ""), writer=Writer.HELPER, based_on=0)
    with pytest.raises(Invalid):
        write_plan(work, scene.aino.id, PlanContent("", ""), writer=Writer.HELPER, based_on=1)


def test_a_person_near_is_paid_only_in_a_pilot_that_says_so(session: Session, scene: Scene) -> None:
    olga = scene.work(session, scene.olga)
    register.join(olga, scene.aino, "keusote-2022", TODAY)
    session.refresh(scene.aino)
    assert not paid_person_allowed(session, scene.aino, TODAY)
    counsellor = make_user(session, organisation=None)
    other = make_client(session, organisation_key="metropolia", number="M-1")
    register.join(scene.work(session, counsellor), other, "hb-2016", TODAY)
    session.refresh(other)
    assert paid_person_allowed(session, other, TODAY)


def test_erasing_takes_the_words_out_of_every_version(session: Session, scene: Scene) -> None:
    work = scene.work(session, scene.olga)
    write_plan(work, scene.aino.id, PLAN, writer=Writer.COUNSELLOR, based_on=0)
    erase(work, scene.aino)
    session.expire_all()
    [left] = session.scalars(sa.select(SupportPlan))
    assert (left.goals, left.helps, left.lines) == ("", "", [])


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_client_writes_a_plan_and_a_refused_one_is_not_lost(
    database: Database, kept: Scene, enter: Enter
) -> None:
    browser, page = enter(kept.citizen), "/fi/client/plan/write"
    refused = post_form(browser, page, {**ENTRIES, "based_on": "0", "goals": "", "need_0": "Uimaan äkkiä"})
    assert refused.status_code == 422
    assert "Uimaan äkkiä" in refused.text
    assert post_form(browser, page, {**ENTRIES, "based_on": "0"}).location == "/fi/client/plan"
    for odd in ("²", "9" * 30):
        assert post_form(browser, page, {**ENTRIES, "based_on": odd}).status_code == 409
    shown = browser.get("/sv/client/plan").text
    assert "Haluan uida." in shown
    assert "sisko" in shown
    assert "Haluan uida." in browser.get(page).text, "the form begins with the plan that holds"


def test_two_at_once_lose_nothing(kept: Scene, enter: Enter) -> None:
    browser, page = enter(kept.citizen), "/fi/client/plan/write"
    post_form(browser, page, {**ENTRIES, "based_on": "0"})
    late = post_form(browser, page, {**ENTRIES, "based_on": "0", "goals": "Haluan laulaa."})
    assert late.status_code == 409
    assert "Haluan laulaa." in late.text
    assert 'name="based_on" type="hidden" value="1"' in late.text


def test_helper_and_counsellor_write_too_and_the_log_and_the_plan_say_who(
    app: Flask, database: Database, kept: Scene, enter: Enter
) -> None:
    accepted(app, database, kept, Scope.ACT)
    helper = enter(kept.helper)
    assert post_form(helper, "/fi/client/plan/write", {**ENTRIES, "based_on": "0"}).status_code == 303
    office = f"/fi/counsellor/clients/{kept.aino.id}/plan"
    browser = enter(kept.olga)
    assert "Helmi Auttaja" in browser.get(office).text
    entries = {**ENTRIES, "based_on": "1", "goals": "Haluan uida useammin.", "in_decision": "y"}
    assert post_form(browser, f"{office}/write", entries).location == office
    with database.read() as session:
        writers = [each.writer for each in versions_of(session, kept.aino.id)]
        seen = {(each.part, each.ground) for each in session.scalars(sa.select(ClientAccess))}
    assert writers == [Writer.COUNSELLOR, Writer.HELPER]
    assert {(Part.PLAN, Ground.MANDATE), (Part.PLAN, Ground.HANDLING)} <= seen


def test_who_may_only_see_writes_no_plan(app: Flask, database: Database, kept: Scene, enter: Enter) -> None:
    accepted(app, database, kept, Scope.SEE)
    helper = enter(kept.helper)
    assert helper.get("/fi/client/plan").status_code == 200
    assert helper.get("/fi/client/plan/write").status_code == 403
    assert enter(kept.decider).get(f"/fi/counsellor/clients/{kept.aino.id}/plan/write").status_code == 403
    with database.read() as session:
        assert session.get_one(Client, kept.aino.id).erased_at is None
