"""Questions to providers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.enquiries import service
from marketplace.enquiries.models import Enquiry
from marketplace.enquiries.rules import ENQUIRY, AnswerBy, EnquiryAction, EnquiryState
from marketplace.permissions import ANYBODY, Actor
from tests.factories import make_approval, make_offer, make_provider, make_provider_admin
from tests.races.play import Play, verb
from tests.work import work_of


@dataclass(frozen=True)
class Asked:
    """A question that waits, and the two people of the provider."""

    provider: int
    question: int
    people: tuple[Actor, Actor]


def _stage(session: Session, _state: EnquiryState) -> Asked:
    provider = make_provider(session)
    first, second = (actor_of(make_provider_admin(session, provider)) for _each in range(2))
    offer = make_offer(session, make_approval(session, provider))
    question = service.NewEnquiry("Maija", AnswerBy.EMAIL, "maija@esimerkki.fi", "", "Onko tilaa?", "fi")
    asked = service.ask(work_of(session, ANYBODY), offer, question, source=f"10.0.0.{provider.id}")
    return Asked(provider.id, asked.id, (first, second))


QUESTIONS = Play(
    ENQUIRY,
    Enquiry,
    _stage,
    {
        EnquiryAction.ANSWER: verb(
            lambda session, scene, hand: service.answer(
                work_of(session, scene.people[hand]), scene.provider, scene.question, "On tilaa."
            )
        )
    },
    lambda session, scene: session.get_one(Enquiry, scene.question).state,
)

PLAYS = (QUESTIONS,)
