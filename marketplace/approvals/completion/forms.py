"""The form of a completion request, built for the application at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace.applications.filling.forms import MayWait
from marketplace.approvals.completion.rules import AskedItem
from marketplace.days import DUE
from marketplace.decisions.forms import SHORT_LABEL, short_enough
from marketplace.i18n import _
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


class CompletionForm(BaseForm):
    """A completion request; `completion_form` adds its fields, one for the words of each section."""


def completion_form(sections: Sequence[tuple[str, str]], due_on: date) -> Any:
    """A completion request: sections to tick, words for each, and the due date. `sections` are (key, title)."""
    texts = {
        f"text-{key}": Prose(
            _("What is missing or unclear: %(section)s", section=title),
            validators=[MayWait(), short_enough()],
        )
        for key, title in sections
    }
    fields = {
        "sections": ChoicesField(_("Parts to be completed"), choices=options(sections)),
        **texts,
        "due_on": DateField(_("To be completed by"), validators=[required(_("Give the day."))], reach=DUE),
        "short_reason": StrippedString(SHORT_LABEL, validators=[Optional(), short_enough()]),
    }
    return CompletionForm.from_request(extra=fields, due_on=due_on)


def asked_items(form: Any) -> list[AskedItem]:
    """What a completion form asks for, in the order of the application: the parts ticked, and those with words."""
    written = {choice.value: form[f"text-{choice.value}"].data or "" for choice in form.sections.choices}
    return [
        AskedItem(key, text) for key, text in written.items() if text.strip() or key in form.sections.data
    ]
