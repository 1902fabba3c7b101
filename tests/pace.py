"""What the tests cost, by room, in processor time: told at the end of a run with `--durations`.

A busy machine tells no other truth. Counted are the worker and the processes that it has waited for: what a browser, a
portal or the database server has used shows when it ends, and the server's never.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Generator
from pathlib import PurePath
from typing import Final

import pytest

SPENT: Final = "processor seconds"


class Pace:
    """Measures each phase of each test in the process that runs it, and adds up where the reports come together."""

    def __init__(self) -> None:
        self._before = _spent()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add to the report of a phase what was spent since the one before."""
        report = yield
        now = _spent()
        report.user_properties.append((SPENT, round(now - self._before, 3)))
        self._before = now
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the sum, the number of tests and the mean of each room, the dearest first."""
        spent: defaultdict[str, float] = defaultdict(float)
        tests: Counter[str] = Counter()
        for report in (each for reports in terminalreporter.stats.values() for each in reports):
            if isinstance(report, pytest.TestReport):
                room = room_of(report.nodeid)
                spent[room] += sum(
                    told for name, told in report.user_properties if name == SPENT and isinstance(told, float)
                )
                tests[room] += report.when == "call"
        terminalreporter.section(f"{SPENT} by room: {sum(spent.values()):.0f}")
        for room, seconds in sorted(spent.items(), key=lambda each: -each[1]):
            terminalreporter.line(f"{seconds:8.1f} {tests[room]:6} {room}")


def room_of(nodeid: str) -> str:
    """The folder of a test under `tests/`, or its file where it lies in none."""
    return PurePath(nodeid.partition("::")[0]).parts[1]


def _spent() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])
