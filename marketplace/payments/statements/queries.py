"""Reading statements, and what waits to be stated. All of it is done by sets: never a query for each delivery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.clients.models import Client
from marketplace.db import for_change
from marketplace.deliveries.models import Delivery, line_of
from marketplace.deliveries.rules import DeliveryState
from marketplace.errors import NotFound
from marketplace.offers.models import Offer
from marketplace.paging import Page, page_of
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.payments.statements.rules import (
    NoRate,
    RowDraft,
    StatementRowKind,
    StatementState,
    correcting,
    delivered_rows,
)
from marketplace.permissions import Permission
from marketplace.pilots.vocabulary import vat_percent
from marketplace.providers.models import ServiceApproval
from marketplace.providers.queries import my_provider
from marketplace.slots import Answer
from marketplace.vouchers.models import Agreement
from marketplace.work import UnitOfWork

payments_of: Final = Answer[Callable[[Session, int], Sequence[Any]]](
    "statements.payments",
    "The payments that a statement has had, the latest first, as the batches know them.",
)

last_payments_of: Final = Answer[Callable[[Session, Collection[int]], Mapping[int, Any]]](
    "statements.last_payments",
    "Of several statements the latest payment of each that has one, as the batches know them, by statement.",
)


def last_payments(session: Session, statements: Iterable[Statement]) -> dict[int, Any]:
    """The latest payment of each statement that has one, by statement: whether it was sent or paid."""
    numbers = [each.id for each in statements]
    return {number: row for tell in last_payments_of for number, row in tell(session, numbers).items()}


def payments(session: Session, statement_id: int) -> list[Any]:
    """The payments that a statement has had, the latest first."""
    return [row for tell in payments_of for row in tell(session, statement_id)]


@dataclass(frozen=True, order=True, slots=True)
class BilledSide:
    """Whose statement it is: a provider in a pilot."""

    pilot_key: str
    provider_id: int


_stated = aliased(StatementRow)


def _has_row(kind: StatementRowKind) -> sa.Exists:
    return sa.exists().where(_stated.delivery_id == Delivery.id, _stated.kind == kind)


def _to_state(last: date) -> sa.ColumnElement[bool]:
    """Confirmed deliveries until a day that stand on no statement yet."""
    return sa.and_(
        Delivery.state == DeliveryState.CONFIRMED,
        Delivery.day <= last,
        ~_has_row(StatementRowKind.DELIVERY),
    )


def _to_take_back() -> sa.ColumnElement[bool]:
    """Deliveries that stand on a statement, were taken back, and no statement says so yet."""
    return sa.and_(
        Delivery.state == DeliveryState.REVERSED,
        _has_row(StatementRowKind.DELIVERY),
        ~_has_row(StatementRowKind.CORRECTION),
    )


def waiting(
    session: Session, organisation: str, last: date, *, pilots: Collection[str] | None = None
) -> list[BilledSide]:
    """The sides for which something is to be stated until a day, in the order in which their statements are numbered.

    `pilots`: only in these.
    """
    query = (
        sa.select(Offer.pilot_key, Delivery.provider_id)
        .join(Delivery.agreement)
        .join(Agreement.offer)
        .where(Delivery.organisation_key == organisation, sa.or_(_to_state(last), _to_take_back()))
        .distinct()
        .order_by(Offer.pilot_key, Delivery.provider_id)
    )
    if pilots is not None:
        query = query.where(Offer.pilot_key.in_(pilots))
    return [BilledSide(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Unstated:
    """A delivery that could not be stated, and why: told by its number, so that somebody can mend it."""

    delivery_id: int
    reason: NoRate


def rows_waiting(
    session: Session, pilot_key: str, providers: Collection[int], last: date
) -> tuple[dict[int, list[RowDraft]], list[Unstated]]:
    """What is to be stated until a day, by provider in the order of days, and what cannot be; two queries for all."""
    found: defaultdict[int, list[RowDraft]] = defaultdict(list)
    unstated: list[Unstated] = []
    mine = sa.and_(Delivery.provider_id.in_(providers), Offer.pilot_key == pilot_key)
    delivered = (
        sa.select(Delivery.provider_id, Delivery.id, Offer.service_key, Delivery.day, Delivery.lines)
        .join(Delivery.agreement)
        .join(Agreement.offer)
        .where(mine, _to_state(last))
        .order_by(Delivery.day, Delivery.id)
    )
    rates: dict[tuple[str, date], Decimal] = {}
    for provider_id, delivery_id, service_key, day, lines in session.execute(delivered):
        try:
            found[provider_id] += delivered_rows(
                delivery_id, service_key, day, map(line_of, lines), lambda code, on: _rate(rates, code, on)
            )
        except NoRate as lacking:
            unstated.append(Unstated(delivery_id, lacking))
    taken_back = (
        sa.select(StatementRow, Delivery.provider_id)
        .join(StatementRow.delivery)
        .join(Delivery.agreement)
        .join(Agreement.offer)
        .where(mine, _to_take_back(), StatementRow.kind == StatementRowKind.DELIVERY)
        .order_by(StatementRow.day, StatementRow.delivery_id, StatementRow.line)
    )
    for row, provider_id in session.execute(taken_back):
        found[provider_id].append(correcting(row.draft, row.id))
    return dict(found), unstated


def _rate(known: dict[tuple[str, date], Decimal], code: str, day: date) -> Decimal:
    if (code, day) not in known:
        known[code, day] = vat_percent(code, day)
    return known[code, day]


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a provider's next statement in a pilot comes to so far: confirmed deliveries and cents."""

    pilot_key: str
    deliveries: int
    cents: int


def so_far(session: Session, provider_id: int, last: date) -> list[SoFar]:
    """What is to be stated for a provider until a day, by pilot."""
    sign = sa.case((Delivery.state == DeliveryState.REVERSED, -1), else_=1)
    query = (
        sa.select(
            Offer.pilot_key,
            sa.func.count(Delivery.id),
            sa.func.sum(sign * sa.type_coerce(Delivery.amount, sa.BigInteger)),
        )
        .join(Delivery.agreement)
        .join(Agreement.offer)
        .where(Delivery.provider_id == provider_id, sa.or_(_to_state(last), _to_take_back()))
        .group_by(Offer.pilot_key)
        .order_by(Offer.pilot_key)
    )
    return [SoFar(key, count, int(cents)) for key, count, cents in session.execute(query)]


def clients_on(session: Session, statement_id: int) -> Sequence[int]:
    """The clients whose numbers the rows of a statement tell, by id; those whose data was erased are no more."""
    query = (
        sa.select(Client.id)
        .join(
            Delivery,
            sa.and_(
                Delivery.organisation_key == Client.organisation_key, Delivery.client_number == Client.number
            ),
        )
        .join(StatementRow, StatementRow.delivery_id == Delivery.id)
        .where(StatementRow.statement_id == statement_id)
        .distinct()
        .order_by(Client.id)
    )
    return session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class Before:
    """The latest statement of a side: its id, its month, and what it left below zero (0 or less)."""

    statement_id: int
    month: date
    left_over: int


def latest(session: Session, pilot_key: str, providers: Collection[int]) -> dict[int, Before]:
    """The latest statement of each provider in a pilot that has one."""
    later = aliased(Statement)
    query = sa.select(
        Statement.provider_id, Statement.id, Statement.month, Statement.total_cents + Statement.carried_cents
    ).where(
        Statement.pilot_key == pilot_key,
        Statement.provider_id.in_(providers),
        ~sa.exists().where(
            later.pilot_key == Statement.pilot_key,
            later.provider_id == Statement.provider_id,
            later.month > Statement.month,
        ),
    )
    return {
        provider_id: Before(statement_id, month, min(0, int(rest)))
        for provider_id, statement_id, month, rest in session.execute(query)
    }


def agreed_on(session: Session, pilot_key: str, providers: Collection[int]) -> dict[int, date]:
    """Since when each provider takes part in a pilot: with its application it has accepted the rulebook, and by that
    that the organisation writes its invoices.
    """
    query = (
        sa.select(ServiceApproval.provider_id, sa.func.min(ServiceApproval.approved_on))
        .where(ServiceApproval.pilot_key == pilot_key, ServiceApproval.provider_id.in_(providers))
        .group_by(ServiceApproval.provider_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def last_number(session: Session, organisation: str) -> int:
    """The highest number of an organisation's statements; 0 when it has none."""
    return (
        session.scalar(
            sa.select(sa.func.max(Statement.number)).where(Statement.organisation_key == organisation)
        )
        or 0
    )


# --- what is frozen --------------------------------------------------------------------------------------------------


def payable(session: Session, organisation: str, today: date) -> Sequence[Statement]:
    """The statements of an organisation that a batch may take, by number: with something to pay, and accepted by the
    provider, answered, or not objected to in time. Whether one has been taken already, the batches know.
    """
    return session.scalars(
        sa.select(Statement)
        .where(
            Statement.organisation_key == organisation,
            Statement.payable_cents > 0,
            sa.or_(
                Statement.state == StatementState.PAYABLE,
                sa.and_(Statement.state == StatementState.FROZEN, Statement.objection_until < today),
            ),
        )
        .options(joinedload(Statement.provider))
        .order_by(Statement.number)
    ).all()


@dataclass(frozen=True, slots=True)
class ServiceSum:
    """A part of what is paid for a statement: a service of the pilot and a tax code, in cents."""

    service_key: str
    vat_code: str
    net_cents: int
    vat_cents: int


def service_sums(session: Session, statement_ids: Collection[int]) -> dict[int, list[ServiceSum]]:
    """What each statement's payment is made of, by service and tax code.

    The rows of earlier statements that it carries are among it, so that the parts add up to what is payable.
    """
    chain = (
        sa.select(
            Statement.id.label("of_id"),
            Statement.id.label("part_id"),
            Statement.carried_from_id.label("next_id"),
        )
        .where(Statement.id.in_(statement_ids))
        .cte("chain", recursive=True)
    )
    chain = chain.union_all(
        sa.select(chain.c.of_id, Statement.id, Statement.carried_from_id).where(
            Statement.id == chain.c.next_id
        )
    )
    query = (
        sa.select(
            chain.c.of_id,
            StatementRow.service_key,
            StatementRow.vat_code,
            sa.func.sum(StatementRow.net_cents),
            sa.func.sum(StatementRow.vat_cents),
        )
        .join(StatementRow, StatementRow.statement_id == chain.c.part_id)
        .group_by(chain.c.of_id, StatementRow.service_key, StatementRow.vat_code)
        .order_by(chain.c.of_id, StatementRow.service_key, StatementRow.vat_code)
    )
    found: defaultdict[int, list[ServiceSum]] = defaultdict(list)
    for of_id, service_key, vat_code, net, tax in session.execute(query):
        found[of_id].append(ServiceSum(service_key, vat_code, int(net), int(tax)))
    return dict(found)


def of_provider(session: Session, provider_id: int, page: int) -> Page[Statement]:
    """The statements of a provider, the latest first."""
    query = (
        sa.select(Statement)
        .where(Statement.provider_id == provider_id)
        .options(joinedload(Statement.organisation), joinedload(Statement.pilot))
        .order_by(Statement.month.desc(), Statement.id.desc())
    )
    return page_of(session, query, page)


def of_organisation(
    session: Session, organisation: str, *, month: date | None, state: StatementState | None, page: int
) -> Page[Statement]:
    """The statements of an organisation, those that were objected to first, then the latest."""
    query = sa.select(Statement).where(Statement.organisation_key == organisation)
    if month is not None:
        query = query.where(Statement.month == month)
    if state is not None:
        query = query.where(Statement.state == state)
    query = query.options(joinedload(Statement.provider), joinedload(Statement.pilot)).order_by(
        (Statement.state == StatementState.OBJECTED).desc(), Statement.month.desc(), Statement.number
    )
    return page_of(session, query, page)


_whole = (
    selectinload(Statement.rows).joinedload(StatementRow.delivery),
    selectinload(Statement.rows).joinedload(StatementRow.corrects).joinedload(StatementRow.statement),
    joinedload(Statement.carried_from),
)


def for_provider(work: UnitOfWork, provider_id: int, statement_id: int, *, lock: bool = False) -> Statement:
    """A statement of a provider for which the actor works; `lock` for a change. Raises NotFound for another's."""
    my_provider(work, provider_id)
    found = _one(work.session, statement_id, lock=lock)
    if found.provider_id != provider_id:
        raise NotFound()
    return found


def for_payer(
    work: UnitOfWork,
    statement_id: int,
    *,
    permission: Permission = Permission.VIEW_PAYMENTS,
    lock: bool = False,
) -> Statement:
    """A statement of the actor's organisation; `lock` for a change. Raises NotFound for another's."""
    found = _one(work.session, statement_id, lock=lock)
    if not work.may(permission, organisation=found.organisation_key):
        raise NotFound()
    demand_impartial(work.actor, found.provider_id)
    return found


def _one(session: Session, statement_id: int, *, lock: bool) -> Statement:
    if lock:
        session.get(Statement, statement_id, with_for_update=for_change(Statement))
    found = session.get(Statement, statement_id, options=_whole)
    if found is None:
        raise NotFound()
    return found


def objected_count(session: Session, organisation: str) -> int:
    """How many statements of an organisation wait for an answer to an objection."""
    return session.scalar(sa.select(objected(organisation))) or 0


def objected(organisation: str) -> sa.ScalarSelect[int]:
    """A subquery that counts the statements of an organisation that wait for an answer to an objection."""
    return (
        sa.select(sa.func.count(Statement.id))
        .where(Statement.organisation_key == organisation, Statement.state == StatementState.OBJECTED)
        .scalar_subquery()
    )


def in_parts(sides: Iterable[BilledSide], size: int) -> Iterator[tuple[str, list[int]]]:
    """The sides pilot by pilot, at most `size` providers at a time."""
    by_pilot: defaultdict[str, list[int]] = defaultdict(list)
    for side in sides:
        by_pilot[side.pilot_key].append(side.provider_id)
    for pilot_key, providers in by_pilot.items():
        for begin in range(0, len(providers), size):
            yield pilot_key, providers[begin : begin + size]
