"""The forms of the decider."""

from __future__ import annotations

from wtforms import HiddenField

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, Prose, required


class DecideForm(BaseForm):
    """The decision; `seen` marks the proposal that the page showed."""

    seen = HiddenField()


class ReturnForm(BaseForm):
    """Why a proposal goes back to the reviewer."""

    reason = Prose(
        _l("Why do you return the proposal?"), validators=[required(_l("Write why you return the proposal."))]
    )
