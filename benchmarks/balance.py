"""How many queries and milliseconds the pages of a balance take after three years of daily deliveries.

python -m benchmarks.balance                                              in a SQLite of its own
python -m scripts.postgres -- python -m benchmarks.balance                in a PostgreSQL of its own
python -m benchmarks.balance --database postgresql+psycopg://… --times 200

The demo's client gets a decision of three years with a line in hours and one in euros, an agreement under each, and a
delivery for every day of the line in hours, each drawn from what the agreement holds. The pages are opened inside this
process: the time of the network and of the browser is not in the figures.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, class_mapper

from benchmarks.bounds import held
from benchmarks.office import filled, measured, signed_in
from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.app import create_app
from marketplace.clients.models import Client
from marketplace.config import Settings
from marketplace.db import Database
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.ledger import queries as books
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.holding import hold
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import Facts, LineFacts, add_months
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.service import held_by
from marketplace.work import UnitOfWork

MONTHS: Final = 36
MOST_MS: Final = 50
"""The server has so many milliseconds for 95 % of the openings of each page."""

HOUR: Final = Amount(Unit.MINUTES, 60)
SMALL_DEMO: Final = 12
"""Applications of the demo content, of which one provider's offers are needed."""


def person(session: Session, name: str) -> User:
    """One of the demo's people."""
    return session.scalars(sa.select(User).where(User.email == f"{name}@demo.fi")).one()


def decide(session: Session, client: Client, first: date, store: FileStore, now: datetime) -> ServiceDecision:
    """A decision of three years with a line in hours and one in euros, made by the verbs that people use."""
    part = client.participations[0]
    part.joined_on = min(part.joined_on, first)
    counsellor = UnitOfWork(session, actor_of(person(session, "counsellor")), now)
    last = add_months(first, MONTHS) - timedelta(days=1)
    facts = Facts(
        part.pilot_key, first, last, first - timedelta(days=60), first - timedelta(days=40), grounds="Mittaus"
    )
    decision = granting.begin(counsellor, client.id, facts)
    granting.add_line(counsellor, decision.id, LineFacts("carer_leave_home", Amount(Unit.MINUTES, 40 * 60)))
    granting.add_line(counsellor, decision.id, LineFacts("day_activity", Amount(Unit.CENTS, 800_00)))
    granting.propose(counsellor, decision.id)
    decider = UnitOfWork(session, actor_of(person(session, "decider")), now)
    return granting.make(decider, decision.id, store=store)


def give(session: Session, client: Client, decision: ServiceDecision, now: datetime) -> int:
    """An agreement under each line, and an hour a day until yesterday; how many deliveries."""
    work = UnitOfWork(session, actor_of(person(session, "counsellor")), now)
    pattern = session.scalars(
        sa.select(Delivery)
        .join(Delivery.agreement)
        .where(Delivery.client_number == client.number, Delivery.starts_at.is_not(None))
        .order_by(Delivery.id)
    ).first()
    assert pattern is not None  # noqa: S101 - as the demo makes it
    for line, monthly in zip(decision.lines, (36 * 60, 700_00), strict=True):
        agreement = Agreement(
            **copied(pattern.agreement, starts_on=decision.starts_on, line_id=line.id, monthly=monthly)
        )
        agreement.ends_on = decision.ends_on
        session.add(agreement)
        session.flush()
        hold(work, line, held_by(agreement))
    hourly = session.scalars(sa.select(Agreement).where(Agreement.line_id == decision.lines[0].id)).one()
    held = {
        each.budget_id: each.entry
        for each in books.open_reservations(session, about=f"agreement:{hourly.id}")
    }
    day, count = decision.starts_on, 0
    for budget in decision.lines[0].budgets:
        while day <= budget.last_on and day < helsinki_date(now):
            start = datetime.combine(day, time(9), UTC)
            made = Delivery(
                **copied(
                    pattern,
                    agreement_id=hourly.id,
                    day=day,
                    starts_at=start,
                    ends_at=start + timedelta(hours=1),
                    state=DeliveryState.DISPUTED if count % 30 == 0 else DeliveryState.CONFIRMED,
                    dispute_reason="Mittaus",
                    due_on=day,
                    budget_id=budget.id,
                    takes=HOUR.number,
                )
            )
            session.add(made)
            session.flush()
            cause = Cause(f"bench:{made.id}", f"agreement:{hourly.id}", day)
            _used, rest = ledger.draw(work, held[budget.account_id], HOUR, cause)
            if rest is not None:
                held[budget.account_id] = rest
            day, count = day + timedelta(days=1), count + 1
    return count


def copied(row: Agreement | Delivery, **changed: object) -> dict[str, object]:
    """The values of a row without its id and its number of the provider's own, some of them changed."""
    values = {each.key: getattr(row, each.key) for each in class_mapper(type(row)).column_attrs}
    left_out = ("id", "reference", "revision")
    return {key: value for key, value in values.items() if key not in left_out} | changed


def fill(database: Database, folder: Path, now: datetime) -> tuple[int, int]:
    """Three years for the demo's client: the client's id, and how many deliveries were written."""
    store = FileStore(folder / "files", secret="", limit=0)
    first = add_months(helsinki_date(now).replace(day=1), -MONTHS + 1)
    with database.transaction() as session:
        client = session.scalars(
            sa.select(Client).join(Client.user).where(User.email == "client@demo.fi")
        ).one()
        decision = decide(session, client, first, store, now)
        return client.id, give(session, client, decision, now)


def main() -> None:
    """Print one row per page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--database", default=os.environ.get("TEST_POSTGRES_URL"))
    given = parser.parse_args()
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="balance-") as folder:
        url = given.database or f"sqlite:///{folder}/balance.sqlite"
        filled(url, Path(folder), SMALL_DEMO).dispose()
        app = create_app(Settings.from_environment())
        with app.app_context():
            client, count = fill(app.extensions["database"], Path(folder), now)
        print(f"{count} deliveries in {MONTHS} months, on {url.partition(':')[0]}\n")
        print("| page | queries | median ms | 95 % ms |\n|---|---|---|---|")
        pages = {
            "the client's balance": ("client@demo.fi", "/fi/client/balance"),
            "the client's first page": ("client@demo.fi", "/fi/client/"),
            "the counsellor's page of it": (
                "counsellor@demo.fi",
                f"/fi/counsellor/clients/{client}/balance",
            ),
        }
        slowest = 0.0
        for name, (email, path) in pages.items():
            browser = signed_in(app.test_client(), email)
            figures = measured(browser, app.extensions["database"], path, given.times)
            print(f"| {name} | {figures} |", flush=True)
            slowest = max(slowest, float(figures.rpartition("|")[2]))
        print("\n" + held("95 % of the slowest page", slowest, "ms", most=MOST_MS))
        app.extensions["database"].dispose()


if __name__ == "__main__":
    main()
