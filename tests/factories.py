"""Makers of plausible rows for tests: each takes the session and only what the test cares about."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.applications.models import (
    Application,
    ApplicationLine,
    CompletionRequest,
    Decision,
    Hearing,
)
from marketplace.applications.rules import APPLICATION, ApplicationState, Outcome
from marketplace.clients.models import Client
from marketplace.files.models import StoredFile
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.rules import Availability, OfferState, VersionState
from marketplace.permissions import Role
from marketplace.pilots import queries as pilots
from marketplace.pilots.questions import Question
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import RightAction, RightState
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.vouchers.models import Agreement

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def count_from(number: int) -> None:
    """Tell what is made from here on apart by numbers from this one: another process has made things before."""
    global _numbers  # noqa: PLW0603 - one count for all makers
    _numbers = itertools.count(number)


def make_user(
    session: Session,
    role: Role | None = None,
    *,
    organisation: str | None = None,
    provider_id: int | None = None,
    **given: Any,
) -> User:
    """A person, with one role when it is named."""
    number = next(_numbers)
    facts: dict[str, Any] = {
        "email": f"person{number}@example.fi",
        "name": f"Person {number}",
        "password_hash": "unusable",
        "language": "fi",
        "created_at": NOW,
        "active": True,
    }
    user = User(**(facts | given))
    if role is not None:
        user.grants.append(RoleGrant(role=role, organisation_key=organisation, provider_id=provider_id))
    session.add(user)
    session.flush()
    return user


def make_client(session: Session, **given: Any) -> Client:
    """A client of Keusote with a name, a telephone number and an address in Tuusula."""
    number = next(_numbers)
    facts: dict[str, Any] = {
        "organisation_key": "keusote",
        "number": f"A-{number}",
        "name": f"Client {number}",
        "language": "fi",
        "municipality": "858",
        "group": "intellectual_disability",
        "phone": "+358401234567",
        "address": "Hyryläntie 1\n04300 Tuusula",
        "created_at": NOW,
    }
    client = Client(**(facts | given))
    session.add(client)
    session.flush()
    return client


# --- providers -------------------------------------------------------------------------------------------------------

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32) + b"IEND\xae\x42\x60\x82"


def business_id(number: int) -> str:
    """A business ID with a right check digit, from the seven digits or from the next number that has one."""
    for candidate in itertools.count(number):
        digits = f"{candidate:07d}"
        rest = (
            sum(int(digit) * weight for digit, weight in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True))
            % 11
        )
        if rest != 1:
            return f"{digits}-{(11 - rest) % 11}"
    raise AssertionError("every number has a successor")


def make_provider(session: Session, **given: Any) -> Provider:
    """A limited company in Tuusula, whose people have shown that they may act for it unless it is not `proven`."""
    number = next(_numbers)
    facts: dict[str, Any] = {
        "business_id": business_id(8_000_000 + number * 10),  # none of the demo's
        "official_name": f"Provider {number} Oy",
        "legal_form": "limited_company",
        "street": "Hyryläntie 1",
        "postal_code": "04300",
        "city": "Tuusula",
        "phone": "09 123 4567",
        "email": f"office{number}@example.fi",
        "languages": ["fi"],
        "description": LocalizedText(),
        "created_at": NOW,
    }
    proven = given.pop("proven", True)
    provider = Provider(**(facts | given))
    session.add(provider)
    session.flush()
    if proven:
        session.add(
            ProviderRight(
                provider_id=provider.id,
                state=RightState.PROVEN,
                shown_by=RightAction.APPROVE,
                shown_at=NOW,
                tries=0,
            )
        )
        session.flush()
    return provider


def make_provider_admin(session: Session, provider: Provider, **given: Any) -> User:
    """A person who takes care of the provider's matters."""
    return make_user(session, Role.PROVIDER_ADMIN, provider_id=provider.id, **given)


def make_evidence(session: Session, provider: Provider, kind: str = "tax", **given: Any) -> Evidence:
    """A proof issued a month ago, valid for eleven more."""
    facts: dict[str, Any] = {
        "provider_id": provider.id,
        "kind": kind,
        "issued_on": NOW.date() - timedelta(days=30),
        "valid_until": NOW.date() + timedelta(days=335),
        "created_at": NOW,
    }
    evidence = Evidence(**(facts | given))
    session.add(evidence)
    session.flush()
    return evidence


def make_required_evidence(session: Session, approval: ServiceApproval) -> None:
    """Every proof that the pilot requires for the approved service."""
    definition = pilots.kept_definition(session, approval.pilot_version_id)
    for requirement in definition.required_evidence(approval.service_key):
        make_evidence(session, approval.provider, requirement.kind)


def make_approval(
    session: Session, provider: Provider, service_key: str = "day_activity", **given: Any
) -> ServiceApproval:
    """An approval in `keusote-2022` for Tuusula and Järvenpää.

    Without `application_line_id` it is one that the office has imported; those that were decided in the portal come
    with a decided application.
    """
    pilot_key = given.pop("pilot_key", "keusote-2022")
    facts: dict[str, Any] = {
        "provider": provider,
        "pilot_key": pilot_key,
        "pilot_version_id": pilots.pilot(session, pilot_key).version_id,
        "service_key": service_key,
        "municipalities": ["858", "186"],
        "state": ApprovalState.APPROVED,
        "approved_on": NOW.date(),
    }
    if given.get("state") == ApprovalState.ENDING:
        facts["ends_on"] = NOW.date()
    approval = ServiceApproval(**(facts | given))
    session.add(approval)
    session.flush()
    return approval


def make_offer(session: Session, approval: ServiceApproval, **given: Any) -> Offer:
    """A published offer, in force since yesterday, with every band of the pilot priced at half its ceiling.

    `given` goes to the offer, and under the key `version` to its only version, which stands as the offer does unless
    told otherwise and has the moments that belong to its state.
    """
    yesterday = NOW - timedelta(days=1)
    is_draft = given.get("state") == OfferState.DRAFT
    state = VersionState(
        given.get("version", {}).get("state", VersionState.DRAFT if is_draft else VersionState.PUBLISHED)
    )
    definition = pilots.kept_definition(session, approval.pilot_version_id)
    version: dict[str, Any] = {
        "number": 1,
        "state": state,
        "valid_from": yesterday.date(),
        "title": LocalizedText("Päivätoimintaa metsän reunassa", "Dagverksamhet vid skogsbrynet"),
        "summary": LocalizedText("Tekemistä joka päivälle.", "Något att göra varje dag."),
        "description": LocalizedText("Pieni ryhmä.", "En liten grupp."),
        "plain": LocalizedText(),
        "municipalities": list(approval.municipalities),
        "groups": list(definition.groups),
        "languages": ["fi"],
        "features": [],
        "ages": [],
        "created_at": yesterday,
        "published_at": yesterday if state == VersionState.PUBLISHED else None,
        "submitted_at": NOW if state in (VersionState.WAITING, VersionState.RETURNED) else None,
        "return_reason": "Tarkenna." if state == VersionState.RETURNED else "",
        "prices": [
            OfferPrice(
                band=row.band, unit=row.unit, amount=Money(row.ceiling.cents // 2), vat_code="EX", includes=[]
            )
            for row in definition.service(approval.service_key).bands
        ],
    }
    facts: dict[str, Any] = {
        "approval": approval,
        "provider": approval.provider,
        "pilot_key": approval.pilot_key,
        "service_key": approval.service_key,
        "state": OfferState.PUBLISHED,
        "availability_state": Availability.NOW,
        "availability_updated_at": NOW,
        "created_at": yesterday,
    }
    offer = Offer(**(facts | {key: value for key, value in given.items() if key != "version"}))
    offer.versions.append(OfferVersion(**(version | given.get("version", {}))))
    session.add(offer)
    session.flush()
    return offer


def make_coming_version(offer: Offer, day: date, prices: Mapping[str, Money]) -> OfferVersion:
    """A published version of the offer with these prices by the day, in force from `day`; all else stays."""
    present = offer.versions[-1]
    kept = ("title", "summary", "description", "plain", "municipalities", "groups", "languages", "features")
    coming = OfferVersion(
        number=present.number + 1,
        state="published",
        valid_from=day,
        created_at=NOW,
        published_at=NOW,
        prices=[
            OfferPrice(band=band, unit="day", amount=amount, vat_code="EX", includes=[])
            for band, amount in prices.items()
        ],
        **{name: getattr(present, name) for name in kept},
    )
    offer.versions.append(coming)
    return coming


def make_agreement(session: Session, offer: Offer, person: User, **given: Any) -> Agreement:
    """A client's agreement in the offer since its first version, until further notice, recorded by `person`."""
    version = offer.versions[0]
    facts: dict[str, Any] = {
        "organisation_key": pilots.pilot(session, offer.pilot_key).organisation_key,
        "client_number": f"A-{next(_numbers)}",
        "offer": offer,
        "version": version,
        "starts_on": version.valid_from,
        "ends_on": None,
        "recorded_by_id": person.id,
        "recorded_at": NOW,
    }
    agreement = Agreement(**(facts | given))
    session.add(agreement)
    session.flush()
    return agreement


# --- applications ----------------------------------------------------------------------------------------------------


def make_application(
    session: Session,
    provider: Provider,
    person: User,
    *,
    complete: bool = True,
    outcomes: Mapping[str, Outcome] | None = None,
    due_on: date | None = None,
    **given: Any,
) -> Application:
    """An application to `keusote-2022` for day activities and transport, by `person`; a draft unless told otherwise.

    Complete: every question answered so that it passes, every proof there and fresh, the rulebook accepted.

    What belongs to the state is there: the handler once it is taken, what a completion or a hearing asks for (to be
    answered by `due_on`), the proposal, the decision with its approvals. The people are those of the organisation who
    are there already. `outcomes`, by service, are what is proposed and decided; a service not named is approved.
    """
    pilot = pilots.pilot(session, given.pop("pilot_key", "keusote-2022"))
    services = given.pop("services", ("day_activity", "transport"))
    definition = pilots.current_definition(session, pilot.key)
    state = ApplicationState(given.pop("state", ApplicationState.DRAFT))
    facts: dict[str, Any] = {
        "pilot": pilot,
        "pilot_version_id": pilot.version_id,
        "provider": provider,
        "state": state,
        "created_by": person,
        "created_at": NOW - timedelta(days=10),
        "submitted_at": None if state == ApplicationState.DRAFT else NOW - timedelta(days=5),
        "answers": {},
    }
    application = Application(**(facts | given))
    if complete:
        provider.iban = provider.iban or "FI2112345600000785"
        application.rulebook_accepted_at = NOW - timedelta(days=6)
        application.rulebook_accepted_by = person
        application.answers = {
            question.key: passing_answer(question)
            for section in definition.sections_for(services)
            for question in section.questions
        } | application.answers
        application.evidence = [
            make_evidence(session, provider, requirement.kind)
            for requirement in definition.required_evidence(*services)
        ]
    application.lines = [
        ApplicationLine(service_key=key, municipalities=["858", "186"] if complete else [])
        for key in services
    ]
    session.add(application)
    session.flush()
    if state in _TAKEN:
        if not {"handler", "handler_id"} & given.keys():
            application.handler = staff_of(session, application, Role.REVIEWER)
        _add_what_belongs_to(session, application, outcomes or {}, due_on or NOW.date() + timedelta(days=14))
        session.flush()
    return application


_TAKEN = {*APPLICATION.waiting, ApplicationState.DECIDED} - {ApplicationState.SUBMITTED}


def staff_of(session: Session, application: Application, role: Role) -> User:
    """The first person with the role in the application's organisation; made when there is none."""
    organisation = application.pilot.organisation_key
    query = (
        sa.select(User)
        .join(User.grants)
        .where(RoleGrant.role == role, RoleGrant.organisation_key == organisation)
        .order_by(User.id)
        .limit(1)
    )
    return session.scalar(query) or make_user(session, role, organisation=organisation)


def _add_what_belongs_to(
    session: Session, application: Application, outcomes: Mapping[str, Outcome], due_on: date
) -> None:
    reviewer = application.handler or staff_of(session, application, Role.REVIEWER)
    if reviewer.grants and all(grant.role == Role.DECIDER for grant in reviewer.grants):
        reviewer = staff_of(session, application, Role.REVIEWER)
    match application.state:
        case ApplicationState.COMPLETION_REQUESTED:
            ask_for_completion(application, reviewer, due_on=due_on)
        case ApplicationState.HEARING:
            services = [line.service_key for line in application.lines]
            session.add(make_hearing(application, reviewer, services, closed=False, due_on=due_on))
        case ApplicationState.PROPOSED | ApplicationState.DECIDED:
            _propose(session, application, reviewer, outcomes)
    if application.state == ApplicationState.DECIDED:
        _decide(session, application, reviewer)


def ask_for_completion(
    application: Application, reviewer: User, *sections: str, due_on: date | None = None
) -> CompletionRequest:
    """The reviewer's request to complete sections, that of the staff unless others are named."""
    request = CompletionRequest(
        requested_by_id=reviewer.id,
        requested_at=NOW,
        due_on=due_on or NOW.date() + timedelta(days=14),
        items=[{"section": section, "text": "Tarkenna."} for section in sections or ("staff",)],
    )
    application.completion_requests.append(request)
    return request


def make_hearing(
    application: Application, reviewer: User, services: Sequence[str], *, closed: bool = True, **given: Any
) -> Hearing:
    """A hearing of the provider on services by the reviewer, answered or over unless it is still open."""
    facts: dict[str, Any] = {
        "application_id": application.id,
        "services": list(services),
        "reasons": "Vakuutus ei täytä sääntökirjan vaatimusta.",
        "due_on": NOW.date() + timedelta(days=14),
        "heard_by_id": reviewer.id,
        "heard_at": NOW,
        "closed_at": NOW if closed else None,
    }
    return Hearing(**(facts | given))


def _propose(
    session: Session, application: Application, reviewer: User, outcomes: Mapping[str, Outcome]
) -> None:
    """Propose the outcomes; whoever would be rejected has been heard."""
    for line in application.lines:
        line.proposed_outcome = outcomes.get(line.service_key, Outcome.APPROVED)
        line.proposed_grounds = "Ehdot täyttyvät." if line.proposed_outcome.approves else "Vakuutus puuttuu."
        if line.proposed_outcome == Outcome.APPROVED_WITH_CONDITIONS:
            line.proposed_conditions = [{"text": "Vakuutus pidetään voimassa.", "due_on": None}]
        line.proposed_by_id, line.proposed_at = reviewer.id, NOW
    rejected = [line.service_key for line in application.lines if line.proposed_outcome == Outcome.REJECTED]
    if rejected:
        session.add(make_hearing(application, reviewer, rejected))


def document_of(number: str) -> bytes:
    """What stands in the document of a decision that was made here: who needs the file puts it into the store."""
    return f"%PDF-1.7 {number}".encode()


def _decide(session: Session, application: Application, reviewer: User) -> None:
    """Decide as it has been proposed, with the document and an approval for each line that has none yet."""
    decider = staff_of(session, application, Role.DECIDER)
    number = f"TEST-2026/{next(_numbers)}"
    content = document_of(number)
    application.decisions.append(
        Decision(
            number=number,
            language=application.created_by.language,
            decided_on=NOW.date(),
            proposed_by_id=reviewer.id,
            decided_by_id=decider.id,
            file=StoredFile(
                sha256=hashlib.sha256(content).hexdigest(),
                media_type="application/pdf",
                size=len(content),
                name="decision.pdf",
                created_at=NOW,
            ),
        )
    )
    for line in application.lines:
        line.outcome, line.decided_by_id, line.decided_at = line.proposed_outcome, decider.id, NOW
        if line.outcome is not None and line.outcome.approves:
            make_approval(
                session,
                application.provider,
                line.service_key,
                pilot_key=application.pilot_key,
                municipalities=line.municipalities,
                application_line_id=line.id,
            )


def passing_answer(question: Question) -> Any:
    """An answer that the automatic check lets through. Files are not asked in the shipped pilots' forms."""
    rule = question.passes
    options = [option.key for option in question.options][:1]
    answers = {
        "yes_no": rule is None or rule.equals != "no",
        "declaration": True,
        "number": max(question.minimum or 0, (rule.at_least if rule else None) or 0, 1),
        "money": 5000,
        "date": "2027-01-01",
        "one_of": (rule.equals if rule else None) or "".join(options),
        "many_of": list(rule.includes if rule else ()) or options,
        "municipalities": ["858"],
    }
    return answers.get(question.type, f"Vastaus: {question.key.replace('_', ' ')}")
