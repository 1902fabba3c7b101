"""The phrases for the grounds of measures and for what the office says to an explanation, from `phrases.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from marketplace.decisions.phrases import Library

LIBRARY: Final = Library(Path(__file__).with_name("phrases.yaml"))

RESPONSE: Final = "response"
"""What a phrase that answers an explanation has as its `outcome`; the others have the kind of the measure."""
