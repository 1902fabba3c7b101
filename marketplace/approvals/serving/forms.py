"""The form of a letter that was posted."""

from __future__ import annotations

from marketplace.days import AGREED
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, DateField, Optional, required


class LetterPostedForm(BaseForm):
    """When a letter to a provider was posted, and when it was received if a receipt shows that."""

    posted_on = DateField(
        _l("Posted on"), validators=[required(_l("Give the day of posting."))], reach=AGREED
    )
    received_on = DateField(_l("Received on, if a receipt shows it"), validators=[Optional()], reach=AGREED)
