"""The forms of the work beside an application: handler, checklist, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from wtforms import SelectField

from marketplace.applications.filling.forms import MayWait
from marketplace.approvals.reviewing.rules import Mark
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, Prose, RadioField, options, required

MARK_NAMES: Final[dict[Mark, Any]] = {
    Mark.OK: _l("OK"),
    Mark.MISSING: _l("Missing"),
    Mark.NOT_APPLICABLE: _l("Not applicable"),
}


class NoteForm(BaseForm):
    """An internal note."""

    text = Prose(_l("New note"), validators=[required(_l("Write the note first."))])


class DisqualificationForm(BaseForm):
    """Why somebody is disqualified in a company's matters."""

    reason = Prose(
        _l("Why you are disqualified"), validators=[required(_l("Write why you are disqualified."))]
    )


class HandlerForm(BaseForm):
    """Who handles the application; an empty value means nobody yet."""

    handler = SelectField(_l("Handler"))


class ChecklistForm(BaseForm):
    """The pilot's checklist; `checklist_form` adds its points."""


def checklist_form(items: Sequence[tuple[str, str]], held: Mapping[str, str]) -> ChecklistForm:
    """The pilot's checklist: `items` are (key, text), `held` the marks so far."""
    fields: dict[str, Any] = {
        f"mark-{key}": RadioField(text, choices=options(MARK_NAMES.items()), validators=[MayWait()])
        for key, text in items
    }
    marks: dict[str, Any] = {f"mark-{key}": mark for key, mark in held.items()}
    return ChecklistForm.from_request(extra=fields, **marks)


def given_marks(form: ChecklistForm, keys: Sequence[str]) -> dict[str, str]:
    """The marks of a checklist form; points left open are not in it."""
    return {key: form[f"mark-{key}"].data for key in keys if form[f"mark-{key}"].data}
