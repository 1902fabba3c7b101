"""What has changed in a pilot's definition, in sentences for the person whose draft is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from marketplace.applications import labels
from marketplace.applications.definition_changes.rules import ChangeKind, DefinitionChange
from marketplace.i18n import _l, current_language
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS, MUNICIPALITIES

SENTENCES: Final[dict[ChangeKind, Any]] = {
    "question_new": _l("New question: %(subject)s"),
    "question_now_required": _l("This question must now be answered: %(subject)s"),
    "question_changed": _l("This question has changed: %(subject)s"),
    "question_gone": _l("A question has been removed. You need not do anything."),
    "service_new": _l("You can now apply for this service: %(subject)s."),
    "service_gone": _l("This service is no longer in the pilot: %(subject)s."),
    "area_more": _l("The pilot now covers %(subject)s too."),
    "area_less": _l("%(subject)s is no longer in the pilot’s area."),
    "evidence_new": _l("A new proof is asked for: %(subject)s."),
    "evidence_changed": _l("The highest age of this proof has changed: %(subject)s."),
    "evidence_gone": _l("This proof is no longer asked for: %(subject)s."),
    "rulebook_new": _l("The rulebook has a new version: %(subject)s."),
}


@dataclass(frozen=True, slots=True)
class ChangedSection:
    """A section with what is new in it."""

    key: str
    title: str
    sentences: list[str]


def changed_sections(
    found: Mapping[str, Sequence[DefinitionChange]], definition: PilotDefinition
) -> list[ChangedSection]:
    """Everything that is new, section by section, in the reader's language."""
    return [
        ChangedSection(
            key, labels.section_title(key, definition), [change_text(each, definition) for each in changes]
        )
        for key, changes in found.items()
    ]


def change_text(change: DefinitionChange, definition: PilotDefinition) -> str:
    """One change as a whole sentence."""
    return str(SENTENCES[change.kind]) % {"subject": _subject(change, definition)}


def _subject(change: DefinitionChange, definition: PilotDefinition) -> str:
    what = change.kind.partition("_")[0]
    if what == "question":
        return labels.question_label(change.subject, definition)
    if what == "service":
        return labels.service_name(change.subject)
    if what == "area":
        return MUNICIPALITIES[change.subject].name[current_language()]
    if what == "evidence":
        return EVIDENCE_KINDS[change.subject].name[current_language()]
    return change.subject
