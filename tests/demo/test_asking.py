"""The demo's answers about effects: something of everything, and nothing that the rules would not allow."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.models import Client, Consent, Participation
from marketplace.clients.rules import ConsentKind
from marketplace.demo.plan import MAIN_PILOT
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectLink, EffectSheet
from marketplace.effects.results import changes, responses
from marketplace.effects.rules import AskingState
from marketplace.pilots.vocabulary import INSTRUMENTS
from marketplace.reports.research.queries import agreed


def test_some_answered_twice_some_skipped_and_some_stopped(content: Session) -> None:
    states = set(content.scalars(sa.select(EffectAsking.state)))
    assert states >= {AskingState.DUE, AskingState.ANSWERED, AskingState.SKIPPED, AskingState.LAPSED}
    assert content.scalars(sa.select(Consent.id).where(Consent.withdrawn_at.is_not(None))).first()
    assert any(each.earlier == 0 and each.tally.improved for each in changes(content))
    assert all(tally.rate is None or 0 <= tally.rate <= 1 for tally in responses(content).values())


def test_every_answer_lies_on_its_scale_and_under_a_linked_pseudonym(content: Session) -> None:
    for key, low, high in content.execute(
        sa.select(
            EffectAnswer.instrument,
            sa.func.coalesce(sa.func.min(EffectAnswer.value), 0),
            sa.func.coalesce(sa.func.max(EffectAnswer.value), 0),
        ).group_by(EffectAnswer.instrument)
    ):
        scale = INSTRUMENTS[key].scale
        assert scale.least <= (low or 0) <= (high or 0) <= scale.most
    linked = set(content.scalars(sa.select(EffectLink.pseudonym)))
    assert set(content.scalars(sa.select(EffectSheet.pseudonym))) == linked


def test_nobody_was_asked_without_having_agreed(content: Session) -> None:
    asked_by_leave = sa.select(Consent.client_id).where(Consent.kind == ConsentKind.EFFECTS)
    assert (
        content.scalars(
            sa.select(Client.id).join(EffectAsking).where(Client.id.not_in(asked_by_leave))
        ).first()
        is None
    )


def test_nobody_is_asked_after_having_left_the_pilot(content: Session) -> None:
    late = (
        sa.select(EffectAsking.id)
        .join(Participation, Participation.client_id == EffectAsking.client_id)
        .where(
            Participation.pilot_key == EffectAsking.pilot_key, Participation.ended_on < EffectAsking.asked_on
        )
    )
    assert content.scalars(late).all() == []


def test_enough_agree_to_research_for_an_extract(content: Session) -> None:
    assert len(agreed(content, MAIN_PILOT)) > 20
