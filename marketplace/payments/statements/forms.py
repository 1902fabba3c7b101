"""The forms of statements: which month, what a provider objects to, what the organisation answers."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Length

from marketplace.i18n import _l
from marketplace.payments.statements.rules import MOST_REMARK
from marketplace.web.forms import BaseForm, Prose, required


class StatementsShownForm(BaseForm):
    """What the payer's list shows, sent in the address."""

    class Meta:
        csrf = False

    month = SelectField(_l("Month"), default="")
    state = SelectField(_l("State"), default="")


class FreezeForm(BaseForm):
    """Which month is frozen."""

    closing = SelectField(_l("Month"), validators=[required(_l("Choose the month."))])


class RemarkForm(BaseForm):
    """An objection to a statement, or the answer to it."""

    text = Prose(_l("Message"), [required(_l("Write the message first.")), Length(max=MOST_REMARK)])
