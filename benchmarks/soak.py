"""A week's traffic in an hour: does the portal stay as it was, in memory, open files and answers?

python -m benchmarks.soak                       ten minutes on a SQLite of its own
python -m benchmarks.soak --minutes 60          the whole week
python -m scripts.postgres -- python -m benchmarks.soak

Eight visitors at a time do what a county's visitors do in a week, in its proportions: they search, look at offers,
compare, read lists and the public interface, sign in, look at their own pages. In an hour there are as many requests as
the busiest county expects in a week (some 60,000); where the machine cannot, the figures say how many there were. Each
minute is a line: requests, faults, the median and the 95th percentile of the answers, memory and open files of all
processes of the portal. Flat means that the last quarter is no worse than the second by more than the tolerances below;
the program exits with 1 where it is not.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from scripts.portal import ROOT, get_json, served
from tests.databases import drop_database, new_database

VISITORS: Final = 8
WEEK: Final = 60_000
"""Requests of a busy week: 3,000 clients and 400 providers, and those who only look."""

SETTLED: Final = 0.25
"""The part of the time in which processes still load what they keep."""

MORE_MEMORY: Final = 0.10
MORE_FILES: Final = 20
SLOWER: Final = 1.5
"""How much more, the last quarter may have than the second, and how much slower it may be."""

PEOPLE: Final = ("provider@demo.fi", "client@demo.fi")
PASSWORD: Final = "palvelutori-demo"  # noqa: S105 - that of the demo


# --- what is measured ------------------------------------------------------------------------------------------------


@dataclass
class Minute:
    """What a minute was like: milliseconds of each answer, answers that were faults, and the processes at its end."""

    taken: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    memory: float = 0.0
    files: int = 0
    processes: int = 0

    @property
    def median(self) -> float:
        """The middle answer, in milliseconds."""
        return statistics.median(self.taken) if self.taken else 0.0

    @property
    def late(self) -> float:
        """The 95th percentile, in milliseconds."""
        return statistics.quantiles(self.taken, n=20)[-1] if len(self.taken) > 1 else 0.0


def processes_of(address: str) -> list[int]:
    """The portal's processes: that which listens at the address's port, and all below it."""
    port = urlsplit(address).port
    return [pid for pid in _all() if f"PORT={port}".encode() in _read(pid, "environ").split(b"\0")]


def _all() -> list[int]:
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]


def _read(pid: int, name: str) -> bytes:
    try:
        return (Path("/proc") / str(pid) / name).read_bytes()
    except OSError:
        return b""


def memory_of(pid: int) -> float:
    """Proportional memory of a process in MB: what several share counts once."""
    found = re.search(rb"^Pss:\s+(\d+) kB", _read(pid, "smaps_rollup"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def files_of(pid: int) -> int:
    """Open files and connections of a process."""
    try:
        return len(list((Path("/proc") / str(pid) / "fd").iterdir()))
    except OSError:
        return 0


# --- what visitors do ------------------------------------------------------------------------------------------------


class _Tokens(HTMLParser):
    """The hidden entries of the forms of a page that are posted to it."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the hidden entries."""
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden" and given.get("name"):
            self.entries.setdefault(str(given["name"]), given.get("value") or "")


class Visitor:
    """One browser, which asks for one thing after another."""

    def __init__(self, address: str, offers: Sequence[str], seed: int) -> None:
        self._host = urlsplit(address).netloc
        self._offers, self._chance = offers, random.Random(seed)
        self._connection = http.client.HTTPConnection(self._host, timeout=60)
        self._cookies: dict[str, str] = {}
        self.minute = Minute()

    def act(self) -> None:
        """Do one thing that a visitor does."""
        deed = self._chance.choices(
            (self._search, self._offer, self._compare, self._list, self._interface, self._sign_in, self._own),
            weights=(35, 30, 8, 8, 8, 1, 10),
        )[0]
        deed()

    def _search(self) -> None:
        words = self._chance.choice(
            (
                "päivätoiminta",
                "kuljetus",
                "tuettu asuminen",
                "dagverksamhet",
                "avustaja",
                "siivous",
                "päivätoimnta",
                "",
            )
        )
        query: dict[str, Any] = {"q": words, "page": self._chance.choice((1, 1, 1, 2, 3))}
        if self._chance.random() < 0.3:
            query["sort"] = "price"
        self.ask("GET", f"/{self._language()}/services?{urlencode(query)}")

    def _offer(self) -> None:
        self.ask("GET", f"/{self._language()}/services/{self._chance.choice(self._offers)}")

    def _compare(self) -> None:
        chosen = self._chance.sample(self._offers, 3)
        self.ask("GET", f"/{self._language()}/compare?{urlencode([('offer', each) for each in chosen])}")

    def _list(self) -> None:
        self.ask("GET", f"/{self._language()}/{self._chance.choice(('providers', 'pilots', 'sessions', ''))}")

    def _interface(self) -> None:
        self.ask("GET", f"/api/v1/offers?{urlencode({'lang': 'fi', 'page': self._chance.randint(1, 5)})}")

    def _sign_in(self) -> None:
        """Sign in by the form, as somebody of the demo, with a browser that nobody knows."""
        self._cookies.clear()
        page = _Tokens()
        page.feed(self.ask("GET", "/fi/account/sign-in"))
        entries = page.entries | {"email": self._chance.choice(PEOPLE), "password": PASSWORD}
        self.ask("POST", "/fi/account/sign-in", urlencode(entries))

    def _own(self) -> None:
        self.ask(
            "GET", self._chance.choice(("/fi/account/", "/fi/provider", "/fi/saved", "/fi/about/feedback"))
        )

    def _language(self) -> str:
        return self._chance.choice(("fi", "fi", "fi", "sv"))

    def ask(self, method: str, path: str, body: str = "") -> str:
        """Ask for a page and keep how long it took; its text."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        try:
            self._connection.request(method, path, body or None, headers)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self.minute.faults.append(f"{type(error).__name__} {method} {path}")
            return ""
        self.minute.taken.append((time.perf_counter() - began) * 1000)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _is, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.status >= 500:
            self.minute.faults.append(f"{answer.status} {method} {path}")
        return content.decode("utf-8", "replace") if "html" in answer.headers.get("Content-Type", "") else ""


# --- the run ---------------------------------------------------------------------------------------------------------


def portal(stack: ExitStack) -> str:
    """A portal with the demo, on the database of DATABASE_URL or a SQLite of its own, for the time of the stack."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-"))
    environment = {**os.environ, "DATA_DIR": folder}
    for name in ("MAIL_URL", "PUBLIC_URL", "MARKETPLACE_ENV"):
        environment.pop(name, None)
    environment.pop("DATABASE_URL", None)
    if "TEST_POSTGRES_URL" in environment:
        environment["DATABASE_URL"] = new_database("postgresql", Path(folder))
        stack.callback(drop_database, environment["DATABASE_URL"])
    for words in (["db", "upgrade"], ["pilots", "load", "--all"], ["demo", "load"], ["index", "rebuild"]):
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "marketplace", *words],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=sys.stderr,
        )
    return stack.enter_context(served(environment))


def soak(address: str, minutes: int, pace: float) -> list[Minute]:
    """Let the visitors act for so long, `pace` requests a second in all at most; what each minute was like."""
    offers = [str(each["id"]) for each in get_json(address, "/offers?lang=fi&per_page=60")["items"]]
    visitors = [Visitor(address, offers, number) for number in range(VISITORS)]
    over = threading.Event()

    def go(visitor: Visitor) -> None:
        turn = time.monotonic()
        while not over.is_set():
            visitor.act()
            turn = max(turn + VISITORS / pace, time.monotonic() - 1)
            over.wait(max(0.0, turn - time.monotonic()))

    threads = [threading.Thread(target=go, args=(each,), daemon=True) for each in visitors]
    for thread in threads:
        thread.start()
    told = []
    print("| minute | requests | faults | median ms | 95 % ms | MB | open files | processes |")
    print("|---|---|---|---|---|---|---|---|")
    for number in range(1, minutes + 1):
        time.sleep(60)
        told.append(_minute(visitors, address))
        now = told[-1]
        print(
            f"| {number} | {len(now.taken)} | {len(now.faults)} | {now.median:.0f} | {now.late:.0f} "
            f"| {now.memory:.0f} | {now.files} | {now.processes} |",
            flush=True,
        )
    over.set()
    for thread in threads:
        thread.join(timeout=70)
    return told


def _minute(visitors: Sequence[Visitor], address: str) -> Minute:
    whole = Minute()
    for visitor in visitors:
        past, visitor.minute = visitor.minute, Minute()
        whole.taken += past.taken
        whole.faults += past.faults
    pids = processes_of(address)
    whole.memory, whole.files, whole.processes = (
        sum(map(memory_of, pids)),
        sum(map(files_of, pids)),
        len(pids),
    )
    return whole


def changes(told: Sequence[Minute]) -> list[str]:
    """What is not flat: the last quarter of the minutes against the one after everything was loaded."""
    part = max(1, round(len(told) * SETTLED))
    before, after = told[part : 2 * part] or told[:1], told[-part:]

    def mean(minutes: Sequence[Minute], name: str) -> float:
        return statistics.fmean(getattr(each, name) for each in minutes)

    found = []
    if mean(after, "memory") > mean(before, "memory") * (1 + MORE_MEMORY):
        found.append(f"memory grew from {mean(before, 'memory'):.0f} to {mean(after, 'memory'):.0f} MB")
    if mean(after, "files") > mean(before, "files") + MORE_FILES:
        found.append(f"open files grew from {mean(before, 'files'):.0f} to {mean(after, 'files'):.0f}")
    if mean(after, "median") > mean(before, "median") * SLOWER:
        found.append(f"answers slowed from {mean(before, 'median'):.0f} to {mean(after, 'median'):.0f} ms")
    faults = [fault for minute in told for fault in minute.faults]
    found += [f"{len(faults)} faults, such as {faults[0]}"] if faults else []
    return found


def main() -> None:
    """Run, print a line a minute, and say whether it stayed flat."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=int, default=10)
    minutes = parser.parse_args().minutes
    with ExitStack() as stack:
        told = soak(portal(stack), minutes, WEEK / 3600)
    requests = sum(len(each.taken) for each in told)
    print(f"{requests} requests in {minutes} minutes; a week's are {WEEK} in an hour.")
    found = changes(told)
    print("\n".join(f"not flat: {each}" for each in found) or "Flat: memory, open files and answers.")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
