"""An invented client whose sister is paid for helping and whose brother waits to be approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of, create_user, grant
from marketplace.clients.models import Client, Participation
from marketplace.clients.plans.rules import Arranged, Line, PlanContent, Writer
from marketplace.clients.plans.service import write_plan
from marketplace.deliveries import service as deliveries
from marketplace.deliveries.rules import DeliveryKind, Said, Times
from marketplace.demo.chance import Chance
from marketplace.demo.companies import person_name
from marketplace.demo.giving import CONFIRMED_AFTER, VISIT, WRITTEN
from marketplace.demo.identifiers import iban
from marketplace.demo.people import DOMAIN, staff_address
from marketplace.files.store import FileStore
from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.payments.statements import service as statements
from marketplace.permissions import SYSTEM, Role
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import kept_definition
from marketplace.providers.company import account
from marketplace.providers.company.queries import waiting_change
from marketplace.vouchers.agreeing.service import record_for_office
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.rules import Facts, LineFacts, add_months
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.own_people import service
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import OwnPersonFacts
from marketplace.vouchers.rules import AgreementParty, AgreementTerms
from marketplace.work import UnitOfWork

ORGANISATION: Final = "metropolia"
PILOT: Final = "hb-2016"
SERVICE: Final = "personal_assistance"

MONTHS: Final = 3
"""How many months ago the client began to be helped."""

JOINED: Final = timedelta(days=60)
DECIDED: Final = timedelta(days=30)
PROPOSED: Final = timedelta(days=20)
APPROVED: Final = timedelta(days=15)
"""How long before that day the client joined, was granted the budget, proposed the sister, and she was approved."""

FROZEN_ON: Final = 3
"""The day of the next month on which a month is frozen."""

MONTHLY: Final = Money(400_00)
AGREED: Final = "160"
PRICE: Final = Money(16_00)
WEDNESDAY: Final = 2
BEGINS_AT: Final = time(10)
ACCOUNTS: Final = (700_001, 700_002)
"""The numbers from which the account numbers of the two people are made; no company has them."""


@dataclass(frozen=True, slots=True)
class _People:
    """The client with an account of their own, and who works at the organisation."""

    session: Session
    client: Client
    citizen: User
    counsellor: User
    decider: User
    payer: User

    def work(self, user: User, day: date) -> UnitOfWork:
        """What one of them does at noon of a day."""
        return UnitOfWork(self.session, actor_of(user), datetime.combine(day, time(12), HELSINKI))


def pay_somebody_near(session: Session, store: FileStore, *, seed: int, now: datetime) -> None:
    """A client whose sister is paid since three months, and whose brother waits to be approved; nothing where the pilot
    is not loaded.
    """
    version = session.scalar(sa.select(Pilot.version_id).where(Pilot.key == PILOT))
    if version is None:
        return
    today = helsinki_date(now)
    begins = add_months(today.replace(day=1), -MONTHS)
    people = _people(session, begins, seed=seed, now=now)
    _decide(people, store, begins)
    sister = person_name("fi", Chance.of(seed, "sister"))
    brother = person_name("fi", Chance.of(seed, "brother"))
    _plan(people, sister, brother, begins)
    own = _propose(people, sister, "sisko", begins - PROPOSED, 0)
    agreement = _approve(people, own, store, begins)
    visits = list(_visits(begins, now))
    for at in visits:
        _give(people, agreement, at, now, confirms=at != visits[-1])
    for number in range(MONTHS):
        frozen_on = add_months(begins, number + 1).replace(day=FROZEN_ON)
        at = min(datetime.combine(frozen_on, time(8), HELSINKI), now)
        statements.freeze(UnitOfWork(session, SYSTEM, at), ORGANISATION, add_months(begins, number))
    _propose(people, brother, "veli", today - timedelta(days=2), 1)


def _people(session: Session, begins: date, *, seed: int, now: datetime) -> _People:
    main = session.scalars(sa.select(User).where(User.email == f"client@{DOMAIN}")).one()
    citizen = create_user(
        session,
        email=staff_address("client", ORGANISATION),
        name=person_name("fi", Chance.of(seed, "client", ORGANISATION)),
        password_hash=main.password_hash,
        language="fi",
        now=now,
    )
    grant(session, citizen, Role.CLIENT, now=now)
    counsellor, decider, payer = (
        session.scalars(sa.select(User).where(User.email == staff_address(name, ORGANISATION))).one()
        for name in ("counsellor", "decider", "payer")
    )
    count = sa.select(sa.func.count(Client.id)).where(Client.organisation_key == ORGANISATION)
    client = Client(
        organisation_key=ORGANISATION,
        number=f"A-{(session.scalar(count) or 0) + 1:04d}",
        name=citizen.name,
        language="fi",
        municipality="837",
        group="disabled_people",
        email=citizen.email,
        counsellor_id=counsellor.id,
        user_id=citizen.id,
        created_at=datetime.combine(begins - JOINED, time(12), HELSINKI),
    )
    session.add(client)
    session.flush()
    session.add(
        Participation(
            client_id=client.id,
            pilot_key=PILOT,
            joined_on=begins - JOINED,
            recorded_by_id=counsellor.id,
            recorded_at=client.created_at,
        )
    )
    session.flush()
    return _People(session, client, citizen, counsellor, decider, payer)


def _decide(people: _People, store: FileStore, begins: date) -> None:
    """Euros for personal assistance, each month of a year."""
    facts = Facts(
        pilot_key=PILOT,
        starts_on=begins,
        ends_on=add_months(begins, 12) - timedelta(days=1),
        applied_on=begins - JOINED,
        voucher_accepted_on=begins - DECIDED,
        grounds="Tarvitset apua arjessasi, ja haluat, että sisaresi auttaa sinua.",
    )
    written = people.work(people.counsellor, begins - DECIDED)
    decision = granting.begin(written, people.client.id, facts)
    granting.add_line(written, decision.id, LineFacts(SERVICE, Amount(Unit.CENTS, MONTHLY.cents)))
    granting.propose(written, decision.id)
    granting.make(people.work(people.decider, begins - DECIDED), decision.id, store=store)
    granting.post_letter(written, decision.id, begins - DECIDED)


def _plan(people: _People, sister: str, brother: str, begins: date) -> None:
    content = PlanContent(
        goals="Haluan asua omassa kodissani ja käydä uimassa kerran viikossa.",
        helps="Tuttu ihminen, joka tietää, miten minua autetaan.",
        lines=(
            Line("Kauppa ja ruoka", Arranged.PAID_PERSON, sister),
            Line("Viikonloput", Arranged.PAID_PERSON, brother),
            Line("Uiminen", Arranged.ASSOCIATION, "Uimaseura"),
        ),
    )
    work = people.work(people.citizen, begins - JOINED)
    write_plan(work, people.client.id, content, writer=Writer.CLIENT, based_on=0)


def _propose(people: _People, name: str, relation: str, day: date, place: int) -> OwnPerson:
    facts = OwnPersonFacts(
        name=name,
        relation=relation,
        pilot_key=PILOT,
        service_key=SERVICE,
        unit="h",
        price=PRICE,
        iban=iban(ACCOUNTS[place]),
        phone="+35890007001",
        city="Tampere",
    )
    work = people.work(people.citizen, day)
    return service.propose(work, people.client, facts, by=AgreementParty.CLIENT, plan_number=1)


def _approve(people: _People, own: OwnPerson, store: FileStore, begins: date) -> Agreement:
    """The decider approves, the payer confirms the account number, the counsellor writes the agreement down."""
    points = service.points_of(own, kept_definition(people.session, own.pilot_version_id))
    day = begins - APPROVED
    service.approve(people.work(people.decider, day), own.id, [each.key for each in points], store=store)
    assert own.offer is not None  # noqa: S101 - approved just now
    change = waiting_change(people.session, own.offer.provider_id)
    assert change is not None  # noqa: S101 - asked for with the approval
    account.confirm(people.work(people.payer, day), change_id=change.id)
    terms = AgreementTerms(people.client.number, begins, None, AGREED)
    return record_for_office(people.work(people.counsellor, day), own.offer.id, terms, store=store)


def _visits(begins: date, now: datetime) -> Iterator[datetime]:
    """When the sister came: on Wednesdays until now."""
    day = begins + timedelta(days=(WEDNESDAY - begins.weekday()) % 7)
    while (at := datetime.combine(day, BEGINS_AT, HELSINKI)) + VISIT <= now:
        yield at
        day += timedelta(days=7)


def _give(people: _People, agreement: Agreement, at: datetime, now: datetime, *, confirms: bool) -> None:
    """The client writes a visit down in the evening and confirms it later."""
    said = Said(DeliveryKind.GIVEN, Times(at, at + VISIT), "Kauppa ja ruoka")
    evening = min(datetime.combine(at.date(), WRITTEN, HELSINKI), now)
    citizen = actor_of(people.citizen)
    work = UnitOfWork(people.session, citizen, evening)
    delivery = deliveries.record_for_own_person(work, people.client, agreement.id, said)
    if confirms:
        later = min(evening + CONFIRMED_AFTER, now)
        deliveries.confirm(UnitOfWork(people.session, citizen, later), delivery)
