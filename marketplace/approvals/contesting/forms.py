"""The forms of a request for a review and of its outcome."""

from __future__ import annotations

from wtforms import RadioField
from wtforms.validators import Length

from marketplace.approvals.contesting.labels import OUTCOMES
from marketplace.days import AGREED
from marketplace.decisions.forms import short_enough
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, DateField, Optional, Prose, StrippedString, options, required


class ReviewRequestForm(BaseForm):
    """Who asks for a review, and when the request came."""

    by = StrippedString(
        _l("Who asks for the review"), [required(_l("Write who asks for the review.")), Length(max=200)]
    )
    received_on = DateField(
        _l("When the request came"), [required(_l("Give the day on which the request came."))], reach=AGREED
    )


class ReviewOutcomeForm(BaseForm):
    """What came of the review."""

    outcome = RadioField(
        _l("What came of the review"),
        choices=options(OUTCOMES.items()),
        validators=[required(_l("Choose what came of the review."))],
    )
    decided_on = DateField(
        _l("When the review was decided"), [required(_l("Give the day of the review."))], reach=AGREED
    )
    decided_by = StrippedString(
        _l("Who decided on the request"), [required(_l("Write who decided on the request.")), Length(max=200)]
    )
    note = Prose(_l("Note"), [Optional(), short_enough()])
