"""What the forms of formal decisions share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms.validators import Length

from marketplace.decisions.rules import MAX_TEXT
from marketplace.i18n import _


def short_enough() -> Length:
    """A text of a decision has at most MAX_TEXT characters."""
    return Length(max=MAX_TEXT, message=_("The text is too long: at most %(max)d characters.", max=MAX_TEXT))


def refuse_all(form: Any, faults: Sequence[tuple[str, Any]]) -> None:
    """Show everything that a step lacks, each at the field it belongs to; `faults` are (field, message)."""
    for name, message in faults:
        form[name].errors = [*form[name].errors, str(message)]
