"""Mail about questions. What strangers wrote stands in no subject, and only in the letter back to them."""

from __future__ import annotations

from typing import Final

from marketplace import outbox
from marketplace.enquiries.models import Enquiry
from marketplace.offers.queries import title_on
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.work import UnitOfWork

TO_STRANGERS: Final = ("enquiry_answer",)
"""Letters whose recipients are dropped with the question."""


def enquiry_waits(work: UnitOfWork, enquiry: Enquiry, person: Recipient) -> OutboxMessage:
    """The mail to those who act for the provider: a question waits. It does not say what the question is."""
    return outbox.send(
        work,
        person,
        "enquiry_waits",
        organisation_key=enquiry.offer.pilot.organisation_key,
        title=title_on(enquiry.offer, work.today)[person.language],
        link=outbox.address(
            "providers.questions.enquiry",
            person.language,
            provider_id=enquiry.provider_id,
            enquiry_id=enquiry.id,
        ),
    )


def enquiry_answer(work: UnitOfWork, enquiry: Enquiry) -> OutboxMessage:
    """The answer, to who asked."""
    return outbox.send(
        work,
        enquiry,
        "enquiry_answer",
        organisation_key=None,
        enquiry=enquiry,
        title=title_on(enquiry.offer, work.today)[enquiry.language],
        provider=enquiry.offer.provider,
        link=outbox.address("search.offer", enquiry.language, offer_id=enquiry.offer_id),
    )
