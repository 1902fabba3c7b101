"""The phrases for the grounds of decisions on applications, from `phrases.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from marketplace.applications.models import ApplicationLine
from marketplace.decisions.phrases import Library

LIBRARY: Final = Library(Path(__file__).with_name("phrases.yaml"))


def grounds(line: ApplicationLine, language: str) -> str:
    """The grounds of a line as the decision states them: the phrases in `language`, then the reviewer's own words."""
    return LIBRARY.grounds(line.proposed_phrases, line.proposed_grounds, language)
