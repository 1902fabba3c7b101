"""Showing the right to act for a company, and handing it over. Every verb locks the company first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marketplace.accounts.passwords.hashing import hash_password, password_is_right
from marketplace.codes import as_typed, new_code
from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import SYSTEM
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.providers.authority import mails, queries
from marketplace.providers.authority.mandates import ChosenCompany
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import (
    CHECKED_FOR,
    CODE_HOLDS,
    LENGTH,
    RIGHT,
    TOLD_BEFORE,
    RightAction,
    code_counts,
    codes_that_count,
    must_be_told,
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
    people.hold_people(work.session, provider_id)
    provider = queries.office_company(work, provider_id, lock=True)
    why = _reason(reason, field="why")
    lost = people.replace_all(work, provider, email=email, language=language)
    right = _show(work, provider, RightAction.HAND_OVER, why)
    for person in lost:
        mails.company_handed_over(work, person, provider, why)
    return right


def show_by_register(work: UnitOfWork, *, provider_id: int, found: Sequence[ChosenCompany]) -> ProviderRight:
    """An admin has shown in the register of mandates that they may act for the company, for the first time or again.

    Raises NotFound, NotAllowed, and Conflict when what the register told is not enough.
    """
    provider = managed_provider(work, provider_id, lock=True)
    return _show(work, provider, RightAction.ASK_REGISTER, "", codes=_enough(work, provider, found))


def take_over(work: UnitOfWork, *, request_id: int, found: Sequence[ChosenCompany]) -> ProviderRight:
    """Who waits for access to a company of others has shown in the register that they may act for it, and nobody of it
    has shown that in any way: it is theirs, and who acted for it loses that and is told.

    Raises NotFound for another's request, Conflict when the company's people have shown their right, or what the
    register told is not enough.
    """
    company = queries.own_request(work, request_id).provider_id
    people.hold_people(work.session, company, newcomers=[work.person_id])
    request = queries.own_request(work, request_id, lock=True)
    provider = request.provider
    codes = _enough(work, provider, found)
    if queries.is_proven(work.session, provider.id):
        raise Conflict(
            _l(
                "Others have shown already that they may act for this company. Your request waits for them. If they "
                "are not its people, tell the organisation: it can hand the company over."
            )
        )
    lost = people.take_over(work, request)
    right = _show(work, provider, RightAction.ASK_REGISTER, "", codes=codes)
    for person in lost:
        mails.company_taken_over(work, person, provider)
    return right


def revoke(work: UnitOfWork, *, provider_id: int, reason: str) -> ProviderRight:
    """The office takes the mark back, whatever it came from; the company's admins are told why.

    Raises NotFound, Invalid without a reason, Conflict when nothing has been shown.
    """
    provider = queries.office_company(work, provider_id, lock=True)
    why = _reason(reason)
    right = _take_back(work, provider, RightAction.REVOKE, why)
    for admin in admins_of(work.session, provider_id):
        mails.right_revoked(work, admin, provider, why)
    return right


def look_again(database: Database, *, now: datetime) -> int:
    """Ask the companies to show their right again before a year is over, and let it lapse after; a duty of the worker.

    Gives how many were told of either.
    """
    with database.read() as session:
        waiting = queries.due_again(session, helsinki_date(now) + TOLD_BEFORE)

    def do(provider_id: int) -> bool:
        with database.transaction() as session:
            return look_again_at(UnitOfWork(session, SYSTEM, now), provider_id)

    return sum(each_by_itself(database, "look again at a right to act", waiting, do, now=now))


def look_again_at(work: UnitOfWork, provider_id: int) -> bool:
    """Let what the register told lapse when its time is over, or ask the company in time; whether either was done."""
    provider = provider_to_change(work.session, provider_id)
    right = work.session.get(ProviderRight, provider_id, populate_existing=True)
    if provider is None or right is None or right.checked_until is None:
        return False
    last = right.checked_until
    if last < work.today:
        _take_back(work, provider, RightAction.LAPSE, "")
    elif must_be_told(last, right.told_at, work.today):
        right.told_at = work.now
    else:
        return False
    for admin in admins_of(work.session, provider_id):
        mails.right_due_again(work, admin, provider, last)
    return True


def _enough(work: UnitOfWork, provider: Provider, found: Sequence[ChosenCompany]) -> tuple[str, ...]:
    """The codes that count, of what the register told. Raises Conflict when there are none."""
    told = [(each.business_id, each.codes) for each in found]
    codes = codes_that_count(told, provider.business_id, queries.accepted_codes(work.session, provider.id))
    if codes is None:
        raise Conflict(
            _l(
                "You did not choose this company in Suomi.fi e-Authorizations, or may not act for it. Begin again and "
                "choose %(company)s (%(business_id)s).",
                company=provider.official_name,
                business_id=provider.business_id,
            )
        )
    if not codes:
        raise Conflict(
            _l(
                "Your role or mandate in Suomi.fi e-Authorizations does not reach to this. Ask somebody who may "
                "represent the company to show it, or to give you a mandate."
            )
        )
    return codes


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


def _show(
    work: UnitOfWork, provider: Provider, action: RightAction, reason: str, *, codes: Sequence[str] = ()
) -> ProviderRight:
    right = _right(work, provider)
    _move(right, action)
    right.shown_by, right.shown_at, right.shown_by_id = action, work.now, work.actor.user_id
    right.reason, right.code_hash, right.code_expires_at = reason, None, None
    right.codes, right.told_at = ", ".join(codes), None
    right.checked_until = work.today + CHECKED_FOR if action is RightAction.ASK_REGISTER else None
    _record(work, right, _EVENTS[action])
    return right


def _take_back(work: UnitOfWork, provider: Provider, action: RightAction, reason: str) -> ProviderRight:
    right = _right(work, provider)
    _move(right, action)
    right.shown_by = right.shown_at = right.shown_by_id = right.checked_until = right.told_at = None
    right.reason, right.codes = reason, ""
    _record(work, right, _EVENTS[action])
    return right


_EVENTS = {
    RightAction.APPROVE: ProviderAudit.RIGHT_APPROVE,
    RightAction.ENTER_CODE: ProviderAudit.RIGHT_CODE,
    RightAction.HAND_OVER: ProviderAudit.HAND_OVER,
    RightAction.ASK_REGISTER: ProviderAudit.RIGHT_REGISTER,
    RightAction.REVOKE: ProviderAudit.RIGHT_REVOKE,
    RightAction.LAPSE: ProviderAudit.RIGHT_LAPSE,
}


def _record(work: UnitOfWork, right: ProviderRight, action: ProviderAudit) -> None:
    after: dict[str, Any] = {"right": right.state, "reason": right.reason}
    if right.checked_until is not None:
        after |= {"codes": right.codes, "checked_until": right.checked_until.isoformat()}
    record_of_company(work, right.provider.id, action, right.provider, after=after)
