"""Putting new prices into many offers at once: tried first without leaving a trace, then done all or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from marketplace.errors import Conflict, DomainError, Invalid
from marketplace.i18n import _l
from marketplace.offers.content import ContentPrice, NotReady, content_of
from marketplace.offers.models import OfferVersion
from marketplace.offers.pricelists.plan import OfferPrices, PriceListPlan, PriceOutcome
from marketplace.offers.publishing.service import publish
from marketplace.offers.queries import my_offer, offers_to_change
from marketplace.offers.rules import VersionState
from marketplace.offers.service import editable_version, save_draft, stamp
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Applied:
    """How many offers got new prices at once, and how many wait for the office."""

    published: int
    waiting: int


def rehearse(work: UnitOfWork, plan: PriceListPlan, *, provider_id: int) -> None:
    """Try every change of the plan and take it back; its rows then say what would happen or what is wrong.

    The rules are those of the editor, because the very same steps are taken. Nothing of them stays.
    """
    for change in plan.changes:
        rows = [row for row in plan.rows_of[change.offer_id].values() if row.outcome == PriceOutcome.CHANGE]
        attempt = work.session.begin_nested()
        try:
            version = _change(work, change, provider_id=provider_id)
            if version.state == VersionState.WAITING:
                for row in rows:
                    row.outcome = PriceOutcome.WAITS
        except NotReady as error:
            for problem in error.problems:
                named = plan.rows_of[change.offer_id].get(problem.field.removeprefix("price_"))
                for row in [named] if named else rows:
                    row.refuse(problem.message)
        except DomainError as error:
            for row in rows:
                row.refuse(str(error.message))
        finally:
            attempt.rollback()


def apply(
    work: UnitOfWork, changes: Sequence[OfferPrices], *, provider_id: int, nothing_extra: bool
) -> Applied:
    """Give the offers their new prices, each as a new version. All or none: the caller rolls back what raises.

    Raises Invalid when there is nothing to do or the acceptance is missing, and what `publish` raises: NotReady for a
    price that may not be so, Overtaken when an offer has changed since it was looked at, NotFound for another's.
    """
    if not changes:
        raise Invalid(_l("There are no new prices in the file."))
    if not nothing_extra:
        raise Invalid(
            _l("Accept that nothing extra is charged. Without it the prices are not published."),
            field="nothing_extra",
        )
    offers_to_change(work.session, [each.offer_id for each in changes])
    versions = [_change(work, each, provider_id=provider_id) for each in changes]
    waiting = sum(version.state == VersionState.WAITING for version in versions)
    return Applied(published=len(versions) - waiting, waiting=waiting)


def _change(work: UnitOfWork, change: OfferPrices, *, provider_id: int) -> OfferVersion:
    """A new version of one offer, written and published or given to the office, which sees every doubted price."""
    offer = my_offer(work, provider_id, change.offer_id)
    latest = editable_version(offer)
    if latest.state != VersionState.PUBLISHED:
        raise Conflict(
            _l("The service has changes that are not published. Publish them or delete them first.")
        )
    content = content_of(latest)
    held = next((price.includes for price in content.prices.values()), ())
    prices = {
        band: ContentPrice(amount, content.prices[band].includes if band in content.prices else held)
        for band, amount in change.prices.items()
    }
    draft = save_draft(
        work,
        provider_id=provider_id,
        offer_id=offer.id,
        seen=change.seen,
        content=replace(content, valid_from=change.valid_from, prices={**content.prices, **prices}),
    )
    work.session.flush()
    return publish(
        work, provider_id=provider_id, offer_id=offer.id, seen=stamp(draft), nothing_extra=True, sure=True
    )
