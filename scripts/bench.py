"""How long the public pages take, one after another on one connection, as a table of milliseconds.

python -m scripts.bench                      with the default demo content
python -m scripts.bench --offers 20000       with a large catalogue
python -m scripts.bench --address URL        of a portal that runs on this machine already
"""

import argparse
import http.client
import statistics
import sys
import time
from contextlib import nullcontext
from urllib.parse import urlencode, urlsplit

from scripts.portal import demo_portal, get_json

WARM_UP = 5
LOCAL = ("127.0.0.1", "localhost", "::1")


def pages(address: str) -> dict[str, str]:
    """What is measured: name → path. The offers compared are the first that the search finds."""
    found = [str(offer["id"]) for offer in get_json(address, "/offers?lang=fi&per_page=4")["items"]]
    words = urlencode({"q": "päivätoiminnan"})
    return {
        "start": "/fi/",
        "search, one word": f"/fi/services?{words}",
        "search, a typo": "/fi/services?" + urlencode({"q": "päivätoimnta"}),
        "search, Swedish": "/sv/services?" + urlencode({"q": "dagverksamheten"}),
        "search, narrowed": f"/fi/services?{words}&municipality=106&language=fi&sort=price",
        "search, everything": "/fi/services",
        "offer": f"/fi/services/{found[0]}",
        "compare": "/fi/compare?" + urlencode([("offer", key) for key in found]),
        "API": f"/api/v1/offers?lang=fi&{words}",
        "suggest": "/api/v1/suggest?" + urlencode({"q": "päivä", "lang": "fi"}),
    }


def measure(connection: http.client.HTTPConnection, path: str, times: int) -> list[float]:
    """Milliseconds of each of `times` answers, after a warm-up. Stops the program when one is not 200."""
    taken = []
    for turn in range(WARM_UP + times):
        start = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"{path} answered {answer.status}")
        if turn >= WARM_UP:
            taken.append((time.perf_counter() - start) * 1000)
    return taken


def main() -> None:
    """Print one row per page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--offers", type=int)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--address")
    arguments = parser.parse_args()
    if arguments.address and urlsplit(arguments.address).hostname not in LOCAL:
        sys.exit("Only a portal on this machine is measured")
    size = (
        []
        if arguments.offers is None
        else ["--offers", str(arguments.offers), "--providers", str(arguments.offers // 4)]
    )
    running = nullcontext(arguments.address) if arguments.address else demo_portal(size)
    with running as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        print("| page | median ms | 95 % ms | slowest ms |\n|---|---|---|---|")
        for name, path in pages(address).items():
            taken = measure(connection, path, arguments.times)
            middle, late = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
            print(f"| {name} | {middle:.1f} | {late:.1f} | {max(taken):.1f} |")
        connection.close()


if __name__ == "__main__":
    main()
