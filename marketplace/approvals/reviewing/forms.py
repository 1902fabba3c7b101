"""The office's forms; those with a field per section or line are built for the application at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from marketplace.approvals.applying.forms import MayWait
from marketplace.approvals.models import Application, ApplicationLine
from marketplace.approvals.reviewing.rules import MAX_TEXT, AskedItem, LineProposal
from marketplace.forms import BaseForm, ChoicesField, DateField, Optional, RadioField, options, required
from marketplace.i18n import _, _l

FIELDS: Final = ("outcome", "grounds", "conditions")


class QueueForm(BaseForm):
    """The queue's filters, sent in the address."""

    class Meta:
        csrf = False

    state = SelectField(_l("State"), default="")
    pilot = SelectField(_l("Pilot"), default="")
    handler = SelectField(_l("Handler"), default="")


class ReturnForm(BaseForm):
    """Why a proposal goes back to the reviewer."""

    reason = TextAreaField(
        _l("Why do you return the proposal?"), validators=[required(_l("Write why you return the proposal."))]
    )


def _too_long() -> Length:
    return Length(max=MAX_TEXT, message=_("The text is too long: at most %(max)d characters.", max=MAX_TEXT))


def completion_form(sections: Sequence[tuple[str, str]], due_on: date) -> Any:
    """A completion request: sections to tick, words for each, and the due date. `sections` are (key, title)."""
    words = {
        f"text-{key}": TextAreaField(
            _("What is missing or unclear: %(section)s", section=title), validators=[MayWait(), _too_long()]
        )
        for key, title in sections
    }
    fields = {
        "sections": ChoicesField(_("Parts to be completed"), choices=options(sections)),
        **words,
        "due_on": DateField(_("To be completed by"), validators=[required(_("Give the day."))]),
    }
    form: type[BaseForm] = type("CompletionForm", (BaseForm,), fields)
    return form.from_request(due_on=due_on)


def asked_items(form: Any) -> list[AskedItem]:
    """What a completion form asks for, in the order of the application: the parts ticked, and those with words."""
    written = {choice.value: form[f"text-{choice.value}"].data or "" for choice in form.sections.choices}
    return [
        AskedItem(key, text) for key, text in written.items() if text.strip() or key in form.sections.data
    ]


def proposal_form(application: Application) -> Any:
    """A proposal for every line, filled with an earlier one when the decider has returned it."""
    fields: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for line in application.lines:
        fields |= _line_fields(line)
        for name in FIELDS:
            values[f"{name}-{line.id}"] = getattr(line, f"proposed_{name}")
    form: type[BaseForm] = type(f"Proposal-{application.id}", (BaseForm,), fields)
    return form.from_request(**values)


def _line_fields(line: ApplicationLine) -> dict[str, Any]:
    outcomes = [
        ("approved", _("Approve")),
        ("approved_with_conditions", _("Approve with conditions")),
        ("rejected", _("Reject")),
    ]
    return {
        f"outcome-{line.id}": RadioField(_("Proposal"), choices=options(outcomes), validators=[MayWait()]),
        f"grounds-{line.id}": TextAreaField(_("Grounds"), validators=[MayWait(), _too_long()]),
        f"conditions-{line.id}": TextAreaField(_("Conditions"), validators=[Optional(), _too_long()]),
    }


def proposals(form: Any, application: Application) -> list[LineProposal]:
    """What a proposal form proposes, line by line."""
    return [
        LineProposal(line.id, *(form[f"{name}-{line.id}"].data or "" for name in FIELDS))
        for line in application.lines
    ]


def refuse_lines(form: Any, faults: Sequence[tuple[int, str, Any]]) -> None:
    """Show what a proposal lacks at the fields it belongs to."""
    for line_id, name, message in faults:
        field = form[f"{name}-{line_id}"]
        field.errors = [*field.errors, str(message)]
