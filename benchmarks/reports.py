"""How long the pages of reports take, and how long their figures are made, with many clients and deliveries.

python -m benchmarks.reports                                    in a SQLite of its own
python -m benchmarks.reports --database postgresql+psycopg://…  in an empty database of yours, which is filled
python -m benchmarks.reports --clients 2000 --deliveries 1000000 --times 40

Clients, agreements and deliveries of two years are added to the demo content of one pilot, the figures are made as the
worker makes them, and the pages are opened one after another inside this process.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.office import ORGANISATION, filled, measured, signed_in
from marketplace.accounts.models import User
from marketplace.app import create_app
from marketplace.clients.models import Client
from marketplace.config import Settings
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryKind, DeliveryState
from marketplace.i18n import helsinki_date
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import VersionState
from marketplace.reports import service
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementState

PILOT: Final = "keusote-2022"
YEARS: Final = 2
BATCH: Final = 20_000
PAGES: Final = ("supply", "demand", "choice", "money", "fairness")


def add(session: Session, clients: int, deliveries: int, now: datetime) -> None:
    """Clients with an agreement each, and deliveries under them on the days of two years."""
    chance = random.Random(1)
    today = helsinki_date(now)
    first = today - timedelta(days=365 * YEARS)
    person = session.scalars(sa.select(User.id).order_by(User.id)).first()
    offers = session.execute(
        sa.select(Offer.id, Offer.provider_id, OfferVersion.id)
        .join(OfferVersion, OfferVersion.offer_id == Offer.id)
        .where(Offer.pilot_key == PILOT, OfferVersion.state == VersionState.PUBLISHED)
        .order_by(Offer.id)
    ).all()
    last_client = session.scalar(sa.select(sa.func.max(Client.id))) or 0
    last_agreement = session.scalar(sa.select(sa.func.max(Agreement.id))) or 0
    session.execute(
        sa.insert(Client),
        [
            {
                "id": last_client + number,
                "organisation_key": ORGANISATION,
                "number": f"M-{number}",
                "language": chance.choice(["fi", "fi", "fi", "sv"]),
                "municipality": chance.choice(["106", "186", "505", "543", "611", "858"]),
                "group": chance.choice(["intellectual_disability", "informal_carers"]),
                "created_at": now,
            }
            for number in range(1, clients + 1)
        ],
    )
    chosen = [chance.choice(offers) for _number in range(clients)]
    session.execute(
        sa.insert(Agreement),
        [
            {
                "id": last_agreement + number,
                "organisation_key": ORGANISATION,
                "client_number": f"M-{number}",
                "offer_id": offer_id,
                "version_id": version_id,
                "starts_on": first,
                "recorded_by_id": person,
                "recorded_at": now,
                "state": AgreementState.IN_FORCE,
            }
            for number, (offer_id, _provider_id, version_id) in enumerate(chosen, start=1)
        ],
    )
    rows = _deliveries(chosen, last_agreement, deliveries, first, person, now, chance)
    while batch := list(islice(rows, BATCH)):
        session.execute(sa.insert(Delivery), batch)


def _deliveries(
    chosen: list[Any],
    before: int,
    wanted: int,
    first: date,
    person: Any,
    now: datetime,
    chance: random.Random,
) -> Iterator[dict[str, Any]]:
    for number in range(wanted):
        client = number % len(chosen) + 1
        yield {
            "agreement_id": before + client,
            "provider_id": chosen[client - 1][1],
            "organisation_key": ORGANISATION,
            "client_number": f"M-{client}",
            "kind": DeliveryKind.GIVEN,
            "state": DeliveryState.CONFIRMED,
            "day": first + timedelta(days=chance.randrange(365 * YEARS)),
            "activity": "Käynti",
            "amount": Money(chance.randrange(2000, 12_000)),
            "lines": [],
            "recorded_by_id": person,
            "recorded_at": now,
        }


def main() -> None:
    """Print how long the figures were made, and one row per page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--database")
    given = parser.parse_args()
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="reports-") as folder:
        url = given.database or f"sqlite:///{folder}/palvelutori.sqlite"
        database = filled(url, Path(folder), 40)
        app = create_app(Settings.from_environment())
        with app.app_context():
            with database.transaction() as session:
                add(session, given.clients, given.deliveries, now)
            begun = time.perf_counter()
            made = service.rebuild(database, now=now, told=True)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(f"{made} quarters made in {time.perf_counter() - begun:.1f} s; {peak} MB at most")
        browser = signed_in(app.test_client(), "coordinator@demo.fi")
        print("\n| page | queries | median ms | 95 % ms |\n|---|---|---|---|")
        for name in PAGES:
            path = f"/fi/office/reports/{PILOT}/{name}"
            print(f"| {name} | {measured(browser, app.extensions['database'], path, given.times)} |")
        path = f"/fi/pilots/{PILOT}/results"
        print(f"| results | {measured(browser, app.extensions['database'], path, given.times)} |")
        app.extensions["database"].dispose()


if __name__ == "__main__":
    main()
