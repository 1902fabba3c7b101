"""`make test` and `make test-more` run every test between them, and no test twice: one mark divides them."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from collections.abc import Sequence

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


@functools.cache
def _in_order(chosen: str) -> Sequence[str]:
    """The tests of MIXED that a target runs, in the order in which they begin."""
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "-p",
            "no:cacheprovider",
            "-m",
            chosen,
            *MIXED,
        ],
        cwd=ROOT,
        env={**os.environ, "TEST_POSTGRES_URL": "postgresql://nobody@/nothing"},
        capture_output=True,
        text=True,
    )
    return [line for line in told.stdout.splitlines() if "::" in line]


def _collected(chosen: str) -> set[str]:
    return {each.rpartition("::")[2] for each in _in_order(chosen)}


def test_walks_come_first() -> None:
    walks = [each.startswith("tests/journeys/") for each in _in_order("not more")]
    assert any(walks)
    assert not all(walks)
    assert walks == sorted(walks, reverse=True)


def test_every_change_needs_the_first_database_the_first_way_and_the_guards() -> None:
    needed, more = _collected("not more"), _collected("more")
    assert "test_every_workflow_has_a_play_for_all_its_states_and_actions" in needed
    assert [each for each in needed if each.startswith(("test_two_at_once", APPLYING))] == [
        f"{APPLYING}[sqlite-fi-True]"
    ]
    assert [each for each in needed if "postgresql" in each] == []
    assert len([each for each in more if each.startswith(APPLYING)]) == 3
    homes = {each.partition("[")[0] for each in more if each.startswith("test_every_page_of_the_area")}
    assert homes <= {each.partition("[")[0] for each in needed}
    assert homes
