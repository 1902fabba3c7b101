"""A company's account number: a new one waits until another person of an office has confirmed it.

Whoever gets hold of one admin's sign-in could otherwise turn the company's payments to an account of their own. Every
admin hears of a change at once, and a person of the organisation checks it by a way that they know already.
"""

from __future__ import annotations

from datetime import datetime

from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import _l
from marketplace.permissions import Actor
from marketplace.providers.audit_actions import AccountChangeAudit, ProviderAudit
from marketplace.providers.company import mails, queries
from marketplace.providers.company.models import AccountChange
from marketplace.providers.company.rules import ACCOUNT_CHANGE, AccountChangeAction, change_waits, may_confirm
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.identifiers import bic_of
from marketplace.providers.models import Provider
from marketplace.work import AuditAction, UnitOfWork


def ask_for_account(work: UnitOfWork, provider: Provider, iban: str) -> AccountChange | None:
    """Make `iban` (checked, or empty for none) the account of the provider, at once or when the office confirms.

    The provider is locked by the caller.

    A change that waits already is replaced. All admins hear of it by mail, and the office when it has to confirm.
    Raises Invalid when an account that an office relies on would be taken away without another.
    """
    earlier = queries.waiting_change(work.session, provider.id)
    if earlier is not None:
        if earlier.iban == iban:
            return earlier
        _settle(earlier, AccountChangeAction.REPLACE, work.actor, work.now)
        work.session.flush()
    offices = queries.offices_of(work.session, provider.id)
    if not change_waits(offices):
        _put_in_use(work, provider, iban)
        return None
    if not iban:
        raise Invalid(_l("Write the new account number. The organisation pays to it."), field="iban")
    change = wait_for_office(work, provider, iban, requested_by_id=work.person_id)
    for admin in queries.admins_of(work.session, provider.id):
        mails.account_change_asked(work, admin, change)
    return change


def wait_for_office(
    work: UnitOfWork, provider: Provider, iban: str, *, requested_by_id: int
) -> AccountChange:
    """Let `iban` (checked) wait until a person of the office who is not `requested_by_id` confirms it; they hear."""
    change = AccountChange(
        provider=provider,
        iban=iban,
        bic=bic_of(iban),
        state=ACCOUNT_CHANGE.initial,
        requested_by_id=requested_by_id,
        requested_at=work.now,
    )
    work.session.add(change)
    work.session.flush()
    _record(work, change, AccountChangeAudit.REQUEST)
    for person in queries.confirmers_of(work.session, provider.id):
        mails.account_change_waits(work, person, change)
    return change


def confirm(work: UnitOfWork, *, change_id: int) -> AccountChange:
    """Put the new account number in use. Raises NotFound, Conflict when decided, and NotAllowed for the one who asked
    and for who approved the private person.
    """
    change = _to_decide(work, change_id)
    _settle(change, AccountChangeAction.CONFIRM, work.actor, work.now)
    _put_in_use(work, change.provider, change.iban)
    _record(work, change, AccountChangeAudit.CONFIRM)
    for admin in queries.admins_of(work.session, change.provider_id):
        mails.account_change_confirmed(work, admin, change)
    return change


def refuse(work: UnitOfWork, *, change_id: int, reason: str) -> AccountChange:
    """Leave the old account number in use; the admins are told why. Raises as `confirm`, Invalid without a reason."""
    change = _to_decide(work, change_id)
    if not reason.strip():
        raise Invalid(_l("Write why the account number is not confirmed."), field="reason")
    _settle(change, AccountChangeAction.REFUSE, work.actor, work.now)
    change.reason = reason.strip()
    _record(work, change, AccountChangeAudit.REFUSE)
    for admin in queries.admins_of(work.session, change.provider_id):
        mails.account_change_refused(work, admin, change)
    return change


def take_back(work: UnitOfWork, *, provider_id: int) -> None:
    """The company drops the change that waits. Raises Conflict when there is none."""
    queries.managed_provider(work, provider_id, lock=True)
    change = queries.waiting_change(work.session, provider_id)
    if change is None:
        raise Conflict(_l("No change of account number waits any more."))
    _take_back(work, change)


def drop_waiting(work: UnitOfWork, provider_id: int) -> None:
    """Drop the change that waits, if there is one: the company goes to other people. It is locked by the caller."""
    change = queries.waiting_change(work.session, provider_id)
    if change is not None:
        _take_back(work, change)


def _take_back(work: UnitOfWork, change: AccountChange) -> None:
    change.state = ACCOUNT_CHANGE.next(change.state, AccountChangeAction.TAKE_BACK)
    _record(work, change, AccountChangeAudit.TAKE_BACK)


def _to_decide(work: UnitOfWork, change_id: int) -> AccountChange:
    change = queries.change_for(work, change_id, lock=True)
    if not may_confirm(
        requested_by_id=change.requested_by_id,
        actor_id=work.actor.user_id,
        actor_providers={*work.actor.providers, *work.actor.disqualified},
        provider_id=change.provider_id,
    ):
        raise NotAllowed(
            _l("Another person of the office decides: neither the one who asked nor somebody of the company.")
        )
    if any(work.actor.user_id in ask(work.session, change.provider_id) for ask in queries.approvers):
        raise NotAllowed(
            _l("Whoever approved the person does not confirm the account number. Another person does.")
        )
    if not ACCOUNT_CHANGE.actions(change.state):
        raise Conflict(_l("The change of account number has been dealt with already."))
    return change


def _settle(change: AccountChange, action: AccountChangeAction, actor: Actor, now: datetime) -> None:
    change.state = ACCOUNT_CHANGE.next(change.state, action)
    change.decided_at = now
    change.decided_by_id = None if action == AccountChangeAction.REPLACE else actor.user_id


def _put_in_use(work: UnitOfWork, provider: Provider, iban: str) -> None:
    before = {"iban": provider.iban, "bic": provider.bic}
    provider.iban, provider.bic = iban, bic_of(iban)
    record_of_company(
        work,
        provider.id,
        ProviderAudit.ACCOUNT,
        provider,
        before=_told(provider, before),
        after=_told(provider, {"iban": provider.iban, "bic": provider.bic}),
    )


def _record(work: UnitOfWork, change: AccountChange, action: AuditAction) -> None:
    record_of_company(
        work,
        change.provider_id,
        action,
        change,
        after={"provider": change.provider_id, "state": change.state}
        | _told(change.provider, {"iban": change.iban}),
    )


def _told(provider: Provider, account: dict[str, str]) -> dict[str, str]:
    """What the trail keeps of an account for good: of a private person nothing."""
    return {} if provider.is_private else account
