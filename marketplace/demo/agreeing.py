"""Requests and agreements of the demo's own client in every state, each come about as people would do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.clients.models import Client
from marketplace.demo.people import DOMAIN, PROVIDER_ACCOUNTS
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.pricing.rules import checked_quantity
from marketplace.offers.rules import Availability, OfferState, VersionState, version_in_force
from marketplace.permissions import SYSTEM
from marketplace.vouchers.agreeing import queries, service
from marketplace.vouchers.agreeing.rules import Wish
from marketplace.vouchers.agreeing.weighing import Weighing, prices_changed, weigh
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty
from marketplace.work import UnitOfWork

BEGINS: Final = timedelta(days=24)
"""How far away the first day of what is asked for today lies."""

ONE: Final = Decimal(1)
"""How much is wanted of a band each month: little, so that every request fits."""


@dataclass(frozen=True, slots=True)
class DemoChoice:
    """The demo's client and helper, who answer for the providers, and where contracts are kept."""

    session: Session
    store: FileStore
    client: Client
    citizen: User
    helper: User
    now: datetime

    def work(self, person: User, ago: timedelta = timedelta()) -> UnitOfWork:
        """What somebody does so long ago."""
        return UnitOfWork(self.session, actor_of(person), self.now - ago)

    def ask(
        self, offer: Offer, *, ago: timedelta = timedelta(), begins: timedelta = BEGINS, helper: bool = False
    ) -> Agreement:
        """Ask for one unit of the first band, so long ago, from a day on."""
        person = self.helper if helper else self.citizen
        by = AgreementParty.HELPER if helper else AgreementParty.CLIENT
        found = self.weighed(offer, ago, begins)
        assert found.version is not None  # noqa: S101 - it has been looked at
        band, price = next(iter(found.prices.items()))
        wish = Wish(found.starts_on, {band: checked_quantity(ONE, price.unit)}, found.version.id)
        return service.ask(self.work(person, ago), self.client, offer.id, wish, by=by)

    def weighed(self, offer: Offer, ago: timedelta = timedelta(), begins: timedelta = BEGINS) -> Weighing:
        """The client and an offer side by side."""
        today = helsinki_date(self.now - ago)
        return weigh(self.session, self.client, offer, today + begins, today=today)

    def provider(self, agreement: Agreement, ago: timedelta = timedelta()) -> UnitOfWork:
        """What the first of those who act for the agreement's provider does."""
        person = self.session.scalars(
            sa.select(User)
            .join(RoleGrant)
            .where(RoleGrant.provider_id == agreement.offer.provider_id)
            .order_by(User.id)
            .limit(1)
        ).one()
        return self.work(person, ago)

    def accepted(self, offer: Offer, *, ago: timedelta, begins: timedelta) -> Agreement:
        """A request that its provider has accepted on the same day."""
        made = self.ask(offer, ago=ago, begins=begins)
        return service.accept(self.provider(made, ago), offer.provider_id, made.id, store=self.store)


def choose(session: Session, store: FileStore, *, now: datetime) -> None:
    """Let the demo's client ask and its providers answer; nothing where no offer suits the client."""
    people = {
        name: session.scalars(sa.select(User).where(User.email == f"{name}@{DOMAIN}")).one()
        for name in ("client", "helper")
    }
    client = session.scalars(sa.select(Client).where(Client.user_id == people["client"].id)).one()
    scene = DemoChoice(session, store, client, people["client"], people["helper"], now)
    for course, offer in zip(COURSES, _suitable(scene), strict=False):
        course(scene, offer)
    _repriced(scene)


def _suitable(scene: DemoChoice) -> Iterator[Offer]:
    """The offers that the client can choose now and could have chosen a month ago, the demo's own provider's first."""
    own = sa.select(RoleGrant.provider_id).join(User).where(User.email == PROVIDER_ACCOUNTS[0])
    offers = scene.session.scalars(
        sa.select(Offer)
        .where(
            Offer.state == OfferState.PUBLISHED,
            Offer.availability_state != Availability.FULL,
            Offer.pilot_key.in_([each.pilot_key for each in scene.client.participations]),
        )
        .options(selectinload(Offer.versions))
        .order_by(Offer.provider_id.not_in(own), Offer.id)
    )
    for offer in offers.all():
        version = version_in_force(offer.versions, helsinki_date(scene.now - LONG_AGO))
        if version is None or scene.client.municipality not in version.municipalities:
            continue
        then = scene.weighed(offer, LONG_AGO, SOON)
        if then.can_be_chosen and _fits(then) and scene.weighed(offer).can_be_chosen:
            yield offer


def _fits(found: Weighing) -> bool:
    if not found.prices:
        return False
    month = found.month({next(iter(found.prices)): ONE})
    return found.over(month) is None and (found.value.own_share_allowed or not found.dearer(month))


LONG_AGO: Final = timedelta(days=30)
SOON: Final = timedelta(days=9)


def _waiting(scene: DemoChoice, offer: Offer) -> None:
    """Earlier requests came to nothing; the helper has asked again and waits for the answer."""
    declined = scene.ask(offer, ago=LONG_AGO, begins=SOON)
    service.decline(
        scene.provider(declined, LONG_AGO), offer.provider_id, declined.id, _DECLINED[scene.client.language]
    )
    lapsed = scene.ask(offer, ago=timedelta(days=20), begins=SOON)
    service.let_lapse(scene.work(scene.citizen, timedelta(days=12)).acting_as(SYSTEM), lapsed)
    taken_back = scene.ask(offer, ago=timedelta(days=6))
    service.withdraw(
        scene.work(scene.citizen, timedelta(days=5)), queries.for_change(scene.session, taken_back.id)
    )
    scene.ask(offer, ago=timedelta(days=1), helper=True)


def _ending(scene: DemoChoice, offer: Offer) -> None:
    made = scene.accepted(offer, ago=LONG_AGO, begins=SOON)
    last = helsinki_date(scene.now) + timedelta(days=20)
    service.give_notice(scene.work(scene.citizen), made, last, by=AgreementParty.CLIENT)


def _stopped(scene: DemoChoice, offer: Offer) -> None:
    made = scene.accepted(offer, ago=LONG_AGO, begins=SOON)
    ago = timedelta(days=2)
    service.stop(
        scene.work(scene.citizen, ago), made, _STOPPED[scene.client.language], by=AgreementParty.CLIENT
    )


def _called_off(scene: DemoChoice, offer: Offer) -> None:
    made = scene.accepted(offer, ago=timedelta(days=4), begins=timedelta(days=40))
    service.give_notice(
        scene.work(scene.citizen),
        made,
        helsinki_date(scene.now) + timedelta(days=15),
        by=AgreementParty.CLIENT,
    )


def _to_begin(scene: DemoChoice, offer: Offer) -> None:
    scene.accepted(offer, ago=timedelta(days=2), begins=BEGINS)


COURSES: Final[tuple[Callable[[DemoChoice, Offer], None], ...]] = (
    _waiting,
    _ending,
    _stopped,
    _called_off,
    _to_begin,
)
"""What has happened in the first offers that suit the client, one each."""


def _repriced(scene: DemoChoice) -> None:
    """A request at prices that have changed since, in the first offer that suits and has had others."""
    for offer in _suitable(scene):
        earlier = _earlier(offer, helsinki_date(scene.now))
        if earlier is None:
            continue
        made = scene.ask(offer)
        made.version = earlier
        if prices_changed(made):
            service.ask_anew(scene.provider(made), offer.provider_id, made.id)
            return
        service.withdraw(scene.work(scene.citizen), made)


def _earlier(offer: Offer, today: date) -> OfferVersion | None:
    """The version before the one in force today, if there is one."""
    begun = [
        each for each in offer.versions if each.state == VersionState.PUBLISHED and each.valid_from <= today
    ]
    return begun[-2] if len(begun) > 1 else None


_DECLINED: Final = {
    "fi": "Meillä ei ole juuri nyt vapaata työntekijää näinä aikoina.",
    "sv": "Vi har ingen ledig arbetstagare just nu vid de här tiderna.",
}
_STOPPED: Final = {
    "fi": "Työntekijä jäi kaksi kertaa tulematta, eikä kukaan ilmoittanut siitä.",
    "sv": "Arbetstagaren uteblev två gånger och ingen meddelade om det.",
}
