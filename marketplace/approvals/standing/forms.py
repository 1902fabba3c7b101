"""The forms of approvals: the list's filters, a measure, the provider's explanation, requests, the yearly check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from wtforms import BooleanField, SelectField
from wtforms.validators import Length

from marketplace.applications.filling.forms import MayWait
from marketplace.approvals.standing.rules import points_once
from marketplace.days import DUE
from marketplace.decisions.forms import SHORT_LABEL, PartyForm
from marketplace.decisions.phrases import Phrase, translations
from marketplace.decisions.rules import MAX_TEXT
from marketplace.files.uploads import AttachmentsField
from marketplace.i18n import _l, current_language
from marketplace.pilots.definition import ChecklistItem
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

_SHORT_ENOUGH = Length(max=MAX_TEXT)


class ListForm(BaseForm):
    """The list's filters, sent in the address."""

    class Meta:
        csrf = False

    words = StrippedString(_l("Company or business ID"), [Optional(), Length(max=100)])
    pilot = SelectField(_l("Pilot"), default="")
    service = SelectField(_l("Service"), default="")
    municipality = SelectField(_l("Municipality"), default="")
    state = SelectField(_l("State"), default="")
    attention = SelectField(_l("What needs attention"), default="")
    sort = SelectField(_l("Order"), default="")


class PhrasesForm(PartyForm):
    """A form with ready phrases, which go to the provider in its language before the writer's own words."""

    ready = ChoicesField(_l("Ready phrases"))

    said: Mapping[str, str] = {}

    def offering(self, phrases: Iterable[Phrase], language: str) -> Self:
        """The same form for a provider that reads `language`, with phrases in the reader's own language.

        `said` is how they go to the provider, where that is another language.
        """
        ready = list(phrases)
        self.ready.choices = options((each.key, each.text[current_language()]) for each in ready)
        self.said = translations(((each.key, each.text) for each in ready), language)
        return self.addressed(language)


class ReinstateForm(PhrasesForm):
    """A measure in the provider's favour: nobody needs to be heard."""

    grounds = Prose(_l("Grounds in your own words"), validators=[MayWait(), _SHORT_ENOUGH])


class MeasureForm(ReinstateForm):
    """A measure against the provider, who is heard first unless client safety asks otherwise."""

    due_on = DateField(_l("The provider can explain until"), validators=[MayWait()], reach=DUE)
    short_reason = StrippedString(SHORT_LABEL, validators=[MayWait(), _SHORT_ENOUGH])
    safety = BooleanField(_l("Client safety does not allow waiting: no hearing"))
    safety_reason = Prose(
        _l("Why the safety of clients does not allow waiting"), validators=[MayWait(), _SHORT_ENOUGH]
    )


class ConditionForm(MeasureForm):
    """A measure that sets a condition."""

    condition = Prose(
        _l("The condition: what the provider must do"),
        validators=[required(_l("Write the condition.")), _SHORT_ENOUGH],
    )
    condition_due_on = DateField(
        _l("To be met by"),
        validators=[required(_l("Give the day by which the condition has to be met."))],
        reach=DUE,
    )
    condition_public = BooleanField(_l("Clients see this condition on the pages of the services"))


class ExplanationForm(BaseForm):
    """The provider's explanation."""

    answer = Prose(_l("Your explanation"), validators=[required(_l("Write the explanation.")), _SHORT_ENOUGH])
    attachments = AttachmentsField(_l("Attachments"))


class ProposeForm(PhrasesForm):
    """What the decision says to the explanation."""

    response = Prose(_l("What the office says to the explanation"), validators=[MayWait(), _SHORT_ENOUGH])


class ProposeConditionForm(ProposeForm):
    """The same for a condition, whose last day may be put off."""

    condition_due_on = DateField(_l("To be met by"), validators=[MayWait()], reach=DUE)


class RequestForm(PartyForm):
    """What the office asks for, and by when."""

    text = Prose(
        _l("What you ask of the provider"),
        validators=[required(_l("Write what you ask of the provider.")), _SHORT_ENOUGH],
    )
    due_on = DateField(_l("Answer by"), validators=[required(_l("Give the day."))], reach=DUE)


class NotMetForm(PartyForm):
    """Why a condition has not been met, or what is lacking of what was asked for."""

    reason = Prose(
        _l("Why the condition has not been met"),
        validators=[required(_l("Write why the condition has not been met.")), _SHORT_ENOUGH],
    )


class DropForm(PartyForm):
    """Why a measure is given up."""

    reason = Prose(
        _l("Why the measure is dropped"),
        validators=[required(_l("Write why the measure is dropped.")), _SHORT_ENOUGH],
    )


class RecheckForm(BaseForm):
    """The yearly check: points of the pilot's list, own words, or both; `asking` gives the points."""

    points = ChoicesField(_l("What was looked at"))
    note = StrippedString(_l("What was looked at, in your own words"), validators=[Optional(), _SHORT_ENOUGH])

    def asking(self, points: Iterable[ChecklistItem]) -> Self:
        """The same form with these points to choose among."""
        self.points.choices = options(
            (key, each.text[current_language()]) for key, each in points_once(points).items()
        )
        return self


class YearlyForm(RecheckForm):
    """The yearly check of several approvals: `chosen` are their ids, of which the view gives the choices."""

    chosen = ChoicesField(
        _l("Approvals that have been checked"),
        invalid_choice_message=_l(
            "One of the approvals that you chose has been checked already, or something else waits in it now. "
            "Look at the list and send it again."
        ),
    )
