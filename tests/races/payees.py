"""A batch of payments, while a payee gets another account and the bank answers: nothing leaves to a former account."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent, AuditSeal
from marketplace.ledger import proof
from marketplace.payments.batches import answering, queries, sending, service
from marketplace.payments.batches.audit_actions import BatchAudit
from marketplace.payments.batches.models import BankAnswer, Batch
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.batches.rules import digest_of
from marketplace.permissions import Actor, Role
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.providers.company import account
from marketplace.providers.models import Provider
from marketplace.providers.queries import my_provider
from marketplace.work import UnitOfWork
from tests.factories import make_provider_admin
from tests.payments.batches.scenes import ORGANISATION, PAY_ON, REASON, bank_statement, said
from tests.payments.orders import finnish_iban
from tests.races import batching
from tests.races.play import Deed, Shared, store, two_of_the_office, verb
from tests.work import work_of


@dataclass(frozen=True)
class Scene:
    """A batch, the first of whose payees has asked for another account; what the bank says of it."""

    batch: int
    payee: int
    change: int
    asker: Actor
    office: Actor
    payers: tuple[Actor, Actor]
    digest: str
    verdict: bytes
    report: bytes
    movements: bytes


def _make(session: Session, how: str) -> Scene:
    cast, batch, made = batching.prepared_scene(session, ORGANISATION)
    match how:
        case "released":
            cast.released(batch)
        case "sent":
            cast.sent(batch)
    row = batch.payments[0]
    provider = session.get_one(Provider, row.provider_id)
    admin = actor_of(make_provider_admin(session, provider))
    office, _other = two_of_the_office(session, Role.COORDINATOR)
    work = work_of(session, admin)
    change = account.ask_for_account(
        work, my_provider(work, provider.id, lock=True), finnish_iban(9_000_000 + provider.id)
    )
    assert change is not None
    return Scene(
        batch.id,
        provider.id,
        change.id,
        admin,
        office,
        made.payers,
        digest_of(order_of(batch)),
        made.verdict,
        said(batch, *[("ACSC", "")] * 2),
        bank_statement([(each.key, -each.amount.cents) for each in batch.payments]),
    )


def _confirm(session: Session, scene: Scene, _hand: int) -> object:
    return account.confirm(work_of(session, scene.office), change_id=scene.change)


def _seen(session: Session, scene: Scene, hand: int) -> UnitOfWork:
    """The page of the batch has been read before anything is done: the payees with it."""
    batch = queries.batch_of(session, scene.batch)
    assert [each.provider.iban for each in batch.payments]
    return work_of(session, scene.payers[hand])


def _release(session: Session, scene: Scene, hand: int) -> object:
    return service.release(_seen(session, scene, hand), scene.batch, scene.digest, REASON)


def _read(content: str) -> Deed:
    def deed(session: Session, scene: Scene, hand: int) -> object:
        work = _seen(session, scene, hand)
        return answering.read(work, store(), ORGANISATION, "answer.xml", getattr(scene, content))

    return verb(deed)


def _state(session: Session, scene: Scene) -> object:
    """The batch with its payments, whose account is which, and what was read."""
    batch = session.get_one(Batch, scene.batch)
    provider = session.get_one(Provider, scene.payee)
    digests = [hashlib.sha256(each).hexdigest() for each in (scene.verdict, scene.report, scene.movements)]
    answers = session.execute(
        sa.select(BankAnswer.message, BankAnswer.changed, BankAnswer.known)
        .where(BankAnswer.organisation_key == ORGANISATION, BankAnswer.sha256.in_(digests))
        .order_by(BankAnswer.message)
    )
    return (
        batch.state,
        batch.pay_on,
        bool(batch.reason),
        [(each.state, each.standing_verdict) for each in sorted(batch.payments, key=lambda row: row.id)],
        batch.payments[0].iban == provider.iban,
        [tuple(each) for each in answers],
    )


_RELYING: Final = (BatchAudit.RELEASE, BatchAudit.WRITE, BatchAudit.SEND)


def _wrong(session: Session, scene: Scene) -> list[str]:
    """Nothing was released or sent to the former account once the new one was in use, by the chain of the trail."""
    found = [str(each) for each in proof.problems(session)]
    sealed = (
        sa.select(AuditSeal.number, AuditEvent.action)
        .join(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .where(AuditEvent.organisation_key == ORGANISATION)
    )
    in_use = sealed.where(
        AuditEvent.action == ProviderAudit.ACCOUNT, AuditEvent.subject_id == str(scene.payee)
    )
    relied = sealed.where(AuditEvent.action.in_(_RELYING), AuditEvent.subject_id == str(scene.batch))
    batch, provider = session.get_one(Batch, scene.batch), session.get_one(Provider, scene.payee)
    if any(row.provider_id == scene.payee and row.iban == provider.iban for row in batch.payments):
        return found
    return found + [
        f"{each.action} to the former account"
        for change in session.execute(in_use)
        for each in session.execute(relied)
        if each.number > change.number
    ]


PREPARED: Final = Shared(
    "batch to be released",
    lambda session: _make(session, "prepared"),
    {
        "release": verb(_release),
        "confirm another account": verb(_confirm),
        "take the present details": verb(
            lambda s, scene, hand: service.renew(_seen(s, scene, hand), scene.batch)
        ),
        "read what the bank says of the payees": _read("verdict"),
        "pay on another day": verb(
            lambda s, scene, hand: service.reschedule(
                _seen(s, scene, hand), scene.batch, PAY_ON + timedelta(days=1)
            )
        ),
    },
    {
        "release": (
            "confirm another account",
            "read what the bank says of the payees",
            "take the present details",
            "pay on another day",
        ),
        "confirm another account": ("take the present details", "read what the bank says of the payees"),
    },
    _state,
    _wrong,
)

RELEASED: Final = Shared(
    "batch that was released",
    lambda session: _make(session, "released"),
    {
        "make the file": verb(
            lambda s, scene, hand: sending.write(_seen(s, scene, hand), store(), scene.batch)
        ),
        "confirm another account": verb(_confirm),
    },
    {"make the file": ("confirm another account", "make the file")},
    _state,
    _wrong,
)

SENT: Final = Shared(
    "batch at the bank",
    lambda session: _make(session, "sent"),
    {
        "read the report": _read("report"),
        "read the movements": _read("movements"),
        "confirm another account": verb(_confirm),
    },
    {
        "read the report": ("read the movements", "read the report", "confirm another account"),
        "read the movements": ("read the movements",),
    },
    _state,
    lambda session, _scene: [str(each) for each in proof.problems(session)],
)
