"""The form that puts off a day."""

from __future__ import annotations

from marketplace.days import DUE
from marketplace.decisions.forms import PartyForm, short_enough
from marketplace.i18n import _l
from marketplace.web.forms import DateField, Prose, required


class PutOffForm(PartyForm):
    """The new last day and why."""

    due_on = DateField(_l("New last day"), validators=[required(_l("Give the day."))], reach=DUE)
    reason = Prose(
        _l("Why the day is put off"),
        validators=[required(_l("Write why the day is put off. The provider reads it.")), short_enough()],
    )
