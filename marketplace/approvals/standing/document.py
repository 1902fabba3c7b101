"""The document of a decision to suspend, reinstate or withdraw an approval, in the provider's language."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.models import User
from marketplace.applications import labels
from marketplace.approvals.standing.labels import OUTCOMES
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.decisions.document import Letter, Ruling, decision_pdf, review_instructions
from marketplace.decisions.labels import heard_text
from marketplace.decisions.rules import PROVIDER_REVIEW_DAYS
from marketplace.i18n import _, helsinki_date, in_language
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation


def measure_document(
    measure: ApprovalMeasure,
    definition: PilotDefinition,
    organisation: Organisation,
    *,
    number: str,
    decided_by: User,
    now: datetime,
) -> bytes:
    """The decision as a tagged PDF (PDF/UA-1), with its grounds and how to ask for a review."""
    language, approval = measure.language, measure.approval
    letter = Letter(organisation, definition, language, number, decided_by.name, now)
    with in_language(language):
        return decision_pdf(
            letter,
            title=_("Decision on an approval as a service provider"),
            facts=[
                (_("Provider"), approval.provider.official_name),
                (_("Business ID"), approval.provider.business_id),
                (_("Pilot"), definition.name[language]),
                (_("Hearing of the provider"), _hearing(measure)),
            ],
            rulings=[
                Ruling(
                    subject=labels.service_name(approval.service_key),
                    outcome=str(OUTCOMES[measure.kind]),
                    grounds=measure.grounds,
                    conditions=(),
                    answer=measure.answer,
                    response=measure.response,
                    area=labels.area_text(approval.municipalities, definition),
                )
            ],
            provisions=[
                _("Act on Service Vouchers in Social Welfare and Health Care (569/2009), sections 4 and 5."),
                _("Administrative Procedure Act (434/2003), section 34."),
                _("Rulebook of the pilot, version %(version)s.", version=definition.rulebook.version),
            ],
            review=review_instructions(letter.authority, definition.contact.email, PROVIDER_REVIEW_DAYS),
        )


def _hearing(measure: ApprovalMeasure) -> str:
    """Whether the provider was heard and what came of it."""
    if measure.safety_reason:
        return _(
            "Not heard, because the safety of clients does not allow waiting: %(reason)s",
            reason=measure.safety_reason,
        )
    if measure.hearing_due_on is not None:
        answered_on = helsinki_date(measure.answered_at) if measure.answered_at else None
        return heard_text(answered_on, measure.hearing_due_on)
    return _("Not needed, because the decision is in the provider’s favour.")
