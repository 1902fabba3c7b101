"""One client's consents: taken back, or everything erased, while an extract is made and questions are answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.clients import service as clients
from marketplace.clients.models import Client, ClientAccess, Consent, Participation
from marketplace.clients.privacy import service as privacy
from marketplace.clients.rules import ClientFacts, ConsentKind
from marketplace.effects import queries, service
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectSheet
from marketplace.effects.rules import Keeping
from marketplace.permissions import Actor, Role
from marketplace.pilots.queries import pilot
from marketplace.reports.disclosure import FEWEST
from marketplace.reports.research.models import ResearchExtract, ResearchMember
from marketplace.reports.research.service import Wanted, count, give
from marketplace.reports.rules import past_quarters
from tests.factories import NOW, make_client, make_user
from tests.races.play import Shared, two_of_the_office, verb
from tests.work import work_of

PILOT: Final = "keusote-2022"
ITEM: Final = ("demo_wellbeing", "daily_life")
QUARTER: Final = past_quarters(NOW.date(), 1)[0]
YESTERDAY: Final = NOW.date() - timedelta(days=1)


@dataclass(frozen=True)
class Scene:
    """A client who has left the pilot and agrees to research and to questions, of which one waits; and the office."""

    client: int
    asking: int
    citizen: Actor
    counsellor: Actor
    reporter: Actor


def _make(session: Session) -> Scene:
    """Nobody but the client and a few others agrees, no extract has been given before, and nobody else has answered."""
    for kept in (ResearchMember, EffectAnswer, EffectSheet):
        session.execute(sa.delete(kept))
    session.execute(sa.delete(ResearchExtract))
    over = {"withdrawn_at": NOW, "withdrawn_by_id": Consent.given_by_id}
    session.execute(sa.update(Consent).where(Consent.withdrawn_at.is_(None)).values(over))
    citizen = make_user(session, Role.CLIENT)
    client = make_client(session, user_id=citizen.id, email=citizen.email)
    for each in [client, *(make_client(session) for _other in range(2 * FEWEST))]:
        session.add(
            Participation(
                client=each,
                pilot_key=PILOT,
                joined_on=NOW.date() - timedelta(days=200),
                recorded_by_id=citizen.id,
                recorded_at=NOW,
            )
        )
        clients.give_consent(work_of(session, actor_of(citizen)), each, ConsentKind.RESEARCH)
    service.agree(work_of(session, actor_of(citizen)), client)
    [asking] = queries.waiting_askings(session, client.id)
    service.answer_item(work_of(session, actor_of(citizen)), client, asking.id, ITEM, 4, helped=False)
    [part] = client.participations
    part.ended_on = YESTERDAY
    counsellor, _colleague = two_of_the_office(session, Role.COUNSELLOR)
    reporter, _other = two_of_the_office(session, Role.COORDINATOR)
    return Scene(client.id, asking.id, actor_of(citizen), counsellor, reporter)


def _own(session: Session, scene: Scene) -> Client:
    """The client's own page: the client, with everything that it shows, is read before anything is done."""
    client = session.get_one(Client, scene.client)
    assert client.participations
    session.get(EffectAsking, scene.asking)
    return client


def _extract(session: Session, scene: Scene, _hand: int) -> object:
    wanted = Wanted(QUARTER, QUARTER, "Tutkimuslaitos", "L/12/2026")
    found = pilot(session, PILOT)
    return give(work_of(session, scene.reporter), found, count(session, found, wanted))


def _take_back(session: Session, scene: Scene, _hand: int) -> None:
    work = work_of(session, scene.citizen)
    clients.withdraw_consent(work, _own(session, scene), ConsentKind.RESEARCH)


def _save(session: Session, scene: Scene, _hand: int) -> object:
    client = session.get_one(Client, scene.client)
    facts = ClientFacts(**{name: getattr(client, name) for name in ClientFacts.__dataclass_fields__})
    return clients.save_client(work_of(session, scene.counsellor), client.id, replace(facts, phone="+358409"))


def _state(session: Session, scene: Scene) -> object:
    """Consents, whether the client is in an extract and knows it, what was answered, and what is left at all."""
    client = session.get_one(Client, scene.client)
    asking = session.get(EffectAsking, scene.asking)
    return (
        [
            (each.kind, each.withdrawn_at is not None)
            for each in session.scalars(sa.select(Consent).where(Consent.client_id == client.id))
        ],
        _number(session, ResearchMember.client_id == client.id),
        _number(session, ClientAccess.client_id == client.id),
        None if asking is None else asking.state,
        session.scalar(sa.select(sa.func.count(EffectAnswer.value))),
        (client.erased_at is not None, client.phone),
    )


def _number(session: Session, which: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).where(which)) or 0


def _wrong(session: Session, scene: Scene) -> list[str]:
    """Nothing is left of who has been erased, whatever was going on."""
    client = session.get_one(Client, scene.client)
    if client.erased_at is None:
        return []
    left = {
        "log": _number(session, ClientAccess.client_id == client.id),
        "askings": _number(session, EffectAsking.client_id == client.id),
        "facts": len(client.name + client.phone + client.address + client.email),
    }
    return [f"{name} of an erased client" for name, number in left.items() if number]


CONSENTS: Final = Shared(
    "consent",
    _make,
    {
        "make an extract": verb(_extract),
        "take the consent to research back": verb(_take_back),
        "answer": verb(
            lambda s, scene, _hand: service.answer_item(
                work_of(s, scene.citizen), _own(s, scene), scene.asking, ITEM, 5, helped=False
            )
        ),
        "send the answers": verb(
            lambda s, scene, _hand: service.send(
                work_of(s, scene.citizen), _own(s, scene), scene.asking, helped=False
            )
        ),
        "take the consent to questions back": verb(
            lambda s, scene, _hand: service.withdraw(
                work_of(s, scene.citizen), _own(s, scene), Keeping.DELETE
            )
        ),
        "change a fact": verb(_save),
        "erase the client": verb(
            lambda s, scene, _hand: privacy.erase(
                work_of(s, scene.counsellor), s.get_one(Client, scene.client)
            )
        ),
    },
    {
        "make an extract": (
            "take the consent to research back",
            "erase the client",
            "change a fact",
        ),
        "erase the client": (
            "take the consent to research back",
            "answer",
            "send the answers",
            "take the consent to questions back",
            "change a fact",
        ),
        "take the consent to questions back": (
            "answer",
            "send the answers",
        ),
    },
    _state,
    _wrong,
)
