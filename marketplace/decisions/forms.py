"""What the forms of formal decisions share."""

from __future__ import annotations

from wtforms.validators import Length

from marketplace.decisions.rules import MAX_TEXT
from marketplace.i18n import _l


def short_enough() -> Length:
    """A text of a decision has at most MAX_TEXT characters."""
    return Length(max=MAX_TEXT, message=_l("The text is too long: at most %(max)d characters.", max=MAX_TEXT))
