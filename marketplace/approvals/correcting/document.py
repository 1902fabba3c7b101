"""The document that corrects a clerical error in a decision."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.models import User
from marketplace.approvals.contesting.queries import Contested, decided_on, thing_of
from marketplace.decisions.document import Letter, correction_pdf
from marketplace.i18n import _, date_text, in_language
from marketplace.pilots.definition import PilotDefinition
from marketplace.providers.labels import address_fact


def correction_document(
    subject: Contested,
    *,
    definition: PilotDefinition,
    number: str,
    wrong: str,
    right: str,
    corrected_by: User,
    prepared_by: User | None,
    now: datetime,
) -> bytes:
    """The correction of a clerical error as a tagged PDF, in the language of the decision it refers to."""
    thing = thing_of(subject)
    letter = Letter(
        thing.pilot.organisation, definition, subject.language, number, corrected_by, now, prepared_by
    )
    with in_language(subject.language):
        facts = [
            (_("Date of the decision"), date_text(decided_on(subject))),
            (_("Provider"), thing.provider.official_name),
            (_("Business ID"), thing.provider.business_id),
            *address_fact(thing.provider),
        ]
        return correction_pdf(letter, corrected=subject.number or "", facts=facts, wrong=wrong, right=right)
