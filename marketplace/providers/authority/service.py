"""Showing the right to act for a company, and handing it over. Every verb locks the company first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.accounts.passwords.hashing import hash_password, password_is_right
from marketplace.codes import as_typed, new_code
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.providers.authority import mails, queries
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import (
    CODE_HOLDS,
    LENGTH,
    RIGHT,
    RightAction,
    code_counts,
)
from marketplace.providers.company import people
from marketplace.providers.company.queries import admins_of, managed_provider
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.models import Provider
from marketplace.providers.queries import provider_to_change
from marketplace.work import UnitOfWork


def approve(work: UnitOfWork, *, provider_id: int, reason: str) -> ProviderRight:
    """The office says with its reason that the company's people may act for it; its admins are told.

    Raises NotFound, Invalid without a reason, Conflict when it has been shown already.
    """
    provider = queries.office_company(work, provider_id, lock=True)
    right = _show(work, provider, RightAction.APPROVE, _reason(reason))
    for admin in admins_of(work.session, provider_id):
        mails.right_shown(work, admin, provider)
    return right


def send_letter(work: UnitOfWork, *, provider_id: int) -> str:
    """A new code for a letter, which kills the one before. It is told this once: only its hash is kept.

    Raises NotFound, Conflict when the right has been shown already.
    """
    provider = queries.office_company(work, provider_id, lock=True)
    right = _right(work, provider)
    _move(right, RightAction.SEND_LETTER)
    code = new_code(LENGTH)
    right.code_hash, right.code_expires_at, right.tries = hash_password(code), work.now + CODE_HOLDS, 0
    _record(work, right, ProviderAudit.RIGHT_LETTER)
    return code


def count_try(database: Database, provider_id: int, *, now: datetime) -> None:
    """Count a try of the code before it is looked at, in a transaction of its own, so that a refusal counts too.

    Raises Conflict when no code waits, it is too old or has been tried too often.
    """
    with database.transaction() as session:
        provider_to_change(session, provider_id)
        right = queries.right_of(session, provider_id)
        if (
            right is None
            or right.code_hash is None
            or not code_counts(right.code_expires_at, right.tries, now)
        ):
            raise Conflict(
                _l(
                    "No code can be used now: none has been sent, it is too old or it has been tried too often. "
                    "Ask the organisation for a new letter."
                ),
                field="code",
            )
        right.tries += 1


def enter_code(work: UnitOfWork, *, provider_id: int, code: str) -> ProviderRight:
    """An admin of the company types the code of the letter; the try has been counted (`count_try`).

    Raises NotFound, NotAllowed, Invalid for a wrong code, Conflict when no code is waited for.
    """
    provider = managed_provider(work, provider_id, lock=True)
    right = _right(work, provider)
    RIGHT.next(right.state, RightAction.ENTER_CODE)
    if right.code_hash is None or not password_is_right(right.code_hash, as_typed(code)):
        raise Invalid(_l("This is not the code of the letter. Check it and type it again."), field="code")
    return _show(work, provider, RightAction.ENTER_CODE, "")


def hand_over(work: UnitOfWork, *, provider_id: int, email: str, language: str, reason: str) -> ProviderRight:
    """Give the company to its rightful people: whoever acts for it loses that and is told why, `email` is invited.

    Links and account numbers that wait fall too. Raises NotFound, Invalid without a reason or for one's own address.
    """
    provider = queries.office_company(work, provider_id, lock=True)
    why = _reason(reason, field="why")
    lost = people.replace_all(work, provider, email=email, language=language)
    right = _show(work, provider, RightAction.HAND_OVER, why)
    for person in lost:
        mails.company_handed_over(work, person, provider, why)
    return right


def _reason(text: str, *, field: str = "reason") -> str:
    if not text.strip():
        raise Invalid(_l("Write how you made sure. It stays in the audit trail."), field=field)
    return text.strip()


def _right(work: UnitOfWork, provider: Provider) -> ProviderRight:
    """The company's row, made when there is none; the company is locked."""
    right = work.session.get(ProviderRight, provider.id, populate_existing=True)
    if right is None:
        right = ProviderRight(provider_id=provider.id, provider=provider, state=RIGHT.initial, tries=0)
        work.session.add(right)
    return right


def _move(right: ProviderRight, action: RightAction) -> None:
    right.state = RIGHT.next(right.state, action)


def _show(work: UnitOfWork, provider: Provider, action: RightAction, reason: str) -> ProviderRight:
    right = _right(work, provider)
    _move(right, action)
    right.shown_by, right.shown_at, right.shown_by_id = action, work.now, work.actor.user_id
    right.reason, right.code_hash, right.code_expires_at = reason, None, None
    _record(work, right, _EVENTS[action])
    return right


_EVENTS = {
    RightAction.APPROVE: ProviderAudit.RIGHT_APPROVE,
    RightAction.ENTER_CODE: ProviderAudit.RIGHT_CODE,
    RightAction.HAND_OVER: ProviderAudit.HAND_OVER,
}


def _record(work: UnitOfWork, right: ProviderRight, action: ProviderAudit) -> None:
    after: dict[str, Any] = {"right": right.state, "reason": right.reason}
    record_of_company(work, right.provider.id, action, right.provider, after=after)
