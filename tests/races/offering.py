"""Offers and their versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.approvals.offer_changes import service as office
from marketplace.offers import service
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.publishing import service as publishing
from marketplace.offers.rules import (
    OFFER,
    OFFER_VERSION,
    OfferAction,
    OfferState,
    VersionAction,
    VersionState,
)
from marketplace.permissions import Actor, Role
from tests.approvals.offer_changes.offers import DEAR, Case, make_case, write
from tests.factories import NOW, make_user
from tests.races.nearby import END, Nearby, make_nearby, where
from tests.races.play import Deed, Play, verb
from tests.work import work_of


@dataclass
class Writing:
    """An offer with the version that is fought over, as it was seen, and the people of both sides."""

    provider: int
    offer: int
    version: int
    number: int
    seen: str
    people: tuple[Actor, Actor]
    reviewers: tuple[Actor, Actor]


def _scene(session: Session, case: Case) -> Writing:
    version = service.editable_version(case.offer)
    session.flush()
    second = make_user(session, Role.PROVIDER_EDITOR, provider_id=case.offer.provider_id)
    other = make_user(session, Role.REVIEWER, organisation="keusote")
    return Writing(
        case.offer.provider_id,
        case.offer.id,
        version.id,
        version.number,
        service.stamp(version),
        (actor_of(case.person), actor_of(second)),
        (actor_of(case.reviewer), actor_of(other)),
    )


AHEAD = NOW.date() + timedelta(days=10)


def _any_offer(session: Session, state: OfferState) -> Writing | Nearby:
    """The same, or what a person near to a client gives to that client only."""
    return make_nearby(session, state) if state is OfferState.PRIVATE else _offer(session, state)


def _offer(session: Session, state: OfferState) -> Writing:
    """An offer that waits for the office when it is a draft; a published one begins in ten days."""
    if state is OfferState.DRAFT:
        waiting = {"state": VersionState.WAITING, "valid_from": AHEAD, "nothing_extra_at": NOW}
        return _scene(session, make_case(session, state=state, version=waiting))
    return _scene(session, make_case(session, version={"valid_from": AHEAD}))


def _version(session: Session, state: VersionState) -> Writing:
    """The second version of an offer; a published one is the first and begins in ten days."""
    if state is VersionState.PUBLISHED:
        return _offer(session, OfferState.PUBLISHED)
    case = make_case(session)
    write(session, case, AHEAD, price=DEAR)
    version = service.editable_version(case.offer)
    if state is not VersionState.DRAFT:
        version.state, version.submitted_at = state, NOW
        version.return_reason = "Tarkenna." if state is VersionState.RETURNED else ""
    return _scene(session, case)


def _by_provider(do: Callable[..., object]) -> Deed:
    return verb(
        lambda session, scene, hand: do(
            work_of(session, scene.people[hand]), provider_id=scene.provider, offer_id=scene.offer
        )
    )


PUBLISH = verb(
    lambda session, scene, hand: publishing.publish(
        work_of(session, scene.people[hand]),
        provider_id=scene.provider,
        offer_id=scene.offer,
        seen=scene.seen,
        nothing_extra=True,
        sure=True,
    )
)

APPROVE = verb(
    lambda session, scene, hand: office.approve(
        work_of(session, scene.reviewers[hand]), scene.version, seen=scene.seen
    )
)

WITHDRAW = verb(
    lambda session, scene, hand: publishing.withdraw(
        work_of(session, scene.people[hand]),
        provider_id=scene.provider,
        offer_id=scene.offer,
        number=scene.number,
    )
)


def _offer_states(session: Session, scene: Writing | Nearby) -> object:
    return where(session, scene) if isinstance(scene, Nearby) else _states(session, scene)


def _states(session: Session, scene: Writing) -> tuple[object, ...]:
    offer = session.get_one(Offer, scene.offer)
    return (offer.state, *(version.state for version in offer.versions))


OFFERS = Play(
    OFFER,
    Offer,
    _any_offer,
    {
        OfferAction.PUBLISH: APPROVE,
        OfferAction.WITHDRAW: WITHDRAW,
        OfferAction.END: _by_provider(lambda work, **of: service.end(work, **of, last_day=None)),
        (OfferState.PRIVATE, OfferAction.END): END,
    },
    _offer_states,
)

VERSIONS = Play(
    OFFER_VERSION,
    OfferVersion,
    _version,
    {
        VersionAction.SUBMIT: PUBLISH,
        VersionAction.PUBLISH: PUBLISH,
        (VersionState.WAITING, VersionAction.PUBLISH): APPROVE,
        VersionAction.RETURN: verb(
            lambda session, scene, hand: office.send_back(
                work_of(session, scene.reviewers[hand]), scene.version, seen=scene.seen, reason="Tarkenna."
            )
        ),
        VersionAction.TAKE_BACK: _by_provider(publishing.take_back),
        VersionAction.WITHDRAW: WITHDRAW,
    },
    _states,
)

PLAYS = (OFFERS, VERSIONS)
