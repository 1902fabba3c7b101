"""Registering a company and keeping its facts up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.links import service as links
from marketplace.accounts.links.rules import Purpose
from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of, create_user, grant
from marketplace.errors import Conflict, Fault, Invalid, NotAllowed, faults_of, refuse_all
from marketplace.i18n import LocalizedText, _l
from marketplace.permissions import Permission, Role
from marketplace.pilots.vocabulary import LANGUAGES, SERVICES
from marketplace.providers import queries
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.providers.company import mails
from marketplace.providers.company.account import ask_for_account
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.identifiers import (
    normal_business_id,
    normal_einvoice_address,
    normal_einvoice_operator,
    normal_iban,
)
from marketplace.providers.models import Provider
from marketplace.providers.rules import COMPANY_FORMS
from marketplace.providers.service import Overtaken
from marketplace.work import AuditAction, UnitOfWork


class AlreadyHere(Conflict):
    """The business ID is registered already: whoever comes with it asks the company's admins for access."""

    def __init__(self) -> None:
        super().__init__(
            _l("A company with this business ID is already on the portal. Ask its admins for access."),
            field="business_id",
        )


@dataclass(frozen=True, slots=True)
class NewAccount:
    """The account of a newcomer; `language` is the one in which mail is sent."""

    email: str
    name: str
    password_hash: str
    language: str


@dataclass(frozen=True, slots=True)
class NewCompany:
    """What a new provider says of itself at first; what the register knows comes along."""

    business_id: str
    official_name: str
    legal_form: str
    phone: str = ""
    trade_name: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    postal_street: str = ""
    postal_postal_code: str = ""
    postal_city: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """What waits until a newcomer has confirmed the address; `onward`: where to go afterwards."""

    account: NewAccount
    company: NewCompany
    onward: str | None


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What a provider may change about itself. The business ID stays."""

    official_name: str
    legal_form: str
    phone: str
    email: str
    trade_name: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    postal_street: str = ""
    postal_postal_code: str = ""
    postal_city: str = ""
    website: str = ""
    languages: list[str] = field(default_factory=list)
    description: LocalizedText = field(default_factory=LocalizedText)
    signatory: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    invoicing_name: str = ""
    invoicing_phone: str = ""
    invoicing_email: str = ""
    iban: str = ""
    einvoice_address: str = ""
    einvoice_operator: str = ""


def ask_to_register(
    session: Session, *, account: NewAccount, company: NewCompany, onward: str | None, now: datetime
) -> None:
    """Keep a newcomer's registration until the address is confirmed by the link that goes to it: nothing exists before.

    `onward` is where the person goes afterwards. Nothing tells whether the address has an account or the business ID
    is on the portal. Raises Invalid for a wrong business ID or legal form.
    """
    company = replace(
        company,
        business_id=normal_business_id(company.business_id),
        legal_form=_known_form(company.legal_form),
    )
    known = {"name": account.name, "password_hash": account.password_hash, "language": account.language}
    links.ask(
        session,
        Purpose.REGISTRATION,
        email=account.email,
        language=account.language,
        now=now,
        payload={"account": known, "company": asdict(company), "onward": onward or ""},
    )


def registration_of(session: Session, token: str, now: datetime) -> Registration:
    """What was to be registered when the address is confirmed. Raises LinkIsDead."""
    link = links.living_link(session, Purpose.REGISTRATION, token, now)
    return Registration(
        account=NewAccount(email=link.email, **link.payload["account"]),
        company=NewCompany(**link.payload["company"]),
        onward=link.payload["onward"] or None,
    )


def confirm_registration(work: UnitOfWork, token: str) -> tuple[User, Provider | None]:
    """The address is confirmed: the account, and its company, or None when the business ID is on the portal already.

    Then the company's admins should be asked for access. Raises LinkIsDead, Conflict when the address has an account.
    """
    registration = registration_of(work.session, token, work.now)
    links.use(
        work.session, links.living_link(work.session, Purpose.REGISTRATION, token, work.now), now=work.now
    )
    user = create_account(work, account=registration.account)
    if queries.provider_with_business_id(work.session, registration.company.business_id) is not None:
        return user, None
    return user, register(work, user=user, company=registration.company)


def create_account(work: UnitOfWork, *, account: NewAccount) -> User:
    """The account of a newcomer, whose address is confirmed. Raises Conflict when it has an account."""
    return create_user(
        work.session,
        email=account.email,
        name=account.name,
        password_hash=account.password_hash,
        language=account.language,
        now=work.now,
    )


def register(work: UnitOfWork, *, user: User, company: NewCompany) -> Provider:
    """A provider with `user` as its first admin; a welcome goes by mail.

    Raises Invalid for a wrong business ID and AlreadyHere when the portal has it: that tells nothing of the company.
    """
    business_id = normal_business_id(company.business_id)
    _refuse_known(work.session, business_id)
    provider = Provider(
        business_id=business_id,
        official_name=company.official_name.strip(),
        trade_name=company.trade_name.strip(),
        legal_form=_known_form(company.legal_form),
        street=company.street,
        postal_code=company.postal_code,
        city=company.city,
        postal_street=company.postal_street,
        postal_postal_code=company.postal_postal_code,
        postal_city=company.postal_city,
        website=company.website,
        phone=company.phone.strip(),
        email=user.email,
        languages=[user.language],
        description=LocalizedText(),
        created_at=work.now,
    )
    work.session.add(provider)
    work.session.flush()
    grant(work.session, user, Role.PROVIDER_ADMIN, provider_id=provider.id, now=work.now)
    record_of_company(
        work.acting_as(actor_of(user)),
        provider.id,
        ProviderAudit.REGISTER,
        provider,
        after={"business_id": business_id, "official_name": provider.official_name},
    )
    mails.provider_registered(work, user, provider)
    return provider


def update_company(work: UnitOfWork, *, provider_id: int, seen: str, facts: CompanyFacts) -> Provider:
    """Save the provider's facts. `seen` is the revision the person was looking at.

    A new account number goes its own way (`account.ask_for_account`): it may wait for the office while everything
    else holds at once. Raises Overtaken when somebody saved meanwhile, NotAllowed when an editor changes how money
    comes to the company, Invalid for impossible values, NotFound for another's provider.
    """
    provider = queries.my_provider(work, provider_id, lock=True)
    if str(provider.revision) != seen:
        raise Overtaken()
    values = _checked(facts, provider)
    iban = values.pop("iban")
    changed = {name: value for name, value in values.items() if getattr(provider, name) != value}
    if not work.actor.may(Permission.MANAGE_PROVIDER, provider=provider_id):
        _refuse_payment_facts(changed, iban_changes=iban != provider.iban)
    if changed:
        _change(work, provider, changed, action=ProviderAudit.UPDATE)
    if iban != provider.iban:
        ask_for_account(work, provider, iban)
    return provider


def save_vat(work: UnitOfWork, *, provider_id: int, seen: str, codes: Mapping[str, str]) -> Provider:
    """Save how the provider's own services are taxed: service key → VAT code; a service without a code is left out.

    Raises Overtaken, Invalid for a code that the service cannot have, NotFound for another's provider.
    """
    provider = queries.my_provider(work, provider_id, lock=True)
    if str(provider.revision) != seen:
        raise Overtaken()
    given = {service: code for service, code in codes.items() if code}
    refuse_all(
        (service, _l("Choose the VAT from the list."))
        for service, code in given.items()
        if service not in SERVICES or code not in SERVICES[service].vat
    )
    if given != provider.vat:
        _change(work, provider, {"vat": given}, action=ProviderAudit.VAT)
    return provider


_PAYMENT = frozenset({"einvoice_address", "einvoice_operator"})


def _refuse_payment_facts(changed: Mapping[str, object], *, iban_changes: bool) -> None:
    touched = sorted(_PAYMENT & changed.keys())
    if iban_changes or touched:
        raise NotAllowed(
            _l("Only an admin of the company may change the account number and the e-invoice address."),
            field="iban" if iban_changes else touched[0],
        )


def company_faults(facts: CompanyFacts, provider: Provider) -> Iterator[Fault]:
    """Everything in the facts that cannot be, each with its field."""
    address, operator = facts.einvoice_address.strip(), facts.einvoice_operator.strip()
    yield from faults_of(lambda: _known_form(facts.legal_form))
    if not set(facts.languages) <= set(LANGUAGES):
        yield "languages", _l("Choose languages from the list.")
    yield from faults_of(
        lambda: normal_iban(facts.iban),
        lambda: normal_einvoice_address(address, business_id=provider.business_id),
        lambda: normal_einvoice_operator(operator),
    )
    if address and not operator:
        yield "einvoice_operator", _l("Write the operator of the e-invoice address too.")
    if operator and not address:
        yield "einvoice_address", _l("Write the e-invoice address too.")


def _checked(facts: CompanyFacts, provider: Provider) -> dict[str, Any]:
    """The facts in one form. Raises Invalid with everything that cannot be."""
    refuse_all(company_faults(facts, provider))
    address = normal_einvoice_address(facts.einvoice_address, business_id=provider.business_id)
    operator = normal_einvoice_operator(facts.einvoice_operator)
    return asdict(facts) | {
        "iban": normal_iban(facts.iban),
        "legal_form": _known_form(facts.legal_form),
        "description": facts.description,
        "einvoice_address": address,
        "einvoice_operator": operator,
    }


def _change(
    work: UnitOfWork, provider: Provider, changed: Mapping[str, object], *, action: AuditAction
) -> None:
    before = {name: _plain(getattr(provider, name)) for name in changed}
    for name, value in changed.items():
        setattr(provider, name, value)
    after = {name: _plain(value) for name, value in changed.items()}
    record_of_company(work, provider.id, action, provider, before=before, after=after)


def _refuse_known(session: Session, business_id: str) -> None:
    if queries.provider_with_business_id(session, business_id) is not None:
        raise AlreadyHere()


def _known_form(legal_form: str) -> str:
    if legal_form not in COMPANY_FORMS:
        raise Invalid(_l("Choose the legal form."), field="legal_form")
    return legal_form


def _plain(value: object) -> object:
    """A value as JSON for the audit trail."""
    return {"fi": value.fi, "sv": value.sv} if isinstance(value, LocalizedText) else value
