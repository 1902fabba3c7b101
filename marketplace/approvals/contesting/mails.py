"""Mail about a review of a decision, to those who take care of the matters of the provider."""

from __future__ import annotations

from typing import Any

from marketplace import outbox
from marketplace.applications.models import Application
from marketplace.approvals.contesting.labels import settled_text
from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.contesting.queries import Contested, thing_of
from marketplace.approvals.contesting.rules import ReviewState
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.i18n import in_language
from marketplace.outbox import MailAddress, OutboxMessage, Recipient
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import SERVICES
from marketplace.work import UnitOfWork


def review_recorded(
    work: UnitOfWork, to: Recipient, subject: Contested, request: ReviewRequest
) -> OutboxMessage:
    """A review of the decision has been asked for."""
    return outbox.send(
        work,
        to,
        "review_recorded",
        organisation_key=thing_of(subject).pilot.organisation_key,
        request=request,
        **_about(work, subject, to),
    )


def review_settled(
    work: UnitOfWork, to: Recipient, subject: Contested, request: ReviewRequest
) -> OutboxMessage:
    """What came of the review."""
    with in_language(to.language):
        outcome = settled_text(request, subject.number or "")
    is_measure = isinstance(subject, ApprovalMeasure)
    return outbox.send(
        work,
        to,
        "review_settled",
        organisation_key=thing_of(subject).pilot.organisation_key,
        outcome=outcome,
        goes_back=is_measure and request.state is ReviewState.SET_ASIDE,
        goes_on=request.state is ReviewState.CHANGED
        or (request.state is ReviewState.SET_ASIDE and not is_measure),
        **_about(work, subject, to),
    )


def _about(work: UnitOfWork, subject: Contested, to: Recipient) -> dict[str, Any]:
    """What both mails name: the decision, what it is about, the pilot, whom to ask and where the decision is shown."""
    thing = thing_of(subject)
    if isinstance(thing, Application):
        version, service = thing.definition_version_id, ""
    else:
        version, service = thing.pilot_version_id, SERVICES[thing.service_key].name[to.language]
    definition = kept_definition(work.session, version)
    return {
        "number": subject.number or "",
        "company": thing.provider.official_name,
        "service": service,
        "pilot": definition.name[to.language],
        "contact": definition.contact,
        "link": "" if isinstance(to, MailAddress) else _own_page(subject, to),
    }


def _own_page(subject: Contested, to: Recipient) -> str:
    """The provider's page of the decision."""
    if isinstance(subject, ApprovalMeasure):
        return outbox.address(
            "approvals.measure",
            to.language,
            provider_id=subject.approval.provider_id,
            measure_id=subject.id,
        )
    return outbox.address(
        "applications.application",
        to.language,
        provider_id=subject.application.provider_id,
        application_id=subject.application_id,
    )
