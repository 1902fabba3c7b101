"""An application in words, section by section: what "check your answers" and the review page show."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from marketplace.applications import labels, queries
from marketplace.applications.completeness import COMPANY, EVIDENCE, RULEBOOK, SERVICES
from marketplace.applications.models import Application
from marketplace.files.models import StoredFile
from marketplace.i18n import _, current_language, date_text, datetime_text, helsinki_date
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers.labels import LEGAL_FORMS
from marketplace.providers.models import Evidence


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A fact of the application: what it is called and what it holds. `key`: its question, service or fact."""

    key: str
    label: str
    value: str
    file: StoredFile | None = None


@dataclass(frozen=True, slots=True)
class SummarySection:
    """One section with its rows."""

    key: str
    title: str
    rows: list[SummaryRow] = field(default_factory=list)


def summary(session: Session, application: Application, definition: PilotDefinition) -> list[SummarySection]:
    """The whole application in the reader's language, in the order of the task list."""
    files = queries.answer_files(session, application, definition)
    of_form = [
        SummarySection(
            section.key,
            section.title[current_language()],
            [
                SummaryRow(
                    question.key,
                    question.label[current_language()],
                    labels.answer_text(question, answer, files),
                    files.get(answer) if question.type == "file" and isinstance(answer, int) else None,
                )
                for question in section.questions
                for answer in (application.answers.get(question.key),)
                if answer is not None or question.is_asked(application.answers)
            ],
        )
        for section in definition.sections_for(queries.service_keys(application))
    ]
    return [
        SummarySection(COMPANY, labels.section_title(COMPANY, definition), _company(application)),
        SummarySection(
            SERVICES, labels.section_title(SERVICES, definition), _services(application, definition)
        ),
        *of_form,
        SummarySection(EVIDENCE, labels.section_title(EVIDENCE, definition), _evidence(application)),
        SummarySection(RULEBOOK, labels.section_title(RULEBOOK, definition), _rulebook(session, application)),
    ]


def evidence_text(proof: Evidence) -> str:
    """The dates of a proof in one line, after its number when it is given by one."""
    if proof.number:
        return _("Number %(number)s. %(dates)s", number=proof.number, dates=_dates(proof))
    return _dates(proof)


def file_text(proof: Evidence, *, too_old: bool = False) -> str:
    """The dates of a proof with its file, by which two of one kind are told apart.

    Of one that is `too_old` to apply with only the day of issue is told: until when it counts otherwise misleads.
    """
    dates = _("Issued %(issued)s", issued=date_text(proof.issued_on)) if too_old else evidence_text(proof)
    return f"{dates} ({proof.file.name})" if proof.file else dates


def proof_name(proof: Evidence) -> str:
    """The kind of a proof with its file, its dates and the day on which it was added."""
    name = EVIDENCE_KINDS[proof.kind].name[current_language()]
    day = date_text(helsinki_date(proof.created_at))
    return _("%(proof)s. %(file)s. Added on %(day)s.", proof=name, file=file_text(proof), day=day)


def _dates(proof: Evidence) -> str:
    if proof.valid_until is None and not EVIDENCE_KINDS[proof.kind].file:
        return _("Shown on %(day)s", day=date_text(proof.issued_on))
    if proof.valid_until is None:
        return _("Issued %(issued)s", issued=date_text(proof.issued_on))
    if proof.outlasts:
        return _(
            "Issued %(issued)s, valid until %(until)s, a new one is due on %(due)s",
            issued=date_text(proof.issued_on),
            until=date_text(proof.outlasts),
            due=date_text(proof.valid_until),
        )
    if proof.is_due:
        return _(
            "Issued %(issued)s, a new one is due on %(due)s",
            issued=date_text(proof.issued_on),
            due=date_text(proof.valid_until),
        )
    return _(
        "Issued %(issued)s, valid until %(until)s",
        issued=date_text(proof.issued_on),
        until=date_text(proof.valid_until),
    )


def _company(application: Application) -> list[SummaryRow]:
    provider = application.provider
    facts = queries.company_facts(provider)
    facts["legal_form"] = str(LEGAL_FORMS.get(provider.legal_form, provider.legal_form))
    named = [
        SummaryRow(key, str(labels.COMPANY_FACTS[key]), labels.fact_text(key, value))
        for key, value in facts.items()
    ]
    signatory = SummaryRow("signatory", _("Who may sign for the company"), provider.signatory)
    return [SummaryRow("business_id", _("Business ID"), provider.business_id), *named, signatory]


def _services(application: Application, definition: PilotDefinition) -> list[SummaryRow]:
    return [
        SummaryRow(
            line.service_key,
            labels.service_name(line.service_key),
            labels.area_text(line.municipalities, definition),
        )
        for line in application.lines
    ]


def _evidence(application: Application) -> list[SummaryRow]:
    return [
        SummaryRow(
            proof.kind, EVIDENCE_KINDS[proof.kind].name[current_language()], evidence_text(proof), proof.file
        )
        for proof in application.evidence
    ]


def _rulebook(session: Session, application: Application) -> list[SummaryRow]:
    version = queries.accepted_rulebook(session, application)
    person = application.rulebook_accepted_by
    accepted = (
        _(
            "Version %(version)s, accepted by %(person)s on %(moment)s",
            version=version,
            person=person.name if person else "",
            moment=datetime_text(application.rulebook_accepted_at),
        )
        if version
        else ""
    )
    return [SummaryRow("rulebook", _("Rulebook"), accepted)]
