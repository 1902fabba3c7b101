"""What is asked of a page's HTML alone: that it is valid, and that nothing in it is left in English."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from babel.messages.pofile import read_po

from marketplace.config import ROOT

LEAST_WORDS = 4


def source_strings() -> list[str]:
    """English source strings that are long enough to be told from a name and hold no placeholder."""
    with (ROOT / "translations" / "fi" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    messages = [message.id for message in catalogue if isinstance(message.id, str)]
    return [text for text in messages if len(text.split()) >= LEAST_WORDS and "%" not in text]


@contextmanager
def validator() -> Iterator[Callable[[str], list[str]]]:
    """What is wrong with the HTML of a page, by one validator for all pages that are asked in the block."""
    program = ["node", str(ROOT / "tests" / "journeys" / "validate.mjs")]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        source, answers = process.stdin, process.stdout

        def faults_of(html: str) -> list[str]:
            source.write(json.dumps(html) + "\n")
            faults: list[str] = json.loads(answers.readline())
            return faults

        yield faults_of
        source.close()
