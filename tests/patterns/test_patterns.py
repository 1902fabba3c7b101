"""No regular expression of the portal can be kept busy by what people write: steps grow with the text, not faster."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import marketplace
from marketplace.search import query_digits
from tests.patterns.steps import Counter, TooManySteps, pumps

LENGTHS = (40, 80)
MOST = 60_000
"""Steps that a text of the greater length may cost: a few hundred for each sign."""
GROWTH = 2.7
"""A text of twice the length may cost so many times the steps: more than twice is more than in proportion."""
LEAST = 400
"""Below so many steps nothing is compared."""

ENDS = ("", "\x00", "!", "\n\n", "a", "1")
CALLS = ("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")

BOUNDED: dict[str, str] = {
    query_digits._PRICE.pattern: "a query is read to its 200th character",
    query_digits._AGE.pattern: "a query is read to its 200th character",
}
"""Patterns that cost more than in proportion, with why nobody can use that."""


@cache
def patterns() -> dict[str, tuple[re.Pattern[str], bool]]:
    """Every pattern of the program by its text: compiled in a module, or written where it is used; whether it is asked
    at the beginning of a text only.
    """
    found: dict[str, tuple[re.Pattern[str], bool]] = {}
    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        whole = set(_used_whole(Path(str(loaded.__file__))))
        for name, value in vars(loaded).items():
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, re.Pattern):
                    found[_text(each)] = (_as_text(each), name in whole)
        for text, flags, used in _written(Path(str(loaded.__file__))):
            found.setdefault(text, (re.compile(text, flags), used in ("fullmatch", "match")))
    return found


def _text(pattern: re.Pattern[str] | re.Pattern[bytes]) -> str:
    return pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")


def _as_text(pattern: re.Pattern[str] | re.Pattern[bytes]) -> re.Pattern[str]:
    if isinstance(pattern.pattern, str):
        return pattern
    return re.compile(pattern.pattern.decode("latin-1"), pattern.flags & ~re.LOCALE)


def _used_whole(path: Path) -> Iterator[str]:
    """Names of patterns that a module asks at the beginning of a text only."""
    uses: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            uses.setdefault(node.value.id, set()).add(node.attr)
    return (name for name, calls in uses.items() if calls <= {"fullmatch", "match"})


def _written(path: Path) -> Iterator[tuple[str, int, str]]:
    """Patterns written as a literal in a call of `re`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in CALLS
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.args[0].value, _flags(node), node.func.attr


def _flags(call: ast.Call) -> int:
    names = {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
    return sum(getattr(re, name) for name in names & {"MULTILINE", "IGNORECASE", "DOTALL", "VERBOSE"})


def steps(pattern: re.Pattern[str], text: str, *, whole: bool) -> int:
    """How many steps the pattern takes on a text."""
    counter = Counter(pattern, text, MOST)
    counter.match() if whole else counter.search()
    return counter.steps


def worst(pattern: re.Pattern[str], *, whole: bool) -> str:
    """What keeps the pattern busier than in proportion, or nothing."""
    for before, pump in dict.fromkeys(pumps(pattern)):
        for end in ENDS:
            try:
                short, long = (
                    steps(pattern, before + pump * (length // len(pump)) + end, whole=whole)
                    for length in LENGTHS
                )
            except TooManySteps:
                return f"{before!r} + {pump!r} × many + {end!r} never ends"
            if long > LEAST and long > GROWTH * short:
                return f"{before!r} + {pump!r} × n + {end!r}: {short} steps, then {long}"
    return ""


@pytest.fixture(autouse=True)
def deep() -> Iterator[None]:
    kept = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(kept)


@pytest.mark.parametrize("text", sorted(patterns()))
def test_steps_grow_with_the_text_and_not_faster(text: str) -> None:
    pattern, whole = patterns()[text]
    found = worst(pattern, whole=whole)
    assert bool(found) == (text in BOUNDED), f"{text}\n{found}"


def test_there_are_patterns() -> None:
    assert len(patterns()) > 80


@pytest.mark.parametrize(
    ("text", "whole"),
    [(r"(a+)+b", True), (r"(a|a)*c", True), (r"\s+$", False), (r"(\w+\s?)*!", True), (r"a*a*b", True)],
)
def test_what_is_known_to_be_slow_is_found(text: str, whole: bool) -> None:
    assert worst(re.compile(text), whole=whole)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        (r"(\d{1,2})\.(\d{1,2})\.(\d{4})", "24.12.2026"),
        (r"^[^@\s]+@[^@\s]+\.\w+$", "a.b@example.fi"),
        (r"(?i)\bab+?(?=c)", "xx abbbc"),
        (r"(?:a|b(?!c))+", "abab"),
        (r"(a)(\1)", "aa"),
    ],
)
def test_the_counting_matcher_finds_what_re_finds(text: str, example: str) -> None:
    pattern = re.compile(text)
    for given in (example, example + "!", "", "zz"):
        assert Counter(pattern, given, MOST).search() is (pattern.search(given) is not None)
        assert Counter(pattern, given, MOST).fullmatch() is (pattern.fullmatch(given) is not None)
