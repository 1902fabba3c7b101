"""Batches and their payments: two payers, and the bank's answers, at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.payments.batches import answering, queries, sending, service
from marketplace.payments.batches.answering import AnswerRefused
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.moving import take_answers
from marketplace.payments.batches.ordering import check_order_of, order_of
from marketplace.payments.batches.rules import (
    BATCH,
    PAYMENT,
    BatchAction,
    BatchState,
    PaymentAction,
    PaymentState,
    digest_of,
)
from marketplace.payments.rails.orders import PaymentAnswer, PaymentOutcome
from marketplace.payments.rails.sepa.reading import UnreadableBankFile
from marketplace.payments.rails.stripe.models import StripeAccount
from marketplace.permissions import Actor, Role
from marketplace.work import UnitOfWork
from tests.conftest import NOW
from tests.factories import make_user
from tests.payments.batches.scenes import ORGANISATION, PAY_ON, REASON, Cast, make_statement
from tests.payments.sepa.bank import status_report
from tests.races.play import Play, store, verb

STRIPE: Final = "metropolia"
"""An organisation that pays over Stripe."""


@dataclass(frozen=True)
class Scene:
    """A batch of two payments, the two who act, and what they have seen of it."""

    organisation: str
    batch: int
    payments: tuple[int, int]
    payers: tuple[Actor, Actor]
    digest: str
    verdict: bytes

    def work(self, session: Session, hand: int) -> UnitOfWork:
        return UnitOfWork(session, self.payers[hand], NOW)


def _payers(session: Session, organisation: str) -> list[User]:
    """Three people of the organisation who pay, always the same."""
    there = (
        sa.select(User)
        .join(User.grants)
        .where(RoleGrant.role == Role.PAYER, RoleGrant.organisation_key == organisation)
        .order_by(User.id)
        .limit(3)
    )
    people = list(session.scalars(there))
    return people + [
        make_user(session, Role.PAYER, organisation=organisation) for _each in range(3 - len(people))
    ]


def prepared_scene(session: Session, organisation: str) -> tuple[Cast, Batch, Scene]:
    """A batch that a third person has prepared."""
    first, second, third = _payers(session, organisation)
    cast = Cast(session, store(), third, first, organisation)
    for cents in (120_000, 130_000):
        statement = make_statement(session, cents, organisation=organisation)
        cast.statements.append(statement)
        session.add(
            StripeAccount(
                provider_id=statement.provider_id,
                account=f"acct_{statement.provider_id}",
                takes_transfers=True,
                pays_out=True,
                created_at=NOW,
                checked_at=NOW,
            )
        )
    session.flush()
    batch = cast.prepared()
    asked = check_order_of(batch)
    verdict = status_report(asked, rows={each.key: ("RCVC", "", "") for each in asked.payments})
    scene = Scene(
        organisation,
        batch.id,
        (batch.payments[0].id, batch.payments[1].id),
        (actor_of(first), actor_of(second)),
        digest_of(order_of(batch)),
        verdict,
    )
    return cast, batch, scene


def _answers(batch: Batch, *outcomes: PaymentOutcome) -> list[PaymentAnswer]:
    return [PaymentAnswer(row.key, told) for row, told in zip(batch.payments, outcomes, strict=False)]


_ENDS: Final = {
    BatchState.CONFIRMED: (PaymentOutcome.PAID, PaymentOutcome.PAID),
    BatchState.PARTLY_PAID: (PaymentOutcome.PAID, PaymentOutcome.REJECTED),
    BatchState.REFUSED: (PaymentOutcome.REJECTED, PaymentOutcome.REJECTED),
}


def _stage_batch(session: Session, state: BatchState) -> Scene:
    cast, batch, scene = prepared_scene(session, ORGANISATION)
    match state:
        case BatchState.PREPARED:
            pass
        case BatchState.CHECKED:
            cast.read(scene.verdict)
        case BatchState.RELEASED:
            cast.released(batch)
        case BatchState.WRITTEN:
            cast.written(batch)
        case _:
            cast.sent(batch)
    take_answers(cast.work(), batch, _answers(batch, *_ENDS.get(state, ())))
    return scene


def _stage_payment(session: Session, state: PaymentState) -> Scene:
    """The first payment of a batch over Stripe, where each action is possible."""
    cast, batch, scene = prepared_scene(session, STRIPE)
    cast.released(batch)
    if state == PaymentState.WAITING:
        return scene
    sending.send(cast.work(), batch.id)
    outcomes = {
        PaymentState.ACCEPTED: PaymentOutcome.ACCEPTED,
        PaymentState.TRANSFERRED: PaymentOutcome.TRANSFERRED,
        PaymentState.PAID: PaymentOutcome.PAID,
    }
    if state in outcomes:
        take_answers(cast.work(), batch, _answers(batch, outcomes[state]))
    return scene


def _tell(
    choose: Callable[[Batch], list[PaymentAnswer]],
) -> Callable[[Session, Scene, int], object]:
    """The bank, or Stripe, says something of a batch."""

    def deed(session: Session, scene: Scene, hand: int) -> object:
        batch = queries.batch_of(session, scene.batch, lock=True)
        try:
            return take_answers(scene.work(session, hand), batch, choose(batch))
        except UnreadableBankFile as error:
            raise AnswerRefused(error) from error

    return deed


def _told(*outcomes: PaymentOutcome) -> Callable[[Session, Scene, int], object]:
    return _tell(lambda batch: _answers(batch, *outcomes))


def _back(most: int) -> Callable[[Session, Scene, int], object]:
    """So many of the payments that were paid come back."""

    def choose(batch: Batch) -> list[PaymentAnswer]:
        paid = [row for row in batch.payments if row.state == PaymentState.PAID]
        return [PaymentAnswer(row.key, PaymentOutcome.RETURNED) for row in paid[:most]]

    return _tell(choose)


def _read(session: Session, scene: Scene, hand: int) -> object:
    """The bank's answer about the payees is read."""
    work = scene.work(session, hand)
    return answering.read(work, store(), scene.organisation, "answer.xml", scene.verdict)


def _change(session: Session, scene: Scene, hand: int) -> object:
    return service.reschedule(scene.work(session, hand), scene.batch, PAY_ON + timedelta(days=1 + hand))


def _release(session: Session, scene: Scene, hand: int) -> object:
    return service.release(scene.work(session, hand), scene.batch, scene.digest, REASON)


def _send(session: Session, scene: Scene, hand: int) -> object:
    return sending.send(scene.work(session, hand), scene.batch)


PLAYS: Final = (
    Play(
        workflow=BATCH,
        model=Batch,
        stage=_stage_batch,
        deeds={
            BatchAction.CHANGE: verb(_change),
            BatchAction.CHECK: verb(_read),
            BatchAction.RELEASE: verb(_release),
            BatchAction.CANCEL: verb(
                lambda s, scene, hand: service.cancel(scene.work(s, hand), scene.batch, REASON)
            ),
            BatchAction.WRITE: verb(
                lambda s, scene, hand: sending.write(scene.work(s, hand), store(), scene.batch)
            ),
            BatchAction.SEND: verb(_send),
            BatchAction.CONFIRM: verb(_told(*_ENDS[BatchState.CONFIRMED])),
            (BatchState.SENT, BatchAction.PAY_PARTLY): verb(_told(*_ENDS[BatchState.PARTLY_PAID])),
            (BatchState.SENT, BatchAction.REFUSE): verb(_told(*_ENDS[BatchState.REFUSED])),
            BatchAction.PAY_PARTLY: verb(_back(1)),
            BatchAction.REFUSE: verb(_back(2)),
        },
        state=lambda session, scene: session.scalar(sa.select(Batch.state).where(Batch.id == scene.batch)),
    ),
    Play(
        workflow=PAYMENT,
        model=PaymentRow,
        stage=_stage_payment,
        deeds={
            PaymentAction.SEND: verb(_send),
            PaymentAction.LEAVE_OUT: verb(
                lambda s, scene, hand: service.leave_out(scene.work(s, hand), scene.batch, scene.payments[0])
            ),
            PaymentAction.ACCEPT: verb(_told(PaymentOutcome.ACCEPTED)),
            PaymentAction.TRANSFER: verb(_told(PaymentOutcome.TRANSFERRED)),
            PaymentAction.PAY: verb(_told(PaymentOutcome.PAID)),
            PaymentAction.REJECT: verb(_told(PaymentOutcome.REJECTED)),
            PaymentAction.RETURN: verb(_told(PaymentOutcome.RETURNED)),
            PaymentAction.BOUNCE: verb(_told(PaymentOutcome.TRANSFERRED)),
        },
        state=lambda session, scene: session.scalar(
            sa.select(PaymentRow.state).where(PaymentRow.id == scene.payments[0])
        ),
    ),
)
