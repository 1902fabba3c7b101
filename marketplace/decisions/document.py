"""The documents of formal decisions: what all of them say in the same way, on one sheet (`templates/pdf/letter.typ`).

A decision states its grounds and tells how to ask for a review: by when, in what way, and from whom (Administrative
Procedure Act 434/2003, sections 45 to 47). A clerical error is corrected with a document of its own (section 51).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.i18n import _, date_text, helsinki_date, in_language
from marketplace.pdf import render_pdf
from marketplace.pilots.branding import letterhead
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.entries import Office
from marketplace.pilots.models import Organisation


@dataclass(frozen=True, slots=True)
class Letter:
    """Who decides, under which definition of the pilot, in which language, under which number, and who signs.

    The words of a document are made inside `i18n.in_language(letter.language)`.
    """

    organisation: Organisation
    definition: PilotDefinition
    language: str
    number: str
    signed_by: str
    now: datetime

    @property
    def authority(self) -> str:
        """The organisation's name in the language of the document."""
        return self.organisation.name[self.language]


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


Facts = Sequence[tuple[str, str]]
"""Rows of the head: (name, value)."""


def decision_pdf(
    letter: Letter,
    *,
    title: str,
    facts: Facts,
    rulings: Sequence[Ruling],
    provisions: Sequence[str],
    review: Sequence[str],
    intro: str = "",
) -> bytes:
    """The decision as a tagged PDF (PDF/UA-1): its rulings, the provisions applied and the review instructions.

    `facts` come after the number and the day; `review_days` are the days for asking for a review.
    """
    opening = [
        (_("Number of the decision"), letter.number),
        (_("Date of the decision"), date_text(helsinki_date(letter.now))),
    ]
    content = _sheet(letter, [*opening, *facts]) | {
        "words": {
            "decision": _("Decision"),
            "grounds": _("Grounds"),
            "conditions": _("Conditions"),
            "area": _("Operating area"),
            "answer": _("The provider’s explanation"),
            "response": _("What the office says to the explanation"),
            "rules": _("Provisions and rules applied"),
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
        "rules": list(provisions),
        "appeal": list(review),
    }
    return render_pdf("decision.typ", content, language=letter.language, title=title, now=letter.now)


def correction_pdf(letter: Letter, *, corrected: str, facts: Facts, wrong: str, right: str) -> bytes:
    """The correction of a clerical error in the decision `corrected`; `letter.number` is the correction's own."""
    opening = [
        (_("Number of the correction"), letter.number),
        (_("Date of the correction"), date_text(helsinki_date(letter.now))),
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
    return {
        "organisation": letter.authority,
        **letterhead(letter.organisation.key),
        "number": letter.number,
        "facts": [{"label": label, "value": value} for label, value in facts],
        "contact": [", ".join(part for part in told if part)],
        "signature": _("On behalf of %(organisation)s", organisation=letter.authority),
        "decided_by": letter.signed_by,
    }


def review_instructions(authority: str, email: str, days: int) -> list[str]:
    """How a provider asks for an administrative review (oikaisuvaatimus, begäran om omprövning), in paragraphs."""
    return [
        _(
            "If you are not satisfied with this decision, you may ask for a review of it. You cannot appeal to the "
            "administrative court before that."
        ),
        _(
            "Ask for the review in writing within %(days)d days of receiving the decision. The day on which you "
            "receive it is not counted. A decision sent by e-mail is taken to have reached you on the third day after "
            "it was sent, unless something else is shown.",
            days=days,
        ),
        _(
            "In your request, tell which decision it concerns, what change you ask for and why, and give your name and "
            "contact details. Enclose this decision."
        ),
        _(
            "Send the request to %(organisation)s: %(email)s. It must arrive by the last day.",
            organisation=authority,
            email=email,
        ),
    ]


def client_review_instructions(
    authority: str, body: Office | None, registry: Office | None, contact: str, days: int, language: str
) -> list[str]:
    """How a client asks for the same, by letter or mail, in paragraphs.

    `body` decides on the request and `registry` takes it, as the organisation's data say on the day; without a registry
    it goes to the e-mail address `contact`.
    """
    decides = authority if body is None else body.name[language]
    paragraphs = [
        _(
            "If you are not satisfied with this decision, you may ask for a review of it. You cannot appeal to the "
            "administrative court before that. %(body)s decides on your request.",
            body=decides,
        ),
        _(
            "Ask for the review in writing within %(days)d days of receiving the decision. The day on which you "
            "receive it is not counted. A decision sent by post is taken to have reached you on the seventh day after "
            "it was posted, unless something else is shown.",
            days=days,
        ),
        _(
            "In your request, tell which decision it concerns, what change you ask for and why, and give your name and "
            "contact details. Enclose this decision. You may ask somebody to help you with the request."
        ),
    ]
    where = (
        [contact]
        if registry is None
        else [registry.name[language], _address(registry, language), registry.email]
    )
    paragraphs.append(
        _(
            "Send the request to: %(where)s. It must arrive by the last day.",
            where=", ".join(part for part in where if part),
        )
    )
    return paragraphs


def _address(office: Office, language: str) -> str:
    return "" if office.address is None else office.address[language]
