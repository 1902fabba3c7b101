"""The form of a correction."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, Prose, required


class CorrectionForm(BaseForm):
    """The correction of a clerical error in a decision."""

    wrong = Prose(
        _l("What the decision says"),
        validators=[required(_l("Write the words of the decision that are wrong."))],
    )
    right = Prose(_l("What it should say"), validators=[required(_l("Write the words as they should be."))])


class MakeCorrectionForm(BaseForm):
    """The correction is made."""
