"""Which tests every change needs (`make test`) and which follow them (`make test-more`): docs/decisions/0110.

What is not marked `more`, here or where it stands, is run by `make test`. `.ci/run` runs both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

LONG: Final = (
    "tests/races/",
    "tests/kills/",
    "tests/fuzz/",
    "tests/approvals/crashes/",
    "tests/journeys/office/",
    "tests/journeys/test_every_page.py",
    "tests/demo/test_loading.py",
)
"""Whole scenes: two at once, processes that are killed, forms filled in at random, the office's walks by days, every
page in every look, the demo in every size.
"""

APART: Final = (
    "tests/test_serving.py",
    "tests/test_command.py",
    "tests/test_archive.py",
    "tests/scripts/test_release.py",
    "tests/scripts/test_themes.py",
    "tests/scripts/test_translations.py",
    "tests/search/test_conformance.py",
    "tests/search/test_sentences.py",
    "tests/search/test_together.py",
    "tests/test_health.py::test_pages_are_read_when_nothing_can_be_written",
    "tests/test_migrated_rows.py",
    "tests/test_subjects.py",
    "tests/test_division.py",
)
"""What starts the program from outside, the scripts of texts and colours, how many sentences the search answers right,
how its processes and engines agree, a full disk, subjects on every Python, what migrations do with rows that stand, and
this division: few changes concern them.
"""

WALKS: Final = "tests/journeys/"
"""They go the same way in each language, with and without scripts, on each database."""


def divide(items: Sequence[pytest.Item], engines: Sequence[str]) -> None:
    """Mark the long scenes, whatever runs on the second database as on the first, and walks but for their first way."""
    on_first = {_test(item) for item in items if _engine(item) == engines[0]}
    walked: set[str] = set()
    for item in items:
        test, engine = _test(item), _engine(item)
        more = test.startswith(APART) or (test.startswith(LONG) and engine is not None)
        more |= engine in engines[1:] and test in on_first
        if not more and test.startswith(WALKS):
            more = test in walked
            walked.add(test)
        if more:
            item.add_marker(pytest.mark.more)


def walks_first(items: list[pytest.Item]) -> None:
    """Put the walks before everything else.

    Workers halve the list and then take from each other's end: so most walks are gone by one worker, for which the
    portal and its browser are started once, and none is left for the end, when the other worker would wait for it.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(WALKS))


def _test(item: pytest.Item) -> str:
    """The test without what it is run with."""
    return item.nodeid.partition("[")[0]


def _engine(item: pytest.Item) -> str | None:
    """The database on which the test runs, if it runs on one."""
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get("engine_name")
