"""The form of one's own mail from the office."""

from __future__ import annotations

from wtforms import BooleanField

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm


class OwnMailForm(BaseForm):
    """What the person wants to get by mail."""

    morning = BooleanField(
        _l("One letter every working morning: what is new, what waits for me and what is due")
    )
