"""The document of a decision on an application, in the provider's language.

A decision states its grounds and tells how to ask for a review: within 14 days, to the authority that made it (Act on
Wellbeing Services Counties 611/2021 §§ 139–140; Voucher Act 569/2009 §§ 4–5 for what is decided).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from marketplace.accounts.models import User
from marketplace.applications import labels
from marketplace.applications.models import Application, ApplicationLine, Decision, Hearing
from marketplace.approvals.proposing.phrases import grounds
from marketplace.decisions.labels import heard_text
from marketplace.decisions.rules import APPEAL_DAYS
from marketplace.i18n import _, date_text, helsinki_date, in_language
from marketplace.pdf import render_pdf
from marketplace.pilots.branding import letterhead
from marketplace.pilots.definition import PilotDefinition


def decision_document(
    application: Application,
    form: PilotDefinition,
    *,
    number: str,
    decided_by: User,
    language: str,
    now: datetime,
    before: Mapping[str, Collection[str]] | None = None,
    hearings: Iterable[Hearing] = (),
) -> bytes:
    """The decision as a tagged PDF (PDF/UA-1). Every line has its outcome and its proposal's grounds.

    `before`: what the provider is approved for in the pilot already (municipality codes by service) when the
    application is a supplementary one: the decision says that it adds to that. `hearings`: those of the provider, all
    of them closed; the decision tells what came of each.
    """
    with in_language(language):
        content = _content(
            application, form, number=number, decided_by=decided_by, language=language, now=now
        )
        content["facts"] += [
            {"label": _("Hearing of the provider"), "value": _hearing(each)} for each in hearings
        ]
        return render_pdf(
            "decision.typ",
            content | _addition(application, form, before or {}),
            language=language,
            title=_("Decision on approval as a service provider"),
            now=now,
        )


def _content(
    application: Application,
    form: PilotDefinition,
    *,
    number: str,
    decided_by: User,
    language: str,
    now: datetime,
) -> dict[str, Any]:
    day = date_text(helsinki_date(now))
    organisation = application.pilot.organisation.name[language]
    return {
        "organisation": organisation,
        **letterhead(form.organisation),
        "number": number,
        "facts": [
            {"label": _("Number of the decision"), "value": number},
            {"label": _("Date of the decision"), "value": day},
            {"label": _("Provider"), "value": application.provider.official_name},
            {"label": _("Business ID"), "value": application.provider.business_id},
            {"label": _("Pilot"), "value": form.name[language]},
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
        "lines": [_line(line, form, language) for line in application.lines],
        "rules": [
            _("Act on Service Vouchers in Social Welfare and Health Care (569/2009), sections 4 and 5."),
            _("Rulebook of the pilot, version %(version)s.", version=form.rulebook.version),
        ],
        "appeal": appeal_instructions(organisation, form),
        "contact": [_contact(form, language)],
        "signature": _("On behalf of %(organisation)s", organisation=organisation),
        "decided_by": decided_by.name,
    }


def _hearing(hearing: Hearing) -> str:
    closed_on = helsinki_date(hearing.closed_at) if hearing.closed_at and hearing.answer else None
    return heard_text(closed_on, hearing.due_on)


def _addition(
    application: Application, form: PilotDefinition, before: Mapping[str, Collection[str]]
) -> dict[str, Any]:
    """What a decision on a supplementary application says of the earlier approval; empty texts for any other.

    `before` is in the order of the lines.
    """
    intro = _(
        "This decision is about a supplementary application. It adds to what the provider has been approved for in "
        "the pilot before, and the earlier approval stays in force as it is."
    )
    return {
        "intro": intro if before else "",
        "before_label": _("Approved before for this service"),
        "before": [
            labels.area_text(sorted(before[line.service_key]), form) if line.service_key in before else ""
            for line in application.lines
        ],
    }


def correction_document(
    decision: Decision,
    *,
    form: PilotDefinition,
    number: str,
    wrong: str,
    right: str,
    corrected_by: User,
    now: datetime,
) -> bytes:
    """The correction of a clerical error as a tagged PDF, in the language of the decision it refers to."""
    language = decision.language
    organisation = decision.application.pilot.organisation.name[language]
    with in_language(language):
        content = {
            "organisation": organisation,
            **letterhead(form.organisation),
            "number": number,
            "facts": [
                {"label": _("Number of the correction"), "value": number},
                {"label": _("Date of the correction"), "value": date_text(helsinki_date(now))},
                {"label": _("Decision that is corrected"), "value": decision.number},
                {"label": _("Date of the decision"), "value": date_text(decision.decided_on)},
                {"label": _("Provider"), "value": decision.application.provider.official_name},
                {"label": _("Business ID"), "value": decision.application.provider.business_id},
            ],
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
            "contact": [_contact(form, language)],
            "signature": _("On behalf of %(organisation)s", organisation=organisation),
            "decided_by": corrected_by.name,
        }
        title = _("Correction of a clerical error in decision %(number)s", number=decision.number)
        return render_pdf("correction.typ", content, language=language, title=title, now=now)


def _contact(form: PilotDefinition, language: str) -> str:
    parts = (form.contact.name[language], form.contact.email, form.contact.phone)
    return ", ".join(part for part in parts if part)


def _line(line: ApplicationLine, form: PilotDefinition, language: str) -> dict[str, Any]:
    return {
        "service": labels.service_name(line.service_key),
        "outcome": str(labels.OUTCOMES[line.proposed_outcome or "rejected"][0]),
        "grounds": grounds(line, language),
        "conditions": [labels.condition_text(each) for each in line.proposed_conditions],
        "area": labels.area_text(line.municipalities, form),
    }


def appeal_instructions(organisation: str, form: PilotDefinition) -> list[str]:
    """Instructions for a request for administrative review (oikaisuvaatimus, begäran om omprövning)."""
    return [
        _(
            "If you are not satisfied with this decision, you may ask for a review of it. You cannot appeal to the "
            "administrative court before that."
        ),
        _(
            "Ask for the review in writing within %(days)d days of receiving the decision. The day on which you "
            "receive it is not counted. A decision sent by e-mail is taken to have reached you on the third day after "
            "it was sent, unless something else is shown.",
            days=APPEAL_DAYS,
        ),
        _(
            "In your request, tell which decision it concerns, what change you ask for and why, and give your name and "
            "contact details. Enclose this decision."
        ),
        _(
            "Send the request to %(organisation)s: %(email)s. It must arrive by the last day.",
            organisation=organisation,
            email=form.contact.email,
        ),
    ]
