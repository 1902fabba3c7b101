"""A client of the pilot that lets people near to clients be paid, her sister, and who acts for whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.clients.models import Client, Participation
from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.permissions import Role
from marketplace.pilots.queries import kept_definition
from marketplace.providers.company import account
from marketplace.providers.company.models import AccountChange
from marketplace.vouchers.agreeing.service import record_for_office
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import Facts, LineFacts
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.own_people import service
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import OwnPersonFacts
from marketplace.vouchers.rules import AgreementParty, AgreementTerms
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_client, make_user
from tests.vouchers.agreeing.conftest import make_store

PILOT: Final = "hb-2016"
SERVICE: Final = "personal_assistance"
ORGANISATION: Final = "metropolia"
SISTER: Final = "Siiri Sisarinen-Zetterholm"
"""A name that stands nowhere else, so that it is found wherever it should not be."""

IBAN: Final = "FI2112345600000785"
FACTS: Final = OwnPersonFacts(
    name=SISTER,
    relation="sisko",
    pilot_key=PILOT,
    service_key=SERVICE,
    unit="h",
    price=Money(16_00),
    iban=IBAN,
    phone="+358401112233",
    email="siiri@own.example",
    street="Siirintie 7",
    postal_code="33100",
    city="Tampere",
)


@dataclass(frozen=True)
class Near:
    """`client` is Olga's; `helper` may act for her, `decider` decides, `payer` pays, `stranger` is elsewhere."""

    client: Client
    citizen: User
    helper: User
    olga: User
    decider: User
    payer: User
    coordinator: User
    stranger: User
    decision: ServiceDecision

    def work(self, session: Session, name: str = "olga", now: datetime = NOW) -> UnitOfWork:
        """A unit of work of one of the people."""
        return UnitOfWork(session, actor_of(getattr(self, name)), now)


def staff(session: Session, role: Role, *, besides: int = 0, **given: Any) -> User:
    """Somebody of the organisation with the role, always the same, so that every scene writes to as many."""
    held = (
        sa.select(User)
        .join(User.grants)
        .where(RoleGrant.role == role, RoleGrant.organisation_key == ORGANISATION, User.id != besides)
    )
    found = session.scalars(held.order_by(User.id)).first()
    return found or make_user(session, role, organisation=ORGANISATION, **given)


def make_near(session: Session, **given: Any) -> Near:
    """The scene in the caller's session; `given` goes to the client."""
    olga = staff(session, Role.COUNSELLOR, name="Olga Ohjaaja")
    citizen = make_user(session, Role.CLIENT, name="Aino Asiakas")
    helper = make_user(session, Role.HELPER, name="Helmi Auttaja")
    decider = staff(session, Role.DECIDER)
    facts = {
        "organisation_key": ORGANISATION,
        "name": "Aino Asiakas",
        "counsellor_id": olga.id,
        "user_id": citizen.id,
        "email": "aino@client.example",
        "municipality": "837",
        "group": "disabled_people",
    }
    client = make_client(session, **(facts | given))
    session.add(
        Participation(
            client_id=client.id,
            pilot_key=PILOT,
            joined_on=NOW.date() - timedelta(days=60),
            recorded_by_id=olga.id,
            recorded_at=NOW,
        )
    )
    mandate(session, client, citizen, helper)
    return Near(
        client=client,
        citizen=citizen,
        helper=helper,
        olga=olga,
        decider=decider,
        payer=staff(session, Role.PAYER),
        coordinator=staff(session, Role.COORDINATOR),
        stranger=make_user(session, Role.COUNSELLOR, organisation="keusote"),
        decision=_decided(session, client, olga, decider),
    )


def mandate(session: Session, client: Client, citizen: User, helper: User, scope: Scope = Scope.ACT) -> None:
    """Let somebody help the client."""
    session.add(
        Mandate(
            client_id=client.id,
            helper_id=helper.id,
            source=Source.PORTAL,
            scope=scope,
            name=helper.name,
            email=helper.email,
            expires_at=NOW,
            given_at=NOW,
            given_by_id=citizen.id,
            accepted_at=NOW,
        )
    )
    session.flush()


def _decided(session: Session, client: Client, olga: User, decider: User) -> ServiceDecision:
    facts = Facts(
        pilot_key=PILOT,
        starts_on=date(2026, 10, 1),
        ends_on=date(2027, 9, 30),
        applied_on=date(2026, 9, 15),
        voucher_accepted_on=date(2026, 9, 20),
        grounds="Tarvitset apua arjessa.",
    )
    written = UnitOfWork(session, actor_of(olga), NOW)
    decision = granting.begin(written, client.id, facts)
    granting.add_line(written, decision.id, LineFacts(SERVICE, Amount(Unit.CENTS, 400_00)))
    granting.propose(written, decision.id)
    return granting.make(UnitOfWork(session, actor_of(decider), NOW), decision.id, store=make_store())


def points(session: Session, own: OwnPerson) -> list[str]:
    """Every point that is looked at."""
    definition = kept_definition(session, own.pilot_version_id)
    return [each.key for each in service.points_of(own, definition)]


def proposed(session: Session, scene: Near, who: str = "citizen", **facts: Any) -> OwnPerson:
    """The sister, proposed by the client unless another of the people is named."""
    by = {"citizen": AgreementParty.CLIENT, "helper": AgreementParty.HELPER}.get(who, AgreementParty.OFFICE)
    client = session.get_one(Client, scene.client.id)
    return service.propose(scene.work(session, who), client, replace(FACTS, **facts), by=by)


def approved(session: Session, scene: Near, **facts: Any) -> OwnPerson:
    """The sister, approved by the decider, with an account number that the payer has confirmed."""
    own = proposed(session, scene, **facts)
    service.approve(scene.work(session, "decider"), own.id, points(session, own), store=make_store())
    assert own.offer is not None
    change = session.scalars(
        sa.select(AccountChange).where(AccountChange.provider_id == own.offer.provider_id)
    ).one()
    account.confirm(scene.work(session, "payer"), change_id=change.id)
    return own


def agreed(session: Session, scene: Near, own: OwnPerson, first: date = date(2026, 11, 22)) -> Agreement:
    """The client's agreement with her sister for 160 € a month."""
    assert own.offer_id is not None
    return record_for_office(
        scene.work(session),
        own.offer_id,
        AgreementTerms(scene.client.number, first, None, "160"),
        store=make_store(),
    )
