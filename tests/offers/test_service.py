"""Offers: drafts, versions, publishing, prices under the ceiling, free places, the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.offers import service
from marketplace.offers.content import Content, ContentPrice, NotReady, content_of
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.publishing import service as publishing
from marketplace.offers.queries import my_offer, standing_of
from marketplace.offers.rules import (
    Availability,
    FreePlaces,
    Hidden,
    OfferState,
    VersionState,
    is_visible,
    reasons_hidden,
    version_in_force,
)
from marketplace.permissions import Actor
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.providers.service import Overtaken
from tests.factories import (
    NOW,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)
from tests.work import work_of

TODAY = NOW.date()
TUUSULA, JARVENPAA, PORVOO = "858", "186", "638"


@pytest.fixture
def provider(session: Session) -> Provider:
    return make_provider(session)


@pytest.fixture
def actor(session: Session, provider: Provider) -> Actor:
    return actor_of(make_provider_admin(session, provider))


@pytest.fixture
def approval(session: Session, provider: Provider) -> ServiceApproval:
    return make_approval(session, provider)


@pytest.fixture
def draft(session: Session, actor: Actor, provider: Provider, approval: ServiceApproval) -> Offer:
    """A new offer in which nothing has been written yet."""
    work, under = work_of(session, actor), {"provider_id": provider.id, "approval_id": approval.id}
    begun = service.begun_offer(work, **under)
    return service.create_offer(work, **under, content=content_of(begun.versions[0]))


def content(**given: Any) -> Content:
    complete = Content(
        title=LocalizedText("Päivätoimintaa", "Dagverksamhet"),
        summary=LocalizedText("Lyhyesti", "I korthet"),
        valid_from=TODAY,
        prices={"day": ContentPrice(Money(70_00), ("meals",))},
        vat_code="EX",
        municipalities=(TUUSULA,),
        groups=("intellectual_disability",),
        languages=("fi", "sv"),
    )
    return replace(complete, **given)


def save(
    session: Session, actor: Actor, offer: Offer, given: Content, seen: str | None = None
) -> OfferVersion:
    return service.save_draft(
        work_of(session, actor),
        provider_id=offer.provider_id,
        offer_id=offer.id,
        seen=seen or service.stamp(service.editable_version(offer)),
        content=given,
    )


FREE = FreePlaces(Availability.NOW)


def publish(session: Session, actor: Actor, offer: Offer, places: FreePlaces | None = FREE) -> OfferVersion:
    return publishing.publish(
        work_of(session, actor),
        provider_id=offer.provider_id,
        offer_id=offer.id,
        seen=service.stamp(service.editable_version(offer)),
        nothing_extra=True,
        sure=True,
        places=places,
    )


def fields(error: pytest.ExceptionInfo[NotReady]) -> list[str]:
    return [problem.field for problem in error.value.problems]


def test_a_new_offer_begins_with_what_is_known(draft: Offer, approval: ServiceApproval) -> None:
    (version,) = draft.versions
    assert (draft.state, version.state, version.valid_from) == ("draft", "draft", TODAY)
    assert version.municipalities == approval.municipalities
    assert version.title == LocalizedText("Päivätoiminta", "Dagverksamhet")
    assert version.prices == []


def test_what_was_written_is_saved_and_comes_back(session: Session, actor: Actor, draft: Offer) -> None:
    written = content(features=("step_free",), place="Hyryläntie 1")
    save(session, actor, draft, written)
    session.flush()
    session.expire_all()
    (version,) = draft.versions
    assert content_of(version) == written
    assert version.prices[0].unit == "day"


def test_an_unfinished_draft_is_saved(session: Session, actor: Actor, draft: Offer) -> None:
    save(
        session,
        actor,
        draft,
        content(title=LocalizedText(), prices={}, municipalities=(), groups=(), languages=()),
    )
    assert draft.state == OfferState.DRAFT


def test_prices_of_a_draft_change_in_place(session: Session, actor: Actor, draft: Offer) -> None:
    both = {"day": ContentPrice(Money(70_00)), "half_day": ContentPrice(Money(40_00))}
    version = save(session, actor, draft, content(prices=both))
    session.flush()
    save(session, actor, draft, content(prices={"half_day": ContentPrice(Money(41_00))}))
    session.flush()
    session.expire_all()
    assert [(row.band, row.amount) for row in version.prices] == [("half_day", Money(41_00))]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"prices": {"day": ContentPrice(Money(75_01))}}, "price_day"),
        ({"prices": {"night": ContentPrice(Money(1_00))}}, "price_night"),
        ({"municipalities": (TUUSULA, PORVOO)}, "municipalities"),
        ({"groups": ("astronauts",)}, "groups"),
        ({"groups": ("older_people",)}, "groups"),
        ({"languages": ("xx",)}, "languages"),
        ({"features": ("teleport",)}, "features"),
        ({"vat_code": "R1"}, "vat_code"),
        ({"prices": {"day": ContentPrice(Money(1_00), ("gold",))}}, "includes"),
    ],
)
def test_what_cannot_be_is_refused_already_in_a_draft(
    session: Session, actor: Actor, draft: Offer, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(NotReady) as refusal:
        save(session, actor, draft, content(**given))
    assert fields(refusal) == [field]


def test_the_refusal_names_the_ceiling_of_the_band(session: Session, actor: Actor, draft: Offer) -> None:
    with pytest.raises(NotReady) as refusal:
        save(session, actor, draft, content(prices={"day": ContentPrice(Money(80_00))}))
    assert "75,00\xa0€/pv" in refusal.value.problems[0].message


def test_the_second_of_two_people_does_not_overwrite_the_first(
    session: Session, actor: Actor, draft: Offer
) -> None:
    seen = service.stamp(draft.versions[0])
    save(session, actor, draft, content(place="first"), seen)
    session.flush()
    with pytest.raises(Overtaken):
        save(session, actor, draft, content(place="second"), seen)
    assert draft.versions[0].place == "first"


def test_a_change_of_prices_alone_is_a_new_revision(session: Session, actor: Actor, draft: Offer) -> None:
    save(session, actor, draft, content())
    session.flush()
    seen = service.stamp(draft.versions[0])
    save(session, actor, draft, content(prices={"day": ContentPrice(Money(71_00), ("meals",))}))
    session.flush()
    assert service.stamp(draft.versions[0]) != seen


def test_a_complete_draft_is_published_and_in_force(session: Session, actor: Actor, draft: Offer) -> None:
    save(session, actor, draft, content())
    version = publish(session, actor, draft)
    assert (draft.state, version.state, version.published_at) == ("published", "published", NOW)
    assert version_in_force(draft.versions, TODAY) is version
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.organisation_key) == ("offer.publish", "keusote")


@pytest.mark.parametrize(
    ("places", "field"),
    [
        (None, "state"),
        (FreePlaces(Availability.UNTOLD), "state"),
        (FreePlaces(Availability.FROM), "available_from"),
        (FreePlaces(Availability.QUEUE), "queue_weeks"),
    ],
)
def test_a_new_offer_tells_of_its_free_places_before_it_is_published(
    session: Session, actor: Actor, draft: Offer, places: FreePlaces | None, field: str
) -> None:
    save(session, actor, draft, content())
    assert draft.availability_state == Availability.UNTOLD
    with pytest.raises(Invalid) as refusal:
        publish(session, actor, draft, places)
    assert (refusal.value.field, draft.state) == (field, OfferState.DRAFT)
    publish(session, actor, draft, FreePlaces(Availability.QUEUE, queue_weeks=2))
    assert (draft.state, draft.availability_state, draft.queue_weeks) == ("published", "queue", 2)


def test_what_was_told_of_a_draft_is_not_asked_again(session: Session, actor: Actor, draft: Offer) -> None:
    save(session, actor, draft, content())
    service.set_availability(
        work_of(session, actor),
        provider_id=draft.provider_id,
        offer_id=draft.id,
        state=Availability.FULL,
    )
    publish(session, actor, draft, None)
    assert (draft.state, draft.availability_state) == ("published", "full")


def test_nothing_that_was_never_told_still_holds(
    session: Session, actor: Actor, approval: ServiceApproval
) -> None:
    told, untold = (
        make_offer(session, approval, availability_state=state)
        for state in (Availability.FULL, Availability.UNTOLD)
    )
    with pytest.raises(Conflict):
        service.set_availability_of(
            work_of(session, actor), provider_id=told.provider_id, offers=[told.id, untold.id], state=None
        )
    assert untold.availability_state == Availability.UNTOLD


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": LocalizedText("", "Dagverksamhet")}, "title-fi"),
        ({"title": LocalizedText("Päivätoimintaa", "")}, "title-sv"),
        ({"municipalities": ()}, "municipalities"),
        ({"groups": ()}, "groups"),
        ({"languages": ()}, "languages"),
        ({"prices": {"half_day": ContentPrice(Money(1_00))}}, "price_day"),
        ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
    ],
)
def test_an_incomplete_offer_is_not_published(
    session: Session, actor: Actor, draft: Offer, given: dict[str, Any], field: str
) -> None:
    save(session, actor, draft, content(**given))
    with pytest.raises(NotReady) as refusal:
        publish(session, actor, draft)
    assert fields(refusal) == [field]
    assert draft.state == OfferState.DRAFT


def test_an_offer_without_any_price_says_so(session: Session, actor: Actor, draft: Offer) -> None:
    save(session, actor, draft, content(prices={}))
    with pytest.raises(NotReady) as refusal:
        publish(session, actor, draft)
    assert fields(refusal) == ["prices", "price_day"]


def test_editing_a_published_offer_leaves_it_in_force_until_the_new_versions_day(
    session: Session, actor: Actor, approval: ServiceApproval
) -> None:
    offer = make_offer(session, approval)
    first, next_month = offer.versions[0], TODAY + timedelta(days=30)
    second = save(session, actor, offer, content(valid_from=next_month))
    assert (second.number, second.state, first.state) == (2, "draft", "published")
    publish(session, actor, offer)
    assert (second.state, version_in_force(offer.versions, next_month)) == ("waiting", first)
    publishing.go_live(offer, second, now=NOW, day=second.valid_from)
    assert version_in_force(offer.versions, next_month - timedelta(days=1)) is first
    assert version_in_force(offer.versions, next_month) is second


def test_two_people_who_begin_a_new_version_at_once_do_not_overwrite_each_other(
    session: Session, actor: Actor, approval: ServiceApproval
) -> None:
    offer = make_offer(session, approval)
    seen = service.stamp(offer.versions[0])
    save(session, actor, offer, content(place="first"), seen)
    session.flush()
    with pytest.raises(Overtaken):
        save(session, actor, offer, content(place="second"), seen)


def test_two_versions_do_not_begin_on_one_day(
    session: Session, actor: Actor, approval: ServiceApproval
) -> None:
    offer = make_offer(session, approval, version={"valid_from": TODAY})
    save(session, actor, offer, content())
    with pytest.raises(NotReady) as refusal:
        publish(session, actor, offer)
    assert set(fields(refusal)) == {"valid_from"}
    assert "22.11.2026" in refusal.value.problems[0].message


def test_the_database_refuses_two_published_versions_of_one_day(
    session: Session, approval: ServiceApproval
) -> None:
    offer = make_offer(session, approval)
    twin = {
        name: getattr(offer.versions[0], name)
        for name in ("title", "summary", "description", "plain", "valid_from")
    }
    lists: dict[str, Any] = {"municipalities": [], "groups": [], "languages": [], "features": []}
    offer.versions.append(
        OfferVersion(
            number=2, state=VersionState.PUBLISHED, created_at=NOW, published_at=NOW, **twin, **lists
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


def test_there_must_be_changes_to_publish(session: Session, actor: Actor, approval: ServiceApproval) -> None:
    with pytest.raises(Conflict):
        publish(session, actor, make_offer(session, approval))


@pytest.mark.parametrize("state", [ApprovalState.SUSPENDED, ApprovalState.WITHDRAWN, ApprovalState.ENDED])
def test_without_a_standing_approval_nothing_is_begun_or_published(
    session: Session,
    actor: Actor,
    provider: Provider,
    draft: Offer,
    approval: ServiceApproval,
    state: ApprovalState,
) -> None:
    save(session, actor, draft, content())
    approval.state = state
    with pytest.raises(Conflict):
        publish(session, actor, draft)
    with pytest.raises(Conflict):
        service.begun_offer(work_of(session, actor), provider_id=provider.id, approval_id=approval.id)


def test_free_places_change_at_once_without_a_new_version(
    session: Session, actor: Actor, approval: ServiceApproval
) -> None:
    offer = make_offer(session, approval, availability_updated_at=NOW - timedelta(days=100))

    def say(state: Availability, start: date | None = None, weeks: int | None = None) -> None:
        service.set_availability(
            work_of(session, actor),
            provider_id=offer.provider_id,
            offer_id=offer.id,
            state=state,
            available_from=start,
            queue_weeks=weeks,
        )
        session.flush()

    say(Availability.QUEUE, weeks=3)
    assert (offer.availability_state, offer.queue_weeks, offer.availability_updated_at) == ("queue", 3, NOW)
    say(Availability.FROM, start=TODAY + timedelta(days=5), weeks=3)
    assert (offer.available_from, offer.queue_weeks) == (TODAY + timedelta(days=5), None)
    say(Availability.NOW)
    assert (offer.available_from, len(offer.versions)) == (None, 1)
    with pytest.raises(Invalid) as refusal:
        say(Availability.FROM)
    assert refusal.value.field == "available_from"


def test_an_offer_ends_after_its_last_day_or_at_once(
    session: Session, actor: Actor, approval: ServiceApproval
) -> None:
    make_required_evidence(session, approval)
    offer = make_offer(session, approval)

    def end(last_day: date | None) -> None:
        service.end(
            work_of(session, actor), provider_id=offer.provider_id, offer_id=offer.id, last_day=last_day
        )

    with pytest.raises(Invalid):
        end(TODAY - timedelta(days=1))
    end(TODAY + timedelta(days=7))
    assert is_visible(standing_of(session, offer, TODAY), TODAY)
    later = TODAY + timedelta(days=8)
    assert reasons_hidden(standing_of(session, offer, later), later) == (Hidden.ENDED,)
    end(None)
    assert (offer.state, offer.ends_on) == ("ended", TODAY)
    with pytest.raises(Conflict):
        end(None)


def test_an_offer_is_seen_only_while_the_required_proofs_hold(
    session: Session, approval: ServiceApproval
) -> None:
    offer = make_offer(session, approval)
    assert reasons_hidden(standing_of(session, offer, TODAY), TODAY) == (Hidden.EVIDENCE_EXPIRED,)
    make_required_evidence(session, approval)
    assert is_visible(standing_of(session, offer, TODAY), TODAY)


def test_another_companys_offers_do_not_exist_for_an_outsider(
    session: Session, approval: ServiceApproval
) -> None:
    offer = make_offer(session, approval)
    outsider = actor_of(make_provider_admin(session, make_provider(session)))
    with pytest.raises(NotFound):
        save(session, outsider, offer, content())
    with pytest.raises(NotFound):
        publish(session, outsider, offer)
    with pytest.raises(NotFound):
        my_offer(work_of(session, outsider), outsider.providers[0], offer.id)
