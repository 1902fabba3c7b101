"""What is done about people near to clients who are paid: proposed, approved in a light way, ended, withdrawn.

Approving makes what payment needs and nothing that anybody could find: a provider that is a private person, an approval
and an offer that are for one client only, and an account number that another person of the office confirms, as with
every provider. From there on agreements, deliveries, statements and payments are those of every provider.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from marketplace.clients.models import Client
from marketplace.clients.rules import Ground, Part, holds_identity_code
from marketplace.clients.service import note_gift
from marketplace.db import for_change
from marketplace.decisions.rules import OWN_PEOPLE
from marketplace.decisions.service import archive, demand_other_person, demand_words, next_number
from marketplace.errors import Conflict, Fault, Invalid, NotAllowed, NotFound, refuse_all
from marketplace.files.store import FileStore
from marketplace.i18n import LocalizedText, _l, money_text
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.queries import offer_to_change
from marketplace.offers.rules import OFFER, Availability, OfferAction, OfferState, VersionState
from marketplace.permissions import Permission
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.own_people import OwnPersonCheck
from marketplace.pilots.queries import current_version, kept_definition
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.approved_services.service import end_for_one_client, grant
from marketplace.providers.company.account import ask_for_account, wait_for_office
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.queries import provider_to_change
from marketplace.providers.rules import NOT_TAXABLE, ApprovalState, LegalForm
from marketplace.vouchers.agreeing.mails import client_address
from marketplace.vouchers.agreeing.offer_ends import end_in_offer
from marketplace.vouchers.own_people import mails, queries
from marketplace.vouchers.own_people.audit_actions import OwnPersonAudit
from marketplace.vouchers.own_people.comparing import note_staff
from marketplace.vouchers.own_people.document import own_person_pdf
from marketplace.vouchers.own_people.labels import OWN_PERSON_FAULTS
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import (
    OWN_PERSON,
    OwnPersonAction,
    OwnPersonFacts,
    is_person,
    last_day_fault,
    proposal_faults,
    unchecked,
)
from marketplace.vouchers.queries import of_client
from marketplace.vouchers.rules import AgreementParty
from marketplace.vouchers.service import settled_until
from marketplace.work import UnitOfWork


def propose(
    work: UnitOfWork,
    client: Client,
    facts: OwnPersonFacts,
    *,
    by: AgreementParty,
    plan_number: int | None = None,
) -> OwnPerson:
    """Propose a person near to a client, to be paid for the client's support; the client's counsellor is told.

    The caller has made sure that the actor may act for the client. Raises NotFound for a client who has been erased,
    Conflict where the client takes part in no pilot that allows it, and Invalid for what does not hold.
    """
    session = work.session
    held = session.get_one(Client, client.id, with_for_update=for_change(Client))
    if held.erased_at is not None:
        raise NotFound()
    allowed = {each.key for each in queries.pilots_that_pay(session, held, work.today)}
    if not allowed:
        raise Conflict(_l("This trial does not let a person near to the client be paid."))
    refuse_all(_faults(work, held, facts, allowed))
    version = current_version(session, facts.pilot_key)
    own = OwnPerson(
        client=held,
        pilot_version=version,
        plan_number=plan_number,
        proposed_as=by,
        proposed_by_id=work.person_id,
        proposed_at=work.now,
        state=OWN_PERSON.initial,
        checked=[],
        **_columns(_without_place(facts) if held.protected else facts),
    )
    session.add(own)
    session.flush()
    _record(work, own, OwnPersonAudit.PROPOSE)
    if held.counsellor is not None and held.counsellor_id != work.actor.user_id:
        mails.own_person_waits(work, own, held.counsellor)
    return own


def _columns(facts: OwnPersonFacts) -> dict[str, Any]:
    return {each.name: getattr(facts, each.name) for each in fields(facts)}


def _without_place(facts: OwnPersonFacts) -> OwnPersonFacts:
    """Who is near to somebody under a non-disclosure order may live with them: no place is kept."""
    return replace(facts, street="", postal_code="", city="")


def _faults(
    work: UnitOfWork, client: Client, facts: OwnPersonFacts, allowed: Collection[str]
) -> Iterator[Fault]:
    if facts.pilot_key not in allowed:
        yield "what", OWN_PERSON_FAULTS["no_such_unit"]
        return
    definition = kept_definition(work.session, current_version(work.session, facts.pilot_key).id)
    rules = definition.paid_people
    known = facts.unit in definition.own_person_units(facts.service_key)
    ceiling = rules.ceiling_of(facts.unit) if rules is not None and known else None
    deciders = queries.deciders(work.session, client, work.today)
    for name, fault in proposal_faults(facts, ceiling=ceiling, deciders=deciders):
        if fault == "above_ceiling" and ceiling is not None:
            highest = money_text(ceiling)
            yield name, _l("The highest price for a person near to the client is %(price)s.", price=highest)
        else:
            yield name, OWN_PERSON_FAULTS[fault]
    for name in ("name", "relation", "street", "city"):
        if holds_identity_code(getattr(facts, name)):
            yield name, _l("Write no personal identity code here.")


def points_of(own: OwnPerson, definition: PilotDefinition) -> tuple[OwnPersonCheck, ...]:
    """What is looked at before the person is approved."""
    rules = definition.paid_people
    return () if rules is None else rules.checklist_for(own.client.group)


def may_decide(work: UnitOfWork, own: OwnPerson, definition: PilotDefinition) -> bool:
    """Whether the actor may approve or refuse: who decides services, and, where the pilot wants two people, another
    person than who proposed. Nobody decides on oneself.
    """
    alone = definition.service_decisions.two_people and own.proposed_by_id == work.actor.user_id
    return (
        work.may(Permission.DECIDE_SERVICES, organisation=own.client.organisation_key)
        and not alone
        and not _is_actor(work, own)
    )


def _is_actor(work: UnitOfWork, own: OwnPerson) -> bool:
    return is_person(own.facts, work.actor.name, work.actor.email)


def approve(work: UnitOfWork, own_id: int, checked: Collection[str], *, store: FileStore) -> OwnPerson:
    """Approve a person, who is proposed, in the light way. Raises NotFound, NotAllowed for one's own proposal and for
    oneself, NoSuchTransition, and Invalid while a point has not been found in order.
    """
    own, definition = _to_decide(work, own_id, OwnPersonAction.APPROVE)
    points = points_of(own, definition)
    missing = unchecked([each.key for each in points], checked)
    refuse_all(
        ("checked", _l("Look at every point. A person is approved when all are in order."))
        for _ in missing[:1]
    )
    if definition.key not in {
        each.key for each in queries.pilots_that_pay(work.session, own.client, work.today)
    }:
        raise Conflict(_l("This trial does not let a person near to the client be paid."))
    refuse_all(_faults(work, own.client, own.facts, [definition.key]))
    own.checked = [each.key for each in points]
    own.pilot_version_id = current_version(work.session, own.pilot_key).id
    offer = _offer(work, own, definition)
    note_staff(work, own, offer.provider_id)
    wait_for_office(work, offer.provider, own.iban, requested_by_id=own.proposed_by_id)
    own.offer, own.iban = offer, ""
    _decide(work, own, definition, OwnPersonAction.APPROVE, store)
    return own


def refuse(work: UnitOfWork, own_id: int, reason: str, *, store: FileStore) -> OwnPerson:
    """Do not approve a person who is proposed; the client reads why. Raises as `approve`, Invalid without a reason."""
    own, definition = _to_decide(work, own_id, OwnPersonAction.REFUSE)
    own.reason = _reason(reason)
    own.iban = ""
    _decide(work, own, definition, OwnPersonAction.REFUSE, store)
    return own


def withdraw(work: UnitOfWork, own_id: int, reason: str, *, store: FileStore) -> OwnPerson:
    """Withdraw an approval for cause: agreements with the person end today. Raises NotFound, NotAllowed,
    NoSuchTransition, and Invalid without a reason.
    """
    found = queries.for_staff(work, own_id, permission=Permission.DECIDE_SERVICES)
    own = _held_with_offer(work, found)
    OWN_PERSON.next(own.state, OwnPersonAction.WITHDRAW)
    if _is_actor(work, own):
        raise NotAllowed(_l("Nobody decides on oneself."))
    own.reason = _reason(reason)
    _give_last_day(work, own, work.today, by=AgreementParty.OFFICE)
    definition = kept_definition(work.session, own.pilot_version_id)
    _decide(work, own, definition, OwnPersonAction.WITHDRAW, store)
    return own


def take_back(work: UnitOfWork, own: OwnPerson) -> OwnPerson:
    """Take a proposal back, for the client. Raises NoSuchTransition."""
    own = queries.hold(work.session, own)
    own.state = OWN_PERSON.next(own.state, OwnPersonAction.TAKE_BACK)
    own.iban = ""
    _record(work, own, OwnPersonAudit.TAKE_BACK)
    return own


def end(work: UnitOfWork, own: OwnPerson, last_day: date, *, by: AgreementParty) -> OwnPerson:
    """Give the approval its last day, for the client's side; agreements end with it. Raises NoSuchTransition, and
    Invalid for a day that has gone by, or before one whose services have been recorded.
    """
    own = _held_with_offer(work, own)
    state = OWN_PERSON.next(own.state, OwnPersonAction.END)
    fault = last_day_fault(last_day, today=work.today, settled_until=_settled_until(work, own))
    if fault is not None:
        raise Invalid(OWN_PERSON_FAULTS[fault], field="ends_on")
    _give_last_day(work, own, last_day, by=by)
    own.state = state
    _record(work, own, OwnPersonAudit.END, ends_on=last_day.isoformat())
    return own


def change_account(work: UnitOfWork, own: OwnPerson, iban: str) -> None:
    """Ask for another account (checked) of a person who is or was approved, for the client's side: it is used when
    another person of the office has confirmed it. Raises Conflict for who was never approved.
    """
    provider = None if own.offer is None else provider_to_change(work.session, own.offer.provider_id)
    if provider is None:
        raise Conflict(_l("Only a person who has been approved has an account to be paid to."))
    ask_for_account(work, provider, iban)


# --- how -------------------------------------------------------------------------------------------------------------


def _to_decide(work: UnitOfWork, own_id: int, action: OwnPersonAction) -> tuple[OwnPerson, PilotDefinition]:
    found = queries.for_staff(work, own_id, permission=Permission.DECIDE_SERVICES)
    own = queries.hold(work.session, found)
    OWN_PERSON.next(own.state, action)
    definition = kept_definition(work.session, current_version(work.session, own.pilot_key).id)
    if definition.service_decisions.two_people:
        demand_other_person(work.actor, [own.proposed_by_id])
    if _is_actor(work, own):
        raise NotAllowed(_l("Nobody decides on oneself."))
    return own, definition


def _held_with_offer(work: UnitOfWork, own: OwnPerson) -> OwnPerson:
    """The person for a change, after the approval and the offer: as wherever agreements in an offer are changed."""
    if own.offer is not None:
        approval = sa.select(ServiceApproval).where(ServiceApproval.id == own.offer.approval_id)
        work.session.scalars(approval.with_for_update(**for_change(ServiceApproval))).one()
        offer_to_change(work.session, own.offer.id)
    return queries.hold(work.session, own)


def _decide(
    work: UnitOfWork, own: OwnPerson, definition: PilotDefinition, action: OwnPersonAction, store: FileStore
) -> None:
    """Number the decision, keep its document, and tell the client's side."""
    own.state = OWN_PERSON.next(own.state, action)
    number = next_number(
        work.session, OwnPerson.number, own.client.organisation_key, work.today, series=OWN_PEOPLE
    )
    own.file = archive(
        work, own_person_pdf(work, own, definition, action, number=number), number, store=store
    ).file
    own.number, own.decided_by_id, own.decided_at = number, work.person_id, work.now
    _record(work, own, OwnPersonAudit.of(action), number=number)
    if action is OwnPersonAction.APPROVE:
        note_gift(work, own.client, Part.PLAN, Ground.SERVICE, recipient=own.name)
    _tell(work, own)


def _tell(work: UnitOfWork, own: OwnPerson) -> None:
    """Mail to the client and to the helper who proposed, each to their own page."""
    client = own.client
    if client.email and (client.user_id is None or client.user_id != work.actor.user_id):
        mails.own_person_decided(work, own, client_address(client))
    if own.proposed_as is AgreementParty.HELPER:
        mails.own_person_decided(work, own, own.proposed_by)


def _offer(work: UnitOfWork, own: OwnPerson, definition: PilotDefinition) -> Offer:
    """What the person gives to the client: the provider, the approval, the offer and its prices, all for one client."""
    provider = Provider(
        business_id="",
        official_name=own.name,
        legal_form=LegalForm.PRIVATE_PERSON,
        street=own.street,
        postal_code=own.postal_code,
        city=own.city,
        phone=own.phone,
        email=own.email,
        languages=[own.client.language],
        description=LocalizedText(),
        created_at=work.now,
    )
    approval = grant(
        work.session,
        provider,
        pilot_key=own.pilot_key,
        version_id=own.pilot_version_id,
        service_key=own.service_key,
        municipalities=definition.municipalities,
        approved_on=work.today,
        state=ApprovalState.PRIVATE,
    )
    offer = Offer(
        approval=approval,
        provider=provider,
        pilot_key=own.pilot_key,
        service_key=own.service_key,
        state=OfferState.PRIVATE,
        availability_state=Availability.NOW,
        availability_updated_at=work.now,
        created_at=work.now,
    )
    offer.versions.append(_version(work, own, definition))
    work.session.add_all([provider, offer])
    work.session.flush()
    return offer


def _version(work: UnitOfWork, own: OwnPerson, definition: PilotDefinition) -> OfferVersion:
    """The prices: the same in every band that is counted by the unit."""
    name = SERVICES[own.service_key].name
    return OfferVersion(
        number=1,
        state=VersionState.PUBLISHED,
        valid_from=work.today,
        title=LocalizedText(name.fi, name.sv),
        summary=LocalizedText(),
        description=LocalizedText(),
        plain=LocalizedText(),
        municipalities=sorted(definition.municipalities),
        groups=[],
        languages=[own.client.language],
        features=[],
        created_at=work.now,
        nothing_extra_at=work.now,
        published_at=work.now,
        prices=[
            OfferPrice(band=row.band, unit=row.unit, amount=own.price, vat_code=NOT_TAXABLE, includes=[])
            for row in definition.service(own.service_key).bands
            if row.unit == own.unit
        ],
    )


def _give_last_day(work: UnitOfWork, own: OwnPerson, last_day: date, *, by: AgreementParty) -> None:
    """End the approval, the offer and every agreement in it; the person is held with the offer by the caller."""
    offer = own.offer
    if offer is None:
        raise NotFound()
    end_in_offer(work, own.client, offer.id, last_day, by=by)
    end_for_one_client(work, offer.approval, last_day)
    offer.state = OFFER.next(offer.state, OfferAction.END)
    own.ends_on = offer.ends_on = last_day


def _settled_until(work: UnitOfWork, own: OwnPerson) -> date | None:
    client = own.client
    days = [
        settled_until(work.session, each)
        for each in of_client(work.session, client.organisation_key, client.number)
        if each.offer_id == own.offer_id
    ]
    return max((day for day in days if day is not None), default=None)


def _reason(text: str) -> str:
    words = demand_words(text, _l("Write the reason. The client reads it."), field="reason")
    if holds_identity_code(words):
        raise Invalid(_l("Write no personal identity code here."), field="reason")
    return words


def _record(work: UnitOfWork, own: OwnPerson, action: OwnPersonAudit, **more: str) -> None:
    work.record(
        action,
        own,
        organisation=own.client.organisation_key,
        after={"client": own.client_id, "state": own.state.value, **more},
    )
