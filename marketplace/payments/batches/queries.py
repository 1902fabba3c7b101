"""Reading batches: what is payable, an organisation's batches, what is known of a payee, a batch by its key."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.accounts.models import User
from marketplace.accounts.queries import staff
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.i18n import helsinki_date
from marketplace.money import Money
from marketplace.paging import Page, page_of
from marketplace.payments.batches.models import BankAnswer, Batch, PaymentMessage, PaymentNews, PaymentRow
from marketplace.payments.batches.rules import (
    LEFT_THE_PAYER,
    LIVE,
    OUT,
    BatchState,
    PayeeHistory,
    PaymentState,
)
from marketplace.payments.rails.orders import Booking
from marketplace.payments.rails.stripe.models import StripeAccount, StripeTransfer
from marketplace.payments.rails.stripe.rules import TransferState
from marketplace.payments.statements import queries as statements
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import may_be_paid
from marketplace.permissions import GRANTS, Permission
from marketplace.pilots.paying import RailKind
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import RightState
from marketplace.providers.company.models import AccountChange
from marketplace.providers.company.queries import admins_of_all
from marketplace.providers.company.rules import AccountChangeState
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork

_KEY: Final = re.compile(r"(?P<prefix>.{1,12})-(?P<kind>[BP])(?P<id>[0-9]{1,18})")
AT_ONCE: Final = 500
"""Ids in one query: SQLite takes no more than so many thousand parameters."""


# --- what is payable -------------------------------------------------------------------------------------------------


def payable(session: Session, organisation: str, today: date) -> list[Statement]:
    """The statements that may go into a batch, by number: nothing that is open or paid pays them yet."""
    found = statements.payable(session, organisation, today)
    taken = _taken(session, [each.id for each in found])
    return [each for each in found if each.id not in taken]


def lock_payable(
    session: Session, organisation: str, wanted: Collection[int], today: date
) -> list[Statement]:
    """Those of the wanted statements that may still go into a batch; locked until the transaction ends."""
    found: list[Statement] = []
    for ids in _parts(sorted(set(wanted))):
        query = (
            sa.select(Statement)
            .where(Statement.organisation_key == organisation, Statement.id.in_(ids))
            .options(selectinload(Statement.provider))
            .order_by(Statement.id)
            .with_for_update(**for_change(Statement))
        )
        held = session.scalars(query).all()
        taken = _taken(session, ids)
        found += [
            each
            for each in held
            if each.payable_cents > 0
            and each.id not in taken
            and may_be_paid(each.state, each.objection_until, today)
        ]
    return found


def _taken(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of the statements that a payment pays already."""
    found: set[int] = set()
    for part in _parts(ids):
        query = sa.select(PaymentRow.statement_id).where(
            PaymentRow.statement_id.in_(part), PaymentRow.state.in_(sorted(LIVE))
        )
        found.update(session.scalars(query))
    return found


def bookings(session: Session, paid: Sequence[Statement]) -> Mapping[int, Sequence[Booking]]:
    """What each statement is made of, by service and tax code; also what it takes over from statements below zero."""
    pilots = {each.id: each.pilot_key for each in paid}
    return {
        number: [
            Booking(
                pilots[number], each.service_key, each.vat_code, Money(each.net_cents), Money(each.vat_cents)
            )
            for each in sums
            if each.net_cents or each.vat_cents
        ]
        for part in _parts(sorted(pilots))
        for number, sums in statements.service_sums(session, part).items()
    }


def stripe_accounts(session: Session, providers: Collection[int]) -> Mapping[int, str]:
    """The accounts at Stripe that transfers can reach, by provider."""
    found: dict[int, str] = {}
    for ids in _parts(sorted(providers)):
        query = sa.select(StripeAccount.provider_id, StripeAccount.account).where(
            StripeAccount.provider_id.in_(ids), StripeAccount.takes_transfers
        )
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def companies(session: Session, providers: Collection[int], *, hold: bool = False) -> Mapping[int, Provider]:
    """These providers by number; `hold`: their names and accounts stay as they are until the transaction ends."""
    found: dict[int, Provider] = {}
    for ids in _parts(sorted(providers)):
        query = sa.select(Provider).where(Provider.id.in_(ids)).order_by(Provider.id)
        if hold:
            query = query.with_for_update(read=True, of=Provider)
        found |= {each.id: each for each in session.scalars(query)}
    return found


def admins(session: Session, providers: Collection[int]) -> Mapping[int, Sequence[User]]:
    """The people who take care of these providers' matters, by provider."""
    found: dict[int, Sequence[User]] = {}
    for ids in _parts(sorted(providers)):
        found |= admins_of_all(session, ids)
    return found


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))


# --- batches ---------------------------------------------------------------------------------------------------------


def batch_for(
    work: UnitOfWork,
    batch_id: int,
    *,
    permission: Permission = Permission.VIEW_PAYMENTS,
    lock: bool = False,
) -> Batch:
    """A batch of the actor's organisation; `lock` for a change. Raises NotFound for another's."""
    batch = batch_of(work.session, batch_id, lock=lock)
    if not work.may(permission, organisation=batch.organisation_key):
        raise NotFound()
    return batch


def batch_of(session: Session, batch_id: int, *, lock: bool = False) -> Batch:
    """A batch with its payments; `lock` for a change: who holds it may change its payments too. Raises NotFound."""
    batch = session.get(Batch, batch_id, with_for_update=for_change(Batch) if lock else None)
    if batch is None:
        raise NotFound()
    if lock:
        rows = sa.select(PaymentRow).where(PaymentRow.batch_id == batch_id)
        session.scalars(rows.execution_options(populate_existing=True)).all()
        session.refresh(batch, ["payments"])
    return batch


def number_of(session: Session, organisation: str, key: str) -> int | None:
    """The number of the organisation's batch that the bank calls so; None when it has none."""
    found = _KEY.fullmatch(key)
    if found is None or found["kind"] != "B":
        return None
    batch = session.get(Batch, int(found["id"]))
    return (
        batch.id if batch is not None and (batch.organisation_key, batch.key) == (organisation, key) else None
    )


def numbers_of(session: Session, organisation: str, payments: Iterable[str]) -> set[int]:
    """The numbers of the organisation's batches that hold payments with these keys."""
    ids = sorted(
        int(found["id"]) for key in payments if (found := _KEY.fullmatch(key)) and found["kind"] == "P"
    )
    numbers: set[int] = set()
    for part in _parts(ids):
        query = (
            sa.select(PaymentRow.batch_id)
            .join(Batch)
            .where(PaymentRow.id.in_(part), Batch.organisation_key == organisation)
        )
        numbers.update(session.scalars(query))
    return numbers


def locked(session: Session, numbers: Iterable[int]) -> list[Batch]:
    """Batches for a change, locked in the order of their numbers."""
    return [batch_of(session, number, lock=True) for number in sorted(numbers)]


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch in a list: how many payments it has and what they add up to."""

    batch: Batch
    count: int
    total: Money


def batches(
    session: Session, organisation: str, states: Collection[BatchState], page: int
) -> tuple[Page[Batch], Mapping[int, BatchLine]]:
    """The organisation's batches in these states, the latest first, and the sums of each by number."""
    query = (
        sa.select(Batch)
        .where(Batch.organisation_key == organisation, Batch.state.in_(sorted(states)))
        .options(joinedload(Batch.prepared_by), joinedload(Batch.released_by))
        .order_by(Batch.id.desc())
    )
    found = page_of(session, query, page)
    sums = _sums(session, [batch.id for batch in found.rows])
    lines = {batch.id: BatchLine(batch, *sums.get(batch.id, (0, Money(0)))) for batch in found.rows}
    return found, lines


def _sums(session: Session, ids: Sequence[int]) -> Mapping[int, tuple[int, Money]]:
    query = (
        sa.select(
            PaymentRow.batch_id,
            sa.func.count(),
            sa.func.sum(sa.type_coerce(PaymentRow.amount, sa.BigInteger)),
        )
        .where(PaymentRow.batch_id.in_(ids), PaymentRow.state != PaymentState.LEFT_OUT)
        .group_by(PaymentRow.batch_id)
    )
    return {number: (count, Money(int(cents))) for number, count, cents in session.execute(query)}


def counts(session: Session, organisation: str) -> Mapping[BatchState, int]:
    """How many batches the organisation has in each state."""
    query = (
        sa.select(Batch.state, sa.func.count())
        .where(Batch.organisation_key == organisation)
        .group_by(Batch.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}


# --- payments --------------------------------------------------------------------------------------------------------


def payment_for(
    work: UnitOfWork, payment_id: int, *, permission: Permission = Permission.VIEW_PAYMENTS
) -> PaymentRow:
    """A payment of the actor's organisation. Raises NotFound for another's, Disqualified for one's own company."""
    row = work.session.get(PaymentRow, payment_id)
    if row is None or not work.may(permission, organisation=row.batch.organisation_key):
        raise NotFound()
    demand_impartial(work.actor, row.provider_id)
    return row


def attach_statements(session: Session, payments: Sequence[PaymentRow]) -> None:
    """Read the statements of many payments together, so that none of them is asked for by itself."""
    by_id = {
        each.id: each
        for ids in _parts(sorted({row.statement_id for row in payments}))
        for each in session.scalars(sa.select(Statement).where(Statement.id.in_(ids)))
    }
    for row in payments:
        set_committed_value(row, "statement", by_id[row.statement_id])


def payment_to_change(session: Session, row: PaymentRow) -> PaymentRow:
    """A payment that the caller has found, with its batch locked: who holds the batch may change its payments."""
    session.get_one(Batch, row.batch_id, with_for_update=for_change(Batch))
    return session.get_one(PaymentRow, row.id, populate_existing=True)


def messages_of(session: Session, payment_id: int) -> Sequence[PaymentMessage]:
    """What has been said about a payment that has not come, in order."""
    query = sa.select(PaymentMessage).where(PaymentMessage.payment_id == payment_id)
    return session.scalars(query.options(joinedload(PaymentMessage.author)).order_by(PaymentMessage.id)).all()


def _missed(organisation: str) -> sa.Select[PaymentRow]:
    return (
        sa.select(PaymentRow)
        .join(Batch)
        .where(PaymentRow.missed_at.is_not(None), Batch.organisation_key == organisation)
    )


def missed(session: Session, organisation: str, page: int) -> Page[PaymentRow]:
    """The payments of an organisation that companies wait for, the longest first."""
    query = _missed(organisation).options(joinedload(PaymentRow.batch), joinedload(PaymentRow.statement))
    return page_of(session, query.order_by(PaymentRow.missed_at, PaymentRow.id), page)


def missed_count(session: Session, organisation: str) -> int:
    """How many payments of an organisation companies wait for."""
    return session.scalar(sa.select(sa.func.count()).select_from(_missed(organisation).subquery())) or 0


def payers_of(session: Session, organisation: str) -> Sequence[User]:
    """The people who pay for an organisation."""
    roles = frozenset(role for role, held in GRANTS.items() if Permission.MAKE_PAYMENTS in held)
    return staff(session, organisation, roles)


def news_of(session: Session, payment_id: int) -> Sequence[PaymentNews]:
    """What has been said of a payment, in order."""
    query = sa.select(PaymentNews).where(PaymentNews.payment_id == payment_id)
    return session.scalars(query.options(joinedload(PaymentNews.answer)).order_by(PaymentNews.id)).all()


def payments_of_statement(session: Session, statement_id: int) -> Sequence[PaymentRow]:
    """Every payment that a statement has had, the latest first."""
    query = (
        sa.select(PaymentRow)
        .where(PaymentRow.statement_id == statement_id)
        .options(joinedload(PaymentRow.batch))
        .order_by(PaymentRow.id.desc())
    )
    return session.scalars(query).all()


def last_payments(session: Session, statements: Collection[int]) -> Mapping[int, PaymentRow]:
    """The latest payment of each statement that has been put into a batch and not been left out, by statement."""
    query = (
        sa.select(PaymentRow)
        .where(PaymentRow.statement_id.in_(sorted(statements)), PaymentRow.state != PaymentState.LEFT_OUT)
        .options(joinedload(PaymentRow.batch))
        .order_by(PaymentRow.id)
    )
    return {row.statement_id: row for row in session.scalars(query)}


def histories(session: Session, batch: Batch) -> Mapping[int, PayeeHistory]:
    """What is known of the payee of each payment of a batch, by the number of the payment."""
    rows = [row for row in batch.payments if row.state != PaymentState.LEFT_OUT]
    providers = sorted({row.provider_id for row in rows})
    changed = _account_changes(session, providers)
    proven = _proven(session, providers)
    earlier = _earlier(session, batch, providers)
    same_day = _same_day(session, batch)
    return {
        row.id: PayeeHistory(
            paid_to_account=any(iban == row.iban for iban, _amount in earlier[row.provider_id]),
            account_changed_on=changed.get(row.provider_id),
            earlier=[amount for _iban, amount in earlier[row.provider_id]],
            same_day=same_day[row.iban] - 1,
            right_proven=row.provider_id in proven or not row.business_id,
        )
        for row in rows
    }


def _account_changes(session: Session, providers: Sequence[int]) -> Mapping[int, date]:
    found: dict[int, date] = {}
    for ids in _parts(providers):
        query = (
            sa.select(AccountChange.provider_id, sa.func.max(AccountChange.decided_at))
            .where(AccountChange.provider_id.in_(ids), AccountChange.state == AccountChangeState.CONFIRMED)
            .group_by(AccountChange.provider_id)
        )
        found |= {number: helsinki_date(at) for number, at in session.execute(query) if at is not None}
    return found


def _proven(session: Session, providers: Sequence[int]) -> frozenset[int]:
    found: set[int] = set()
    for ids in _parts(providers):
        query = sa.select(ProviderRight.provider_id).where(
            ProviderRight.provider_id.in_(ids), ProviderRight.state == RightState.PROVEN
        )
        found.update(session.scalars(query))
    return frozenset(found)


def _earlier(
    session: Session, batch: Batch, providers: Sequence[int]
) -> defaultdict[int, list[tuple[str, Money]]]:
    """What the organisation has paid to each provider before, with the account."""
    found: defaultdict[int, list[tuple[str, Money]]] = defaultdict(list)
    for ids in _parts(providers):
        query = (
            sa.select(PaymentRow.provider_id, PaymentRow.iban, PaymentRow.amount)
            .join(Batch)
            .where(
                PaymentRow.provider_id.in_(ids),
                PaymentRow.state.in_(sorted(LEFT_THE_PAYER)),
                PaymentRow.batch_id != batch.id,
                Batch.organisation_key == batch.organisation_key,
            )
        )
        for provider, iban, amount in session.execute(query):
            found[provider].append((iban, amount))
    return found


def _same_day(session: Session, batch: Batch) -> defaultdict[str, int]:
    """How many payments of the organisation go to each account on the day of the batch."""
    query = (
        sa.select(PaymentRow.iban, sa.func.count())
        .join(Batch)
        .where(
            Batch.organisation_key == batch.organisation_key,
            Batch.pay_on == batch.pay_on,
            PaymentRow.state.in_(sorted(LIVE)),
        )
        .group_by(PaymentRow.iban)
    )
    return defaultdict(lambda: 1, {row[0]: row[1] for row in session.execute(query)})


# --- answers ---------------------------------------------------------------------------------------------------------


def answer_read_before(session: Session, organisation: str, sha256: str) -> BankAnswer | None:
    """The answer that was read from the same file, if it has been."""
    query = sa.select(BankAnswer).where(
        BankAnswer.organisation_key == organisation, BankAnswer.sha256 == sha256
    )
    return session.scalars(query).one_or_none()


def answers(session: Session, organisation: str, page: int) -> Page[BankAnswer]:
    """The files of the bank that have been read, the latest first."""
    query = (
        sa.select(BankAnswer)
        .where(BankAnswer.organisation_key == organisation)
        .options(joinedload(BankAnswer.file), joinedload(BankAnswer.read_by))
        .order_by(BankAnswer.id.desc())
    )
    return page_of(session, query, page)


FOLLOWED: Final = timedelta(days=180)
"""So long after a batch was sent Stripe may still take a transfer back, or a payout may fail."""

_STRIPE_STATES: Final = {
    TransferState.TRANSFERRED: PaymentState.TRANSFERRED,
    TransferState.PAID_OUT: PaymentState.PAID,
    TransferState.REFUSED: PaymentState.REJECTED,
    TransferState.REVERSED: PaymentState.RETURNED,
}


def to_follow_at_stripe(session: Session, now: datetime) -> Sequence[int]:
    """Batches sent over Stripe with payments that were not asked about yet, or stand elsewhere at Stripe; by number."""
    key = Batch.prefix + "-P" + sa.cast(PaymentRow.id, sa.Text)
    elsewhere = sa.or_(
        *(
            sa.and_(StripeTransfer.state == theirs, PaymentRow.state != ours)
            for theirs, ours in _STRIPE_STATES.items()
        )
    )
    unanswered = sa.and_(
        PaymentRow.state == PaymentState.SENT,
        sa.or_(StripeTransfer.payment.is_(None), StripeTransfer.state == TransferState.SENDING),
    )
    query = (
        sa.select(Batch.id)
        .join(PaymentRow, PaymentRow.batch_id == Batch.id)
        .outerjoin(StripeTransfer, StripeTransfer.payment == key)
        .where(
            Batch.rail == RailKind.STRIPE,
            Batch.state.in_(sorted(OUT)),
            Batch.sent_at > now - FOLLOWED,
            PaymentRow.state != PaymentState.LEFT_OUT,
            sa.or_(elsewhere, unanswered),
        )
        .distinct()
        .order_by(Batch.id)
    )
    return session.scalars(query).all()
