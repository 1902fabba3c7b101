"""A random history of a pilot, whose figures are counted by the reports and counted again."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.rules import Outcome
from marketplace.clients.models import Client, Participation
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryKind, DeliveryState
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectSheet
from marketplace.effects.rules import AskingState, Way
from marketplace.files.models import StoredFile
from marketplace.i18n import HELSINKI
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind, Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.rules import OfferState, VersionState
from marketplace.permissions import Role
from marketplace.pilots.vocabulary import INSTRUMENTS
from marketplace.providers.approved_services import service as approved_services
from marketplace.providers.rules import ApprovalAction, ApprovalState
from marketplace.search.models import UnmetNeed
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import (
    Carry,
    Consumer,
    DecisionKind,
    DecisionState,
    Every,
    FeeGround,
    ValueKind,
)
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty, AgreementState
from tests.factories import (
    NOW,
    make_agreement,
    make_application,
    make_approval,
    make_client,
    make_offer,
    make_provider,
    make_user,
)
from tests.work import work_of

BEGAN = date(2026, 1, 1)
DAYS = (NOW.date() - BEGAN).days

WITH_REASON = (AgreementState.DECLINED, AgreementState.STOPPED, AgreementState.MISTAKEN)


class History:
    """Everything that can happen in a pilot, at random."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.chance = session, random.Random(seed)
        self.person = make_user(session, Role.COUNSELLOR, organisation="keusote")
        self.offers = [self.offer(number) for number in range(3)]
        self.clients = [
            make_client(
                session,
                language=self.chance.choice(["fi", "sv"]),
                municipality=self.chance.choice(["858", "186", None]),
                group=self.chance.choice(["intellectual_disability", "informal_carers", None]),
            )
            for _number in range(self.chance.randint(3, 9))
        ]
        session.add(
            Participation(
                client_id=self.clients[0].id,
                pilot_key="keusote-2022",
                joined_on=BEGAN,
                recorded_by_id=self.person.id,
                recorded_at=NOW,
            )
        )
        for client in self.clients:
            for _number in range(self.chance.randint(0, 4)):
                self.agreement(client.number)
            self.budget(client.id)
            self.answers(client)
        for _number in range(self.chance.randint(0, 12)):
            self.search()
        for _number in range(self.chance.randint(0, 6)):
            self.refusal()
        for offer in self.offers:
            self.former_version(offer)
            self.changes(offer)
        session.flush()

    def day(self) -> date:
        return BEGAN + timedelta(days=self.chance.randrange(DAYS))

    def moment(self) -> datetime:
        return NOW - timedelta(days=self.chance.randrange(DAYS), hours=self.chance.randrange(24))

    def offer(self, number: int) -> Offer:
        service_key = ("day_activity", "transport", "day_activity")[number]
        since = self.day()
        approval = make_approval(self.session, make_provider(self.session), service_key, approved_on=since)
        return make_offer(self.session, approval, version={"valid_from": since, "languages": ["fi", "sv"]})

    def former_version(self, offer: Offer) -> None:
        """What an offer cost before, by the same rows but for one."""
        [version] = offer.versions
        since = version.valid_from - timedelta(days=self.chance.randrange(1, 500))
        kept = {
            name: getattr(version, name)
            for name in (
                "title",
                "summary",
                "description",
                "plain",
                "municipalities",
                "groups",
                "languages",
                "features",
            )
        }
        prices = [
            OfferPrice(
                band=row.band, unit=row.unit, vat_code=row.vat_code, includes=[],
                amount=Money(self.chance.randrange(1, 9000)),
            )
            for row in version.prices[1:]
        ]  # fmt: skip
        offer.versions.append(
            OfferVersion(
                **kept, number=2, state=VersionState.PUBLISHED, valid_from=since, created_at=NOW, published_at=NOW,
                prices=prices,
            )
        )  # fmt: skip
        self.session.flush()

    def changes(self, offer: Offer) -> None:
        """What has become of an approval since, and now and then the end of its offer, at once or with a day."""
        days = sorted(self.day() for _number in range(self.chance.randint(0, 3)))
        for day in days:
            work = work_of(self.session, now=datetime.combine(day, time(12), HELSINKI))
            match self.chance.choice(["area", "suspend", "reinstate", "leave"]):
                case "area":
                    area = self.chance.sample(["858", "186", "092"], 2)
                    approved_services.replace_area(work, offer.approval, area)
                case "suspend" if offer.approval.state == ApprovalState.APPROVED:
                    approved_services.apply_measure(work, offer.approval, ApprovalAction.SUSPEND)
                case "reinstate" if offer.approval.state == ApprovalState.SUSPENDED:
                    approved_services.apply_measure(work, offer.approval, ApprovalAction.REINSTATE)
                case "leave" if day is days[-1] and offer.approval.state == ApprovalState.APPROVED:
                    approved_services.end_by_leaving(work, offer.approval, reason="Muutamme.")
        if self.chance.random() < 0.4:
            offer.ends_on = self.day()
            offer.state = self.chance.choice([OfferState.ENDED, OfferState.PUBLISHED])

    def refusal(self) -> None:
        """An application whose service is refused, on grounds of the library, in own words, or both."""
        at = self.moment()
        application = make_application(
            self.session, make_provider(self.session), self.person, services=("transport",), state="submitted",
            created_at=at, submitted_at=at,
        )  # fmt: skip
        [line] = application.lines
        known = ["evidence_missing", "staff_insufficient", "heard"]
        line.proposed_phrases = self.chance.sample(known, self.chance.randrange(3))
        line.outcome, line.decided_by_id = Outcome.REJECTED, self.person.id
        line.decided_at = at + timedelta(days=self.chance.randrange(60))

    def agreement(self, number: str) -> None:
        state = self.chance.choice(list(AgreementState))
        starts_on = self.day()
        asked = state in (AgreementState.LAPSED, AgreementState.DECLINED) or self.chance.random() < 0.5
        earlier = self.session.scalars(
            sa.select(Agreement).where(
                Agreement.client_number == number, Agreement.state == AgreementState.ENDING
            )
        ).all()
        ended = state in (AgreementState.ENDING, AgreementState.STOPPED)
        if state in (AgreementState.REQUESTED, AgreementState.WITHDRAWN, AgreementState.PRICE_CHANGED):
            asked = True
        if state in (AgreementState.IN_FORCE, AgreementState.REQUESTED):
            state, ended = AgreementState.ENDING, True  # one at a time in an offer is another room's rule
        former = self.chance.choice(earlier) if earlier and self.chance.random() < 0.5 else None
        agreement = make_agreement(
            self.session,
            self.chance.choice(self.offers),
            self.person,
            client_number=number,
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=self.chance.randrange(200)) if ended else None,
            state=state,
            ended_by=self.chance.choice([*AgreementParty, None]) if ended else None,
            reason="Syy" if state in WITH_REASON else "",
            asked_by=AgreementParty.CLIENT if asked else None,
            answer_until=starts_on if asked else None,
            answered_at=self.moment() if asked else None,
            replaces_id=former.id if former else None,
            change_reason=self.chance.choice([None, "times", "price"]) if former else None,
        )
        for _number in range(self.chance.randint(0, 5)):
            self.delivery(agreement, None)

    def delivery(self, agreement: Agreement, budget: Budget | None) -> None:
        self.session.add(
            Delivery(
                agreement_id=agreement.id,
                provider_id=agreement.offer.provider_id,
                organisation_key="keusote",
                client_number=agreement.client_number,
                kind=DeliveryKind.GIVEN,
                state=self.chance.choice([DeliveryState.CONFIRMED] * 3 + [DeliveryState.REVERSED]),
                day=self.day(),
                activity="Käynti",
                amount=Money(self.chance.randrange(1, 90_000)),
                lines=[],
                budget_id=None if budget is None else budget.id,
                recorded_by_id=self.person.id,
                recorded_at=NOW,
            )
        )

    def budget(self, client_id: int) -> None:
        """A decision with a line in euros or hours, granted, used in part and taken back or carried."""
        unit = self.chance.choice(list(Unit))
        decision = ServiceDecision(
            client_id=client_id,
            pilot_key="keusote-2022",
            pilot_version_id=self.offers[0].approval.pilot_version_id,
            kind=DecisionKind.GRANT,
            state=DecisionState.DRAFT,
            starts_on=BEGAN,
            ends_on=BEGAN + timedelta(days=300),
            consumer=Consumer.ALONE,
            supporter="",
            municipal="",
            grounds="Perustelut",
            created_at=NOW,
            proposed_by_id=self.person.id,
            return_reason="",
            decided_at=self.moment(),
        )
        line = DecisionLine(
            service_key=self.chance.choice(["day_activity", "transport"]),
            unit=unit,
            amount=1000,
            every=Every.MONTH,
            carry=Carry.NONE,
            bands=[],
            value_kind=ValueKind.FIXED,
            unit_value=None,
            fee_ground=FeeGround.FREE_BY_LAW,
            legal_basis="",
        )
        decision.lines.append(line)
        self.session.add(decision)
        self.session.flush()
        work = work_of(self.session)
        funds = ledger.open_account(work, f"funds:t:{unit}", AccountKind.FUNDS, unit, organisation="keusote")
        own = ledger.open_account(work, f"line:t:{line.id}", AccountKind.BUDGET, unit, organisation="keusote")
        budget = Budget(line_id=line.id, first_on=BEGAN, last_on=BEGAN, own=1000, account_id=own.id)
        self.session.add(budget)
        self.session.flush()
        for number in range(self.chance.randint(1, 3)):
            cause = Cause(f"t:{line.id}:{number}", effective_on=self.day())
            ledger.grant(work, funds, own, Amount(unit, self.chance.randrange(10, 9000)), cause)
        agreements = self.session.scalars(
            sa.select(Agreement).where(Agreement.client_number == decision.client.number)
        ).all()
        heir = self.heir(decision)
        for number in range(self.chance.randint(0, 2)):
            if agreements:
                self.let_go(agreements[0], own)
            back = heir.starts_on if heir and self.chance.random() < 0.5 else self.day()
            cause = Cause(f"t:{line.id}:back:{number}", effective_on=back)
            ledger.take_back(work, funds, own, Amount(unit, self.chance.randrange(1, 4)), cause)
        for agreement in agreements[:2]:
            self.delivery(agreement, budget)

    def heir(self, decision: ServiceDecision) -> ServiceDecision | None:
        """Now and then another decision takes the place of one from a day on."""
        kind = self.chance.choice([None, DecisionKind.CHANGE, DecisionKind.END])
        if kind is None:
            return None
        file = StoredFile(sha256="0" * 64, media_type="application/pdf", size=1, name="p.pdf", created_at=NOW)
        heir = ServiceDecision(
            client_id=decision.client_id, pilot_key=decision.pilot_key, pilot_version_id=decision.pilot_version_id,
            kind=kind, state=DecisionState.MADE, number=f"H-{decision.id}", starts_on=self.day(),
            ends_on=BEGAN + timedelta(days=900), consumer=Consumer.ALONE, supporter="", municipal="",
            grounds="Perustelut", created_at=NOW, proposed_by_id=self.person.id, return_reason="",
            decided_by_id=self.person.id, decided_at=NOW, replaces_id=decision.id, file=file,
        )  # fmt: skip
        self.session.add(heir)
        self.session.flush()
        return heir

    def let_go(self, agreement: Agreement, own: Account) -> None:
        """An agreement holds a part of a budget and lets go of it later, of all or of a part."""
        work, unit = work_of(self.session), own.unit
        receiver = ledger.open_account(
            work, f"provider:t:{unit}", AccountKind.PROVIDER, unit, organisation="keusote"
        )
        about, number = f"agreement:{agreement.id}", self.chance.randrange(10**9)
        cause = Cause(f"{about}:{number}", about, effective_on=self.day())
        held = ledger.reserve(work, own, receiver, Amount(unit, 3), cause)
        source = f"{about}:let-go:{held.id}"
        day = self.chance.choice([BEGAN, self.day()])
        ledger.void(work, held, Cause(source, about, day))
        if self.chance.random() < 0.5:
            ledger.reserve(
                work, own, receiver, Amount(unit, 1), Cause(f"{source}:rest", about, held.effective_on)
            )

    def answers(self, client: Client) -> None:
        """Askings in every state, and sheets of a pseudonym with answers, skipped items and sheets not sent."""
        who, months = f"p{client.id}", [BEGAN, date(2026, 4, 1), date(2026, 7, 1)]
        for wave, month in zip((0, 3, 12), months, strict=True):
            day = month + timedelta(days=self.chance.randrange(28))
            self.session.add(
                EffectAsking(
                    client_id=client.id,
                    pilot_key="keusote-2022",
                    wave=wave,
                    state=self.chance.choice(list(AskingState)),
                    due_on=month,
                    asked_on=month,
                    mailed=False,
                    settled_on=day,
                )
            )
            self.session.add(
                EffectSheet(
                    pseudonym=who,
                    wave=wave,
                    pilot_key="keusote-2022",
                    language=client.language,
                    group=client.group,
                    way=Way.PORTAL,
                    helped=False,
                    month=self.chance.choice([month, month, None]),
                )
            )
            self.session.flush()
            for instrument in INSTRUMENTS.values():
                if instrument.scoring == "sum" or wave not in instrument.interval:
                    continue
                low, high = instrument.range
                for item in instrument.items:
                    value = self.chance.choice([None, *range(low, high + 1)])
                    self.session.add(
                        EffectAnswer(
                            pseudonym=who,
                            wave=wave,
                            instrument=instrument.key,
                            item=item.key,
                            version=instrument.version,
                            value=value,
                        )
                    )

    def search(self) -> None:
        need = UnmetNeed(
            day=self.day(),
            language=self.chance.choice(["fi", "sv"]),
            terms=str(self.chance.random()),
            municipality=self.chance.choice(["858", "186", "091", ""]),
            filters={},
            count=self.chance.randint(1, 9),
        )
        self.session.add(need)
