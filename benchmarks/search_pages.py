"""How many searches a second the running portal answers, over HTTP, with the client on the same machine.

python -m benchmarks.search_pages --address http://127.0.0.1:8000 [--connections 4] [--seconds 5]

Every connection asks the next question as soon as the last one is answered. Targets of the search room at 20,000
offers: pages p95 60 ms and 100 a second, interface 200 a second.
"""

import argparse
import http.client
import itertools
import sys
import threading
import time
from urllib.parse import urlencode, urlsplit

WORDS = (
    "päivätoimintaa",
    "kuljetuspalvelun",
    "siivous",
    "henkilökohtaista apua",
    "omaishoitajan",
    "invataksi",
    "",
)
PLACES = ("106", "858", "186", "543", "638")
TARGETS = {"search page": (60, 100), "interface": (60, 200)}


def paths(kind: str) -> list[str]:
    """What is asked, round and round."""
    start = "/fi/services?" if kind == "search page" else "/api/v1/offers?lang=fi&"
    return [
        start + urlencode([("q", words), *([("municipality", place)] if narrowed else [])])
        for words, place, narrowed in itertools.product(WORDS, PLACES, (False, True))
    ]


def ask(address: str, asked: list[str], until: float, taken: list[float]) -> None:
    """One connection's work: seconds of each answer go to `taken`."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    for path in itertools.cycle(asked):
        start = time.perf_counter()
        if start > until:
            return
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"{path} answered {answer.status}")
        taken.append(time.perf_counter() - start)


def main() -> None:
    """Print answers a second and milliseconds for pages and interface."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--address", required=True)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    for kind, (most_ms, least_rate) in TARGETS.items():
        asked = paths(kind)
        for warm in asked:
            ask(given.address, [warm], time.perf_counter() + 0.02, [])
        taken: list[float] = []
        until = time.perf_counter() + given.seconds
        threads = [
            threading.Thread(target=ask, args=(given.address, asked[at:] + asked[:at], until, taken))
            for at in range(given.connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        p95 = sorted(taken)[int(len(taken) * 0.95)] * 1000
        rate = len(taken) / given.seconds
        verdict = "ok" if p95 <= most_ms and rate >= least_rate else "NO"
        print(
            f"{kind:<12} {rate:>7.0f}/s (target {least_rate})   p95 {p95:>6.1f} ms (target {most_ms})   {verdict}"
        )


if __name__ == "__main__":
    main()
