"""The table of the security standard is whole: each number once, with its level, and a test that exists or a reason.

`asvs_5_0_0.txt` has the numbers of levels 1 and 2 of the standard's own list (release 5.0.0) and the level of each.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import pytest

from marketplace.config import ROOT

PAGE: Final = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
LIST: Final = [
    tuple(line.split())
    for line in (ROOT / "tests" / "asvs_5_0_0.txt").read_text(encoding="ascii").splitlines()
]
STANDINGS: Final = {"met", "open", "operator", "none"}
LEAST_REASON: Final = 4
"""Letters that a reason has at least."""


class Row(NamedTuple):
    """A requirement as the page tells it."""

    number: str
    level: str
    asks: str
    stands: str
    shown_by: str


ROWS: Final = [
    Row(*(cell.strip() for cell in line.strip("|").split("|")))
    for line in PAGE.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ ", line)
]
NAMED: Final = sorted(
    set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)) - {("tests/test_asvs.py", "")}
)


def test_every_number_stands_once_in_the_standards_order() -> None:
    assert [(row.number, row.level) for row in ROWS] == LIST
    assert len(LIST) == 253


def test_every_row_says_what_it_asks_how_it_stands_and_why() -> None:
    assert [row.number for row in ROWS if row.stands not in STANDINGS or not row.asks] == []
    assert [row.number for row in ROWS if len(row.shown_by) < LEAST_REASON] == []


def test_the_heads_of_the_chapters_count_their_rows() -> None:
    for head, chapter in re.findall(r"<summary>(V(\d+) [^<]+)</summary>", PAGE):
        stands = [row.stands for row in ROWS if row.number.startswith(f"{chapter}.")]
        counted = {word: int(number) for number, word in re.findall(r"(\d+) (met|open|operator|none)", head)}
        assert counted == {word: stands.count(word) for word in set(stands)}, head


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_every_test_that_the_page_names_is_there(path: str, name: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert f"def {name}(" in text if name else "def test_" in text
