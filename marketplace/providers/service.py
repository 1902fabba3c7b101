"""Companies: registering one and keeping its facts up to date."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of, create_user, grant
from marketplace.audit.service import record
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import LocalizedText, _l
from marketplace.permissions import Actor, Permission, Role
from marketplace.pilots.vocabulary import LANGUAGES
from marketplace.providers import queries
from marketplace.providers.identifiers import normal_business_id, normal_iban
from marketplace.providers.models import Provider
from marketplace.providers.rules import LEGAL_FORMS


class Overtaken(Conflict):
    """Somebody else saved the same thing while it was open here; what they saved stands until it is saved anew."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "Somebody else saved changes here while you were writing. Nothing of theirs has been replaced. "
                "Compare the two below and save again if yours should stand."
            )
        )


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a newcomer; `language` is the one in which mail is sent."""

    email: str
    name: str
    password: str
    language: str


@dataclass(frozen=True, slots=True)
class Company:
    """What a new provider says of itself at first; the rest is filled in later."""

    business_id: str
    official_name: str
    legal_form: str
    phone: str = ""


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
    website: str = ""
    languages: list[str] = field(default_factory=list)
    description: LocalizedText = field(default_factory=LocalizedText)
    iban: str = ""


def register_newcomer(
    session: Session, *, account: Account, company: Company, now: datetime
) -> tuple[User, Provider]:
    """An account and its provider at once. Raises Invalid and Conflict as `create_user` and `register` do."""
    _refuse_known(session, normal_business_id(company.business_id))
    user = create_user(
        session,
        email=account.email,
        name=account.name,
        password=account.password,
        language=account.language,
        now=now,
    )
    return user, register(session, user=user, company=company, now=now)


def register(session: Session, *, user: User, company: Company, now: datetime) -> Provider:
    """A provider with `user` as its first admin; a welcome goes by mail.

    Raises Invalid for a wrong business ID and Conflict when the portal has it already: the answer then tells nothing
    of the company.
    """
    business_id = normal_business_id(company.business_id)
    _refuse_known(session, business_id)
    provider = Provider(
        business_id=business_id,
        official_name=company.official_name.strip(),
        legal_form=_known_form(company.legal_form),
        street="",
        postal_code="",
        city="",
        phone=company.phone.strip(),
        email=user.email,
        languages=[user.language],
        description=LocalizedText(),
        created_at=now,
    )
    session.add(provider)
    session.flush()
    grant(session, user, Role.PROVIDER_ADMIN, provider_id=provider.id)
    record(
        session,
        actor=actor_of(user),
        now=now,
        action="provider.register",
        subject=provider,
        after={"business_id": business_id, "official_name": provider.official_name},
    )
    outbox.send(
        session,
        to=user.email,
        language=user.language,
        template="provider_registered",
        now=now,
        context={"name": user.name, "provider": provider.name, "business_id": business_id},
    )
    return provider


def update_company(
    session: Session, *, actor: Actor, now: datetime, provider_id: int, seen: str, facts: CompanyFacts
) -> Provider:
    """Save the provider's facts. `seen` is the revision the person was looking at.

    Raises Overtaken when somebody saved meanwhile, NotAllowed when an editor changes the account number, Invalid for
    impossible values, NotFound for another's provider.
    """
    provider = queries.my_provider(session, actor, provider_id)
    if str(provider.revision) != seen:
        raise Overtaken()
    values = asdict(facts) | {"iban": normal_iban(facts.iban), "legal_form": _known_form(facts.legal_form)}
    values["description"] = facts.description
    if values["iban"] != provider.iban and not actor.may(Permission.MANAGE_PROVIDER, provider=provider_id):
        raise NotAllowed(_l("Only an admin of the company may change the account number."), field="iban")
    if not set(facts.languages) <= set(LANGUAGES):
        raise Invalid(_l("Choose languages from the list."), field="languages")
    changed = {name: value for name, value in values.items() if getattr(provider, name) != value}
    before = {name: _plain(getattr(provider, name)) for name in changed}
    for name, value in changed.items():
        setattr(provider, name, value)
    if changed:
        after = {name: _plain(value) for name, value in changed.items()}
        record(
            session,
            actor=actor,
            now=now,
            action="provider.update",
            subject=provider,
            before=before,
            after=after,
        )
    return provider


def _refuse_known(session: Session, business_id: str) -> None:
    if queries.provider_with_business_id(session, business_id) is not None:
        raise Conflict(
            _l(
                "A company with this business ID is already on the portal. Ask a colleague who uses the portal to "
                "give you access, or write to us through “Give feedback”."
            ),
            field="business_id",
        )


def _known_form(legal_form: str) -> str:
    if legal_form not in LEGAL_FORMS:
        raise Invalid(_l("Choose the legal form."), field="legal_form")
    return legal_form


def _plain(value: object) -> object:
    """A value as JSON for the audit trail."""
    return {"fi": value.fi, "sv": value.sv} if isinstance(value, LocalizedText) else value
