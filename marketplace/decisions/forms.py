"""What the forms of formal decisions share."""

from __future__ import annotations

from typing import Final

from wtforms.validators import Length

from marketplace.decisions.rules import MAX_TEXT
from marketplace.i18n import _l

SHORT_LABEL: Final = _l("Why the provider gets fewer days than usual")


def short_enough() -> Length:
    """A text of a decision has at most MAX_TEXT characters."""
    return Length(max=MAX_TEXT, message=_l("The text is too long: at most %(max)d characters.", max=MAX_TEXT))
