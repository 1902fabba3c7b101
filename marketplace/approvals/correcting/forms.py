"""The form of a correction."""

from __future__ import annotations

from wtforms import TextAreaField

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, required


class CorrectionForm(BaseForm):
    """The correction of a clerical error in a decision."""

    wrong = TextAreaField(
        _l("What the decision says"),
        validators=[required(_l("Write the words of the decision that are wrong."))],
    )
    right = TextAreaField(
        _l("What it should say"), validators=[required(_l("Write the words as they should be."))]
    )
