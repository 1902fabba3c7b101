"""What is made once for all workers of a run, because making it costs more than most tests do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

PATIENCE: Final = 600
"""Seconds that a worker waits for what another makes, on a machine that may be busy."""


def common_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of the run see."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], str]) -> tuple[str, Path]:
    """What `make` gives and the folder in which it has made it: the first worker that asks makes it, others wait.

    Raises RuntimeError when the one that made it has failed, and TimeoutError when it is never ready.
    """
    folder = common_folder(factory) / name
    ready, failed = folder / "ready", folder / "failed"
    try:
        folder.mkdir()
    except FileExistsError:
        return _await(ready, failed), folder
    try:
        given = make(folder)
    except BaseException:
        failed.touch()
        raise
    (folder / "writing").write_text(given, encoding="utf-8")
    (folder / "writing").rename(ready)
    return given, folder


def _await(ready: Path, failed: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if ready.exists():
            return ready.read_text(encoding="utf-8")
        if failed.exists():
            raise RuntimeError(f"{ready.parent.name} could not be made: see the worker that tried")
        time.sleep(0.1)
    raise TimeoutError(f"{ready} was never made")
