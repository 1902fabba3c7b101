"""What the letter says: the office's text or the portal's own, filled in for one addressee."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.i18n import LANGUAGES, LocalizedText, _, in_language
from marketplace.pilots import queries as pilots
from marketplace.pilots.models import Pilot
from marketplace.recruiting.invitations.queries import text_of
from marketplace.recruiting.invitations.rules import fill, greeting_and_rest

TEMPLATES = {"invitation": "invitation", "reminder": "invitation_reminder"}
"""Kind of round → the template of its letter."""


@dataclass(frozen=True, slots=True)
class LetterText:
    """Subject and body with placeholders, and the day that `{deadline}` stands for."""

    subject: LocalizedText
    body: LocalizedText
    deadline: date | None = None


def letter_text(session: Session, pilot: Pilot) -> LetterText:
    """The text in use for a pilot's letters."""
    written = text_of(session, pilot.key)
    if written is not None:
        return LetterText(written.subject, written.body, written.deadline)
    return _own_text(session, pilot)


def _own_text(session: Session, pilot: Pilot) -> LetterText:
    """The portal's own letter."""
    definition = pilots.current_definition(session, pilot.key)
    subjects, bodies = {}, {}
    for language in LANGUAGES:
        with in_language(language):
            facts = {
                "pilot": definition.name[language],
                "organisation": pilot.organisation.name[language],
            }
            paragraphs = [
                _("Hello {name},"),
                _("%(organisation)s invites you to apply as a provider: %(pilot)s.", **facts),
                definition.summary[language],
                _(
                    "The link below is your own. Behind it you see what the pilot is about and can begin your "
                    "application. You save as you go and can continue later."
                ),
                "{link}",
            ]
            subjects[language] = _("You are invited to apply as a provider: %(pilot)s", **facts)
            bodies[language] = "\n\n".join(paragraphs)
    return LetterText(LocalizedText(**subjects), LocalizedText(**bodies))


def letter_context(session: Session, pilot: Pilot, *, language: str, link: str) -> dict[str, Any]:
    """What the templates of the letter are given beside the name; `link` is the personal address."""
    text = letter_text(session, pilot)
    return {
        "subject": text.subject[language],
        "body": text.body[language],
        "parts": greeting_and_rest(text.body[language]),
        "deadline": text.deadline,
        "link": link,
        "fill": fill,
        "organisation": pilot.organisation.name[language],
        "contact": pilots.current_definition(session, pilot.key).contact,
    }
