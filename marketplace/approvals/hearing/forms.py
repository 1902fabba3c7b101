"""The forms of a hearing: the office’s and the provider’s."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from marketplace.applications import labels
from marketplace.applications.filling.forms import MayWait
from marketplace.applications.models import Application
from marketplace.days import BEGAN, DUE
from marketplace.decisions.forms import SHORT_LABEL, PartyForm, short_enough
from marketplace.files.uploads import AttachmentsField, UploadField
from marketplace.i18n import _l
from marketplace.web.forms import (
    BaseForm,
    ChoicesField,
    DateField,
    Optional,
    Prose,
    StrippedString,
    options,
    required,
)


class HearingAnswerForm(BaseForm):
    """The provider's answer to a hearing."""

    answer = Prose(
        _l("Your answer"),
        validators=[required(_l("Write your answer. If you have nothing to add, write that."))],
    )
    attachments = AttachmentsField(_l("Attachments"))


class WrittenAnswerForm(BaseForm):
    """An answer of the provider that came by letter or mail, as the office writes it down."""

    answer = Prose(
        _l("The provider’s answer"),
        validators=[required(_l("Write the answer as the provider gave it.")), short_enough()],
    )
    came_on = DateField(
        _l("Day on which the answer came"), validators=[required(_l("Give the day."))], reach=BEGAN
    )
    letter = UploadField(_l("The letter or message as a file"), validators=[Optional()])


class HearingForm(PartyForm):
    """What the provider is heard on."""

    services = ChoicesField(_l("Services that may be rejected"))
    reasons = Prose(_l("What you intend to propose and why"), validators=[MayWait(), short_enough()])
    due_on = DateField(_l("Answer by"), validators=[required(_l("Give the day."))], reach=DUE)
    short_reason = StrippedString(SHORT_LABEL, validators=[MayWait(), short_enough()])


def hearing_form(application: Application, due_on: date, chosen: Sequence[str]) -> HearingForm:
    """What the provider is heard on; `chosen`: services ticked in advance."""
    services = [(line.service_key, labels.service_name(line.service_key)) for line in application.lines]
    only = [line.service_key for line in application.lines] if len(application.lines) == 1 else list(chosen)
    form = HearingForm.from_request(due_on=due_on, services=only)
    form.services.choices = options(services)
    return form.addressed(application.created_by.language)
