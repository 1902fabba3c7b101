"""The forms of the price list: the file, and the confirmation of what was read from it."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, required


class PriceListForm(BaseForm):
    """A price list that comes in."""

    file = FileField(_l("Price list"), [required(_l("Choose a file."))])


class ConfirmForm(BaseForm):
    """Yes to exactly the changes that the preview shows."""

    changes = HiddenField()
    nothing_extra = BooleanField(
        _l("I accept that the client is charged nothing beyond these prices: nothing extra is charged.")
    )
