"""What the keys and states of this feature are called on screen, and findings and answers in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from marketplace.applications.completeness import COMPANY, EVIDENCE, RULEBOOK, SERVICES, Missing, Progress
from marketplace.applications.findings import Finding, ProofState
from marketplace.applications.models import ApplicationLine
from marketplace.applications.rules import ApplicationState, Outcome, Turn
from marketplace.contact import shown_email, shown_phone
from marketplace.files.models import StoredFile
from marketplace.i18n import _, _l, current_language, date_text, listed, money_text, ngettext
from marketplace.money import Money
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.questions import Question, Verdict
from marketplace.pilots.vocabulary import (
    EVIDENCE_KINDS,
    MUNICIPALITIES,
    municipality_names,
)
from marketplace.pilots.vocabulary import (
    SERVICES as SERVICE_NAMES,
)
from marketplace.text import sentence

STATES: Final[dict[ApplicationState, tuple[Any, str]]] = {
    ApplicationState.DRAFT: (_l("Draft"), "neutral"),
    ApplicationState.SUBMITTED: (_l("Received"), "info"),
    ApplicationState.IN_REVIEW: (_l("Being checked"), "info"),
    ApplicationState.COMPLETION_REQUESTED: (_l("Completion requested"), "warning"),
    ApplicationState.HEARING: (_l("The provider is being heard"), "warning"),
    ApplicationState.PROPOSED: (_l("Waiting for a decision"), "info"),
    ApplicationState.DECIDED: (_l("Decided"), "success"),
    ApplicationState.WITHDRAWN: (_l("Withdrawn by the applicant"), "neutral"),
}
"""State of an application → its name and the tone of its tag."""

OWN_STATES: Final[dict[ApplicationState, tuple[Any, str]]] = STATES | {
    ApplicationState.COMPLETION_REQUESTED: (_l("The office asks you for a completion"), "warning"),
    ApplicationState.HEARING: (_l("You are being heard"), "warning"),
    ApplicationState.WITHDRAWN: (_l("You have withdrawn the application"), "neutral"),
}
"""The same as they are called to the company whose application it is."""

TURNS: Final[dict[Turn | None, Any]] = {
    Turn.PROVIDER: _l("The provider’s"),
    Turn.REVIEWER: _l("The reviewer’s"),
    Turn.DECIDER: _l("The decider’s"),
    None: _l("Nobody’s"),
}
"""Whose turn it is, as the office says it."""

PROGRESS: Final[dict[Progress, tuple[Any, str]]] = {
    Progress.NOT_STARTED: (_l("Not started"), "neutral"),
    Progress.IN_PROGRESS: (_l("In progress"), "info"),
    Progress.DONE: (_l("Done"), "success"),
    Progress.NEEDS_ATTENTION: (_l("Needs attention"), "warning"),
}

OUTCOMES: Final[dict[Outcome, tuple[Any, str]]] = {
    Outcome.APPROVED: (_l("Approved"), "success"),
    Outcome.APPROVED_WITH_CONDITIONS: (_l("Approved with conditions"), "warning"),
    Outcome.REJECTED: (_l("Rejected"), "danger"),
}


def own_state(state: ApplicationState, outcomes: Iterable[Outcome]) -> tuple[Any, str]:
    """The state of an application as its company reads it, with the tone of its tag: a decided one by its outcomes."""
    found = set(outcomes)
    if state != ApplicationState.DECIDED or not found:
        return OWN_STATES[state]
    if len(found) == 1:
        return OUTCOMES[found.pop()]
    if any(not outcome.approves for outcome in found):
        return _l("Approved in part"), "warning"
    return OUTCOMES[Outcome.APPROVED_WITH_CONDITIONS]


VERDICTS: Final[dict[Verdict, tuple[Any, str]]] = {
    Verdict.PASS: (_l("Passes"), "success"),
    Verdict.FAIL: (_l("Does not pass"), "danger"),
    Verdict.JUDGE: (_l("For you to judge"), "info"),
}

PROOF_STATES: Final[dict[ProofState, tuple[Any, str]]] = {
    ProofState.VALID: (_l("In order"), "success"),
    ProofState.MISSING: (_l("Missing"), "neutral"),
    ProofState.TOO_OLD: (_l("Too old"), "warning"),
    ProofState.EXPIRED: (_l("Expired"), "danger"),
}

FIXED_SECTIONS: Final[dict[str, Any]] = {
    COMPANY: _l("Company details"),
    SERVICES: _l("Services and operating area"),
    EVIDENCE: _l("Evidence"),
    RULEBOOK: _l("Rulebook"),
}

COMPANY_FACTS: Final[dict[str, Any]] = {
    "official_name": _l("Official name"),
    "legal_form": _l("Legal form"),
    "street": _l("Street address"),
    "postal_code": _l("Postal code"),
    "city": _l("Town or city"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "iban": _l("Account number (IBAN)"),
}


def fact_text(key: str, value: str) -> str:
    """A fact of a company as it is read: a telephone number and an address in their own spelling."""
    if key == "phone":
        return shown_phone(value, current_language())
    return shown_email(value) if key == "email" else value


def section_title(key: str, definition: PilotDefinition) -> str:
    """The title of a section in the reader's language; its key when the definition no longer has it."""
    if key in FIXED_SECTIONS:
        return str(FIXED_SECTIONS[key])
    sections = definition.sections_for(definition.service_keys)
    return next((section.title[current_language()] for section in sections if section.key == key), key)


def service_name(key: str) -> str:
    """The name of a service in the reader's language."""
    return SERVICE_NAMES[key].name[current_language()]


def area_text(codes: list[str], definition: PilotDefinition) -> str:
    """The municipalities by name, or that they are the pilot's whole area."""
    if set(codes) == definition.municipalities:
        names = ", ".join(municipality_names(codes, current_language()))
        return _("The whole area of the pilot: %(municipalities)s", municipalities=names)
    known = [code for code in codes if code in MUNICIPALITIES]
    return ", ".join(municipality_names(known, current_language()))


def covered_text(line: ApplicationLine, definition: PilotDefinition) -> str:
    """The area that is decided on, and which of the municipalities applied for it leaves out."""
    if not line.proposed_left_out:
        return area_text(line.municipalities, definition)
    return _(
        "%(area)s. Applied for but not approved: %(left_out)s.",
        area=area_text(line.covered, definition),
        left_out=area_text(line.proposed_left_out, definition),
    )


def answer_text(question: Question, answer: Any, files: Mapping[int, StoredFile]) -> str:
    """An answer in words; an empty text when there is none."""
    if answer is None or answer in ("", []):
        return ""
    language = current_language()
    labels = {option.key: option.label[language] for option in question.options}
    match question.type:
        case "yes_no" | "declaration":
            text = _("Yes") if answer else _("No")
        case "money":
            text = money_text(Money(answer))
        case "date":
            text = date_text(date.fromisoformat(answer))
        case "one_of":
            text = labels.get(answer, answer)
        case "many_of":
            text = listed([labels.get(key, key) for key in answer])
        case "municipalities":
            text = ", ".join(municipality_names(answer, language))
        case "file":
            text = files[answer].name if answer in files else ""
        case _:
            text = str(answer)
    return text


def condition_text(condition: Mapping[str, str | None]) -> str:
    """A condition of an approval as one sentence, with the day by which it must be met when it has one."""
    if not condition["due_on"]:
        return str(condition["text"])
    day = date_text(date.fromisoformat(condition["due_on"]))
    return _("%(condition)s To be met by %(day)s.", condition=sentence(str(condition["text"])), day=day)


def missing_text(each: Missing, definition: PilotDefinition) -> str:
    """What is missing, as a whole sentence that tells what to do."""
    match each.section, each.reason:
        case section, "unchecked":
            text = _("Check that this part is right: %(part)s.", part=section_title(section, definition))
        case "company", _:
            text = _("Give this fact of your company: %(fact)s.", fact=COMPANY_FACTS[each.item])
        case "services", "no_service":
            text = _("Choose at least one service.")
        case "services", "no_area":
            text = _(
                "Choose the municipalities for this service: %(service)s.", service=service_name(each.item)
            )
        case "services", _:
            text = _("A municipality of %(service)s is outside the pilot.", service=service_name(each.item))
        case "rulebook", _:
            text = _("Read and accept rulebook %(version)s.", version=definition.rulebook.version)
        case "evidence", reason:
            text = _proof_text(each.item, reason, definition)
        case _:
            text = _question_text(each.item, definition)
    return text


def _question_text(key: str, definition: PilotDefinition) -> str:
    question = question_of(key, definition)
    if question is not None and question.type == "declaration":
        return _("Give this commitment: %(commitment)s", commitment=question_label(key, definition))
    return _("Answer the question: %(question)s", question=question_label(key, definition))


def _proof_text(key: str, reason: str, definition: PilotDefinition) -> str:
    kind = EVIDENCE_KINDS[key].name[current_language()]
    if reason == "too_old":
        asked = definition.required_evidence(*definition.service_keys)
        months = next((each.max_age_months for each in asked if each.kind == key), None) or 0
        return too_old_text(kind, months)
    if reason == "expired":
        return _("The proof has expired: %(kind)s.", kind=kind)
    return _("Add the proof: %(kind)s.", kind=kind)


def too_old_text(kind: str, months: int) -> str:
    """That a proof is too old for an application, and how old it may be."""
    return ngettext(
        "The proof is too old: %(kind)s. It may be at most %(num)d month old when you apply.",
        "The proof is too old: %(kind)s. It may be at most %(num)d months old when you apply.",
        months,
        kind=kind,
    )


def question_label(key: str, definition: PilotDefinition) -> str:
    """The words of a question in the reader's language; its key when the definition no longer has it."""
    question = question_of(key, definition)
    return question.label[current_language()] if question else key


def question_of(key: str, definition: PilotDefinition) -> Question | None:
    """The question with this key, or None when the definition no longer has it."""
    sections = definition.sections_for(definition.service_keys)
    return next((q for section in sections for q in section.questions if q.key == key), None)


def finding_title(finding: Finding, definition: PilotDefinition) -> str:
    """What an automatic check is about."""
    match finding.rule:
        case "area":
            return _("Operating area: %(service)s", service=service_name(finding.subject))
        case "evidence":
            return EVIDENCE_KINDS[finding.subject].name[current_language()]
        case "question":
            return question_label(finding.subject, definition)
        case "rulebook":
            return _("Rulebook")
    return _("Business ID")


def lacking_text(finding: Finding, definition: PilotDefinition) -> str:
    """What a failed check lacks, among others in a row; a question asks the applicant, not the reader."""
    title = finding_title(finding, definition)
    return (
        _("An answer that will do to “%(question)s”", question=title) if finding.rule == "question" else title
    )


def finding_value(finding: Finding, definition: PilotDefinition) -> str:
    """What an automatic check looked at, in words."""
    match finding.rule:
        case "area":
            return _area_value(finding)
        case "evidence":
            return str(PROOF_STATES[ProofState(finding.value)][0])
        case "rulebook" if finding.value:
            return _("Version %(version)s accepted", version=finding.value)
        case "rulebook":
            return _("Not accepted")
        case "question":
            return _question_value(finding, definition)
    return finding.value


def _area_value(finding: Finding) -> str:
    outside = ", ".join(municipality_names(finding.value.split(), current_language()))
    if outside:
        return _("Outside the pilot: %(municipalities)s", municipalities=outside)
    return _("Inside the pilot") if finding.verdict == Verdict.PASS else _("No municipalities")


def _question_value(finding: Finding, definition: PilotDefinition) -> str:
    question = question_of(finding.subject, definition)
    labels = {option.key: option.label[current_language()] for option in question.options} if question else {}
    labels |= {"yes": _("Yes"), "no": _("No"), "": _("Not answered")}
    return listed([labels.get(part, part) for part in finding.value.split(", ")])
