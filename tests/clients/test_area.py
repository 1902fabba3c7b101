"""The client's own pages: who opens them, what they show, and what the law gives over one's own data."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.clients import service
from marketplace.clients.audit_actions import ClientAudit
from marketplace.clients.models import Client, ClientAccess, Consent, Participation
from marketplace.clients.privacy.rules import is_over, years_before
from marketplace.clients.privacy.service import erase, erase_what_is_over, export
from marketplace.clients.rules import Ground, Part
from marketplace.db import Database
from marketplace.errors import Conflict
from marketplace.permissions import SYSTEM, Permission, Role
from marketplace.work import UnitOfWork
from tests.clients.conftest import Enter, Scene
from tests.factories import NOW, make_agreement, make_approval, make_offer, make_provider, make_user
from tests.forms import post_form

TODAY = NOW.date()
PAGES = (
    "",
    "log",
    "data",
    "data/contact",
    "data/export",
    "data/erase",
    "helpers",
    "helpers/new",
    "agreements",
    "plan",
    "plan/write",
)


@pytest.mark.parametrize("role", sorted(Role))
def test_the_pages_open_for_clients_and_helpers_and_for_nobody_else(
    database: Database, kept: Scene, enter: Enter, role: Role
) -> None:
    with database.transaction() as session:
        provider = make_provider(session)
        staff = role not in (Role.CLIENT, Role.HELPER, Role.PROVIDER_ADMIN, Role.PROVIDER_EDITOR)
        person = make_user(
            session,
            role,
            organisation="keusote" if staff else None,
            provider_id=provider.id if role in (Role.PROVIDER_ADMIN, Role.PROVIDER_EDITOR) else None,
        )
    browser = enter(person)
    expected = 404 if role in (Role.CLIENT, Role.HELPER) else 403
    for page in (*PAGES, "whose", "pilots/1/leave"):
        assert browser.get(f"/fi/client/{page}").status_code == expected, page


def test_every_route_of_the_area_is_for_own_matters(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/<any(fi, sv):lang>/client")]
    assert len(rules) >= len(PAGES)
    for rule in rules:
        assert vars(app.view_functions[rule.endpoint])["permission"] is Permission.OWN_MATTERS, rule.rule


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_client_opens_every_page_and_leaves_no_trace_in_the_own_log(
    database: Database, kept: Scene, enter: Enter, language: str
) -> None:
    browser = enter(kept.citizen)
    for page in PAGES:
        assert browser.get(f"/{language}/client/{page}").status_code == 200, page
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ClientAccess)) == 0


def test_a_client_lands_on_the_own_pages_and_reads_who_looked(kept: Scene, enter: Enter) -> None:
    enter(kept.olga).get(f"/fi/counsellor/clients/{kept.aino.id}")
    browser = enter(kept.citizen)
    assert browser.get("/fi/account/landing").location == "/fi/client/"
    log = browser.get("/fi/client/log").text
    assert "Olga Ohjaaja" in log
    assert "Oma asiakasohjaajasi hoiti asiaasi" in log


def test_agreements_are_shown_to_their_client_alone(database: Database, kept: Scene, enter: Enter) -> None:
    with database.transaction() as session:
        provider = make_provider(session, official_name="Kotiapu Oy")
        offer = make_offer(session, make_approval(session, provider))
        make_agreement(session, offer, session.get_one(User, kept.olga.id), client_number="A-12")
    assert "Kotiapu Oy" in enter(kept.citizen).get("/fi/client/agreements").text
    with database.transaction() as session:
        another = make_user(session, Role.CLIENT)
        session.get_one(Client, kept.eino.id).user_id = another.id
    assert "Kotiapu Oy" not in enter(another).get("/fi/client/agreements").text


def test_a_client_corrects_how_to_be_reached_and_nothing_typed_is_lost(
    database: Database, kept: Scene, enter: Enter
) -> None:
    browser = enter(kept.citizen)
    refused = post_form(browser, "/fi/client/data/contact", {"phone": "ei ole", "email": "aino@example.fi"})
    assert refused.status_code == 422
    assert "aino@example.fi" in refused.text
    sent = post_form(browser, "/fi/client/data/contact", {"phone": "", "email": "aino@example.fi"})
    assert sent.location == "/fi/client/data"
    with database.read() as session:
        assert session.get_one(Client, kept.aino.id).email == "aino@example.fi"


def test_a_client_gives_consents_apart_and_takes_them_back(
    database: Database, kept: Scene, enter: Enter
) -> None:
    browser = enter(kept.citizen)
    for answer in ("give", "withdraw"):
        post_form(browser, "/fi/client/data/consents/research", {"answer": answer}, page="/fi/client/data")
    post_form(browser, "/fi/client/data/consents/effects", {"answer": "give"}, page="/fi/client/data")
    unknown = post_form(browser, "/fi/client/data/consents/all", {"answer": "give"}, page="/fi/client/data")
    assert unknown.status_code == 404
    with database.read() as session:
        held = {each.kind: each.withdrawn_at for each in session.scalars(sa.select(Consent))}
    assert held == {"research": NOW, "effects": None}


def test_a_client_ends_taking_part_alone(database: Database, kept: Scene, enter: Enter) -> None:
    with database.transaction() as session:
        aino = session.get_one(Client, kept.aino.id)
        joined = service.join(kept.work(session, kept.olga), aino, "keusote-2022", TODAY)
    browser, page = enter(kept.citizen), f"/fi/client/pilots/{joined.id}/leave"
    assert post_form(browser, page, {"last_day": "22.11.2026"}).status_code == 422, "the box is not ticked"
    assert post_form(browser, page, {"last_day": "22.11.2026", "sure": "y"}).location == "/fi/client/"
    assert browser.get(page).status_code == 404
    with database.read() as session:
        assert session.get_one(Participation, joined.id).ended_on == TODAY


# --- a copy, erasure, and the end of keeping -------------------------------------------------------------------------


def test_a_copy_holds_everything_that_is_kept_also_by_rooms_above(session: Session, scene: Scene) -> None:
    scene.aino.identity_hash = "f" * 64
    offer = make_offer(session, make_approval(session, make_provider(session, official_name="Kotiapu Oy")))
    make_agreement(session, offer, scene.olga, client_number="A-12")
    service.note_look(scene.work(session, scene.olga), [scene.aino.id], Part.PLAN, Ground.HANDLING)
    content = json.loads(export(session, scene.aino, now=NOW))
    assert content["client"]["name"] == "Aino Äijälä"
    assert content["client"]["recognised_by_identity_code"] is True
    assert [each["provider"] for each in content["agreements"]] == ["Kotiapu Oy"]
    assert content["log"] == [
        {
            "at": NOW.isoformat(),
            "who": "Olga Ohjaaja",
            "what": "plan",
            "ground": "handling",
            "given_to": None,
        }
    ]
    assert "f" * 64 not in json.dumps(content)


def test_who_takes_a_copy_along_stands_in_the_trail(database: Database, kept: Scene, enter: Enter) -> None:
    assert enter(kept.citizen).get("/fi/client/data/export").status_code == 200
    with database.read() as session:
        [event] = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == ClientAudit.EXPORT)).all()
    assert (event.subject_type, event.subject_id) == ("Client", str(kept.aino.id))
    assert (event.actor_id, event.actor_name) == (kept.citizen.id, "")


def test_a_client_asks_for_erasure_and_the_counsellor_sees_it(kept: Scene, enter: Enter) -> None:
    browser = enter(kept.citizen)
    for _twice in range(2):
        assert post_form(browser, "/fi/client/data/erase", {}).location == "/fi/client/data"
    assert "22.11.2026" in browser.get("/fi/client/data").text
    register = enter(kept.olga).get("/sv/counsellor/clients").text
    assert "radering" in register


def test_erasing_leaves_a_number_and_closes_the_account(session: Session, scene: Scene) -> None:
    service.note_look(scene.work(session, scene.olga), [scene.aino.id], Part.PLAN, Ground.HANDLING)
    erase(UnitOfWork(session, SYSTEM, NOW), scene.aino)
    session.flush()
    aino = scene.aino
    assert (aino.name, aino.address, aino.municipality, aino.user_id) == ("", "", None, None)
    assert aino.number == f"ERASED-{aino.id}"
    assert (scene.citizen.active, scene.citizen.name) == (False, "")
    assert "example" not in scene.citizen.email
    assert session.scalar(sa.select(sa.func.count()).select_from(ClientAccess)) == 0
    with pytest.raises(Conflict):
        erase(UnitOfWork(session, SYSTEM, NOW), scene.aino)


def test_nobody_is_erased_while_taking_part_or_with_agreements(session: Session, scene: Scene) -> None:
    work = scene.work(session, scene.olga)
    joined = service.join(work, scene.aino, "keusote-2022", TODAY - timedelta(days=10))
    with pytest.raises(Conflict):
        erase(work, scene.aino)
    joined.ended_on = TODAY - timedelta(days=1)
    offer = make_offer(session, make_approval(session, make_provider(session)))
    agreement = make_agreement(session, offer, scene.olga, client_number="A-12")
    session.flush()
    with pytest.raises(Conflict):
        erase(work, scene.aino)
    agreement.starts_on, agreement.ends_on = TODAY - timedelta(days=9), TODAY - timedelta(days=1)
    session.flush()
    erase(work, scene.aino)
    session.refresh(agreement)
    assert scene.aino.erased_at == NOW
    assert agreement.client_number == f"ERASED-{scene.aino.id}", (
        "who gets the number next sees no agreement of Aino's"
    )


def test_when_keeping_ends() -> None:
    leap = date(2028, 2, 29)
    assert years_before(leap, 1) == date(2027, 2, 28)
    assert is_over(date(2018, 2, 27), 10, leap)
    assert not is_over(date(2018, 2, 28), 10, leap)
    assert not is_over(None, 10, leap)


def test_the_worker_erases_whose_time_is_over_and_shortens_the_log(database: Database, kept: Scene) -> None:
    with database.transaction() as session:
        work = kept.work(session, kept.olga)
        for client, day in ((kept.aino, date(2015, 1, 1)), (kept.eino, date(2017, 1, 1))):
            joined = service.join(work, session.get_one(Client, client.id), "keusote-2022", day)
            joined.ended_on = day
        for years in (13, 11):
            old = replace(work, now=NOW.replace(year=NOW.year - years))
            service.note_look(old, [kept.eino.id], Part.FACTS, Ground.HANDLING)
    assert erase_what_is_over(database, now=NOW) == 1
    assert erase_what_is_over(database, now=NOW) == 0
    with database.read() as session:
        assert session.get_one(Client, kept.aino.id).erased_at == NOW
        assert session.get_one(Client, kept.eino.id).erased_at is None
        assert [each.at.year for each in session.scalars(sa.select(ClientAccess))] == [2015]
