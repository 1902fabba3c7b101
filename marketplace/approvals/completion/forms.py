"""The form of a completion request, built for the application at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from marketplace.applications.filling.forms import MayWait
from marketplace.approvals.completion.phrases import ReadyPhrase, phrases
from marketplace.approvals.completion.rules import AskedItem
from marketplace.days import DUE
from marketplace.decisions.forms import SHORT_LABEL, PartyForm, short_enough
from marketplace.i18n import _, _l, current_language
from marketplace.web.forms import (
    ChoicesField,
    DateField,
    Prose,
    StrippedString,
    options,
    required,
)


class CompletionForm(PartyForm):
    """A completion request; `completion_form` adds its fields, one for the words of each section."""


class RequestTakenBackForm(PartyForm):
    """Why the office waits for the completion no longer."""

    reason = Prose(
        _l("Why the request is taken back"),
        validators=[
            required(_l("Write why the request is taken back. The provider reads it.")),
            short_enough(),
        ],
    )


def completion_form(
    sections: Sequence[tuple[str, str]],
    due_on: date,
    *,
    ready: Sequence[ReadyPhrase] = (),
    chosen: Sequence[str] = (),
    words: Mapping[str, str] | None = None,
) -> Any:
    """A completion request: sections to tick, words for each, and the due date. `sections` are (key, title).

    `ready` are the phrases to choose from, `chosen` those that are ticked beforehand, `words` what stands in sections
    beforehand.
    """
    titles = dict(sections)
    texts = {
        f"text-{key}": Prose(
            _("What is missing or unclear: %(section)s", section=title),
            validators=[MayWait(), short_enough()],
        )
        for key, title in sections
    }
    fields = {
        "ready": ChoicesField(
            _("Ready phrases"),
            choices=options(
                (each.key, f"{titles[each.section]}: {each.text[current_language()]}") for each in ready
            ),
        ),
        "sections": ChoicesField(_("Parts to be completed"), choices=options(sections)),
        **texts,
        "due_on": DateField(_("To be completed by"), validators=[required(_("Give the day."))], reach=DUE),
        "short_reason": StrippedString(SHORT_LABEL, validators=[MayWait(), short_enough()]),
    }
    before = {f"text-{key}": text for key, text in (words or {}).items()}
    return CompletionForm.from_request(extra=fields, due_on=due_on, ready=list(chosen), **before)


def asked_items(form: Any, language: str) -> list[AskedItem]:
    """What a completion form asks for, in the order of the application: the parts ticked, and those with words.

    Ready phrases stand before the reviewer's own words, in `language`, the provider's.
    """
    written = {choice.value: form[f"text-{choice.value}"].data or "" for choice in form.sections.choices}
    chosen = [phrases()[key] for key in form.ready.data if key in phrases()]
    for key, own in written.items():
        ready = [each.text[language] for each in chosen if each.section == key]
        written[key] = "\n\n".join([*ready, *filter(None, [own.strip()])])
    return [
        AskedItem(key, text) for key, text in written.items() if text.strip() or key in form.sections.data
    ]
