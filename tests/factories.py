"""Makers of plausible rows for tests: each takes the session and only what the test cares about."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.applications.models import Application, ApplicationLine
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.permissions import Role
from marketplace.pilots import queries as pilots
from marketplace.pilots.questions import Question
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.vouchers.models import Agreement

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_numbers = itertools.count(1)


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


# --- providers -------------------------------------------------------------------------------------------------------

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


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
    """A limited company in Tuusula."""
    number = next(_numbers)
    facts: dict[str, Any] = {
        "business_id": business_id(9_000_000 + number * 10),
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
    provider = Provider(**(facts | given))
    session.add(provider)
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
    definition = pilots.definition(session, approval.pilot_version_id)
    for requirement in definition.required_evidence(approval.service_key):
        make_evidence(session, approval.provider, requirement.kind)


def make_approval(
    session: Session, provider: Provider, service_key: str = "day_activity", **given: Any
) -> ServiceApproval:
    """An approval in `keusote-2022` for Tuusula and Järvenpää."""
    pilot_key = given.pop("pilot_key", "keusote-2022")
    facts: dict[str, Any] = {
        "provider": provider,
        "pilot_key": pilot_key,
        "pilot_version_id": pilots.pilot(session, pilot_key).version_id,
        "service_key": service_key,
        "municipalities": ["858", "186"],
        "state": "approved",
        "approved_on": NOW.date(),
    }
    approval = ServiceApproval(**(facts | given))
    session.add(approval)
    session.flush()
    return approval


def make_offer(session: Session, approval: ServiceApproval, **given: Any) -> Offer:
    """A published offer, in force since yesterday, with every band of the pilot priced at half its ceiling.

    `given` goes to the offer, and under the key `version` to its only version.
    """
    yesterday = NOW - timedelta(days=1)
    definition = pilots.definition(session, approval.pilot_version_id)
    version: dict[str, Any] = {
        "number": 1,
        "state": "published",
        "valid_from": yesterday.date(),
        "title": LocalizedText("Päivätoimintaa metsän reunassa", "Dagverksamhet vid skogsbrynet"),
        "summary": LocalizedText("Tekemistä joka päivälle.", "Något att göra varje dag."),
        "description": LocalizedText("Pieni ryhmä.", "En liten grupp."),
        "plain": LocalizedText(),
        "municipalities": list(approval.municipalities),
        "groups": list(definition.groups),
        "languages": ["fi"],
        "features": [],
        "created_at": yesterday,
        "published_at": yesterday,
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
        "state": "published",
        "availability_state": "now",
        "availability_updated_at": NOW,
        "created_at": yesterday,
    }
    offer = Offer(**(facts | {key: value for key, value in given.items() if key != "version"}))
    offer.versions.append(OfferVersion(**(version | given.get("version", {}))))
    session.add(offer)
    session.flush()
    return offer


def make_agreement(session: Session, offer: Offer, person: User, **given: Any) -> Agreement:
    """A client's agreement in the offer since its first version, until further notice, recorded by `person`."""
    [version] = offer.versions
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
    session: Session, provider: Provider, person: User, *, complete: bool = True, **given: Any
) -> Application:
    """An application to `keusote-2022` for day activities and transport, by `person`; a draft unless told otherwise.

    Complete: every question answered so that it passes, every proof there and fresh, the rulebook accepted.
    """
    pilot = pilots.pilot(session, given.pop("pilot_key", "keusote-2022"))
    services = given.pop("services", ("day_activity", "transport"))
    definition = pilots.current_definition(session, pilot.key)
    state = given.get("state", "draft")
    facts: dict[str, Any] = {
        "pilot": pilot,
        "pilot_version_id": pilot.version_id,
        "provider": provider,
        "state": state,
        "created_by": person,
        "created_at": NOW - timedelta(days=10),
        "submitted_at": None if state == "draft" else NOW - timedelta(days=5),
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
    return application


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
    return answers.get(question.type, f"Vastaus: {question.key}")
