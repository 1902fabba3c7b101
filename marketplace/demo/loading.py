"""The order in which the demo content is made and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from marketplace.accounts.passwords.hashing import hash_password
from marketplace.accounts.second_factor.models import SignInPolicy
from marketplace.applications.rules import ApplicationState
from marketplace.demo import people
from marketplace.demo.applications import Approved, Case, PilotInForce, add_application
from marketplace.demo.chance import Chance
from marketplace.demo.clients import ClientMaker
from marketplace.demo.companies import DemoCompany, Register, account_change, company, right
from marketplace.demo.dates import Course, course, decision_numbers
from marketplace.demo.offers import OfferMaker
from marketplace.demo.papers import Papers
from marketplace.demo.pictures import Pictures
from marketplace.demo.plan import DemoPlan, Planner, allot
from marketplace.demo.proofs import Sent, add_look, add_proofs, proofs_of
from marketplace.demo.rows import Rows
from marketplace.demo.standing import DemoStanding
from marketplace.errors import Conflict
from marketplace.files.store import FileStore
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import Role
from marketplace.pilots import queries as pilots
from marketplace.pilots.models import Pilot
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.company.models import AccountChange
from marketplace.providers.models import Provider

BATCH_ROWS: Final = 20_000
"""After how many rows those gathered are written: memory stays the same however many offers there are."""

CHANGES_ACCOUNT: Final = 2
"""The number of the company whose new account number waits for the main organisation."""

LOOKED_AT_LATER: Final = 9
"""Every so many companies, an approved one has sent a proof that its office has not looked at yet."""

CourseKey = tuple[int, int]
"""A provider's number and the index of its application."""


class Loading:
    """One loading of the demo content into an empty database, in the caller's transaction."""

    def __init__(self, session: Session, store: FileStore, *, seed: int, now: datetime) -> None:
        """Raises Conflict when no pilot has been loaded."""
        self._session = session
        self._seed = seed
        self._now = now
        self._today = helsinki_date(now)
        self._password_hash = hash_password(people.PASSWORD)
        self._papers = Papers(store)
        self.rows = Rows(session)
        self._standing = DemoStanding(self.rows, self._papers, seed=seed, now=now)
        self._pilots = self._pilots_in_force()
        self._definitions = {key: each.definition for key, each in self._pilots.items()}
        self._register = Register()
        citizens = people.add_citizens(self.rows, password_hash=self._password_hash, seed=seed, now=now)
        clients = ClientMaker(self.rows, user_id=citizens["client"], seed=seed, now=now)
        self._offers = OfferMaker(
            self.rows, self._pilots, Pictures(store), self._standing.under_way, clients, seed=seed, now=now
        )

    def run(self, *, providers: int, offers: int, made: Callable[[int], object]) -> None:
        """Make and write everything; `made` is told how many offers have come since it was last told."""
        plans = list(Planner(self._definitions, seed=self._seed).plans(providers))
        counts = iter(allot(plans, offers))
        courses = self._courses(plans)
        numbers = self._numbers(plans, courses)
        for plan in plans:
            made(self._provider(plan, courses, numbers, counts))
            if self.rows.waiting >= BATCH_ROWS:
                self.rows.write()
        self.rows.write()
        self.rows.settle_sequences()

    def _pilots_in_force(self) -> dict[str, PilotInForce]:
        """Every pilot that has a definition, with its organisation's people, who are made here."""
        staff: dict[str, people.Staff] = {}
        found: dict[str, PilotInForce] = {}
        for pilot in pilots.pilots(self._session):
            if pilot.version_id is None:
                continue
            definition = pilots.kept_definition(self._session, pilot.version_id)
            if pilot.organisation_key not in staff:
                staff[pilot.organisation_key] = self._staff(pilot)
            found[pilot.key] = PilotInForce(
                definition, pilot.version_id, pilot.organisation_key, staff[pilot.organisation_key]
            )
        if not found:
            raise Conflict(_l("There is no pilot yet. Load the pilots first: marketplace pilots load --all."))
        return found

    def _staff(self, pilot: Pilot) -> people.Staff:
        """The people of an organisation; those of the demo sign in with the published password alone."""
        self._session.merge(SignInPolicy(organisation_key=pilot.organisation_key, second_factor=False))
        return people.add_staff(
            self.rows,
            pilot.organisation_key,
            password_hash=self._password_hash,
            seed=self._seed,
            now=self._now,
        )

    def _courses(self, plans: Sequence[DemoPlan]) -> dict[CourseKey, Course]:
        """The days of every application."""
        return {
            (plan.number, index): course(
                plan, index, self._definitions[filing.pilot], seed=self._seed, today=self._today
            )
            for plan in plans
            for index, filing in enumerate(plan.filings)
        }

    def _numbers(
        self, plans: Sequence[DemoPlan], courses: Mapping[CourseKey, Course]
    ) -> dict[CourseKey, str]:
        """The number of every decision."""
        decided = (
            (filing.pilot, day, (plan.number, index))
            for plan in plans
            for index, filing in enumerate(plan.filings)
            if (day := courses[plan.number, index].decided) is not None
        )
        return decision_numbers(decided, {key: each.organisation for key, each in self._pilots.items()})

    def _provider(
        self,
        plan: DemoPlan,
        courses: Mapping[CourseKey, Course],
        numbers: Mapping[CourseKey, str],
        counts: Iterator[int],
    ) -> int:
        """One provider with everything of its own; gives the number of its offers."""
        firm = company(plan, self._register, seed=self._seed, now=self._now)
        provider_id = self.rows.add(Provider, firm.row)
        if firm.plan.part != "newcomer":
            self.rows.link(ProviderRight, right(provider_id, firm))
        user_id = people.add_person(
            self.rows,
            people.PROVIDER_ACCOUNTS.get(plan.number, f"toimisto@{firm.slug}.example"),
            firm.person,
            plan.language,
            password_hash=self._password_hash,
            now=self._now,
        )
        people.grant(self.rows, user_id, Role.PROVIDER_ADMIN, provider_id=provider_id)
        if plan.number == CHANGES_ACCOUNT:
            self.rows.add(AccountChange, account_change(firm, provider_id, user_id, now=self._now))
        total = 0
        for approved in self._applications(firm, provider_id, user_id, courses, numbers):
            count = next(counts)
            self._offers.add(firm, provider_id, approved, count)
            total += count
        return total

    def _applications(
        self,
        firm: DemoCompany,
        provider_id: int,
        user_id: int,
        courses: Mapping[CourseKey, Course],
        numbers: Mapping[CourseKey, str],
    ) -> list[Approved]:
        """The provider's proofs and applications; gives the approvals in the order of the plan's approved lines."""
        plan = firm.plan
        chance = Chance.of(self._seed, "applications", plan.number)
        own = [courses[plan.number, index] for index in range(len(plan.filings))]
        sent = [
            Sent(filing, self._today if filing.state == ApplicationState.DRAFT else each.sent)
            for filing, each in zip(plan.filings, own, strict=True)
        ]
        proofs, used = proofs_of(plan, sent, self._definitions, chance=chance, today=self._today)
        ids = add_proofs(
            self.rows,
            self._papers,
            proofs,
            provider_id=provider_id,
            user_id=user_id,
            language=plan.language,
            now=self._now,
        )
        approved: list[Approved] = []
        for index, filing in enumerate(plan.filings):
            case = Case(
                company=firm,
                provider_id=provider_id,
                user_id=user_id,
                filing=filing,
                course=own[index],
                pilot=self._pilots[filing.pilot],
                proofs=[ids[place] for place in used[index]],
                number=numbers.get((plan.number, index)),
            )
            made = add_application(self.rows, self._papers, case, chance=chance, now=self._now)
            for each in made:
                self._standing.add(case, each)
            approved += made
        if approved and plan.number % LOOKED_AT_LATER == 0:
            organisation = self._definitions[approved[0].filing.pilot].organisation
            until = self._today + timedelta(days=2 + plan.number % 12)
            add_look(self.rows, ids[-1], organisation, until=until)
        return approved
