"""Which quarter a report shows."""

from __future__ import annotations

from wtforms import SelectField

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm


class QuarterForm(BaseForm):
    """A quarter that has been told, sent in the address."""

    class Meta:
        csrf = False

    quarter = SelectField(_l("Quarter"))
