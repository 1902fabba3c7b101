"""Writing, copying and ending offers; `publishing` puts what was written before clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from marketplace.errors import Conflict, Invalid
from marketplace.i18n import LocalizedText, _l, helsinki_date
from marketplace.money import Money
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.content import (
    LISTS,
    TEXTS,
    Content,
    ContentPrice,
    ContentProblem,
    NotReady,
    availability_refusal,
    content_of,
    content_problems,
)
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.pricing.rules import table_from_coefficients
from marketplace.offers.queries import my_offer, offers_to_change
from marketplace.offers.rules import (
    OFFER,
    OFFER_VERSION,
    Availability,
    OfferAction,
    OfferState,
    VersionState,
    availability_problem,
    is_over,
)
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.trail import record_in_pilot
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers import queries
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.providers.service import Overtaken
from marketplace.work import UnitOfWork


def begun_offer(work: UnitOfWork, *, provider_id: int, approval_id: int) -> Offer:
    """What a new offer under an approval begins with: the service, its area, the pilot's client groups. It is not kept.

    Raises Conflict when the approval does not stand, NotFound for another's.
    """
    approval = queries.my_approval(work, provider_id, approval_id)
    demand_standing(approval)
    return new_draft(approval, _definition(work, approval), now=work.now)


def create_offer(work: UnitOfWork, *, provider_id: int, approval_id: int, content: Content) -> Offer:
    """Keep what was written of a new offer as its draft. Raises NotReady like `save_draft`, else like `begun_offer`."""
    offer = begun_offer(work, provider_id=provider_id, approval_id=approval_id)
    definition = _definition(work, offer.approval)
    refuse(content_problems(offer, content, definition))
    _write(offer.versions[0], content, _units(offer, definition))
    work.session.add(offer)
    after = {"approval": approval_id} | plain(offer.versions[0])
    record_in_pilot(work, OfferAudit.CREATE, offer, after=after)
    return offer


def _definition(work: UnitOfWork, approval: ServiceApproval) -> PilotDefinition:
    """By what an approval's offers are written: the definition under which it was decided, with today's ceilings."""
    return kept_definition(work.session, approval.pilot_version_id, current_ceilings=True)


def _units(offer: Offer, definition: PilotDefinition) -> dict[str, str]:
    """Band → the unit in which the offer's service is priced there."""
    return {row.band: row.unit for row in definition.service(offer.service_key).bands}


def new_draft(approval: ServiceApproval, definition: PilotDefinition, *, now: datetime) -> Offer:
    """An unsaved draft under an approval that stands, by the `definition` under which it was decided."""
    offer = Offer(
        approval=approval,
        provider=approval.provider,
        pilot_key=approval.pilot_key,
        service_key=approval.service_key,
        state=OFFER.initial,
        availability_state=Availability.UNTOLD,
        availability_updated_at=now,
        created_at=now,
    )
    offer.versions.append(
        OfferVersion(
            number=1,
            state=OFFER_VERSION.initial,
            valid_from=helsinki_date(now),
            title=SERVICES[approval.service_key].name,
            summary=LocalizedText(),
            description=LocalizedText(),
            plain=LocalizedText(),
            municipalities=list(approval.municipalities),
            groups=list(definition.groups),
            languages=list(approval.provider.languages),
            features=[],
            ages=[],
            created_at=now,
        )
    )
    return offer


def editable_version(offer: Offer) -> OfferVersion:
    """The version an editor starts from: the draft, or the latest version when there is none."""
    return max(offer.versions, key=lambda version: version.number)


def stamp(version: OfferVersion) -> str:
    """What tells whether a version is still as somebody saw it: number and revision."""
    return f"{version.number}.{version.revision}"


def save_draft(
    work: UnitOfWork, *, provider_id: int, offer_id: int, seen: str, content: Content
) -> OfferVersion:
    """Save what was written, as the offer's draft; a published version stays as it is and a draft begins beside it.

    `seen` is the stamp of the version the person started from. A draft need not be complete, but a price above the
    ceiling or a place outside the approval is refused at once. Raises Overtaken, NotReady, Conflict, NotFound.
    """
    offer = my_offer(work, provider_id, offer_id, lock=True)
    if is_over(offer.state, offer.ends_on, work.today):
        raise Conflict(_l("The offer has ended and is no longer changed. Make a new one."))
    latest = editable_version(offer)
    if latest.state == VersionState.WAITING:
        raise Conflict(_l("These changes wait for the office. Take them back first, then write on."))
    if stamp(latest) != seen:
        raise Overtaken()
    definition = _definition(work, offer.approval)
    refuse(content_problems(offer, content, definition))
    draft = latest if latest.state != VersionState.PUBLISHED else _next_draft(offer, latest, work.now)
    before = {} if draft is not latest else plain(draft)
    _write(draft, content, _units(offer, definition))
    record_in_pilot(work, OfferAudit.SAVE_DRAFT, offer, before=before, after=plain(draft))
    return draft


def fill_prices(
    work: UnitOfWork,
    *,
    provider_id: int,
    offer_id: int,
    seen: str,
    base: Money,
    coefficients: Mapping[str, Decimal],
) -> OfferVersion:
    """Write the prices that a price of an hour and each band's coefficient give into the draft; other prices stay.

    Raises BadCoefficient, and what `save_draft` raises.
    """
    offer = my_offer(work, provider_id, offer_id, lock=True)
    content = content_of(editable_version(offer))
    includes = next((price.includes for price in content.prices.values()), ())
    table = table_from_coefficients(base, coefficients)
    prices = {
        band: ContentPrice(amount, content.prices[band].includes if band in content.prices else includes)
        for band, amount in table.items()
    }
    return save_draft(
        work,
        provider_id=provider_id,
        offer_id=offer_id,
        seen=seen,
        content=replace(
            content,
            prices={**content.prices, **prices},
            valid_from=max(content.valid_from, work.today),
        ),
    )


def copy_offer(work: UnitOfWork, *, provider_id: int, offer_id: int) -> Offer:
    """A new draft under the same approval that says what the offer's latest version says, valid from today.

    Photos are not copied: they show one place. Raises Conflict when the approval does not stand, NotFound.
    """
    source = my_offer(work, provider_id, offer_id)
    demand_standing(source.approval)
    definition = _definition(work, source.approval)
    offer = new_draft(source.approval, definition, now=work.now)
    units = _units(offer, definition)
    content = content_of(editable_version(source))
    approved = source.approval.municipalities
    _write(
        offer.versions[0],
        replace(
            content,
            valid_from=work.today,
            prices={band: price for band, price in content.prices.items() if band in units},
            municipalities=tuple(code for code in content.municipalities if code in approved),
        ),
        units,
    )
    work.session.add(offer)
    record_in_pilot(work, OfferAudit.COPY, offer, after={"from": source.id})
    return offer


def delete_draft(work: UnitOfWork, *, provider_id: int, offer_id: int) -> bool:
    """Delete what is not published: the draft version, or the whole offer when nothing of it has been published.

    True when the whole offer is gone. Raises Conflict when there is no draft, NotFound for another's.
    """
    offer = my_offer(work, provider_id, offer_id, lock=True)
    draft = editable_version(offer)
    if draft.state not in (VersionState.DRAFT, VersionState.RETURNED):
        raise Conflict(_l("There is no draft to delete in this offer."))
    whole = offer.state == OfferState.DRAFT
    record_in_pilot(work, OfferAudit.DELETE_DRAFT, offer, before=plain(draft))
    work.session.delete(draft)
    if whole:
        work.session.delete(offer)
    else:
        offer.versions.remove(draft)
    return whole


def set_availability(
    work: UnitOfWork,
    *,
    provider_id: int,
    offer_id: int,
    state: Availability | None,
    available_from: date | None = None,
    queue_weeks: int | None = None,
) -> Offer:
    """Say how many places are free; it shows at once. Raises Invalid when nothing is said or a day or weeks lack."""
    offer = my_offer(work, provider_id, offer_id, lock=True)
    problem = availability_problem(state, available_from, queue_weeks, work.today)
    if state is None or problem is not None:
        raise availability_refusal(problem or "untold")
    before = _availability(offer)
    offer.availability_state = state
    offer.available_from = available_from if state == Availability.FROM else None
    offer.queue_weeks = queue_weeks if state == Availability.QUEUE else None
    offer.availability_updated_at = work.now
    record_in_pilot(work, OfferAudit.AVAILABILITY, offer, before=before, after=_availability(offer))
    return offer


def confirm_availability(work: UnitOfWork, *, provider_id: int, offer_id: int) -> Offer:
    """What was said about free places still holds. A day that has come means that places are free now."""
    offer = my_offer(work, provider_id, offer_id, lock=True)
    come = offer.available_from is not None and offer.available_from <= work.today
    return set_availability(
        work,
        provider_id=provider_id,
        offer_id=offer_id,
        state=Availability.NOW if come else offer.availability_state,
        available_from=offer.available_from,
        queue_weeks=offer.queue_weeks,
    )


def set_availability_of(
    work: UnitOfWork, *, provider_id: int, offers: Sequence[int], state: Availability | None
) -> int:
    """Say of several offers at once that places are free now or that they are full; None: it still holds. How many.

    Raises Invalid when none is chosen or the state needs a day or weeks, Conflict when of one of them nothing has been
    said that could hold, NotFound for another's.
    """
    if not offers:
        raise Invalid(_l("Choose the services first."))
    if state is None and any(
        my_offer(work, provider_id, each).availability_state == Availability.UNTOLD for each in offers
    ):
        raise Conflict(
            _l("Nothing has been said yet of the free places of a service that you chose. Say how it is.")
        )
    offers_to_change(work.session, offers)
    for offer_id in sorted(set(offers)):
        if state is None:
            confirm_availability(work, provider_id=provider_id, offer_id=offer_id)
        else:
            set_availability(work, provider_id=provider_id, offer_id=offer_id, state=state)
    return len(set(offers))


def end(work: UnitOfWork, *, provider_id: int, offer_id: int, last_day: date | None) -> Offer:
    """End a published offer: after `last_day`, or at once when none is given.

    Raises Invalid for a day in the past, Conflict when the offer is not published, NotFound for another's.
    """
    offer = my_offer(work, provider_id, offer_id, lock=True)
    today = work.today
    if last_day is not None and last_day < today:
        raise Invalid(_l("The last day is in the past. Give today or a later day."), field="last_day")
    ended = OFFER.next(offer.state, OfferAction.END)
    begins = min(
        (each.valid_from for each in offer.versions if each.state == VersionState.PUBLISHED), default=None
    )
    if last_day is not None and begins is not None and last_day < begins:
        raise Invalid(
            _l(
                "The last day is before the first day of the offer. Give a later day, or end the offer at once."
            ),
            field="last_day",
        )
    if last_day is None:
        offer.state = ended
    offer.ends_on = last_day or today
    record_in_pilot(work, OfferAudit.END, offer, after={"ends_on": offer.ends_on.isoformat()})
    return offer


def keep(work: UnitOfWork, *, provider_id: int, offer_id: int) -> Offer:
    """Take back the end of an offer whose last day has not gone by: it goes on until further notice.

    Raises Conflict when there is no end or it has come, NotFound for another's.
    """
    offer = my_offer(work, provider_id, offer_id, lock=True)
    if offer.ends_on is None or is_over(offer.state, offer.ends_on, work.today):
        raise Conflict(
            _l("Only an end that is still ahead can be taken back. Make a copy of an offer that has ended.")
        )
    before = {"ends_on": offer.ends_on.isoformat()}
    offer.ends_on = None
    record_in_pilot(work, OfferAudit.KEEP, offer, before=before)
    return offer


def _next_draft(offer: Offer, latest: OfferVersion, now: datetime) -> OfferVersion:
    draft = OfferVersion(number=latest.number + 1, state=OFFER_VERSION.initial, created_at=now)
    offer.versions.append(draft)
    return draft


def _write(draft: OfferVersion, content: Content, units: Mapping[str, str]) -> None:
    """Put what `content` says into the draft."""
    for name in (*TEXTS, "place", "valid_from", "sign_video", "minimum_minutes", "cancellation"):
        setattr(draft, name, getattr(content, name))
    for name in LISTS:
        setattr(draft, name, list(getattr(content, name)))
    _set_prices(draft, content, units)
    chosen = content.unit.id if content.unit is not None else None
    draft.unit = next((unit for unit in draft.offer.provider.units if unit.id == chosen), None)
    flag_modified(draft, "features")  # a change of prices alone must count as a new revision too


def _set_prices(draft: OfferVersion, content: Content, units: Mapping[str, str]) -> None:
    """Rows of the price table, changed in place so that a band never has two."""
    rows = {row.band: row for row in draft.prices}
    for band, row in rows.items():
        if band not in content.prices:
            draft.prices.remove(row)
    for band, price in content.prices.items():
        if band not in rows:
            rows[band] = OfferPrice(band=band)
            draft.prices.append(rows[band])
        row = rows[band]
        row.unit, row.amount, row.vat_code = units[band], price.amount, content.vat_code
        row.includes = list(price.includes)


def demand_standing(approval: ServiceApproval) -> None:
    """Raise Conflict unless offers may be published under the approval."""
    if approval.state != ApprovalState.APPROVED:
        raise Conflict(
            _l("The approval of this service does not stand now, so its offers cannot be published.")
        )


def refuse(problems: tuple[ContentProblem, ...]) -> None:
    """Raise NotReady when there are problems."""
    if problems:
        raise NotReady(problems)


def _availability(offer: Offer) -> dict[str, Any]:
    day = offer.available_from
    return {
        "state": offer.availability_state,
        "from": day.isoformat() if day else None,
        "queue_weeks": offer.queue_weeks,
    }


def plain(version: OfferVersion) -> dict[str, Any]:
    """A version as JSON for the audit trail."""
    content = content_of(version)
    bilingual = (*TEXTS, "cancellation")
    texts = {name: {"fi": getattr(content, name).fi, "sv": getattr(content, name).sv} for name in bilingual}
    lists = {name: list(getattr(version, name)) for name in LISTS}
    prices = {price.band: {"unit": price.unit, "cents": price.amount.cents} for price in version.prices}
    return {
        **texts,
        **lists,
        "place": version.place,
        "unit": content.unit.id if content.unit is not None else None,
        "sign_video": content.sign_video,
        "minimum_minutes": content.minimum_minutes,
        "valid_from": version.valid_from.isoformat(),
        "prices": prices,
    }
