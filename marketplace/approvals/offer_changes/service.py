"""The office's verbs on a change of an offer: approve, approve several, return with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from marketplace.accounts.queries import provider_people
from marketplace.approvals.offer_changes import mails
from marketplace.approvals.offer_changes.prices import price_changes
from marketplace.approvals.offer_changes.queries import for_office, hold_offers_of
from marketplace.approvals.offer_changes.rules import may_go_with_others
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import _l
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.content import NotReady, content_of, content_problems
from marketplace.offers.models import OfferVersion
from marketplace.offers.publishing.changes import fields_changed, kinds_changed, replaced_by
from marketplace.offers.publishing.service import day_of_approval, go_live
from marketplace.offers.rules import OFFER_VERSION, OfferState, VersionAction
from marketplace.offers.service import demand_standing, stamp
from marketplace.permissions import Permission
from marketplace.pilots.queries import hold_pilots, kept_definition
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.service import Overtaken
from marketplace.work import UnitOfWork


def is_light(session: Session, version: OfferVersion) -> bool:
    """Whether the change may be approved with others (`may_go_with_others`); a first version never may."""
    replaced = replaced_by(version.offer, version)
    if replaced is None:
        return False
    definition = kept_definition(session, version.offer.approval.pilot_version_id, current_ceilings=True)
    percents = (change.percent for change in price_changes(replaced, version, definition))
    return may_go_with_others(fields_changed(replaced, version), percents)


def approve(work: UnitOfWork, version_id: int, *, seen: str) -> OfferVersion:
    """Publish a version that waits. It takes effect on its own day, or tomorrow when that day has come already.

    The ceilings and the approved area are asked again: the approval may have changed while the version waited.

    Raises Overtaken when the version is not as it was seen, Conflict when it does not wait, the offer has ended or the
    approval does not stand, NotReady when it breaks a rule by now, NotAllowed and NotFound.
    """
    version = _take(work, version_id, seen)
    offer = version.offer
    OFFER_VERSION.next(version.state, VersionAction.PUBLISH)
    demand_standing(offer.approval)
    hold_pilots(work.session, [offer.pilot_key])
    definition = kept_definition(work.session, offer.approval.pilot_version_id, current_ceilings=True)
    today = work.today
    day = day_of_approval(offer, version, definition, today)
    if offer.ends_on is not None and day > offer.ends_on:
        raise Conflict(
            _l("The offer ends before these changes could take effect. Return them to the provider.")
        )
    wanted = version.valid_from
    kinds = list(kinds_changed(offer, version))
    go_live(offer, version, now=work.now, day=day)
    problems = content_problems(offer, content_of(version), definition, complete=True)
    if problems:
        raise NotReady(problems)
    version.decided_at, version.decided_by_id = work.now, work.actor.user_id
    after = {"version": version.number, "valid_from": day.isoformat(), "kinds": kinds}
    record_in_pilot(
        work, OfferAudit.APPROVE_CHANGE, version.offer, before={"valid_from": wanted.isoformat()}, after=after
    )
    for person in provider_people(work.session, offer.provider_id):
        mails.offer_change_approved(work, person, version)
    return version


def approve_light(work: UnitOfWork, chosen: Mapping[int, str]) -> int:
    """Approve several light changes, all or none; `chosen` is version id → stamp as seen. How many there were.

    Raises Invalid when nothing is chosen or one of them is not light, and what `approve` raises.
    """
    if not chosen:
        raise Invalid(_l("Choose at least one change."))
    hold_offers_of(work.session, chosen)
    for version_id, seen in chosen.items():
        if not is_light(work.session, for_office(work, version_id)):
            raise Invalid(
                _l(
                    "Only changes of a date, a place, languages, ages or accessibility, and of prices by at most 10 "
                    "percent, can be approved many at once."
                )
            )
        approve(work, version_id, seen=seen)
    return len(chosen)


def send_back(work: UnitOfWork, version_id: int, *, seen: str, reason: str) -> OfferVersion:
    """Return a version to the provider with the reason, which goes by mail; what is live stays as it is.

    Raises Invalid without a reason, Overtaken, Conflict when the version does not wait, NotAllowed and NotFound.
    """
    version = _take(work, version_id, seen)
    if not reason.strip():
        raise Invalid(_l("Write what the provider should change."), field="reason")
    version.state = OFFER_VERSION.next(version.state, VersionAction.RETURN)
    version.return_reason = reason.strip()
    version.decided_at, version.decided_by_id = work.now, work.actor.user_id
    after = {"version": version.number, "reason": version.return_reason}
    record_in_pilot(work, OfferAudit.RETURN_CHANGE, version.offer, after=after)
    for person in provider_people(work.session, version.offer.provider_id):
        mails.offer_change_returned(work, person, version)
    return version


def _take(work: UnitOfWork, version_id: int, seen: str) -> OfferVersion:
    """The version locked for a decision. Raises NotFound, NotAllowed and Overtaken."""
    version = for_office(work, version_id, lock=True)
    organisation = version.offer.pilot.organisation_key
    if work.actor.user_id is None or not work.actor.may(
        Permission.APPROVE_OFFERS, organisation=organisation, about=version.offer.provider_id
    ):
        raise NotAllowed(_l("Your role does not allow this step."))
    if version.offer.state == OfferState.ENDED:
        raise Conflict(_l("The offer has ended. Its changes are no longer decided on."))
    if stamp(version) != seen:
        raise Overtaken()
    return version
