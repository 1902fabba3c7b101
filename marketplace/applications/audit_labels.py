"""What the fields of applications are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.accounts.models import User
from marketplace.applications import labels
from marketplace.applications.messages.rules import Side
from marketplace.applications.models import Application
from marketplace.audit.fields import About, Field, choice, numbered, plain
from marketplace.i18n import _, _l, current_language, date_text
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS, MUNICIPALITIES, SERVICES
from marketplace.providers.audit_labels import entries, part_of
from marketplace.providers.labels import LEGAL_FORMS
from marketplace.providers.models import Evidence
from marketplace.web.frame import session

SIDES: Final[dict[Side, Any]] = {Side.PROVIDER: _l("From the provider"), Side.OFFICE: _l("From the office")}


def definition_of_event(about: About) -> PilotDefinition | None:
    """The definition of the application's pilot, as it was sent; None for one that is no longer there."""
    application = session().get(Application, int(about.event.subject_id))
    return kept_definition(session(), application.definition_version_id) if application else None


def _person(value: Any, _about: About) -> str:
    person = session().get(User, value)
    return person.name if person else _("number %(number)s", number=value)


def _section(value: Any, about: About) -> str:
    definition = definition_of_event(about)
    return labels.section_title(value, definition) if definition else str(value)


def _question(key: str, about: About) -> str:
    """What a part of a saved section is called: a service, a fact of the company or a question."""
    if key in SERVICES:
        return labels.service_name(key)
    definition = definition_of_event(about)
    return str(
        labels.COMPANY_FACTS.get(key) or (labels.question_label(key, definition) if definition else key)
    )


def _answer(value: Any, about: About) -> str:
    if about.part in SERVICES:
        return entries(MUNICIPALITIES)(value, about)
    if about.part == "legal_form":
        return choice(LEGAL_FORMS)(value, about)
    definition = definition_of_event(about)
    question = labels.question_of(about.part, definition) if definition else None
    if question is None:
        return plain(value, about)
    return labels.answer_text(question, value, {}) or numbered(value, about)


def _saved(value: Any, about: About) -> str:
    """A section as it was saved that has no named parts: proofs by number, or the rulebook's acceptance."""
    return _proofs(value, about) if about.event.after.get("section") == "evidence" else plain(value, about)


def _values(value: Any, about: About) -> str:
    return _answer(value, about) if about.part else _saved(value, about)


def _proofs(value: Any, _about: About) -> str:
    """Proofs by their kinds and days of issue."""
    found = (session().get(Evidence, number) for number in value)
    return ", ".join(
        f"{EVIDENCE_KINDS[each.kind].name[current_language()]} {date_text(each.issued_on)}"
        for each in found
        if each is not None
    )


def _asked(value: Any, about: About) -> str:
    """What was asked to be completed, section by section."""
    return "; ".join(f"{_section(item['section'], about)}: {item['text']}" for item in value)


def _conditions(value: Any, _about: About) -> str:
    return " ".join(labels.condition_text(each) for each in value)


FIELDS: Final[dict[str, Field]] = {
    "application.state": Field(_l("State"), choice(labels.STATES)),
    "application.answer": Field(_l("Answer")),
    "application.answers": Field(_l("Answer"), _answer, _question),
    "application.areas": Field(_l("Operating area"), entries(MUNICIPALITIES), part_of(SERVICES)),
    "application.company": Field(_l("Company"), _answer, _question),
    "application.conditions": Field(_l("Conditions"), _conditions, part_of(SERVICES)),
    "application.decision": Field(_l("Decision that is corrected")),
    "application.evidence": Field(_l("Evidence"), _proofs),
    "application.handler": Field(_l("Handler"), _person),
    "application.items": Field(_l("What was asked for"), _asked),
    "application.left_out": Field(_l("Municipalities left out"), entries(MUNICIPALITIES), part_of(SERVICES)),
    "application.message": Field(_l("Message"), numbered),
    "application.note": Field(_l("Internal note"), numbered),
    "application.outcomes": Field(_l("Outcome"), choice(labels.OUTCOMES), part_of(SERVICES)),
    "application.pilot_version": Field(_l("Version of the pilot"), numbered),
    "application.proposals": Field(_l("Proposal"), choice(labels.OUTCOMES), part_of(SERVICES)),
    "application.reasons": Field(_l("What the office intends and why")),
    "application.right": Field(_l("Corrected words")),
    "application.section": Field(_l("Part of the application"), _section, always=True),
    "application.services": Field(_l("Services"), entries(SERVICES)),
    "application.side": Field(_l("Direction"), choice(SIDES)),
    "application.values": Field(_l("Answer"), _values, _question),
    "application.wrong": Field(_l("Wrong words")),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
