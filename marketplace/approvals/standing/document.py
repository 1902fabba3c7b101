"""The document of a decision on an approval that stands, in the provider's language."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.models import User
from marketplace.applications import labels
from marketplace.approvals.standing.labels import OUTCOMES
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.decisions.document import Letter, Paper, Ruling, decision_paper
from marketplace.decisions.labels import effect_texts, heard_text
from marketplace.decisions.review import provider_review
from marketplace.i18n import _, date_text, helsinki_date, in_language
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation
from marketplace.providers.labels import address_fact
from marketplace.providers.rules import ApprovalAction


def measure_paper(
    measure: ApprovalMeasure,
    definition: PilotDefinition,
    organisation: Organisation,
    *,
    number: str,
    decided_by: User,
    now: datetime,
) -> Paper:
    """The decision in words, with its grounds and how to ask for a review."""
    language, approval = measure.language, measure.approval
    letter = Letter(organisation, definition, language, number, decided_by, now, measure.proposed_by)
    with in_language(language):
        return decision_paper(
            letter,
            title=_("Decision on an approval as a service provider"),
            facts=[
                (_("Provider"), approval.provider.official_name),
                (_("Business ID"), approval.provider.business_id),
                *address_fact(approval.provider),
                (_("Pilot"), definition.name[language]),
                (_("Hearing of the provider"), _hearing(measure)),
            ],
            rulings=[
                Ruling(
                    subject=labels.service_name(approval.service_key),
                    outcome=str(OUTCOMES[measure.kind]),
                    grounds=measure.grounds,
                    conditions=_conditions(measure),
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
            review=provider_review(letter),
            effect=effect_texts(_effect(measure, date_text(letter.day))),
        )


def _conditions(measure: ApprovalMeasure) -> list[str]:
    """The condition that the measure sets, with its last day; nothing of any other measure."""
    if measure.condition_due_on is None:
        return []
    return [
        labels.condition_text({"text": measure.condition, "due_on": measure.condition_due_on.isoformat()})
    ]


def _effect(measure: ApprovalMeasure, day: str) -> str:
    """From when on the measure holds, and what ends it."""
    kind = measure.kind
    if kind is ApprovalAction.CONDITION:
        return _("The condition holds from %(day)s. Otherwise the approval stays as it is.", day=day)
    if kind is ApprovalAction.SUSPEND:
        return _(
            "The approval is suspended from %(day)s until further notice. The suspension ends by a decision of the "
            "authority when its grounds no longer exist.",
            day=day,
        )
    if kind is ApprovalAction.WITHDRAW:
        return _("The approval ends on %(day)s.", day=day)
    return _("The approval is in force again from %(day)s.", day=day)


def _hearing(measure: ApprovalMeasure) -> str:
    """Whether the provider was heard and what came of it."""
    if measure.safety_reason:
        return _(
            "Not heard, because the safety of clients does not allow waiting: %(reason)s",
            reason=measure.safety_reason,
        )
    if measure.hearing_due_on is not None:
        answered_on = measure.answer_came_on or (
            helsinki_date(measure.answered_at) if measure.answered_at else None
        )
        return heard_text(answered_on, measure.hearing_due_on, len(measure.attachments))
    return _("Not needed, because the decision is in the provider’s favour.")
