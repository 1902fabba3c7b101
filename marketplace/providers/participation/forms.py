"""The form of leaving."""

from __future__ import annotations

from wtforms import BooleanField
from wtforms.validators import DataRequired, Length, Optional

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, Prose


class LeavingForm(BaseForm):
    """Leaving is confirmed; the reason is the company's to give."""

    reason = Prose(_l("Why do you leave?"), [Optional(), Length(max=1000)])
    understood = BooleanField(
        _l("I understand that our offers are hidden at once and that the notice rules hold."),
        [DataRequired(_l("Tick the box if you want to leave."))],
    )
