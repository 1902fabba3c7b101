"""The register of clients: who may write it, what it refuses, joining and leaving, consents, the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.clients import queries, service
from marketplace.clients.models import ClientAccess, Consent
from marketplace.clients.rules import ClientFacts, ConsentKind, Ground, Part
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.vouchers.models import Agreement
from tests.clients.conftest import Scene
from tests.factories import NOW, make_agreement, make_approval, make_offer, make_provider

FACTS = ClientFacts(
    "Sanna Saarinen", "fi", "858", "informal_carers", "sanna@example.fi", "+358401234567", "Katu 1"
)
TODAY = NOW.date()


def events(session: Session, action: str) -> list[dict[str, Any]]:
    return [
        each.after
        for each in session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
        )
    ]


def test_a_counsellor_adds_a_client_under_the_organisations_own_number(
    session: Session, scene: Scene
) -> None:
    made = service.add_client(scene.work(session, scene.olga), " c–9 ", FACTS)
    assert (made.organisation_key, made.number, made.name, made.group) == (
        "keusote",
        "C-9",
        "Sanna Saarinen",
        "informal_carers",
    )
    assert events(session, "client.add") == [{}], "the trail is kept for good and holds nothing of a client"


@pytest.mark.parametrize("person", ["decider", "reviewer"])
def test_nobody_else_writes_the_register(session: Session, scene: Scene, person: str) -> None:
    work = scene.work(session, getattr(scene, person))
    with pytest.raises(NotAllowed):
        service.add_client(work, "C-9", FACTS)
    with pytest.raises(NotFound):
        service.save_client(work, scene.aino.id, FACTS)


def test_another_organisations_client_does_not_exist(session: Session, scene: Scene) -> None:
    with pytest.raises(NotFound):
        service.save_client(scene.work(session, scene.olga), scene.elsewhere.id, FACTS)
    assert queries.client_of_number(session, "keusote", "a-12") is scene.aino
    assert queries.client_of_number(session, "soite", "a-12") is None


@pytest.mark.parametrize(
    ("number", "change", "field"),
    [
        ("131052-308T", {}, "number"),
        ("Matti", {}, "number"),
        ("C-9", {"language": "en"}, "language"),
        ("C-9", {"municipality": "999"}, "municipality"),
        ("C-9", {"group": "nobody"}, "group"),
        ("C-9", {"counsellor_id": 0}, "counsellor"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    session: Session, scene: Scene, number: str, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        service.add_client(scene.work(session, scene.olga), number, replace(FACTS, **change))
    assert refused.value.field == field


def test_the_counsellor_of_another_organisation_is_no_own_counsellor(session: Session, scene: Scene) -> None:
    with pytest.raises(Invalid):
        service.add_client(
            scene.work(session, scene.olga), "C-9", replace(FACTS, counsellor_id=scene.stranger.id)
        )


def test_a_number_is_given_once_in_an_organisation(session: Session, scene: Scene) -> None:
    with pytest.raises(Conflict):
        service.add_client(scene.work(session, scene.olga), "a-12", FACTS)
    assert (
        service.add_client(scene.work(session, scene.stranger), "B-7", FACTS).organisation_key == "siunsote"
    )


def test_a_change_is_told_to_the_trail_by_the_names_of_facts(session: Session, scene: Scene) -> None:
    work = scene.work(session, scene.olga)
    service.save_client(work, scene.eino.id, FACTS)
    service.save_client(work, scene.eino.id, FACTS)
    assert events(session, "client.save") == [{"changed": ["address", "email", "group", "name"]}]


def test_protecting_a_client_removes_the_place(session: Session, scene: Scene) -> None:
    saved = service.save_client(
        scene.work(session, scene.olga), scene.aino.id, replace(FACTS, protected=True)
    )
    assert (saved.address, saved.municipality, saved.protected) == ("", None, True)


@pytest.mark.parametrize("place", [{"address": "Katu 1"}, {"municipality": "858"}])
def test_the_database_itself_keeps_no_place_of_a_protected_client(
    session: Session, scene: Scene, place: dict[str, str]
) -> None:
    scene.aino.protected, scene.aino.address, scene.aino.municipality = True, "", None
    session.flush()
    for name, value in place.items():
        setattr(scene.aino, name, value)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()


# --- joining and leaving ---------------------------------------------------------------------------------------------


def test_a_client_joins_a_pilot_once_leaves_and_joins_again(session: Session, scene: Scene) -> None:
    work = scene.work(session, scene.olga)
    joined = service.join(work, scene.aino, "keusote-2022", TODAY)
    with pytest.raises(Conflict):
        service.join(work, scene.aino, "keusote-2022", TODAY)
    service.interrupt(work, scene.aino, joined.id, TODAY)
    with pytest.raises(Conflict):
        service.interrupt(work, scene.aino, joined.id, TODAY)
    again = service.join(work, scene.aino, "keusote-2022", TODAY)
    assert (joined.ended_on, again.ended_on) == (TODAY, None)


def test_a_client_joins_no_pilot_of_another_organisation(session: Session, scene: Scene) -> None:
    with pytest.raises(Invalid):
        service.join(scene.work(session, scene.olga), scene.aino, "siunsote-2017", TODAY)


def test_nobody_interrupts_for_another_client_or_in_the_past(session: Session, scene: Scene) -> None:
    work = scene.work(session, scene.olga)
    joined = service.join(work, scene.aino, "keusote-2022", TODAY)
    with pytest.raises(Conflict):
        service.interrupt(work, scene.eino, joined.id, TODAY)
    with pytest.raises(Invalid):
        service.interrupt(work, scene.aino, joined.id, TODAY - timedelta(days=1))
    assert joined.ended_on is None


def test_interrupting_ends_the_agreements_of_that_pilot_after_their_notice(
    session: Session, scene: Scene
) -> None:
    approval = make_approval(session, make_provider(session))
    offer, other = make_offer(session, approval), make_offer(session, approval)
    running = make_agreement(session, offer, scene.olga, client_number="A-12")
    soon_over = make_agreement(
        session, other, scene.olga, client_number="A-12", ends_on=TODAY + timedelta(days=1)
    )
    anothers = make_agreement(session, offer, scene.olga, client_number="B-7")
    work = scene.work(session, scene.olga)
    joined = service.join(work, scene.aino, "keusote-2022", TODAY)
    service.interrupt(work, scene.aino, joined.id, TODAY)
    ends = {each.id: each.ends_on for each in session.scalars(sa.select(Agreement))}
    assert ends[running.id] == TODAY + timedelta(days=14), "the provider has the days of notice"
    assert ends[soon_over.id] == TODAY + timedelta(days=1)
    assert ends[anothers.id] is None


# --- consents and the log --------------------------------------------------------------------------------------------


def test_a_consent_stands_until_it_is_taken_back_and_can_be_given_anew(
    session: Session, scene: Scene
) -> None:
    work = scene.work(session, scene.olga)
    for _twice in range(2):
        service.give_consent(work, scene.aino, ConsentKind.RESEARCH)
    service.withdraw_consent(work, scene.aino, ConsentKind.EFFECTS)
    service.withdraw_consent(work, scene.aino, ConsentKind.RESEARCH)
    service.give_consent(work, scene.aino, ConsentKind.RESEARCH)
    held = queries.consents_of(session, scene.aino.id)
    assert [(each.kind, each.withdrawn_at) for each in held] == [
        (ConsentKind.RESEARCH, None),
        (ConsentKind.RESEARCH, NOW),
    ]
    assert session.scalar(sa.select(sa.func.count()).select_from(Consent)) == 2


def test_the_log_tells_who_looked_and_to_whom_it_was_given_two_years_back(
    session: Session, scene: Scene
) -> None:
    for days, part in ((800, Part.PLAN), (700, Part.FACTS), (0, Part.DECISIONS)):
        work = replace(scene.work(session, scene.olga), now=NOW - timedelta(days=days))
        service.note_look(work, [scene.aino.id, scene.eino.id], part, Ground.HANDLING)
    service.note_gift(work, scene.aino, Part.AGREEMENTS, Ground.SERVICE, recipient="Kotiapu Oy")
    session.flush()
    seen = queries.log_of(session, scene.aino.id, now=NOW).rows
    assert [(each.part, each.recipient) for each in seen] == [
        (Part.AGREEMENTS, "Kotiapu Oy"),
        (Part.DECISIONS, ""),
        (Part.FACTS, ""),
    ]
    assert {each.user for each in seen} == {scene.olga}


def test_a_name_seen_in_a_list_states_no_ground_for_more(session: Session, scene: Scene) -> None:
    work = scene.work(session, scene.colleague)
    service.note_look(work, [scene.aino.id], Part.LIST, Ground.FINDING)
    assert queries.stated_ground(session, scene.aino.id, scene.colleague.id, NOW - timedelta(hours=1)) is None
    service.note_look(work, [scene.aino.id], Part.FACTS, Ground.ASKED)
    held = queries.stated_ground(session, scene.aino.id, scene.colleague.id, NOW - timedelta(hours=1))
    assert held is Ground.ASKED
    assert queries.stated_ground(session, scene.aino.id, scene.colleague.id, NOW + timedelta(hours=1)) is None
    assert queries.stated_ground(session, scene.aino.id, scene.olga.id, NOW - timedelta(hours=1)) is None


def test_the_register_shows_own_clients_first_and_finds_by_number_and_name(
    session: Session, scene: Scene
) -> None:
    def found(words: str = "", own: int = scene.colleague.id) -> list[str]:
        return [each.name for each in queries.clients_of(session, "keusote", own=own, words=words).rows]

    assert found() == ["Aino Äijälä", "Eino Ek"]
    scene.eino.counsellor_id = scene.colleague.id
    session.flush()
    assert found() == ["Eino Ek", "Aino Äijälä"]
    assert found("b-") == ["Eino Ek"]
    assert found("äIJÄ") == ["Aino Äijälä"]
    assert found("Muu") == []
    assert date(2026, 11, 22) == TODAY, "the day that the scene stands on"
    assert session.scalar(sa.select(sa.func.count()).select_from(ClientAccess)) == 0
