"""A company's account number: a new one waits until another person of an office has confirmed it.

Whoever gets hold of one admin's sign-in could otherwise turn the company's payments to an account of their own. Every
admin hears of a change at once, and a person of the organisation checks it by a way that they know already.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import _l
from marketplace.permissions import Actor
from marketplace.providers.company import queries
from marketplace.providers.company.models import AccountChange
from marketplace.providers.company.rules import ACCOUNT_CHANGE, change_waits, may_confirm
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.identifiers import bic_of
from marketplace.providers.models import Provider


def ask_for_account(
    session: Session, provider: Provider, iban: str, *, actor: Actor, now: datetime
) -> AccountChange | None:
    """Make `iban` (checked, or empty for none) the account of the provider, at once or when the office confirms.

    A change that waits already is replaced. All admins hear of it by mail, and the office when it has to confirm.
    Raises Invalid when an account that an office relies on would be taken away without another.
    """
    earlier = queries.waiting_change(session, provider.id)
    if earlier is not None:
        if earlier.iban == iban:
            return earlier
        _settle(earlier, "replace", actor, now)
        session.flush()
    offices = queries.offices_of(session, provider.id)
    if not change_waits(offices):
        _put_in_use(session, provider, iban, actor=actor, now=now)
        return None
    if not iban:
        raise Invalid(_l("Write the new account number. The organisation pays to it."), field="iban")
    change = AccountChange(
        provider=provider,
        iban=iban,
        bic=bic_of(iban),
        state=ACCOUNT_CHANGE.initial,
        requested_by_id=actor.user_id,
        requested_at=now,
    )
    session.add(change)
    session.flush()
    _record(session, change, "account_change.request", actor, now)
    _tell_admins(session, change, "account_change_asked", now)
    _tell(session, queries.confirmers_of(session, provider.id), change, "account_change_waits", now)
    return change


def confirm(session: Session, *, actor: Actor, now: datetime, change_id: int) -> AccountChange:
    """Put the new account number in use. Raises NotFound, NotAllowed for the one who asked, Conflict when decided."""
    change = _to_decide(session, actor, change_id)
    _settle(change, "confirm", actor, now)
    _put_in_use(session, change.provider, change.iban, actor=actor, now=now)
    _record(session, change, "account_change.confirm", actor, now)
    _tell_admins(session, change, "account_change_confirmed", now)
    return change


def refuse(session: Session, *, actor: Actor, now: datetime, change_id: int, reason: str) -> AccountChange:
    """Leave the old account number in use; the admins are told why. Raises as `confirm`, Invalid without a reason."""
    change = _to_decide(session, actor, change_id)
    if not reason.strip():
        raise Invalid(_l("Write why the account number is not confirmed."), field="reason")
    _settle(change, "refuse", actor, now)
    change.reason = reason.strip()
    _record(session, change, "account_change.refuse", actor, now)
    _tell_admins(session, change, "account_change_refused", now)
    return change


def take_back(session: Session, *, actor: Actor, now: datetime, provider_id: int) -> None:
    """The company drops the change that waits. Raises Conflict when there is none."""
    queries.managed_provider(session, actor, provider_id)
    change = queries.waiting_change(session, provider_id)
    if change is None:
        raise Conflict(_l("No change of account number waits any more."))
    change.state = ACCOUNT_CHANGE.next(change.state, "take_back")
    _record(session, change, "account_change.take_back", actor, now)


def _to_decide(session: Session, actor: Actor, change_id: int) -> AccountChange:
    change = queries.change_for(session, actor, change_id)
    if not may_confirm(
        requested_by_id=change.requested_by_id,
        actor_id=actor.user_id,
        actor_providers=actor.providers,
        provider_id=change.provider_id,
    ):
        raise NotAllowed(
            _l("Another person of the office decides: neither the one who asked nor somebody of the company.")
        )
    if not ACCOUNT_CHANGE.actions(change.state):
        raise Conflict(_l("The change of account number has been dealt with already."))
    return change


def _settle(change: AccountChange, action: str, actor: Actor, now: datetime) -> None:
    change.state = ACCOUNT_CHANGE.next(change.state, action)
    change.decided_at = now
    change.decided_by_id = None if action == "replace" else actor.user_id


def _put_in_use(session: Session, provider: Provider, iban: str, *, actor: Actor, now: datetime) -> None:
    before = {"iban": provider.iban, "bic": provider.bic}
    provider.iban, provider.bic = iban, bic_of(iban)
    record_of_company(
        session,
        provider.id,
        actor=actor,
        now=now,
        action="provider.account",
        subject=provider,
        before=before,
        after={"iban": provider.iban, "bic": provider.bic},
    )


def _record(session: Session, change: AccountChange, action: str, actor: Actor, now: datetime) -> None:
    record_of_company(
        session,
        change.provider_id,
        actor=actor,
        now=now,
        action=action,
        subject=change,
        after={"provider": change.provider_id, "iban": change.iban, "state": change.state},
    )


def _tell_admins(session: Session, change: AccountChange, template: str, now: datetime) -> None:
    _tell(session, queries.admins_of(session, change.provider_id), change, template, now)


def _tell(
    session: Session, people: Iterable[User], change: AccountChange, template: str, now: datetime
) -> None:
    asked_by = session.get_one(User, change.requested_by_id)
    for person in people:
        outbox.send(
            session,
            to=person.email,
            language=person.language,
            template=template,
            now=now,
            context={
                "name": person.name,
                "provider": change.provider,
                "ending": change.iban[-4:],
                "asked_by": asked_by.name,
                "reason": change.reason,
                "change_id": change.id,
            },
        )
