"""How many queries and milliseconds the office's pages take when thousands of applications have been sent.

python -m benchmarks.office                                    in a SQLite of its own
python -m benchmarks.office --database postgresql+psycopg://…  in an empty database of yours, which is filled
python -m benchmarks.office --applications 2000 --times 30

The demo content is made so large that the organisation has at least that many applications, and its pages are opened
one after another inside this process: the time of the network and of the browser is not in the figures. Each opening
of the review page writes that it was opened into the audit trail, which is in its figures.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.app import create_app
from marketplace.applications.models import Application
from marketplace.config import Settings
from marketplace.db import Database
from marketplace.demo.people import PASSWORD
from marketplace.pilots.models import Pilot

ORGANISATION = "keusote"
REVIEWER = "reviewer@demo.fi"
PROVIDERS_PER_APPLICATION = 3
"""Of the demo's providers somewhat more than a third have sent an application to the organisation."""

WARM_UP = 3
STATES = ("submitted", "in_review", "completion_requested", "decided")


def filled(url: str, folder: Path, wanted: int) -> Database:
    """The database with demo content of at least `wanted` applications sent to the organisation."""
    os.environ.update(DATABASE_URL=url, DATA_DIR=str(folder))
    providers = str(wanted * PROVIDERS_PER_APPLICATION)
    for words in (
        ["db", "upgrade"],
        ["pilots", "load", "--all"],
        ["demo", "load", "--providers", providers, "--offers", providers],
    ):
        subprocess.run([sys.executable, "-m", "marketplace", *words], check=True, stdout=sys.stderr)  # noqa: S603
    return Database(url)


def sent(session: Session) -> int:
    """How many applications the organisation has received."""
    received = sa.select(sa.func.count()).select_from(Application).join(Pilot)
    return (
        session.scalar(
            received.where(Pilot.organisation_key == ORGANISATION, Application.submitted_at.is_not(None))
        )
        or 0
    )


def pages(session: Session) -> dict[str, str]:
    """What is measured: name → path."""
    queue = "/fi/office/applications"
    named = {
        "queue": queue,
        "queue, last page": f"{queue}?page=10000",
        "queue, decided": f"{queue}?state=decided",
        "queue, overdue": f"{queue}?late=1",
        "queue, one handler": f"{queue}?handler=none&pilot=keusote-2022",
    }
    for state in STATES:
        found = session.scalars(
            sa.select(Application.id)
            .join(Pilot)
            .where(Pilot.organisation_key == ORGANISATION, Application.state == state)
            .order_by(Application.id)
        ).first()
        named[f"review page, {state}"] = f"{queue}/{found}"
    return named | {"approvals": "/fi/office/approvals", "today": "/fi/office", "proofs": "/fi/office/proofs"}


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that the database executes in the block."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def signed_in(browser: FlaskClient, email: str = REVIEWER) -> FlaskClient:
    """The browser after somebody has signed in with the password of the demo."""
    page = browser.get("/fi/account/sign-in").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    entries = {"email": email, "password": PASSWORD, "csrf_token": token}
    browser.post("/fi/account/sign-in", data=entries)
    return browser


def main() -> None:
    """Print one row per page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--applications", type=int, default=2000)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--database")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="office-") as folder:
        url = given.database or f"sqlite:///{folder}/office.sqlite"
        with filled(url, Path(folder), given.applications).read() as session:
            print(f"{sent(session)} applications sent to {ORGANISATION}, on {url.partition(':')[0]}\n")
            named = pages(session)
        app = create_app(Settings.from_environment())
        browser = signed_in(app.test_client())
        print("| page | queries | median ms | 95 % ms |\n|---|---|---|---|")
        for name, path in named.items():
            print(f"| {name} | {measured(browser, app.extensions['database'], path, given.times)} |")
        app.extensions["database"].dispose()


def measured(browser: FlaskClient, database: Database, path: str, times: int) -> str:
    """Queries, median and 95 % of a page. Raises RuntimeError when it does not open."""
    taken: list[float] = []
    for turn in range(WARM_UP + times):
        with counted(database) as statements:
            start = time.perf_counter()
            answer = browser.get(path)
            took = (time.perf_counter() - start) * 1000
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        if turn >= WARM_UP:
            taken.append(took)
    asked = [each for each in statements if not each.startswith(("BEGIN", "COMMIT"))]
    return f"{len(asked)} | {statistics.median(taken):.1f} | {statistics.quantiles(taken, n=20)[-1]:.1f}"


if __name__ == "__main__":
    main()
