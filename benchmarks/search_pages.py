"""How many searches a second the portal answers, over HTTP, with the client on the same machine.

python -m benchmarks.search_pages                      a portal of its own with 20,000 demo offers
python -m benchmarks.search_pages --address URL        one that runs already

Every connection asks the next question as soon as the last one is answered. "For the first time" are addresses that
nobody has asked before, so that every page is made; "again" are seventy addresses round and round, as visitors ask.
Targets of the search room at 20,000 offers: pages p95 60 ms and 100 a second, interface 200 a second.
"""

import argparse
import http.client
import itertools
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from urllib.parse import urlencode, urlsplit

from scripts.portal import demo_portal, get_json

WORDS = (
    "päivätoimintaa",
    "kuljetuspalvelun",
    "siivous",
    "henkilökohtaista apua",
    "omaishoitajan",
    "invataksi",
    "kotihoito",
    "lyhytaikaista",
    "esteetön",
    "",
)
SORTS = ("match", "price", "name")
PLACES = ("106", "858", "186", "543", "638")
PAGES, INTERFACE = "/fi/services?", "/api/v1/offers?lang=fi&"
TARGETS = {PAGES: ("pages", 60, 100), INTERFACE: ("interface", 60, 200)}


def fresh(start: str, address: str) -> Iterator[str]:
    """Addresses that are all different and find something: a word, an order and one value of a facet."""
    for words in WORDS:
        facets = get_json(address, "/offers?" + urlencode({"lang": "fi", "q": words, "per_page": 1}))[
            "facets"
        ]
        chosen = [(facet, value["key"]) for facet, values in facets.items() for value in values]
        for sort, choice in itertools.product(SORTS, chosen):
            yield start + urlencode([("q", words), choice, ("sort", sort)])


def repeated(start: str) -> list[str]:
    """What is asked round and round."""
    return [
        start + urlencode([("q", words), *([("municipality", place)] if narrowed else [])])
        for words, place, narrowed in itertools.product(WORDS[:7], PLACES, (False, True))
    ]


def ask(address: str, asked: Iterator[str], until: float, taken: list[float]) -> None:
    """One connection's work: seconds of each answer go to `taken`."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
    for path in asked:
        start = time.perf_counter()
        if start > until:
            break
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"{path} answered {answer.status}")
        taken.append(time.perf_counter() - start)
    connection.close()


def together(address: str, rows: list[Iterator[str]], seconds: float) -> tuple[float, float, int]:
    """Ask from one connection for each row at once: answers a second, 95th percentile in milliseconds, answers."""
    taken: list[float] = []
    begin = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(address, row, begin + seconds, taken)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted = time.perf_counter() - begin
    return len(taken) / lasted, sorted(taken)[int(len(taken) * 0.95)] * 1000, len(taken)


def measure(address: str, connections: int = 4, seconds: float = 5) -> None:
    """Print answers a second and milliseconds for pages and interface."""
    for start, (name, most_ms, least_rate) in TARGETS.items():
        again = repeated(start)
        for path in again:  # both processes meet the words once before anything is measured
            together(address, [iter([path]), iter([path])], seconds)
        new = list(fresh(start, address))
        kinds: dict[str, list[Iterator[str]]] = {
            "for the first time": [iter(new[at::connections]) for at in range(connections)],
            "again": [itertools.cycle(again[at:] + again[:at]) for at in range(connections)],
        }
        for kind, rows in kinds.items():
            rate, p95, answers = together(address, rows, seconds)
            verdict = "ok" if p95 <= most_ms and rate >= least_rate else "NO"
            print(
                f"  {name + ', ' + kind:<32}{rate:>7.0f}/s (target {least_rate})"
                f"   p95 {p95:>6.1f} ms (target {most_ms})   {verdict}   of {answers} from {connections} connections"
            )


def main() -> None:
    """Measure the portal at an address, or one of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--address")
    parser.add_argument("--offers", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    size = ["--offers", str(given.offers), "--providers", str(given.offers // 4)]
    with nullcontext(given.address) if given.address else demo_portal(size) as address:
        measure(address, given.connections, given.seconds)


if __name__ == "__main__":
    main()
