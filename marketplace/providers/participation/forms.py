"""The forms of a pause and of leaving."""

from __future__ import annotations

from wtforms import BooleanField
from wtforms.validators import DataRequired, Length, Optional

from marketplace.days import PLANNED
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, DateField, Prose, required


class PauseForm(BaseForm):
    """A pause is confirmed; until when and why, the office is told."""

    until = DateField(
        _l("Last day of the pause"),
        [required(_l("Give the day. You can go on earlier, or change the day later."))],
        reach=PLANNED,
    )
    reason = Prose(_l("Why do you have a pause?"), [Optional(), Length(max=1000)])


class LeavingForm(BaseForm):
    """Leaving is confirmed; the reason is the company's to give."""

    reason = Prose(_l("Why do you leave?"), [Optional(), Length(max=1000)])
    understood = BooleanField(
        _l("I understand that our offers are hidden at once and that the notice rules hold."),
        [DataRequired(_l("Tick the box if you want to leave."))],
    )
