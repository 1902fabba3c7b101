"""The documents of formal decisions: what all of them say in the same way, on one sheet (`templates/pdf/letter.typ`).

A decision states its grounds and tells how to ask for a review: by when, in what way, and from whom (Administrative
Procedure Act 434/2003, sections 45 to 47). A clerical error is corrected with a document of its own (section 51).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.accounts.models import User
from marketplace.decisions.authority import authority_name, decides_itself
from marketplace.decisions.labels import title_text
from marketplace.i18n import _, date_text, helsinki_date, in_language, listed
from marketplace.pdf import render_pdf
from marketplace.pilots.branding import letterhead
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation


@dataclass(frozen=True, slots=True)
class Letter:
    """Who decides, under which definition of the pilot, in which language, under which number, and who signs.

    `prepared_by`: who knows the matter and answers questions about it. The words of a document are made inside
    `i18n.in_language(letter.language)`.
    """

    organisation: Organisation
    definition: PilotDefinition
    language: str
    number: str
    signed_by: User
    now: datetime
    prepared_by: User | None = None

    @property
    def day(self) -> date:
        """The day of the document."""
        return helsinki_date(self.now)

    @property
    def authority(self) -> str:
        """The name of the authority that decides, in the language of the document."""
        return authority_name(self.organisation, self.language, self.day)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One thing that is decided, in words: on what, the outcome, its grounds and conditions, and where it holds.

    `before`: what was decided on the same earlier and stays in force; `answer` and `response`: the party's explanation
    and what the authority says to it. Each is empty when there is nothing.
    """

    subject: str
    outcome: str
    grounds: str
    conditions: Sequence[str]
    area: str
    before: str = ""
    answer: str = ""
    response: str = ""


@dataclass(frozen=True, slots=True)
class Annex:
    """What belongs to a decision beside its rulings: its heading, what it is, rows of (name, value), and a list."""

    title: str
    intro: str
    facts: Sequence[tuple[str, str]]
    rows: Sequence[str]


@dataclass(frozen=True, slots=True)
class Paper:
    """A decision before it is printed: its words, from which corrected copies are made later."""

    content: dict[str, Any]
    language: str
    title: str
    now: datetime

    def pdf(self) -> bytes:
        """The document, tagged (PDF/UA-1)."""
        return render_pdf(
            "decision.typ", self.content, language=self.language, title=self.title, now=self.now
        )

    @property
    def kept(self) -> dict[str, Any]:
        """What is kept of it: everything but the logo, which is no word of the decision."""
        return {"title": self.title} | {k: each for k, each in self.content.items() if k != "logo"}


Facts = Sequence[tuple[str, str]]
"""Rows of the head: (name, value)."""


def decision_pdf(letter: Letter, **parts: Any) -> bytes:
    """The decision as a tagged PDF (PDF/UA-1), of the parts of `decision_paper`."""
    return decision_paper(letter, **parts).pdf()


def decision_paper(
    letter: Letter,
    *,
    title: str,
    facts: Facts,
    rulings: Sequence[Ruling],
    provisions: Sequence[str],
    review: Sequence[str],
    intro: str = "",
    effect: Sequence[str] = (),
    area_label: str = "",
    annex: Annex | None = None,
) -> Paper:
    """The words of a decision: its rulings, the provisions applied and the review instructions.

    `facts` come after the number and the day; `effect` says when the decision takes effect.
    """
    opening = [
        (_("Number of the decision"), letter.number),
        (_("Date of the decision"), date_text(letter.day)),
    ]
    content = _sheet(letter, [*opening, *facts]) | {
        "words": {
            "decision": _("Decision"),
            "grounds": _("Grounds"),
            "conditions": _("Conditions"),
            "area": area_label or _("Operating area"),
            "answer": _("The provider’s explanation"),
            "response": _("What the office says to the explanation"),
            "rules": _("Provisions and rules applied"),
            "effect": _("When the decision takes effect"),
            "appeal": _("How to ask for a review of the decision"),
            "more": _("More information"),
        },
        "intro": intro,
        "before_label": _("Approved before for this service"),
        "before": [each.before for each in rulings],
        "lines": [
            {
                "service": each.subject,
                "outcome": each.outcome,
                "grounds": each.grounds,
                "conditions": list(each.conditions),
                "area": each.area,
                "answer": each.answer,
                "response": each.response,
            }
            for each in rulings
        ],
        **({} if annex is None else {"annex": _annexed(annex)}),
        "rules": list(provisions),
        "effect": list(effect),
        "appeal": list(review),
    }
    return Paper(content, letter.language, title, letter.now)


def _annexed(annex: Annex) -> dict[str, Any]:
    return {
        "title": annex.title,
        "intro": annex.intro,
        "facts": [{"label": label, "value": value} for label, value in annex.facts],
        "rows": list(annex.rows),
    }


def corrected_copy_pdf(
    kept: Mapping[str, Any],
    organisation: Organisation,
    language: str,
    *,
    numbers: Sequence[str],
    now: datetime,
) -> bytes:
    """A copy of a decision with its corrections `numbers`, which it names at its head. `kept`: its corrected words."""
    note = _(
        "Corrected copy of %(day)s. Clerical errors of the decision have been corrected (section 51 of the "
        "Administrative Procedure Act 434/2003), correction %(numbers)s.",
        day=date_text(helsinki_date(now)),
        numbers=listed(numbers),
    )
    head = letterhead(organisation.key) if decides_itself(organisation, helsinki_date(now)) else {}
    content = {**kept, **head, "note": note}
    return render_pdf("decision.typ", content, language=language, title=kept["title"], now=now)


def correction_pdf(letter: Letter, *, corrected: str, facts: Facts, wrong: str, right: str) -> bytes:
    """The correction of a clerical error in the decision `corrected`; `letter.number` is the correction's own."""
    opening = [
        (_("Number of the correction"), letter.number),
        (_("Date of the correction"), date_text(letter.day)),
        (_("Decision that is corrected"), corrected),
    ]
    content = _sheet(letter, [*opening, *facts]) | {
        "intro": _(
            "The decision has a clerical error, which is corrected under section 51 of the Administrative "
            "Procedure Act (434/2003). The rest of the decision is unchanged, and so is the time for asking for a "
            "review of it."
        ),
        "words": {
            "wrong": _("The decision says"),
            "right": _("It should say"),
            "more": _("More information"),
        },
        "wrong": wrong,
        "right": right,
    }
    title = _("Correction of a clerical error in decision %(number)s", number=corrected)
    return render_pdf("correction.typ", content, language=letter.language, title=title, now=letter.now)


def posted_letter_pdf(
    organisation: Organisation,
    language: str,
    *,
    title: str,
    address: Sequence[str],
    text: str,
    written_on: date,
    now: datetime,
) -> bytes:
    """A letter to post, as a tagged PDF: what would have gone by mail, with the address of who gets it."""
    authority = organisation.name[language]
    with in_language(language):
        content = {
            "organisation": authority,
            **letterhead(organisation.key),
            "number": date_text(written_on),
            "facts": [{"label": _("To"), "value": ", ".join(address)}],
            "paragraphs": [each.splitlines() for each in text.split("\n\n") if each.strip()],
            "signature": _("On behalf of %(organisation)s", organisation=authority),
            "decided_by": "",
        }
    return render_pdf("posted_letter.typ", content, language=language, title=title, now=now)


def _sheet(letter: Letter, facts: Facts) -> dict[str, Any]:
    """What `letter.typ` takes, and the contact at the end."""
    contact = letter.definition.contact
    told = (contact.name[letter.language], contact.email, contact.phone)
    people = [] if letter.prepared_by is None else [person_text(letter.prepared_by, letter.language)]
    if decides_itself(letter.organisation, letter.day):
        head, prepared = letterhead(letter.organisation.key), []
    else:
        head, prepared = {}, [(_("The matter was prepared by"), letter.organisation.name[letter.language])]
    return {
        "organisation": letter.authority,
        **head,
        "number": letter.number,
        "facts": [{"label": label, "value": value} for label, value in [*facts, *prepared]],
        "contact": [*people, ", ".join(part for part in told if part)],
        "signature": _("On behalf of %(organisation)s", organisation=letter.authority),
        "decided_by": letter.signed_by.name,
        "decided_title": title_text(letter.signed_by, letter.language),
    }


def person_text(person: User, language: str) -> str:
    """A person to ask: the name, and the title when there is one."""
    return person.name if person.title is None else f"{person.name}, {person.title[language]}"
