"""A message of the office to many providers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.approvals.circulars import service
from marketplace.approvals.circulars.models import Circular
from marketplace.approvals.circulars.rules import CIRCULAR, CircularAction, CircularState
from marketplace.approvals.circulars.service import CircularFacts
from marketplace.i18n import LocalizedText
from marketplace.permissions import Actor, Role
from tests.factories import make_approval, make_provider, make_provider_admin
from tests.races.play import Play, two_of_the_office, verb
from tests.work import work_of

_FACTS = CircularFacts(
    LocalizedText(fi="Uusi sääntökirja", sv="Ny regelbok"),
    LocalizedText(fi="Lue se Palvelutorilta.", sv="Läs den på Servicetorget."),
)


@dataclass(frozen=True)
class Writing:
    """A message, the company that it is for, and the two of the office."""

    message: int
    company: int
    reviewers: tuple[Actor, Actor]


def _stage(session: Session, state: CircularState) -> Writing:
    provider = make_provider(session)
    make_provider_admin(session, provider)
    make_approval(session, provider)
    reviewers = two_of_the_office(session, Role.REVIEWER)
    work = work_of(session, reviewers[0])
    message = service.begin(work, "keusote", _FACTS)
    if state is CircularState.SENT:
        service.send(work, message.id, [provider.id])
    return Writing(message.id, provider.id, reviewers)


def _state(session: Session, scene: Writing) -> CircularState | None:
    """None of a draft that is deleted."""
    message = session.get(Circular, scene.message)
    return None if message is None else message.state


MESSAGES = Play(
    CIRCULAR,
    Circular,
    _stage,
    {
        CircularAction.CHANGE: verb(
            lambda session, scene, hand: service.change(
                work_of(session, scene.reviewers[hand]), scene.message, _FACTS
            )
        ),
        CircularAction.DELETE: verb(
            lambda session, scene, hand: service.delete(
                work_of(session, scene.reviewers[hand]), scene.message
            )
        ),
        CircularAction.SEND: verb(
            lambda session, scene, hand: service.send(
                work_of(session, scene.reviewers[hand]), scene.message, [scene.company]
            )
        ),
    },
    _state,
)
