"""How long it takes to answer "what does this cost from … to …".

python -m benchmarks.pricing                       100,000 questions of one minute to two weeks
python -m benchmarks.pricing --questions 10000 --seed 7

Every question is asked of the bands, holidays and eves of a shipped pilot, with prices that change at two midnights of
the year. A share of them is also answered minute by minute, as the tests do: the answers must agree, and the ratio says
how much is won. Nothing is remembered between questions but what the portal remembers: the bands of a day.
"""

import argparse
import random
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta

from marketplace.money import Money
from marketplace.offers.pricing.bands import HELSINKI
from marketplace.offers.pricing.days import calendar_of
from marketplace.offers.pricing.rules import Cost, PriceHistory, PriceList, cost
from marketplace.pilots.content import DEFINITIONS
from marketplace.pilots.loading import read_definition
from tests.offers.pricing.reference import Band, minute_by_minute

Question = tuple[datetime, datetime]

# The longest stretch in minutes, and how often it is asked: visits, nights, weekends, leaves of carers.
LENGTHS = ((240, 60), (900, 25), (4320, 10), (20160, 5))
REFERENCE_QUESTIONS = 300


def questions(count: int, chance: random.Random) -> list[Question]:
    """Stretches of time in 2026 and 2027, all by the Finnish clock."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    longest, weights = zip(*LENGTHS, strict=True)
    asked = []
    for limit in chance.choices(longest, weights, k=count):
        start = begin + timedelta(minutes=chance.randrange(2 * 365 * 1440))
        end = start + timedelta(minutes=chance.randint(1, limit))
        asked.append((start.astimezone(HELSINKI), end.astimezone(HELSINKI)))
    return asked


def price_lists(bands: list[str], chance: random.Random) -> list[PriceList]:
    """Prices that change twice."""
    days = (date(2000, 1, 1), date(2026, 6, 1), date(2027, 1, 1))
    return [PriceList(day, {band: Money(chance.randint(2500, 8000)) for band in bands}) for day in days]


def as_table(answer: Cost) -> dict[tuple[str, Money], tuple[int, Money]]:
    """The answer in the shape of the reference."""
    return {(line.band, line.unit_price): (line.minutes, line.amount) for line in answer.lines}


def main() -> None:
    """Print one table. Stops with an error when an answer differs from the reference."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    time_bands = read_definition(DEFINITIONS / "hb-2016.yaml").time_bands
    lists = price_lists([row.band for row in time_bands], chance)
    history, calendar = PriceHistory(lists), calendar_of(time_bands)
    asked = questions(arguments.questions, chance)

    taken = []
    begun = time.perf_counter()
    for start, end in asked:
        before = time.perf_counter_ns()
        cost(history, calendar, start, end)
        taken.append(time.perf_counter_ns() - before)
    whole = time.perf_counter() - begun

    sample = asked[:REFERENCE_QUESTIONS]
    plain = tuple(Band(row.band, row.days, row.start, row.end) for row in time_bands)
    begun = time.perf_counter()
    expected = [minute_by_minute(lists, plain, start, end) for start, end in sample]
    slow = time.perf_counter() - begun
    begun = time.perf_counter()
    found = [cost(history, calendar, start, end) for start, end in sample]
    fast = time.perf_counter() - begun
    if [as_table(answer) for answer in found] != expected:
        sys.exit("An answer differs from the minute-by-minute reference")

    cuts = statistics.quantiles(taken, n=100)
    print("| figure | value |\n|---|---|")
    print(f"| questions | {len(asked):,} |")
    print(f"| a second | {len(asked) / whole:,.0f} |")
    print(f"| median, µs | {cuts[49] / 1000:.1f} |")
    print(f"| 95 %, µs | {cuts[94] / 1000:.1f} |")
    print(f"| slowest, µs | {max(taken) / 1000:.0f} |")
    print(f"| agree with the reference | {len(sample)} of {len(sample)} |")
    print(f"| times as fast as minute by minute | {slow / fast:,.0f} |")


if __name__ == "__main__":
    main()
