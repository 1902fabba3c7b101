"""How long an organisation's month takes from confirmed deliveries to a bank file, and how much memory it needs.

python -m benchmarks.payments                                         100,000 deliveries in a SQLite of its own
python -m scripts.postgres -- python -m benchmarks.payments           the same in a PostgreSQL of its own
python -m benchmarks.payments --deliveries 1000000                    how it grows
python -m scripts.postgres -- python -m benchmarks.payments --record 2000

The database is filled first, by sets of rows, with one provider for every fifty deliveries. Then each step is done by
the verb that people use, in a transaction of its own, in a process that has done nothing else: its memory is the
greatest that the process had by the end of the step. With `--record` that many deliveries are recorded instead, over
HTTP on a portal of its own: eight people of eight companies fill the form in, one delivery after another.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from http.client import HTTPConnection
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.bounds import held
from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.accounts.sessions.service import open_session
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.db import Base, Database
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.files.store import FileStore
from marketplace.offers.models import Offer, OfferVersion
from marketplace.payments.batches import answering, queries, reconciling, sending, service
from marketplace.payments.batches.models import Batch
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.batches.owing import owing_disagreements
from marketplace.payments.batches.rules import digest_of
from marketplace.payments.statements import service as statements
from marketplace.permissions import SYSTEM, Role
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.vouchers.models import Agreement
from marketplace.work import UnitOfWork
from scripts.portal import served
from tests import factories
from tests.deliveries.scenes import make_scene
from tests.payments.batches.scenes import ORGANISATION, REASON, bank_statement
from tests.payments.orders import finnish_iban

MONTH: Final = date(2026, 10, 1)
FROZEN_AT: Final = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
PAID_AT: Final = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PAY_ON: Final = date(2026, 11, 25)
OF_A_PROVIDER: Final = 50
"""Deliveries of a provider in a month, under ten agreements."""

AGREEMENTS: Final = 10
BOUND_FOR: Final = 100_000
MOST_SECONDS: Final = 60
MOST_MB: Final = 500
LEAST_RECORDED: Final = 50
"""The bounds: a month of so many deliveries in so many seconds and megabytes; so many recorded in a second."""

PART: Final = 10_000
"""Rows that are written at once while the database is filled."""

COPIED: Final = (Provider, User, ServiceApproval, Offer, OfferVersion, Agreement, Delivery)
CLIENTS: Final = 8
"""Those who record at the same time."""


# --- filling ---------------------------------------------------------------------------------------------------------


def kept(row: Base) -> dict[str, Any]:
    """The values of a row by column, but for its number."""
    mapper = sa.inspect(type(row))
    return {each.key: getattr(row, each.key) for each in mapper.column_attrs if each.key != "id"}


def write_all(session: Session, model: type[Base], rows: Iterator[dict[str, Any]], count: int) -> None:
    """Write rows in parts, and tell how many there are by now."""
    written, part = 0, []
    for row in rows:
        part.append(row)
        if len(part) == PART or written + len(part) == count:
            session.execute(sa.insert(model), part)
            written, part = written + len(part), []
            print(f"\r{model.__tablename__}: {written}", end="\n" * (written == count), file=sys.stderr)


def fill(session: Session, deliveries: int) -> None:
    """Providers with an account, agreements, and a month of confirmed deliveries, from those of one scene."""
    for name in ("Maija Maksaja", "Pekka Vapauttaja"):
        factories.make_user(session, Role.PAYER, organisation=ORGANISATION, name=name)
    scene = make_scene(session)
    pattern, hours, offer = scene.delivered(session), scene.hours, scene.hours.offer
    providers = max(1, deliveries // OF_A_PROVIDER)
    first: dict[type[Base], int] = {
        model: 1 + (session.scalar(sa.select(sa.func.max(model.id))) or 0) for model in COPIED
    }

    def copies(model: type[Base], row: Base, count: int, **changed: Callable[[int], object]) -> None:
        values = kept(row)
        write_all(
            session,
            model,
            (
                values | {"id": first[model] + each} | {key: make(each) for key, make in changed.items()}
                for each in range(count)
            ),
            count,
        )

    def of(model: type[Base], each: int = 1) -> Callable[[int], int]:
        return lambda number: first[model] + number // each

    copies(
        Provider,
        scene.provider,
        providers,
        business_id=lambda number: f"{number:07d}-0",
        official_name=lambda number: f"Hoivapalvelu {number} Oy",
        iban=lambda number: finnish_iban(100_000 + number),
    )
    copies(User, scene.admin, providers, email=lambda number: f"yritys{number}@example.fi")
    write_all(
        session,
        RoleGrant,
        (
            {"user_id": of(User)(each), "role": Role.PROVIDER_ADMIN, "provider_id": of(Provider)(each)}
            for each in range(providers)
        ),
        providers,
    )
    copies(ServiceApproval, offer.approval, providers, provider_id=of(Provider))
    copies(Offer, offer, providers, provider_id=of(Provider), approval_id=of(ServiceApproval))
    copies(OfferVersion, hours.version, providers, offer_id=of(Offer))
    copies(
        Agreement,
        hours,
        providers * AGREEMENTS,
        client_number=lambda number: f"B-{number}",
        offer_id=of(Offer, AGREEMENTS),
        version_id=of(OfferVersion, AGREEMENTS),
    )
    pattern.state, pattern.settled_at = DeliveryState.WITHDRAWN, FROZEN_AT
    session.flush()
    agreements = of(Agreement)
    days = [MONTH + timedelta(days=each) for each in range(31)]
    copies(
        Delivery,
        pattern,
        deliveries,
        state=lambda _number: DeliveryState.CONFIRMED,
        provider_id=of(Provider, OF_A_PROVIDER),
        agreement_id=lambda number: agreements(number * AGREEMENTS // OF_A_PROVIDER),
        client_number=lambda number: f"B-{number * AGREEMENTS // OF_A_PROVIDER}",
        day=lambda number: days[number % len(days)],
    )


def people(session: Session) -> tuple[User, User]:
    """The two who pay."""
    query = sa.select(User).join(User.grants).where(RoleGrant.role == Role.PAYER).order_by(User.id)
    first, second = session.scalars(query)
    return first, second


# --- a month of payments ---------------------------------------------------------------------------------------------


class Month:
    """The steps of a month, each in a transaction of its own."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._store = FileStore(folder / "files", secret="", limit=1 << 30)

    def freeze(self) -> int:
        """Freeze the statements, and tell how far it has come."""

        def told(done: int, whole: int) -> None:
            print(f"\rstatements: {done} of {whole}", end="\n" * (done == whole), file=sys.stderr)

        with self._database.transaction() as session:
            work = UnitOfWork(session, SYSTEM, FROZEN_AT)
            return statements.freeze(work, ORGANISATION, MONTH, told=told).statements

    def look(self) -> int:
        """What the payer's page of a new batch shows."""
        with self._database.read() as session:
            return len(service.trials(self._work(session), ORGANISATION))

    def prepare(self) -> int:
        """A batch of all of them."""
        with self._database.transaction() as session:
            work = self._work(session)
            wanted = [each.id for each in queries.payable(session, ORGANISATION, work.today)]
            return len(service.prepare(work, ORGANISATION, wanted, PAY_ON).payments)

    def release(self) -> int:
        """The second person releases what they have seen."""
        with self._database.transaction() as session:
            batch = self._batch(session)
            digest = digest_of(order_of(queries.batch_of(session, batch)))
            return len(service.release(self._work(session, 1), batch, digest, REASON).payments)

    def write(self) -> int:
        """The file, checked against the schema and kept."""
        with self._database.transaction() as session:
            return sending.write(self._work(session), self._store, self._batch(session)).size

    def send(self) -> int:
        """The companies hear that money is on its way."""
        with self._database.transaction() as session:
            return len(sending.send(self._work(session), self._batch(session)).payments)

    def read(self) -> int:
        """The bank's statement of the account: everything is paid."""
        with self._database.transaction() as session:
            rows = queries.batch_of(session, self._batch(session)).payments
            content = bank_statement([(row.key, -row.amount.cents) for row in rows])
            read = answering.read(self._work(session), self._store, ORGANISATION, "answer.xml", content)
            return read.answer.changed

    def prove(self) -> int:
        """Everything agrees to the cent. Raises RuntimeError when it does not.

        The deliveries are written here without their bookings, so what the books owe for each agreement is left out.
        """
        with self._database.read() as session:
            unbooked = set(owing_disagreements(session, ORGANISATION))
            for found in reconciling.disagreements(session, ORGANISATION):
                if found not in unbooked:
                    raise RuntimeError(found)
            return reconciling.sums(session, ORGANISATION).paid.cents // 100

    def _batch(self, session: Session) -> int:
        return session.scalars(sa.select(Batch.id)).one()

    def _work(self, session: Session, who: int = 0) -> UnitOfWork:
        return UnitOfWork(session, actor_of(people(session)[who]), PAID_AT)


STEPS: Final = (
    (Month.freeze, "freeze", "statements"),
    (Month.look, "look at what is payable", "statements"),
    (Month.prepare, "prepare", "payments"),
    (Month.release, "release", "payments"),
    (Month.write, "write", "bytes"),
    (Month.send, "send", "payments"),
    (Month.read, "read the bank's statement", "payments"),
    (Month.prove, "reconcile", "euros"),
)
TO_THE_FILE: Final = 5
"""So many of the steps lead to the file."""


def measure(folder: str) -> None:
    """Do the steps one after another and print a row for each."""
    app = create_app(Settings.from_environment())
    month, whole, to_the_file = Month(app.extensions["database"], Path(folder)), 0.0, (0.0, 0)
    print("| step | | seconds | of them this process | MB by then |\n|---|---|---|---|---|")
    for number, (do, name, things) in enumerate(STEPS, 1):
        with app.test_request_context("/fi/"):
            start, busy = time.perf_counter(), time.process_time()
            count = do(month)
        took, busy = time.perf_counter() - start, time.process_time() - busy
        print(f"| {name} | {count} {things} | {took:.1f} | {busy:.1f} | {memory()} |", flush=True)
        whole += took
        if number == TO_THE_FILE:
            print(f"| from deliveries to the file | | {whole:.1f} | | {memory()} |", flush=True)
            to_the_file = whole, memory()
    app.extensions["database"].dispose()
    seconds, megabytes = to_the_file
    print(f"\nof a month of {BOUND_FOR:,} deliveries:")
    print(held("from deliveries to the file", seconds, "s", most=MOST_SECONDS))
    print(held("memory of the process", megabytes, "MB", most=MOST_MB))


def memory() -> int:
    """The most megabytes that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


# --- recording over HTTP ---------------------------------------------------------------------------------------------


class Hidden(HTMLParser):
    """The hidden fields of the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a field."""
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden" and given.get("name"):
            self.found[str(given["name"])] = given.get("value") or ""


class Recorder:
    """Somebody of a company who records one visit after another, on a connection that stays open."""

    def __init__(self, address: str, path: str, cookie: str, today: date) -> None:
        self._connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        self._path, self._today = path, today
        self._headers = {"Cookie": f"{SESSION_COOKIE}={cookie}"}
        self._fields = self._hidden()

    def _hidden(self) -> dict[str, str]:
        self._connection.request("GET", self._path, headers=self._headers)
        answer = self._connection.getresponse()
        for name, value in answer.headers.items():
            if name.lower() == "set-cookie":
                self._headers["Cookie"] += f"; {value.partition(';')[0]}"
        page = Hidden()
        page.feed(answer.read().decode())
        return page.found

    def record(self, number: int) -> float:
        """Send the form of the visit with this number; how many seconds it took. Raises RuntimeError when refused."""
        day, place = divmod(number, 24 * 4 - 1)
        begins, ends = (f"{quarter // 4:02d}:{quarter % 4 * 15:02d}" for quarter in (place, place + 1))
        said = {
            "kind": "given",
            "day": (self._today - timedelta(days=2 + day)).strftime("%-d.%-m.%Y"),
            "start": begins,
            "end": ends,
            "activity": "Suihku ja aamiainen",
        }
        start = time.perf_counter()
        headers = self._headers | {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", self._path, urlencode(self._fields | said), headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 303:
            raise RuntimeError(f"{answer.status}: {content.decode()[:2000]}")
        return time.perf_counter() - start

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def companies(database: Database, now: datetime) -> list[tuple[str, str]]:
    """Eight companies with an agreement each: the address of its form, and the session of its person."""
    with database.transaction() as session:
        made = []
        for _each in range(CLIENTS):
            scene = make_scene(session)
            path = f"/fi/provider/{scene.provider.id}/deliveries/new/{scene.hours.id}"
            made.append((path, open_session(session, scene.admin, agent="", now=now)))
        return made


def record(wanted: int) -> None:
    """Record deliveries over HTTP and print how many a second the portal takes."""
    app = create_app(Settings.from_environment())
    now = datetime.now(UTC)
    with app.app_context():
        given = companies(app.extensions["database"], now)
    app.extensions["database"].dispose()
    with served(dict(os.environ)) as address, ThreadPool(CLIENTS) as pool:
        people = [Recorder(address, path, cookie, now.date()) for path, cookie in given]
        each = wanted // CLIENTS
        start = time.perf_counter()
        taken = pool.map(lambda who: [who.record(number) for number in range(each)], people)
        whole = time.perf_counter() - start
    times = sorted(one for ones in taken for one in ones)
    print(
        f"{len(times)} deliveries by {CLIENTS} people in {whole:.1f} s: {len(times) / whole:.0f} a second, ",
        end="",
    )
    print(
        f"median {times[len(times) // 2] * 1000:.0f} ms, 95 % {times[len(times) * 95 // 100] * 1000:.0f} ms"
    )
    print(held("recording over HTTP", len(times) / whole, "a second", least=LEAST_RECORDED))


def main() -> None:
    """Fill a database and print one row per step, or record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--deliveries", type=int, default=100_000)
    parser.add_argument("--record", type=int, help="record so many deliveries over HTTP instead")
    parser.add_argument("--database", default=os.environ.get("TEST_POSTGRES_URL"), help="an empty database")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="payments-") as folder:
        url = given.database or f"sqlite:///{folder}/payments.sqlite"
        os.environ.update(DATABASE_URL=url, DATA_DIR=folder)
        for words in (["db", "upgrade"], ["pilots", "load", "--all"]):
            subprocess.run([sys.executable, "-m", "marketplace", *words], check=True, stdout=sys.stderr)  # noqa: S603
        spawn = multiprocessing.get_context("spawn")
        steps = (
            ((record, given.record),) if given.record else ((fill_all, given.deliveries), (measure, folder))
        )
        for do, what in steps:
            process = spawn.Process(target=do, args=(what,))
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(process.exitcode)


def fill_all(deliveries: int) -> None:
    """Fill the database of the environment, in a process whose memory does not count."""
    app = create_app(Settings.from_environment())
    with app.app_context(), app.extensions["database"].transaction() as session:
        fill(session, deliveries)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("ANALYZE"))
    app.extensions["database"].dispose()
    print(f"{deliveries} deliveries, on {os.environ['DATABASE_URL'].partition(':')[0]}\n", flush=True)


if __name__ == "__main__":
    main()
