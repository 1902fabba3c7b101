"""How fast the catalogue answers, beside other engines on the same offers and the same questions, in one run.

python -m benchmarks.search                                  1,000 and 20,000 offers
python -m benchmarks.search --offers 1000 20000 200000       other sizes; growth from size to size is printed
python -m benchmarks.search --pages                          then pages and interface of a portal with 20,000 offers
python -m benchmarks.search --alone                          without the other engines

All times are milliseconds in a warm process, another for each size; the targets are those of the search room. How many
answers a figure comes from stands beside it. The other engines answer each kind of question at least five times and at
most twenty, as often as five seconds allow; each of their answers must find as many offers as ours.
"""

import argparse
import itertools
import pickle
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks import search_pages
from benchmarks.search_corpus import documents
from benchmarks.search_memory import of_a_web_process
from benchmarks.search_rivals import Rival, rivals
from marketplace.pilots.vocabulary import GROUPS, MUNICIPALITIES
from marketplace.search import service
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import Document, Position, SearchQuery
from marketplace.search.query_string import Asked
from scripts.portal import demo_portal
from scripts.postgres import PostgresError, server

WORDS = (
    "päivätoimintaa",
    "kuljetuspalvelun",
    "siivous",
    "henkilökohtaista apua",
    "omaishoitajan",
    "invataksi",
    "kotihoito",
)
COMMON = ("palvelu", "retkiä", "kodissa")
FIRST_TIME = ("uimahalliin", "ohjaajat", "pyörätuolihissi", "käsitöitä", "yöhoitoa", "lähimetsään")
SENTENCES = (
    ("fi", "avustaja järvenpäästä viikonlopuksi alle 40 €"),
    ("fi", "kuka hoitaa vaimoani kun olen leikkauksessa"),
    ("fi", "kehitysvammaisen pojan päivätoimintaa porvoossa ruotsiksi"),
    ("sv", "personlig assistent barn karleby svenska"),
    ("sv", "korttidsvård för minnessjuk i Sibbo"),
    ("sv", "billigaste taxi för rullstol i morgon"),
)
TYPED = ("p", "pä", "päi", "kul", "porv", "esim", "esimerkki 1", "hen")

TARGETS = {
    "word, three filters, all facets": {20_000: 1, 200_000: 3},
    "common word, all facets": {20_000: 2, 200_000: 12},
    "nothing asked, all facets": {20_000: 2, 200_000: 12},
    "sentence, read and answered": {20_000: 10},
    "a word for the first time": {200_000: 20},
    "autocomplete": {1_000: 2, 20_000: 2, 200_000: 2},
    "update visible": {1_000: 100, 20_000: 100, 200_000: 100},
    "memory of a web process, MB": {20_000: 400, 200_000: 1000},
    "built, seconds": {20_000: 30},
}

RIVAL_SECONDS = 5.0
RIVAL_ROUNDS, LEAST_ROUNDS = 20, 5


class Figure(NamedTuple):
    """What was measured, and from how many answers."""

    value: float
    asked: int


def percentile(times: Sequence[float], share: float = 0.95) -> Figure:
    """The time that this share of the answers does not exceed; of few answers, the slowest."""
    return Figure(sorted(times)[min(len(times) - 1, int(len(times) * share))], len(times))


def timed(ask: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    ask()
    return (time.perf_counter() - start) * 1000


def questions(catalogue: Catalogue, seed: int = 2) -> dict[str, list[SearchQuery]]:
    """The questions by kind."""
    chance = random.Random(seed)
    places, groups = list(MUNICIPALITIES)[:160], list(GROUPS)

    def asked(words: str, *, narrowed: bool) -> SearchQuery:
        filters = {
            "municipality": frozenset(chance.sample(places, 3)),
            "language": frozenset({"fi", "sv"}),
            "group": frozenset(chance.sample(groups, 3)),
        }
        return SearchQuery(terms=catalogue.keys.query(words, "fi"), filters=filters if narrowed else {})

    return {
        "word, three filters, all facets": [asked(words, narrowed=True) for words in WORDS for _ in range(4)],
        "common word, all facets": [asked(words, narrowed=False) for words in COMMON],
        "nothing asked, all facets": [SearchQuery()],
    }


def measure_ours(catalogue: Catalogue, rounds: int) -> dict[str, Figure]:
    """95th percentiles by what is measured; of words asked for the first time the slowest, of changes the median."""
    index = catalogue.index
    found: dict[str, Figure] = {}
    firsts = [catalogue.keys.query(word, "fi") for word in FIRST_TIME]
    index.search(SearchQuery())
    slowest = max(timed(partial(index.search, SearchQuery(terms=terms))) for terms in firsts)
    found["a word for the first time"] = Figure(slowest, len(firsts))
    for kind, asked in questions(catalogue).items():
        for question in asked:
            index.search(question)
        found[kind] = percentile(
            [timed(partial(index.search, asked[at % len(asked)])) for at in range(rounds)]
        )
    sentences = [
        partial(service.search, catalogue, Asked(q=words), language=language, day=SearchQuery().day)
        for language, words in SENTENCES
    ]
    for ask in sentences:
        ask()
    found["sentence, read and answered"] = percentile(
        [timed(sentences[at % len(sentences)]) for at in range(rounds)]
    )
    names = catalogue.suggestions("fi")
    found["autocomplete"] = percentile([timed(partial(names.begin_with, typed)) for typed in TYPED * 20])
    changed = list(documents(catalogue.keys, 8, seed=3))

    def change(document: Document) -> None:
        index.write([document])
        index.search(SearchQuery())

    times = [timed(partial(change, document)) for document in changed]
    found["update visible"] = Figure(statistics.median(times), len(times))
    index.write(documents(catalogue.keys, 8))  # as they were: the other engines are asked the same
    return found


def build(catalogue: Catalogue, count: int) -> tuple[float, float]:
    """Build the index with a progress bar; seconds it took and megabytes on disk."""
    start = time.perf_counter()
    with click.progressbar(documents(catalogue.keys, count), length=count, label=f"{count:,} offers") as made:
        catalogue.index.rebuild(made, Position()).swap()
    catalogue.lexicon.flush()  # as the follower does: a web process finds every word of the synonyms in the table
    return time.perf_counter() - start, catalogue.index.status().bytes / 1e6


def keep(made: Iterable[Document], file: Path) -> None:
    """Write the documents to a file, without their public side: every other engine is built from the same ones."""
    with file.open("wb") as kept:
        for document in made:
            pickle.dump(replace(document, body=b""), kept)


def kept_documents(file: Path) -> Iterator[Document]:
    """The documents in a file, one at a time."""
    with file.open("rb") as kept:
        while kept.peek(1):
            yield pickle.load(kept)  # noqa: S301 - written by `keep` a moment ago


def measure_rival(
    rival: Rival, asked: dict[str, list[SearchQuery]], totals: dict[str, list[int]]
) -> dict[str, Figure]:
    """95th percentiles of the questions that every engine is asked, after one that does not count.

    Stops when an engine does not find the same offers as ours: its times would mean nothing.
    """
    found = {}
    rival.search(next(iter(asked.values()))[0])
    for kind, row in asked.items():
        times: list[float] = []
        until = time.perf_counter() + RIVAL_SECONDS
        while len(times) < LEAST_ROUNDS or (len(times) < RIVAL_ROUNDS and time.perf_counter() < until):
            at = len(times) % len(row)
            start = time.perf_counter()
            total = rival.search(row[at])
            times.append((time.perf_counter() - start) * 1000)
            if total != totals[kind][at]:
                sys.exit(f"{rival.name} finds {total} offers where ours finds {totals[kind][at]}")
        found[kind] = percentile(times)
    return found


def report(count: int, ours: dict[str, Figure], others: dict[str, dict[str, Figure]]) -> None:
    """One row for each kind of question: ours, the target, and the others with their ratio to ours.

    Beside each figure, in brackets, how many answers it comes from.
    """
    head = f"{count:,} offers, p95 in ms (of so many)"
    print(f"\n{head:<42}{'ours':>9}{'target':>16}" + "".join(f"{name:>27}" for name in others))
    for kind, (took, asked) in ours.items():
        target = TARGETS[kind].get(count)
        verdict = "" if target is None else f"{target:>5} {'ok' if took <= target else 'NO'}"
        row = f"  {kind:<36}{took:>9.2f} {f'({asked})':>6} {verdict:<8}"
        for figures in others.values():
            if theirs := figures.get(kind):
                row += f"{theirs.value:>11.2f} {f'({theirs.asked})':<5}{theirs.value / took:>8.1f}x "
            else:
                row += " " * 27
        print(row, flush=True)


def compare(
    stack: ExitStack, catalogue: Catalogue, count: int, folder: Path
) -> Iterator[tuple[str, dict[str, Figure]]]:
    """The times of the other engines, one after another."""
    asked = questions(catalogue)
    totals = {
        kind: [catalogue.index.search(question).total for question in row] for kind, row in asked.items()
    }
    keep(documents(catalogue.keys, count), folder / "documents")
    url = None
    try:
        url = stack.enter_context(server())
    except PostgresError as error:
        print(f"without PostgreSQL: {error}")
    for rival in rivals(folder, url):
        took = timed(partial(rival.build, kept_documents(folder / "documents"))) / 1000
        print(f"  {rival.name} built in {took:.1f} s", flush=True)
        yield rival.name, measure_rival(rival, asked, totals)


def measured(count: int, rounds: int, *, alone: bool) -> dict[str, Figure]:
    """The figures of one size, printed beside those of the other engines unless `alone`.

    Each size has a process of its own: what an earlier one has read of the synonyms would be missing from the table of
    words of the next, and its web process would load the analysers, which those of a portal never do.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        catalogue = Catalogue(folder / "index", analyses=True)
        seconds, megabytes = build(catalogue, count)
        found = measure_ours(catalogue, rounds)
        asked = [question for row in questions(catalogue).values() for question in row]
        found |= {
            "memory of a web process, MB": Figure(of_a_web_process(catalogue.folder, asked), 1),
            "built, seconds": Figure(seconds, 1),
        }
        print(f"  {megabytes:.0f} MB on disk")
        others = {} if alone else dict(compare(stack, catalogue, count, folder))
        report(count, found, others)
    return found


def main() -> None:
    """Measure every size, print the tables and, at the end, how the times grow."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--offers", type=int, nargs="+", default=[1_000, 20_000])
    parser.add_argument("--alone", action="store_true", help="leave the other engines out")
    parser.add_argument("--pages", action="store_true", help="measure pages and interface over HTTP too")
    parser.add_argument("--rounds", type=int, default=300)
    given = parser.parse_args()
    begin = time.perf_counter()
    grown: dict[int, dict[str, Figure]] = {}
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        for count in given.offers:
            grown[count] = processes.submit(measured, count, given.rounds, alone=given.alone).result()
    for least, most in itertools.pairwise(sorted(grown)):
        print(f"\ngrowth from {least:,} to {most:,} offers ({most / least:.0f}x)")
        for kind, figure in grown[most].items():
            print(f"  {kind:<36}{figure.value / grown[least][kind].value:>9.1f}x")
    if given.pages:
        print("\npages over HTTP, 20,000 demo offers", flush=True)
        with demo_portal(["--offers", "20000", "--providers", "5000"]) as address:
            search_pages.measure(address)
    minutes, seconds = divmod(round(time.perf_counter() - begin), 60)
    print(f"\nall of this took {minutes} min {seconds} s")


if __name__ == "__main__":
    main()
