"""What is unusual is asked about before an offer is published, and a doubted price waits for the office."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.errors import Invalid
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.offers import service
from marketplace.offers.content import Content, ContentPrice, content_of
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.publishing import service as publishing
from marketplace.offers.publishing.doubts import doubts_about
from marketplace.offers.publishing.rules import PriceDoubt, price_doubts
from marketplace.offers.rules import OfferState, VersionState
from marketplace.pilots.vocabulary import SERVICES
from tests.factories import NOW, make_approval, make_offer, make_provider, make_provider_admin
from tests.work import work_of


def euros(*amounts: int) -> list[Money]:
    return [Money(amount * 100) for amount in amounts]


@pytest.mark.parametrize(
    ("price", "others", "doubt"),
    [
        (0, [], PriceDoubt.FREE),
        (14, [30, 30, 40], PriceDoubt.LOW),
        (15, [30, 30, 40], None),
        (2, [30, 30], None),
        (40, [30, 30, 30], None),
    ],
)
def test_a_price_is_asked_about_when_it_is_nothing_or_far_under_the_middle_one(
    price: int, others: list[int], doubt: PriceDoubt | None
) -> None:
    assert price_doubts({"day": Money(price * 100)}, {"day": euros(*others)}).get("day") == doubt


@pytest.fixture
def draft(session: Session) -> Offer:
    """A complete offer that is not published yet."""
    return make_offer(
        session,
        make_approval(session, make_provider(session)),
        state=OfferState.DRAFT,
        version={"valid_from": NOW.date(), "municipalities": ["858"]},
    )


def written(session: Session, offer: Offer, content: Content) -> None:
    person = make_provider_admin(session, offer.provider)
    service.save_draft(
        work_of(session, actor_of(person)),
        provider_id=offer.provider_id,
        offer_id=offer.id,
        seen=service.stamp(service.editable_version(offer)),
        content=content,
    )
    session.flush()


def publish(session: Session, offer: Offer, **answers: Any) -> OfferVersion:
    person = make_provider_admin(session, offer.provider)
    return publishing.publish(
        work_of(session, actor_of(person)),
        provider_id=offer.provider_id,
        offer_id=offer.id,
        seen=service.stamp(service.editable_version(offer)),
        **{"nothing_extra": True, **answers},
    )


def test_an_offer_without_anything_unusual_is_not_asked_about(session: Session, draft: Offer) -> None:
    assert doubts_about(session, draft, draft.versions[0]) == ()
    assert publish(session, draft).state == VersionState.PUBLISHED


def test_a_price_of_nothing_is_asked_about_and_waits_for_the_office_even_at_first(
    session: Session, draft: Offer
) -> None:
    content = content_of(draft.versions[0])
    prices = {band: ContentPrice(Money(0)) for band in content.prices}
    written(session, draft, replace(content, prices=prices))
    with pytest.raises(Invalid) as refusal:
        publish(session, draft, nothing_extra=False)
    assert [name for name, _message in refusal.value.faults] == ["sure", "nothing_extra"]
    assert publish(session, draft, sure=True).state == VersionState.WAITING


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"description": LocalizedText("Kuvaus", "En liten grupp.")}, "description-fi"),
        ({"summary": LocalizedText("Tekemistä joka päivälle.", "")}, "summary-sv"),
        ({"summary": LocalizedText("", "")}, "summary-fi"),
        ({"title": SERVICES["day_activity"].name}, "title-fi"),
    ],
)
def test_texts_that_tell_nothing_are_asked_about(
    session: Session, draft: Offer, change: dict[str, LocalizedText], field: str
) -> None:
    written(session, draft, replace(content_of(draft.versions[0]), **change))  # type: ignore[arg-type]
    found = doubts_about(session, draft, draft.versions[0])
    assert [(doubt.field, doubt.for_office) for doubt in found] == [(field, False)]
    assert publish(session, draft, sure=True).state == VersionState.PUBLISHED
