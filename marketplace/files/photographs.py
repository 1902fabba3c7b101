"""Photographs made into one document, and PDFs that are locked: asked of `child`, a process with limits of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from marketplace.slow_work import Slow, turn

CHILD: Final = Path(__file__).with_name("child.py")
WAIT_SECONDS: Final = 60
"""By the clock on the wall, for a machine that is busy with others; the processor's time is the child's to limit."""


class UnreadablePhotograph(Exception):
    """The photographs cannot be read; `code` is `too_many_pixels` or `malformed`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def as_document(paths: Sequence[Path]) -> tuple[str, bytes]:
    """Media type and content of one document: a JPEG of one photograph, a PDF of several.

    Raises UnreadablePhotograph.
    """
    answer, content = _asked("picture" if len(paths) == 1 else "document", paths)
    if "media_type" not in answer:
        raise UnreadablePhotograph(answer.get("fault", "malformed"))
    return answer["media_type"], content


def is_locked(path: Path) -> bool:
    """Whether a PDF opens only with a password; False for one about which it cannot be known."""
    answer, _content = _asked("password", [path])
    return answer.get("locked", False) is True


def _asked(task: str, paths: Sequence[Path]) -> tuple[dict[str, Any], bytes]:
    """The child's answer; what it was stopped for is a fault like another."""
    try:
        with turn(Slow.PICTURE):
            done = subprocess.run(  # noqa: S603 - our own program, without a shell
                [sys.executable, "-I", "-X", "utf8", str(CHILD), task, *map(str, paths)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=WAIT_SECONDS,
                env={},
                check=False,
            )
    except subprocess.TimeoutExpired:
        return {"fault": "too_many_pixels"}, b""
    head, _line, content = done.stdout.partition(b"\n")
    try:
        answer: dict[str, Any] = json.loads(head)
    except ValueError:  # ended by a signal: its memory or its time was used up
        return {"fault": "too_many_pixels"}, b""
    return answer, content
