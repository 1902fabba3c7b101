"""The document of a decision on an application, in the provider's language.

A decision states its grounds and tells how to ask for a review: within 14 days, to the authority that made it (Act on
Wellbeing Services Counties 611/2021 §§ 139–140; Voucher Act 569/2009 §§ 4–5 for what is decided).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from marketplace.accounts.models import User
from marketplace.applications import labels
from marketplace.applications.models import Application, ApplicationLine, Decision, Hearing
from marketplace.applications.rules import Outcome
from marketplace.approvals.proposing.phrases import grounds
from marketplace.decisions.document import (
    Letter,
    Paper,
    Ruling,
    decision_paper,
)
from marketplace.decisions.labels import effect_texts, heard_text
from marketplace.decisions.review import provider_review
from marketplace.i18n import _, _l, date_text, helsinki_date, in_language, ngettext
from marketplace.pilots.definition import PilotDefinition
from marketplace.providers.labels import address_fact

RULINGS: Final[dict[Outcome, Any]] = {
    Outcome.APPROVED: _l("The application is approved."),
    Outcome.APPROVED_WITH_CONDITIONS: _l("The application is approved with conditions."),
    Outcome.REJECTED: _l("The application is rejected."),
}
"""Outcome → the sentence that decides: a bare participle would have to agree with the service above it."""


def decision_document(application: Application, definition: PilotDefinition, **parts: Any) -> bytes:
    """The decision as a tagged PDF (PDF/UA-1), of the parts of `application_decision`."""
    return application_decision(application, definition, **parts).pdf()


def application_decision(
    application: Application,
    definition: PilotDefinition,
    *,
    number: str,
    decided_by: User,
    language: str,
    now: datetime,
    before: Mapping[str, Collection[str]] | None = None,
    earlier_decisions: Sequence[Decision] = (),
    hearings: Iterable[Hearing] = (),
) -> Paper:
    """The decision in words. Every line has its outcome and its proposal's grounds.

    `before`: what the provider is approved for in the pilot already (municipality codes by service) when the
    application is a supplementary one: the decision says that it adds to that, and names the `earlier_decisions`;
    there are none where the approvals were imported. `hearings`: those of the provider, all
    of them closed; the decision tells what came of each.
    """
    letter = Letter(
        application.pilot.organisation, definition, language, number, decided_by, now, application.handler
    )
    earlier = before or {}
    with in_language(language):
        intro = _(
            "This decision is about a supplementary application. It adds to what the provider has been approved for in "
            "the pilot before, and the earlier approval stays in force as it is."
        )
        if earlier_decisions:
            intro = f"{intro} {_named(earlier_decisions)}"
        return decision_paper(
            letter,
            title=_("Decision on approval as a service provider"),
            facts=[
                (_("Provider"), application.provider.official_name),
                (_("Business ID"), application.provider.business_id),
                *address_fact(application.provider),
                (_("Pilot"), definition.name[language]),
                *((_("Hearing of the provider"), _hearing(each)) for each in hearings),
            ],
            rulings=[
                _ruling(line, definition, language, earlier.get(line.service_key, ()))
                for line in application.lines
            ],
            provisions=[
                _("Act on Service Vouchers in Social Welfare and Health Care (569/2009), sections 4 and 5."),
                _("Rulebook of the pilot, version %(version)s.", version=definition.rulebook.version),
            ],
            review=provider_review(letter),
            effect=effect_texts(_("The decision takes effect on %(day)s.", day=date_text(letter.day))),
            intro=intro if earlier else "",
        )


def _named(decisions: Sequence[Decision]) -> str:
    """Which decisions the approval rests on, by number and day."""
    told = [
        _("%(number)s of %(day)s", number=each.number, day=date_text(each.decided_on)) for each in decisions
    ]
    return ngettext(
        "The earlier decision is %(decisions)s.",
        "The earlier decisions are %(decisions)s.",
        len(told),
        decisions=", ".join(told),
    )


def _hearing(hearing: Hearing) -> str:
    if hearing.answer_came_on is not None:
        return heard_text(hearing.answer_came_on, hearing.due_on)
    closed_on = helsinki_date(hearing.closed_at) if hearing.closed_at and hearing.answer else None
    return heard_text(closed_on, hearing.due_on, len(hearing.attachments))


def _ruling(
    line: ApplicationLine, definition: PilotDefinition, language: str, before: Collection[str]
) -> Ruling:
    outcome = line.proposed_outcome or Outcome.REJECTED
    return Ruling(
        subject=labels.service_name(line.service_key),
        outcome=str(RULINGS[outcome]),
        grounds=grounds(line, language),
        conditions=[labels.condition_text(each) for each in line.proposed_conditions],
        area="" if outcome is Outcome.REJECTED else labels.covered_text(line, definition),
        before=labels.area_text(sorted(before), definition) if before else "",
    )
