"""What the fields of applications, approvals and invitations are called in the audit trail, and how they read."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from marketplace.accounts.models import User
from marketplace.approvals import queries, words
from marketplace.approvals.inviting import words as inviting
from marketplace.approvals.models import Application
from marketplace.approvals.reviewing.forms import MARK_NAMES
from marketplace.approvals.standing import words as standing
from marketplace.audit.fields import About, Field, choice, day, moment, numbered, plain
from marketplace.i18n import _, _l, current_language, date_text, ngettext
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS, MUNICIPALITIES, SERVICES
from marketplace.providers.models import Evidence
from marketplace.providers.trail_words import entries, part_of
from marketplace.providers.words import APPROVAL_STATES, LEGAL_FORMS
from marketplace.web import session

SESSION_STATES: Final[dict[str, Any]] = {"planned": _l("Planned"), "cancelled": _l("Cancelled")}
SIDES: Final[dict[str, Any]] = {"provider": _l("From the provider"), "office": _l("From the office")}


def _form(about: About) -> PilotDefinition | None:
    """The definition of the application's pilot, as it was sent; None for one that is no longer there."""
    application = session().get(Application, int(about.event.subject_id))
    return queries.definition_of(session(), application) if application else None


def _person(value: Any, _about: About) -> str:
    person = session().get(User, value)
    return person.name if person else _("number %(number)s", number=value)


def _section(value: Any, about: About) -> str:
    form = _form(about)
    return words.section_title(value, form) if form else str(value)


def _question(key: str, about: About) -> str:
    """What a part of a saved section is called: a service, a fact of the company or a question."""
    if key in SERVICES:
        return words.service_name(key)
    form = _form(about)
    return str(words.COMPANY_FACTS.get(key) or (words.question_label(key, form) if form else key))


def _answer(value: Any, about: About) -> str:
    if about.part in SERVICES:
        return entries(MUNICIPALITIES)(value, about)
    if about.part == "legal_form":
        return choice(LEGAL_FORMS)(value, about)
    form = _form(about)
    question = words.question_of(about.part, form) if form else None
    if question is None:
        return plain(value, about)
    return words.answer_text(question, value, {}) or numbered(value, about)


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
    return " ".join(words.condition_text(each) for each in value)


def _checked(key: str, about: About) -> str:
    form = _form(about)
    items = form.checklist_for(form.service_keys) if form else ()
    return next((item.text[current_language()] for item in items if item.key == key), key)


def _pilot(value: Any, _about: About) -> str:
    pilot = session().get(Pilot, value)
    return current_definition(session(), value).name[current_language()] if pilot else str(value)


def _reminded_of(value: Any, _about: About) -> str:
    """What a reminder was about: `proofs:<provider>:<day>` or `condition:<number>`."""
    kind, *rest = value.split(":")
    if kind == "proofs":
        return _("Proofs that end on %(day)s", day=date_text(date.fromisoformat(rest[-1])))
    return _("Condition %(number)d", number=int(rest[0]))


def _days(value: Any, _about: About) -> str:
    """Days from the last day; a negative number is before it."""
    if value < 0:
        return ngettext("%(num)d day before", "%(num)d days before", -value)
    return ngettext("%(num)d day after", "%(num)d days after", value) if value else _("on the day")


_STANDING: Final = {**APPROVAL_STATES, **standing.CONDITIONS}

FIELDS: Final[dict[str, Field]] = {
    # applications
    "application.state": Field(_l("State"), choice(words.STATES)),
    "application.answer": Field(_l("Answer")),
    "application.answers": Field(_l("Answer"), _answer, _question),
    "application.areas": Field(_l("Operating area"), entries(MUNICIPALITIES), part_of(SERVICES)),
    "application.company": Field(_l("Company"), _answer, _question),
    "application.conditions": Field(_l("Conditions"), _conditions, part_of(SERVICES)),
    "application.decision": Field(_l("Decision that is corrected")),
    "application.evidence": Field(_l("Evidence"), _proofs),
    "application.handler": Field(_l("Handler"), _person),
    "application.items": Field(_l("What was asked for"), _asked),
    "application.marks": Field(_l("Checklist"), choice(MARK_NAMES), _checked),
    "application.message": Field(_l("Message"), numbered),
    "application.note": Field(_l("Internal note"), numbered),
    "application.outcomes": Field(_l("Outcome"), choice(words.OUTCOMES), part_of(SERVICES)),
    "application.pilot_version": Field(_l("Version of the pilot"), numbered),
    "application.proposals": Field(_l("Proposal"), choice(words.OUTCOMES), part_of(SERVICES)),
    "application.reasons": Field(_l("What the office intends and why")),
    "application.right": Field(_l("Corrected words")),
    "application.section": Field(_l("Part of the application"), _section, always=True),
    "application.services": Field(_l("Services"), entries(SERVICES)),
    "application.side": Field(_l("Direction"), choice(SIDES)),
    "application.values": Field(_l("Answer"), _values, _question),
    "application.wrong": Field(_l("Wrong words")),
    # approvals
    "approval.state": Field(_l("State"), choice(_STANDING)),
    "approval.about": Field(_l("Of what"), _reminded_of),
    "approval.condition": Field(_l("Condition"), numbered, always=True),
    "approval.days": Field(_l("When"), _days),
    "approval.grounds": Field(_l("Grounds")),
    "approval.kind": Field(_l("Measure"), choice(standing.NAMES)),
    "approval.note": Field(_l("What was looked at")),
    "approval.safety": Field(_l("No hearing, because of client safety")),
    # invitations and information sessions
    "invitation.state": Field(_l("State"), choice(inviting.STATES)),
    "invitation.deadline": Field(_l("Deadline in the letter"), day),
    "invitation.kind": Field(_l("Letter"), choice(inviting.KINDS)),
    "invitation.provider_id": Field(_l("Provider"), numbered),
    "invitation.round": Field(_l("Round of letters"), numbered),
    "session.state": Field(_l("State"), choice(SESSION_STATES)),
    "session.ends_at": Field(_l("Ends"), moment),
    "session.link": Field(_l("Link")),
    "session.registration": Field(_l("Registration"), numbered),
    "session.seats": Field(_l("Seats")),
    "session.starts_at": Field(_l("Begins"), moment),
    "pilot": Field(_l("Pilot"), _pilot),
}
