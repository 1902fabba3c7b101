"""Reading the right to act for a company."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.errors import NotFound
from marketplace.permissions import Permission
from marketplace.pilots.vocabulary import ORGANISATIONS
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import RightState
from marketplace.providers.company.models import AccessRequest
from marketplace.providers.company.queries import offices_of
from marketplace.providers.company.rules import ACCESS_REQUEST
from marketplace.providers.models import Provider
from marketplace.providers.queries import provider_to_change
from marketplace.work import UnitOfWork


def right_of(session: Session, provider_id: int) -> ProviderRight | None:
    """What is known of the right of the company's people; None: nothing."""
    return session.get(ProviderRight, provider_id)


def is_proven(session: Session, provider_id: int) -> bool:
    """Whether the company's people have shown that they may act for it."""
    right = right_of(session, provider_id)
    return right is not None and right.state is RightState.PROVEN


def accepted_codes(session: Session, provider_id: int) -> frozenset[str]:
    """The codes of roles and mandates by which somebody may act for the company.

    As with the office's word, one of the organisations that the company has to do with is enough; where there is none
    yet, any of the portal's.
    """
    offices = offices_of(session, provider_id) or set(ORGANISATIONS)
    return frozenset(
        code for key in offices if key in ORGANISATIONS for code in ORGANISATIONS[key].company_mandates
    )


def due_again(session: Session, by: date) -> Sequence[int]:
    """The companies whose right was shown by the register of mandates and is relied on until `by` at most."""
    return session.scalars(
        sa.select(ProviderRight.provider_id)
        .where(ProviderRight.checked_until <= by)
        .order_by(ProviderRight.provider_id)
    ).all()


def own_request(work: UnitOfWork, request_id: int, *, lock: bool = False) -> AccessRequest:
    """A waiting request for access of the actor's own; `lock` takes its company, too. Raises NotFound for any other."""
    found = work.session.get(AccessRequest, request_id)
    if found is not None and lock:
        provider_to_change(work.session, found.provider_id)
        work.session.refresh(found)
    if found is None or found.user_id != work.actor.user_id or not ACCESS_REQUEST.actions(found.state):
        raise NotFound()
    return found


def office_company(work: UnitOfWork, provider_id: int, *, lock: bool = False) -> Provider:
    """A company for which the actor's organisation answers, or of which no organisation knows yet.

    `lock` for a change. Raises NotFound for another organisation's, NotAllowed for who is disqualified.
    """
    provider = (
        provider_to_change(work.session, provider_id) if lock else work.session.get(Provider, provider_id)
    )
    offices = offices_of(work.session, provider_id) or {None}
    if (
        provider is None
        or provider.is_private
        or not any(work.actor.may(Permission.INVITE_PROVIDERS, organisation=office) for office in offices)
    ):
        raise NotFound()
    demand_impartial(work.actor, provider_id)
    return provider
