"""Publishing a version: what stands in the way, whether it waits for the office, and when it takes effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from marketplace.errors import Conflict, Fault, NotFound, refuse_all
from marketplace.i18n import _, _l, date_text, days_text
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.content import (
    Content,
    ContentProblem,
    availability_refusal,
    content_of,
    content_problems,
)
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.publishing.changes import kinds_changed, replaced_by, waits_for_office
from marketplace.offers.publishing.doubts import doubts_about
from marketplace.offers.publishing.rules import FARTHEST, day_in_force, earliest_price_day
from marketplace.offers.queries import my_offer
from marketplace.offers.rules import (
    OFFER,
    OFFER_VERSION,
    Availability,
    FreePlaces,
    OfferAction,
    OfferState,
    VersionAction,
    VersionState,
    availability_problem,
)
from marketplace.offers.service import (
    demand_standing,
    editable_version,
    plain,
    refuse,
    set_availability,
    stamp,
)
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import hold_pilots, kept_definition
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.service import Overtaken
from marketplace.work import AuditAction, UnitOfWork


def publishing_problems(
    offer: Offer, version: OfferVersion, definition: PilotDefinition, today: date
) -> tuple[ContentProblem, ...]:
    """Everything that keeps `version` from being published on `today`, in the order of the editor."""
    content = content_of(version)
    return (
        *_missing(content),
        *content_problems(offer, content, definition, complete=True),
        *_wrong_day(offer, version, today),
        *_price_day(offer, version, definition, today),
    )


def publish(
    work: UnitOfWork,
    *,
    provider_id: int,
    offer_id: int,
    seen: str,
    nothing_extra: bool,
    sure: bool = False,
    places: FreePlaces | None = None,
) -> OfferVersion:
    """Publish the draft, or give it to the office when the pilot wants to see such a change (its state tells which).

    A published version is in force from its first day, the version before it until then; what waits changes nothing of
    what clients see. `nothing_extra`: the provider accepts that clients are charged nothing beyond the prices. `sure`:
    it has been asked about what is unusual (`doubts`) and means it; a doubted price waits for the office in any pilot.
    `places`: how it is with free places, which a new offer must say before clients see it.

    Raises NotReady with everything that is missing, Invalid without the acceptance or an answer, Overtaken when the
    draft is not the one that was looked at, Conflict when there is no draft or the approval does not stand, NotFound
    for another's.
    """
    offer = my_offer(work, provider_id, offer_id, lock=True)
    demand_standing(offer.approval)
    draft = editable_version(offer)
    if (
        not OFFER_VERSION.allows(draft.state, VersionAction.PUBLISH)
        or draft.state == VersionState.WAITING
        or offer.state == OfferState.ENDED
    ):
        raise Conflict(_l("There are no unpublished changes in this offer."))
    if stamp(draft) != seen:
        raise Overtaken()
    hold_pilots(work.session, [offer.pilot_key])
    definition = kept_definition(work.session, offer.approval.pilot_version_id, current_ceilings=True)
    today = work.today
    refuse(publishing_problems(offer, draft, definition, today))
    doubts = doubts_about(work.session, offer, draft)
    asked = offer.state == OfferState.DRAFT and offer.availability_state == Availability.UNTOLD
    refuse_all(
        (
            *(_untold(places, today) if asked else ()),
            *_unanswered(doubted=bool(doubts), sure=sure, nothing_extra=nothing_extra),
        )
    )
    if asked and places is not None:
        set_availability(work, provider_id=provider_id, offer_id=offer_id, **asdict(places))
    draft.nothing_extra_at = work.now
    draft.return_reason = ""
    if waits_for_office(offer, draft, definition, doubted=any(doubt.for_office for doubt in doubts)):
        draft.state = OFFER_VERSION.next(draft.state, VersionAction.SUBMIT)
        draft.submitted_at = work.now
        _record(work, OfferAudit.SUBMIT, offer, draft)
    else:
        go_live(offer, draft, now=work.now, day=draft.valid_from)
        _record(work, OfferAudit.PUBLISH, offer, draft)
    return draft


def _untold(places: FreePlaces | None, today: date) -> Iterator[Fault]:
    """What is wrong with the word about free places of a new offer."""
    given = places or FreePlaces()
    problem = availability_problem(given.state, given.available_from, given.queue_weeks, today)
    if problem is not None:
        yield from availability_refusal(problem).faults


def _unanswered(*, doubted: bool, sure: bool, nothing_extra: bool) -> Iterator[Fault]:
    """What the provider has not answered on the page of publishing."""
    if doubted and not sure:
        yield "sure", _l("Say that you mean it, or go on editing.")
    if not nothing_extra:
        yield (
            "nothing_extra",
            _l("Accept that nothing extra is charged. Without it the offer is not published."),
        )


def take_back(work: UnitOfWork, *, provider_id: int, offer_id: int) -> OfferVersion:
    """Take a version that waits for the office back to be written further.

    Raises NoSuchTransition when nothing waits, NotFound for another's.
    """
    offer = my_offer(work, provider_id, offer_id, lock=True)
    version = editable_version(offer)
    version.state = OFFER_VERSION.next(version.state, VersionAction.TAKE_BACK)
    version.submitted_at = None
    _record(work, OfferAudit.TAKE_BACK, offer, version)
    return version


def may_be_withdrawn(offer: Offer, version: OfferVersion, today: date) -> bool:
    """Whether clients have not had `version` yet and nothing has been written on top of it."""
    return (
        offer.state == OfferState.PUBLISHED
        and version.state == VersionState.PUBLISHED
        and version.valid_from > today
        and version is editable_version(offer)
    )


def withdraw(work: UnitOfWork, *, provider_id: int, offer_id: int, number: int) -> OfferVersion:
    """Take back a published version whose first day is still ahead; it is a draft again, and what is live stays.

    An offer of which nothing else has been published becomes a draft with it.
    Raises Conflict when its day has come or there are later changes, NotFound for another's.
    """
    offer = my_offer(work, provider_id, offer_id, lock=True)
    version = next((each for each in offer.versions if each.number == number), None)
    if version is None:
        raise NotFound()
    if not may_be_withdrawn(offer, version, work.today):
        raise Conflict(
            _l(
                "Only the latest changes can be withdrawn, and only before their first day. Nothing has been changed."
            )
        )
    version.state = OFFER_VERSION.next(version.state, VersionAction.WITHDRAW)
    version.published_at = version.submitted_at = None
    version.decided_at = version.decided_by_id = None
    if not any(each.state == VersionState.PUBLISHED for each in offer.versions):
        offer.state = OFFER.next(offer.state, OfferAction.WITHDRAW)
    _record(work, OfferAudit.WITHDRAW, offer, version)
    return version


def go_live(offer: Offer, version: OfferVersion, *, now: datetime, day: date) -> None:
    """Publish `version` so that it takes effect on `day`. Who may do it, the caller has checked."""
    version.state = OFFER_VERSION.next(version.state, VersionAction.PUBLISH)
    version.published_at = now
    version.valid_from = day
    if offer.state == OfferState.DRAFT:
        offer.state = OFFER.next(offer.state, OfferAction.PUBLISH)


def day_of_approval(offer: Offer, version: OfferVersion, definition: PilotDefinition, today: date) -> date:
    """The day on which `version` takes effect when the office approves it on `today` (see `rules.day_in_force`)."""
    prices_change = "price" in kinds_changed(offer, version)
    replaces = replaced_by(offer, version) is not None
    others = (each for each in offer.versions if each is not version and each.state == VersionState.PUBLISHED)
    return day_in_force(
        version.valid_from,
        today,
        replaces=replaces,
        taken={each.valid_from for each in others},
        allowed=definition.offers.price_may_begin if replaces and prices_change else lambda _day: True,
    )


def _missing(content: Content) -> Iterator[ContentProblem]:
    if not content.title.fi:
        yield ContentProblem("title-fi", _("The title in Finnish is missing."))
    if not content.title.sv:
        yield ContentProblem("title-sv", _("The title in Swedish is missing."))
    if not content.municipalities:
        yield ContentProblem("municipalities", _("Choose at least one municipality."))
    if not content.groups:
        yield ContentProblem("groups", _("Choose at least one client group."))
    if not content.languages:
        yield ContentProblem("languages", _("Choose at least one language in which the service is given."))
    if not content.prices:
        yield ContentProblem("prices", _("Give at least one price."))


def _wrong_day(offer: Offer, version: OfferVersion, today: date) -> Iterator[ContentProblem]:
    day = date_text(version.valid_from)
    if version.valid_from < today:
        yield ContentProblem(
            "valid_from",
            _(
                "The first day %(day)s is in the past, and no price takes effect backwards. Give today or a later day.",
                day=day,
            ),
        )
    if version.valid_from > today + FARTHEST:
        yield ContentProblem("valid_from", _("The first day %(day)s is more than three years away.", day=day))
    if offer.ends_on is not None and version.valid_from > offer.ends_on:
        yield ContentProblem(
            "valid_from",
            _(
                "The offer ends on %(end)s, before the first day %(day)s.",
                end=date_text(offer.ends_on),
                day=day,
            ),
        )
    if any(
        other.state == VersionState.PUBLISHED and other.valid_from == version.valid_from
        for other in offer.versions
    ):
        yield ContentProblem(
            "valid_from",
            _("Another published version takes effect on %(day)s. Choose a later day.", day=day),
        )


def _price_day(
    offer: Offer, version: OfferVersion, definition: PilotDefinition, today: date
) -> Iterator[ContentProblem]:
    """A changed price is told beforehand (`notice.price_change_days`) and takes effect in the pilot's windows."""
    if replaced_by(offer, version) is None or "price" not in kinds_changed(offer, version):
        return
    days = definition.notice.price_change_days
    earliest = earliest_price_day(today, days)
    if today <= version.valid_from < earliest:
        yield ContentProblem(
            "valid_from",
            _(
                "A new price is told %(days)s before it takes effect. Its first day can be %(day)s or later.",
                days=days_text(max(days, 1)),
                day=date_text(earliest),
            ),
        )
    if not definition.offers.price_may_begin(version.valid_from):
        windows = ", ".join(_window(each.start, each.end) for each in definition.offers.price_windows)
        yield ContentProblem(
            "valid_from",
            _("In this pilot new prices take effect only between these days: %(windows)s.", windows=windows),
        )


def _window(start: str, end: str) -> str:
    """`1.1.–31.1.` from `01-01` and `01-31`."""
    return "–".join("{1:d}.{0:d}.".format(*map(int, day.split("-"))) for day in (start, end))


def _record(work: UnitOfWork, action: AuditAction, offer: Offer, version: OfferVersion) -> None:
    replaced = replaced_by(offer, version)
    before = {"version": replaced.number} if replaced is not None else {}
    after: dict[str, Any] = plain(version) | {
        "version": version.number,
        "kinds": list(kinds_changed(offer, version)),
    }
    record_in_pilot(work, action, offer, before=before, after=after)
