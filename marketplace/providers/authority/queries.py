"""Reading the right to act for a company."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.errors import NotFound
from marketplace.permissions import Permission
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import RightState
from marketplace.providers.company.queries import offices_of
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


def office_company(work: UnitOfWork, provider_id: int, *, lock: bool = False) -> Provider:
    """A company for which the actor's organisation answers, or of which no organisation knows yet.

    `lock` for a change. Raises NotFound for another organisation's, NotAllowed for who is disqualified.
    """
    provider = (
        provider_to_change(work.session, provider_id) if lock else work.session.get(Provider, provider_id)
    )
    offices = offices_of(work.session, provider_id) or {None}
    if provider is None or not any(
        work.actor.may(Permission.INVITE_PROVIDERS, organisation=office) for office in offices
    ):
        raise NotFound()
    demand_impartial(work.actor, provider_id)
    return provider
