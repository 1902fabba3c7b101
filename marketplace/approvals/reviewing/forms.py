"""The office's forms; those with a field per section or line are built for the application at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask import g, request
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import Length

from marketplace.applications import labels
from marketplace.applications.filling.forms import MayWait
from marketplace.applications.models import Application, ApplicationLine
from marketplace.approvals.reviewing.phrases import phrases_for
from marketplace.approvals.reviewing.rules import (
    MAX_CONDITIONS,
    MAX_TEXT,
    AskedItem,
    Condition,
    LineProposal,
    conditions_of,
)
from marketplace.i18n import _, _l, current_language
from marketplace.web.forms import BaseForm, ChoicesField, DateField, Optional, RadioField, options, required

FIELDS: Final = ("outcome", "grounds")

MARK_NAMES: Final[dict[str, Any]] = {
    "ok": _l("OK"),
    "missing": _l("Missing"),
    "not_applicable": _l("Not applicable"),
}


class QueueForm(BaseForm):
    """The queue's filters, sent in the address."""

    class Meta:
        csrf = False

    state = SelectField(_l("State"), default="")
    pilot = SelectField(_l("Pilot"), default="")
    handler = SelectField(_l("Handler"), default="")
    late = SelectField(_l("Overdue"), default="")


class DecideForm(BaseForm):
    """The decision; `seen` marks the proposal that the page showed."""

    seen = HiddenField()


class NoteForm(BaseForm):
    """An internal note."""

    text = TextAreaField(_l("New note"), validators=[required(_l("Write the note first."))])


class HandlerForm(BaseForm):
    """Who handles the application; an empty value means nobody yet."""

    handler = SelectField(_l("Handler"))


class AnswerForm(BaseForm):
    """The provider's answer to a hearing."""

    answer = TextAreaField(
        _l("Your answer"),
        validators=[required(_l("Write your answer. If you have nothing to add, write that."))],
    )


class CorrectionForm(BaseForm):
    """The correction of a clerical error in a decision."""

    wrong = TextAreaField(
        _l("What the decision says"),
        validators=[required(_l("Write the words of the decision that are wrong."))],
    )
    right = TextAreaField(
        _l("What it should say"), validators=[required(_l("Write the words as they should be."))]
    )


class ReturnForm(BaseForm):
    """Why a proposal goes back to the reviewer."""

    reason = TextAreaField(
        _l("Why do you return the proposal?"), validators=[required(_l("Write why you return the proposal."))]
    )


def _too_long() -> Length:
    return Length(max=MAX_TEXT, message=_("The text is too long: at most %(max)d characters.", max=MAX_TEXT))


def completion_form(sections: Sequence[tuple[str, str]], due_on: date) -> Any:
    """A completion request: sections to tick, words for each, and the due date. `sections` are (key, title)."""
    texts = {
        f"text-{key}": TextAreaField(
            _("What is missing or unclear: %(section)s", section=title), validators=[MayWait(), _too_long()]
        )
        for key, title in sections
    }
    fields = {
        "sections": ChoicesField(_("Parts to be completed"), choices=options(sections)),
        **texts,
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


def hearing_form(application: Application, due_on: date, chosen: Sequence[str]) -> Any:
    """What the provider is heard on; `chosen`: services ticked in advance."""
    services = [(line.service_key, labels.service_name(line.service_key)) for line in application.lines]
    fields = {
        "services": ChoicesField(_("Services that may be rejected"), choices=options(services)),
        "reasons": TextAreaField(
            _("What you intend to propose and why"), validators=[MayWait(), _too_long()]
        ),
        "due_on": DateField(_("Answer by"), validators=[required(_("Give the day."))]),
    }
    form: type[BaseForm] = type("HearingForm", (BaseForm,), fields)
    only = [line.service_key for line in application.lines] if len(application.lines) == 1 else list(chosen)
    return form.from_request(due_on=due_on, services=only)


def checklist_form(items: Sequence[tuple[str, str]], held: Mapping[str, str]) -> Any:
    """The pilot's checklist: `items` are (key, text), `held` the marks so far."""
    fields: dict[str, Any] = {
        f"mark-{key}": RadioField(text, choices=options(MARK_NAMES.items()), validators=[MayWait()])
        for key, text in items
    }
    form: type[BaseForm] = type("ChecklistForm", (BaseForm,), fields)
    return form.from_request(**{f"mark-{key}": mark for key, mark in held.items()})


def given_marks(form: Any, keys: Sequence[str]) -> dict[str, str]:
    """The marks of a checklist form; points left open are not in it."""
    return {key: form[f"mark-{key}"].data for key in keys if form[f"mark-{key}"].data}


MORE: Final = "more"
"""The button that adds a row for a condition; its value is the id of the line."""


def proposal_form(application: Application) -> Any:
    """A proposal for every line, filled with an earlier one when the decider has returned it.

    `rows` of the form gives the number of rows for conditions by the line's id.
    """
    name = f"Proposal-{application.id}"
    fields: dict[str, Any] = {}
    values: dict[str, Any] = {}
    rows = {line.id: _condition_rows(name, line) for line in application.lines}
    for line in application.lines:
        fields |= _line_fields(line, rows[line.id])
        values[f"phrases-{line.id}"] = list(line.proposed_phrases)
        for fact in FIELDS:
            values[f"{fact}-{line.id}"] = getattr(line, f"proposed_{fact}")
        for number, each in enumerate(conditions_of(line.proposed_conditions)):
            values[f"condition-{number}-{line.id}"] = each.text
            values[f"due-{number}-{line.id}"] = each.due_on
    form: type[BaseForm] = type(name, (BaseForm,), {**fields, "rows": rows})
    return form.from_request(**values)


def _condition_rows(form_name: str, line: ApplicationLine) -> int:
    """How many conditions the form has room for: those there are, at least one, and one more when it was asked for."""
    recall = g.get("kept_entries")
    entries = request.form or (recall(form_name) if recall else None) or {}
    sent = sum(f"condition-{number}-{line.id}" in entries for number in range(MAX_CONDITIONS))
    room = max(sent, 1) if entries else max(len(line.proposed_conditions), 1)
    return min(room + (entries.get(MORE) == str(line.id)), MAX_CONDITIONS)


def _line_fields(line: ApplicationLine, rows: int) -> dict[str, Any]:
    outcomes = [
        ("approved", _("Approve")),
        ("approved_with_conditions", _("Approve with conditions")),
        ("rejected", _("Reject")),
    ]
    names = dict(outcomes)
    ready = [
        (each.key, f"{names[each.outcome]}: {each.text[current_language()]}")
        for each in phrases_for(line.service_key)
    ]
    return {
        f"outcome-{line.id}": RadioField(_("Proposal"), choices=options(outcomes), validators=[MayWait()]),
        f"phrases-{line.id}": ChoicesField(_("Grounds from the library"), choices=options(ready)),
        f"grounds-{line.id}": TextAreaField(
            _("Grounds in your own words"), validators=[MayWait(), _too_long()]
        ),
        **_condition_fields(line, rows),
    }


def _condition_fields(line: ApplicationLine, rows: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for number in range(rows):
        fields[f"condition-{number}-{line.id}"] = TextAreaField(
            _("Condition %(number)d", number=number + 1), validators=[Optional(), _too_long()]
        )
        fields[f"due-{number}-{line.id}"] = DateField(
            _("Condition %(number)d to be met by", number=number + 1), validators=[Optional()]
        )
    return fields


def proposals(form: Any, application: Application) -> list[LineProposal]:
    """What a proposal form proposes, line by line."""
    return [
        LineProposal(
            line.id,
            outcome=form[f"outcome-{line.id}"].data or "",
            grounds=form[f"grounds-{line.id}"].data or "",
            conditions=tuple(
                Condition(
                    form[f"condition-{number}-{line.id}"].data or "", form[f"due-{number}-{line.id}"].data
                )
                for number in range(form.rows[line.id])
            ),
            phrases=tuple(form[f"phrases-{line.id}"].data),
        )
        for line in application.lines
    ]


def refuse_all(form: Any, faults: Sequence[tuple[str, Any]]) -> None:
    """Show everything that a step lacks, each at the field it belongs to; `faults` are (field, message)."""
    for name, message in faults:
        form[name].errors = [*form[name].errors, str(message)]
