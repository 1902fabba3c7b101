"""The document of a decision to suspend, reinstate or withdraw an approval, in the provider's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.accounts.models import User
from marketplace.applications import labels
from marketplace.approvals.deciding.document import appeal_instructions
from marketplace.approvals.standing.labels import OUTCOMES
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.decisions.labels import heard_text
from marketplace.i18n import _, date_text, helsinki_date, in_language
from marketplace.pdf import render_pdf
from marketplace.pilots.branding import letterhead
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation


def measure_document(
    measure: ApprovalMeasure,
    form: PilotDefinition,
    organisation: Organisation,
    *,
    number: str,
    decided_by: User,
    now: datetime,
) -> bytes:
    """The decision as a tagged PDF (PDF/UA-1), with its grounds and how to ask for a review."""
    with in_language(measure.language):
        return render_pdf(
            "decision.typ",
            _content(measure, form, organisation, number=number, decided_by=decided_by, now=now),
            language=measure.language,
            title=_("Decision on an approval as a service provider"),
            now=now,
        )


def _content(
    measure: ApprovalMeasure,
    form: PilotDefinition,
    organisation: Organisation,
    *,
    number: str,
    decided_by: User,
    now: datetime,
) -> dict[str, Any]:
    name = organisation.name[measure.language]
    approval = measure.approval
    contact = [form.contact.name[measure.language], form.contact.email, form.contact.phone]
    return {
        "organisation": name,
        **letterhead(organisation.key),
        "number": number,
        "facts": [
            {"label": _("Number of the decision"), "value": number},
            {"label": _("Date of the decision"), "value": date_text(helsinki_date(now))},
            {"label": _("Provider"), "value": approval.provider.official_name},
            {"label": _("Business ID"), "value": approval.provider.business_id},
            {"label": _("Pilot"), "value": form.name[measure.language]},
            {"label": _("Hearing of the provider"), "value": _hearing(measure)},
        ],
        "words": {
            "decision": _("Decision"),
            "grounds": _("Grounds"),
            "conditions": _("Conditions"),
            "area": _("Operating area"),
            "rules": _("Provisions and rules applied"),
            "appeal": _("How to ask for a review of the decision"),
            "more": _("More information"),
        },
        "intro": "",
        "before": [""],
        "before_label": "",
        "lines": [
            {
                "service": labels.service_name(approval.service_key),
                "outcome": str(OUTCOMES[measure.kind]),
                "grounds": measure.grounds,
                "conditions": [],
                "area": labels.area_text(approval.municipalities, form),
            }
        ],
        "rules": [
            _("Act on Service Vouchers in Social Welfare and Health Care (569/2009), sections 4 and 5."),
            _("Administrative Procedure Act (434/2003), section 34."),
            _("Rulebook of the pilot, version %(version)s.", version=form.rulebook.version),
        ],
        "appeal": appeal_instructions(name, form),
        "contact": [", ".join(part for part in contact if part)],
        "signature": _("On behalf of %(organisation)s", organisation=name),
        "decided_by": decided_by.name,
    }


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
