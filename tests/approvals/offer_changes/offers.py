"""An offer whose provider writes a new version, for the tests of its approval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.money import Money
from marketplace.offers import service
from marketplace.offers.content import ContentPrice, content_of
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.publishing import service as publishing
from marketplace.permissions import Role
from tests.factories import (
    NOW,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)
from tests.work import work_of

DEAR, CHEAP = Money(70_00), Money(37_50)
"""A raised price of a day, and what `make_offer` asks (half the ceiling of 75 €)."""


@dataclass(frozen=True)
class Case:
    """A published offer of day activities, the provider's person and the office's people; `stranger` is Soite's."""

    offer: Offer
    person: User
    reviewer: User
    decider: User
    stranger: User


def make_case(session: Session, **offer: Any) -> Case:
    """The offer and its people."""
    provider = make_provider(session)
    approval = make_approval(session, provider)
    make_required_evidence(session, approval)
    return Case(
        offer=make_offer(session, approval, **offer),
        person=make_provider_admin(session, provider, language="sv"),
        reviewer=make_user(session, Role.REVIEWER, organisation="keusote"),
        decider=make_user(session, Role.DECIDER, organisation="keusote"),
        stranger=make_user(session, Role.REVIEWER, organisation="soite"),
    )


def write(session: Session, case: Case, day: date, *, now: datetime = NOW, price: Money | None = None,
          **given: Any) -> OfferVersion:  # fmt: skip
    """Save a new version from `day`: as it was, but with what is given."""
    latest = service.editable_version(case.offer)
    content = replace(content_of(latest), valid_from=day, **given)
    if price is not None:
        content = replace(content, prices={**content.prices, "day": ContentPrice(price)})
    return service.save_draft(
        work_of(session, actor_of(case.person), now=now),
        provider_id=case.offer.provider_id,
        offer_id=case.offer.id,
        seen=service.stamp(latest),
        content=content,
    )


def send(session: Session, case: Case, *, now: datetime = NOW) -> OfferVersion:
    """Publish what was written, or give it to the office."""
    session.flush()
    return publishing.publish(
        work_of(session, actor_of(case.person), now=now),
        provider_id=case.offer.provider_id,
        offer_id=case.offer.id,
        seen=service.stamp(service.editable_version(case.offer)),
        nothing_extra=True,
        sure=True,
    )


def day_price(version: OfferVersion | None) -> Money | None:
    """What a day costs in the version."""
    return None if version is None else {row.band: row.amount for row in version.prices}.get("day")
