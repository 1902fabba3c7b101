"""Agreements: the client, the provider and time itself at the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.clients.models import Client
from marketplace.db import Database
from marketplace.i18n import helsinki_date
from marketplace.permissions import Actor, Role
from marketplace.vouchers.agreeing import deadlines, queries, service
from marketplace.vouchers.mistakes import service as mistakes
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import (
    AGREEMENT,
    AgreementAction,
    AgreementParty,
    AgreementState,
    AgreementTerms,
)
from tests.factories import NOW, make_provider_admin
from tests.races.play import Play, two_of_the_office, verb
from tests.vouchers.agreeing.conftest import FIRST, Choosing, asked, make_choosing, make_store, reprice
from tests.work import work_of

TODAY: Final = helsinki_date(NOW)
MIDDLE: Final = TODAY + timedelta(days=40)
LAST: Final = TODAY + timedelta(days=90)
"""The day that the office wrote down with the agreement."""


@dataclass(frozen=True)
class Scene:
    """An agreement, the client, and two people of the provider and of the office."""

    agreement: int
    provider: int
    client: Client
    citizen: Actor
    admins: tuple[Actor, Actor]
    counsellors: tuple[Actor, Actor]


def _stage(session: Session, state: AgreementState) -> Scene:
    """Asked for by the client, or written down by the office, which alone can have been a mistake."""
    made: Choosing = make_choosing(session)
    second = make_provider_admin(session, made.offer.provider)
    counsellors = two_of_the_office(session, Role.COUNSELLOR)
    if state is AgreementState.REQUESTED:
        agreement = asked(session, made)
        reprice(session, made.offer)
    else:
        work = work_of(session, counsellors[0])
        terms = AgreementTerms(made.client.number, FIRST, LAST, "20")
        agreement = service.record_for_office(work, made.offer.id, terms, store=make_store())
    if state is AgreementState.ENDING:
        service.end_for_office(work, agreement.id, LAST - timedelta(days=10))
    if state in (AgreementState.STOPPED, AgreementState.CALLED_OFF):
        later = timedelta(days=20 if state is AgreementState.STOPPED else 0)
        work = work_of(session, actor_of(made.citizen), now=NOW + later)
        service.stop(work, agreement, "Ei tultu.", by=AgreementParty.CLIENT)
    return Scene(
        agreement.id,
        made.offer.provider_id,
        made.client,
        actor_of(made.citizen),
        (actor_of(made.admin), actor_of(second)),
        counsellors,
    )


def _accept(session: Session, scene: Scene, hand: int) -> object:
    work = work_of(session, scene.admins[hand])
    return service.accept(work, scene.provider, scene.agreement, store=make_store())


def _decline(session: Session, scene: Scene, hand: int) -> object:
    return service.decline(work_of(session, scene.admins[hand]), scene.provider, scene.agreement, "Ei tilaa.")


def _reprice(session: Session, scene: Scene, hand: int) -> object:
    return service.ask_anew(work_of(session, scene.admins[hand]), scene.provider, scene.agreement)


def _held(session: Session, scene: Scene) -> Agreement:
    client = session.get_one(Client, scene.client.id)
    return queries.for_client(session, client, scene.agreement, lock=True)


def _withdraw(session: Session, scene: Scene, _hand: int) -> object:
    return service.withdraw(work_of(session, scene.citizen), _held(session, scene))


def _lapse(database: Database, scene: Scene, _hand: int) -> object:
    """Time passes for this request alone."""
    return deadlines.lapse_one(database, scene.agreement, NOW + timedelta(days=30))


def _end(session: Session, scene: Scene, _hand: int) -> object:
    work = work_of(session, scene.citizen)
    return service.give_notice(work, _held(session, scene), MIDDLE, by=AgreementParty.CLIENT)


def _call_off(session: Session, scene: Scene, _hand: int) -> object:
    """The service begins nine days from now, so an end today comes before it."""
    work = work_of(session, scene.citizen)
    return service.stop(work, _held(session, scene), "Ei alakaan.", by=AgreementParty.CLIENT)


def _stop(session: Session, scene: Scene, _hand: int) -> object:
    work = work_of(session, scene.citizen, now=NOW + timedelta(days=20))
    return service.stop(work, _held(session, scene), "Ei tultu.", by=AgreementParty.CLIENT)


def _move_on(session: Session, scene: Scene, hand: int) -> object:
    work = work_of(session, scene.counsellors[hand])
    return mistakes.move_on(work, scene.agreement, LAST + timedelta(days=20))


def _annul(session: Session, scene: Scene, hand: int) -> object:
    return mistakes.annul(work_of(session, scene.counsellors[hand]), scene.agreement, "Väärä asiakas.")


PLAYS: Final = (
    Play(
        workflow=AGREEMENT,
        model=Agreement,
        stage=_stage,
        deeds={
            AgreementAction.ACCEPT: verb(_accept),
            AgreementAction.DECLINE: verb(_decline),
            AgreementAction.REPRICE: verb(_reprice),
            AgreementAction.WITHDRAW: verb(_withdraw),
            AgreementAction.LAPSE: _lapse,
            AgreementAction.END: verb(_end),
            AgreementAction.STOP: verb(_stop),
            AgreementAction.CALL_OFF: verb(_call_off),
            AgreementAction.MOVE_ON: verb(_move_on),
            AgreementAction.ANNUL: verb(_annul),
        },
        state=lambda session, scene: session.get_one(Agreement, scene.agreement).state,
    ),
)
