"""How much processor time and how many queries a page costs, beside what it cost in another checkout.

python -m benchmarks.pages                                  this program
python -m benchmarks.pages --beside ../before               and that of another checkout, turn by turn on one database
python -m benchmarks.pages --offers 2000 --database postgresql+psycopg://…   in an empty database of yours

Each program opens its pages inside a process of its own, so that the time of the network and of the server is not in
the figures; the two take turns, so that what else the machine does falls on both. Milliseconds are those that the
processor has worked in Python, the median of all turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REVIEWER = "reviewer@demo.fi"
PROVIDER = "provider@demo.fi"
ROUNDS, TIMES = 5, 12


def answer() -> None:
    """The program of one checkout: for each line with a page and who opens it, one with its figures."""
    from sqlalchemy import event

    from marketplace.app import create_app
    from marketplace.config import Settings
    from marketplace.search import index_admin
    from marketplace.web.frame import utc_now

    app = create_app(Settings.from_environment())
    database = app.extensions["database"]
    with app.app_context():
        index_admin.rebuild(database, app.extensions["settings"].index_dir, now=utc_now())
    browsers = {who: _browser(app, who) for who in ("", REVIEWER, PROVIDER)}
    statements: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_rest: statements.append(statement),
    )
    for line in sys.stdin:
        who, path = json.loads(line)
        taken = []
        for turn in range(TIMES + 2):
            statements.clear()
            began = time.thread_time()
            page = browsers[who].get(path)
            if page.status_code != 200:
                raise RuntimeError(f"{path} answered {page.status_code}")
            if turn > 1:
                taken.append((time.thread_time() - began) * 1000)
        queries = [each for each in statements if not each.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]
        print(json.dumps([len(queries), statistics.median(taken)]), flush=True)


def _browser(app: Any, who: str) -> Any:
    """The browser of somebody who has signed in with the password of the demo; of a visitor for nobody."""
    from marketplace.demo.people import PASSWORD

    browser = app.test_client()
    if who:
        page = browser.get("/fi/account/sign-in").text
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        browser.post("/fi/account/sign-in", data={"email": who, "password": PASSWORD, "csrf_token": token})
    return browser


class Program:
    """A checkout whose program answers in a process of its own."""

    def __init__(self, checkout: Path, environment: dict[str, str], folder: Path) -> None:
        own = environment | {"PYTHONPATH": str(checkout), "DATA_DIR": str(folder), "PROBE": "answer"}
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, str(Path(__file__).resolve())],
            cwd=checkout,
            env=own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.queries: dict[str, int] = {}
        self.milliseconds: dict[str, list[float]] = {}

    def ask(self, name: str, who: str, path: str) -> None:
        """Open a page some times and keep the figures."""
        sending, receiving = self._process.stdin, self._process.stdout
        if sending is None or receiving is None:
            raise RuntimeError("the program has no pipes")
        sending.write(json.dumps([who, path]) + "\n")
        sending.flush()
        line = receiving.readline()
        while line and not line.startswith("["):
            line = receiving.readline()
        if not line:
            raise RuntimeError(f"{name}: the program has ended")
        self.queries[name], taken = json.loads(line)
        self.milliseconds.setdefault(name, []).append(taken)

    def end(self) -> None:
        """Let it end."""
        self._process.communicate(timeout=30)


def pages(environment: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What is measured: name → who opens it and the path. The offer is the first that clients see."""
    import sqlalchemy as sa

    engine = sa.create_engine(environment["DATABASE_URL"])
    with engine.connect() as connection:
        offer = connection.scalar(
            sa.text(
                "SELECT min(o.id) FROM offers o JOIN service_approvals a ON a.id = o.approval_id "
                "JOIN offer_photos p ON p.offer_id = o.id WHERE o.state = 'published' AND a.state = 'approved'"
            )
        )
        company = connection.scalar(
            sa.text(
                "SELECT g.provider_id FROM role_grants g JOIN users u ON u.id = g.user_id WHERE u.email = :who"
            ),
            {"who": PROVIDER},
        )
    engine.dispose()
    return {
        "start page": ("", "/fi/"),
        "offer": ("", f"/fi/services/{offer}"),
        "approved providers": ("", "/fi/providers"),
        "office's queue": (REVIEWER, "/fi/office/applications?state=decided"),
        "approvals": (REVIEWER, "/fi/office/approvals"),
        "approvals by proof": (REVIEWER, "/fi/office/approvals?sort=proof"),
        "a provider's first page": (PROVIDER, f"/fi/provider/{company}/overview"),
        "a provider's offers": (PROVIDER, f"/fi/provider/{company}/offers"),
    }


def main() -> None:
    """Print one row per page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--beside", type=Path, help="another checkout, the older one")
    parser.add_argument("--offers", type=int, default=600)
    parser.add_argument("--database")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pages-") as place:
        folder = Path(place)
        keep = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        environment = keep | {
            "DATABASE_URL": given.database or f"sqlite:///{folder}/pages.sqlite",
            "SECRET_KEY": "a secret of the benchmark",
        }
        filling = environment | {"DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
        size = ["--offers", str(given.offers), "--providers", str(given.offers // 2)]
        for words in (["db", "upgrade"], ["pilots", "load", "--all"], ["demo", "load", *size]):
            subprocess.run(  # noqa: S603
                [sys.executable, "-m", "marketplace", *words],
                env=filling,
                cwd=ROOT,
                check=True,
                stdout=sys.stderr,
            )
        checkouts = [ROOT, *([given.beside.resolve()] if given.beside else [])]
        programs = [
            Program(checkout, environment, folder / str(number)) for number, checkout in enumerate(checkouts)
        ]
        named = pages(environment)
        for _round in range(ROUNDS):
            for name, (who, path) in named.items():
                for program in programs:
                    program.ask(name, who, path)
        _tell(named, programs)
        for program in programs:
            program.end()


def _tell(named: dict[str, tuple[str, str]], programs: list[Program]) -> None:
    heads = [
        "page",
        "queries",
        "ms",
        *(["queries before", "ms before", "times"] if len(programs) > 1 else []),
    ]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for name in named:
        taken = [statistics.median(program.milliseconds[name]) for program in programs]
        cells = [
            cell
            for program, each in zip(programs, taken, strict=True)
            for cell in (str(program.queries[name]), f"{each:.1f}")
        ]
        ratio = [f"{taken[1] / taken[0]:.1f}"] if len(programs) > 1 else []
        print(f"| {' | '.join([name, *cells, *ratio])} |")


if __name__ == "__main__":
    if os.environ.get("PROBE") == "answer":
        answer()
    else:
        main()
