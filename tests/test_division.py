"""`make test` and `make test-more` run every test between them, and no test twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from marketplace.config import ROOT

APPLYING = "test_applying_completing_widening_and_leaving_on_a_phone"
MIXED = ("tests/races", "tests/journeys/test_applying.py", "tests/providers/test_home.py")
"""A long scene with a guard beside it, a walk of four ways, and pages on two databases."""


def test_the_two_targets_divide_by_one_mark_and_the_whole_check_calls_both() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"^(\S+): CHOSEN := (.+)$", makefile, re.MULTILINE) == [
        ("tested", "not more"),
        ("tested-more", "more"),
    ]
    assert makefile.count('-m "$(CHOSEN)"') == 1
    check = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert check[-2:] == ["make test", "exec make test-more"]


@pytest.fixture(scope="module")
def collected() -> dict[str, set[str]]:
    """The tests of MIXED that each of the two runs, as they are with both databases."""
    return {chosen: _collected("-m", chosen) for chosen in ("not more", "more", "more or not more")}


def _collected(*arguments: str) -> set[str]:
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "-p",
            "no:cacheprovider",
            *arguments,
            *MIXED,
        ],
        cwd=ROOT,
        env={**os.environ, "TEST_POSTGRES_URL": "postgresql://nobody@/nothing"},
        capture_output=True,
        text=True,
    )
    return {line.rpartition("::")[2] for line in told.stdout.splitlines() if "::" in line}


def test_every_test_is_run_by_one_of_them(collected: dict[str, set[str]]) -> None:
    assert collected["not more"] | collected["more"] == collected["more or not more"]
    assert collected["not more"] & collected["more"] == set()


def test_every_change_needs_the_first_database_the_first_way_and_the_guards(
    collected: dict[str, set[str]],
) -> None:
    needed = collected["not more"]
    assert "test_every_workflow_has_a_play_for_all_its_states_and_actions" in needed
    assert [each for each in needed if each.startswith(("test_two_at_once", APPLYING))] == [
        f"{APPLYING}[sqlite-fi-True]"
    ]
    assert [each for each in needed if "postgresql" in each] == []
    first = {each.replace("postgresql", "sqlite") for each in collected["more"] if "tests/providers" in each}
    assert first <= needed
