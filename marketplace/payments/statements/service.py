"""What is done to statements: a month frozen for a whole organisation, and what a provider says of its own.

A month is frozen in one transaction: all of its statements are there or none, numbered one after another. The
organisation's row is locked first, so that two who freeze at once do it once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.rules import holds_identity_code
from marketplace.db import for_change, through_indexes
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l
from marketplace.payments.statements import queries
from marketplace.payments.statements.audit_actions import StatementAudit
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.payments.statements.queries import Before, Unstated
from marketplace.payments.statements.rules import (
    MOST_REMARK,
    STATEMENT,
    RowDraft,
    StatementAction,
    StatementState,
    digest_of,
    last_day,
    sums_of,
)
from marketplace.permissions import SYSTEM, Permission
from marketplace.pilots.models import Organisation
from marketplace.pilots.queries import current_definition
from marketplace.pilots.vocabulary import ORGANISATIONS
from marketplace.providers.labels import street_address
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork

PART: Final = 50
"""Providers whose rows are read and written at a time: what bounds the memory that a large month needs."""


@dataclass
class Frozen:
    """What the freezing of a month has come to; `total` is in cents."""

    statements: int = 0
    rows: int = 0
    total: int = 0
    first_number: int | None = None
    last_number: int | None = None
    unstated: list[Unstated] = field(default_factory=list)


def freeze(
    work: UnitOfWork,
    organisation: str,
    month: date,
    *,
    pilots: Collection[str] | None = None,
    told: Callable[[int, int], object] = lambda _done, _all: None,
) -> Frozen:
    """Freeze the statements of the month that begins on `month`, of all providers of an organisation.

    Confirmed deliveries until the end of the month that no statement holds yet are on them, and what takes back
    deliveries of earlier ones. Doing it again freezes only what has no statement of that month and none later: what
    comes late stands on the next. `told` hears how many providers of how many are done. A delivery that cannot be
    stated (`Frozen.unstated`) keeps back nothing but itself. Raises Conflict for a month that is not over.
    """
    if work.actor != SYSTEM:
        work.ensure(Permission.MAKE_PAYMENTS, organisation=organisation)
    if last_day(month) >= work.today:
        raise Conflict(_l("The month is not over yet."))
    session = work.session
    session.get_one(Organisation, organisation, with_for_update=for_change(Organisation))
    sides = queries.waiting(session, organisation, last_day(month), pilots=pilots)
    done = Frozen()
    number, seen = queries.last_number(session, organisation), 0
    for pilot_key, providers in queries.in_parts(sides, PART):
        number = _freeze_part(work, organisation, pilot_key, providers, month, number, done)
        seen += len(providers)
        told(seen, len(sides))
    if done.statements:
        work.record(
            StatementAudit.FREEZE,
            (Organisation.__audit_name__, organisation),
            organisation=organisation,
            after={
                "month": month.isoformat(),
                "statements": done.statements,
                "first_number": done.first_number,
                "last_number": done.last_number,
                "total": done.total,
            },
        )
    return done


def _freeze_part(
    work: UnitOfWork,
    organisation: str,
    pilot_key: str,
    providers: Sequence[int],
    month: date,
    number: int,
    done: Frozen,
) -> int:
    """Freeze the statements of some providers after `number`; gives the last number used."""
    session = work.session
    before = queries.latest(session, pilot_key, providers)
    open_ones = [each for each in providers if each not in before or before[each].month < month]
    rows, unstated = queries.rows_waiting(session, pilot_key, open_ones, last_day(month))
    done.unstated += unstated
    agreed = queries.agreed_on(session, pilot_key, open_ones)
    objection = current_definition(session, pilot_key).statements.objection_days
    sellers = {
        each.id: each for each in session.scalars(sa.select(Provider).where(Provider.id.in_(open_ones)))
    }
    heads: list[dict[str, Any]] = []
    kept: list[Sequence[RowDraft]] = []
    for provider_id in open_ones:
        drafts = rows.get(provider_id)
        if not drafts:
            continue
        number += 1
        head = _head(sellers[provider_id], organisation, pilot_key, month, number, agreed[provider_id])
        heads.append(
            head
            | _summed(head, drafts, before.get(provider_id))
            | {
                "state": STATEMENT.initial,
                "frozen_at": work.now,
                "frozen_by_id": work.actor.user_id,
                "objection_until": work.today + timedelta(days=objection),
                "objection": "",
                "answer": "",
            }
        )
        kept.append(drafts)
    if heads:
        _keep(session, heads, kept)
        done.statements += len(heads)
        done.rows += sum(map(len, kept))
        done.total += sum(head["total_cents"] for head in heads)
        done.first_number = done.first_number or heads[0]["number"]
        done.last_number = number
    return number


def _head(
    seller: Provider, organisation: str, pilot_key: str, month: date, number: int, agreed_on: date
) -> dict[str, Any]:
    """Who bills whom for what, as the parties are today."""
    data = ORGANISATIONS[organisation]
    paying = data.payment
    return {
        "organisation_key": organisation,
        "pilot_key": pilot_key,
        "provider_id": seller.id,
        "month": month,
        "number": number,
        "agreed_on": agreed_on,
        "seller": {
            "name": seller.official_name,
            "business_id": seller.business_id,
            "address": street_address(seller),
        },
        "buyer": {
            "name": {"fi": data.name.fi, "sv": data.name.sv},
            "business_id": "" if paying is None else paying.business_id,
            "address": {} if data.address is None else {"fi": data.address.fi, "sv": data.address.sv},
        },
    }


def _summed(head: Mapping[str, Any], rows: Sequence[RowDraft], before: Before | None) -> dict[str, Any]:
    """The sums of a statement, what it carries from the one before, and the digest over it all."""
    carried = 0 if before is None else before.left_over
    sums = sums_of(rows, carried)
    values = {"total_cents": sums.total, "carried_cents": sums.carried, "payable_cents": sums.payable}
    whole = Statement(**head, **values)
    return values | {
        "carried_from_id": before.statement_id if before is not None and carried else None,
        "digest": digest_of(whole.head, rows),
    }


def _keep(session: Session, heads: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[RowDraft]]) -> None:
    ids = session.scalars(
        sa.insert(Statement).returning(Statement.id, sort_by_parameter_order=True), list(heads)
    ).all()
    with through_indexes(session):
        session.execute(
            sa.insert(StatementRow),
            [
                {"statement_id": statement_id, "position": position, **row.values()}
                for statement_id, drafts in zip(ids, rows, strict=True)
                for position, row in enumerate(drafts, 1)
            ],
        )


# --- what the provider says of it ------------------------------------------------------------------------------------


def accept(work: UnitOfWork, provider_id: int, statement_id: int) -> Statement:
    """Accept a statement for the provider, so that it is paid without waiting. Raises NotFound, NoSuchTransition."""
    statement = queries.for_provider(work, provider_id, statement_id, lock=True)
    statement.settled_at = work.now
    return _move(work, statement, StatementAction.ACCEPT, StatementAudit.ACCEPT)


def object_to(work: UnitOfWork, provider_id: int, statement_id: int, words: str) -> Statement:
    """Object to a statement for the provider: it is not paid before the organisation has answered.

    Raises NotFound, NoSuchTransition, Conflict after the last day, and Invalid without words.
    """
    statement = queries.for_provider(work, provider_id, statement_id, lock=True)
    if statement.state is StatementState.FROZEN and work.today > statement.objection_until:
        raise Conflict(_l("The time to object to this statement is over. Write to the organisation instead."))
    statement.objection, statement.objected_at = _words(words), work.now
    return _move(work, statement, StatementAction.OBJECT, StatementAudit.OBJECT)


def answer(work: UnitOfWork, statement_id: int, words: str) -> Statement:
    """Answer an objection for the organisation; what was wrong is put right by rows of the next statement.

    Raises NotFound, NoSuchTransition, and Invalid without words.
    """
    statement = queries.for_payer(work, statement_id, permission=Permission.MAKE_PAYMENTS, lock=True)
    statement.answer, statement.settled_at = _words(words), work.now
    return _move(work, statement, StatementAction.ANSWER, StatementAudit.ANSWER)


def _move(
    work: UnitOfWork, statement: Statement, action: StatementAction, event: StatementAudit
) -> Statement:
    before = statement.state
    statement.state = STATEMENT.next(before, action)
    work.record(
        event,
        statement,
        organisation=statement.organisation_key,
        before={"state": before},
        after={"state": statement.state},
    )
    return statement


def _words(text: str) -> str:
    words = text.strip()
    if not words:
        raise Invalid(_l("Write the message first."), field="text")
    if len(words) > MOST_REMARK:
        raise Invalid(_l("The text is too long: at most 2000 characters."), field="text")
    if holds_identity_code(words):
        raise Invalid(_l("Never write a personal identity code here."), field="text")
    return words
