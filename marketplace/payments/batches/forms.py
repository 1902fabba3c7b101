"""The forms of batches: what goes in, the release, another day, giving up, a file of the bank."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField
from wtforms.validators import Length, ValidationError

from marketplace.days import PLANNED
from marketplace.i18n import _l
from marketplace.payments.batches.service import MOST_REASON
from marketplace.web.forms import BaseForm, ChoicesField, DateField, MoneyField, Prose, required

_LENGTH = Length(max=MOST_REASON, message=_l("The text is too long: at most 2000 characters."))


class BatchesShownForm(BaseForm):
    """Which batches are listed."""

    class Meta:
        csrf = False

    show = SelectField(_l("Show"), validate_choice=False)


class PayDayForm(BaseForm):
    """On which day a batch is paid."""

    pay_on = DateField(_l("Day of payment"), [required(_l("Give the day of payment."))], reach=PLANNED)


class PrepareBatchForm(PayDayForm):
    """Which statements go into a new batch."""

    statements = ChoicesField(_l("Statements"), [required(_l("Choose at least one statement."))], coerce=int)


class ReleaseBatchForm(BaseForm):
    """The release: `digest` is that of the order which the page shows."""

    digest = HiddenField()
    reason = Prose(_l("Why you release payments to payees that the bank has not confirmed"), [_LENGTH])


class CancelBatchForm(BaseForm):
    """Why a batch is given up."""

    reason = Prose(
        _l("Why the batch is cancelled"), [required(_l("Say why the batch is cancelled.")), _LENGTH]
    )


class MissingForm(BaseForm):
    """What is said about a payment that has not come."""

    text = Prose(_l("Message"), [required(_l("Write the message first.")), _LENGTH])


class FillForm(BaseForm):
    """How much is fetched to the balance at Stripe."""

    amount = MoneyField(_l("How much is fetched"), [required(_l("Give the amount."))])

    def validate_amount(self, field: MoneyField) -> None:
        """An amount is something."""
        if field.data is not None and not field.data.cents:
            raise ValidationError(str(_l("Give the amount.")))


class TakeBackForm(BaseForm):
    """Why a payment is taken back."""

    text = Prose(
        _l("Why the payment is taken back"), [required(_l("Say why the payment is taken back.")), _LENGTH]
    )


class BankFileForm(BaseForm):
    """A file that the bank or the ledger system gives back."""

    file = FileField(_l("File"), [required(_l("Choose the file."))])
