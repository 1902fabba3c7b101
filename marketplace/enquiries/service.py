"""Verbs of questions: somebody asks, the provider answers, the worker drops what has been kept long enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.queries import provider_people
from marketplace.allowances import Allowance, take
from marketplace.contact import kept_email
from marketplace.enquiries import mails, queries
from marketplace.enquiries.audit_actions import EnquiryAudit
from marketplace.enquiries.models import Enquiry
from marketplace.enquiries.rules import ENQUIRY, KEPT, AnswerBy, EnquiryAction
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l
from marketplace.offers.models import Offer
from marketplace.work import UnitOfWork

FROM_ONE_ADDRESS: Final = Allowance("questions from one address", 10, timedelta(hours=1))
TO_ONE_PROVIDER: Final = Allowance("questions to one provider", 50, timedelta(days=1))
"""More than these are asked by machines only."""


@dataclass(frozen=True, slots=True)
class NewEnquiry:
    """What somebody writes: `email` or `phone`, by how the answer is wanted, in the `language` of the page."""

    name: str
    answer_by: AnswerBy
    email: str
    phone: str
    text: str
    language: str


def ask(work: UnitOfWork, offer: Offer, question: NewEnquiry, *, source: str) -> Enquiry:
    """Ask the provider of a visible offer; everybody who acts for it is told by mail that a question waits.

    `source` is the address of the network from which it comes. Raises TooOften.
    """
    take(work.session, FROM_ONE_ADDRESS, source, now=work.now)
    take(work.session, TO_ONE_PROVIDER, offer.provider_id, now=work.now)
    enquiry = Enquiry(
        offer=offer,
        provider_id=offer.provider_id,
        pilot_key=offer.pilot_key,
        name=question.name,
        answer_by=question.answer_by,
        email=kept_email(question.email) if question.answer_by is AnswerBy.EMAIL else "",
        phone=question.phone if question.answer_by is AnswerBy.PHONE else "",
        text=question.text,
        language=question.language,
        state=ENQUIRY.initial,
        asked_at=work.now,
    )
    work.session.add(enquiry)
    work.session.flush()
    work.record(EnquiryAudit.ASK, offer, organisation=offer.pilot.organisation_key)
    for person in provider_people(work.session, offer.provider_id):
        mails.enquiry_waits(work, enquiry, person)
    return enquiry


def answer(work: UnitOfWork, provider_id: int, enquiry_id: int, text: str) -> Enquiry:
    """Answer a question: by mail with `text`, or, where a call was wanted, note that it has been made.

    Raises NotFound, Conflict when it has been answered, and Invalid without words for a letter.
    """
    enquiry = queries.my_enquiry(work, provider_id, enquiry_id, lock=True)
    if not ENQUIRY.allows(enquiry.state, EnquiryAction.ANSWER):
        raise Conflict(_l("The question has been answered already."))
    if enquiry.answer_by is AnswerBy.EMAIL and not text:
        raise Invalid(_l("Write the answer."), field="text")
    enquiry.state = ENQUIRY.next(enquiry.state, EnquiryAction.ANSWER)
    enquiry.answer, enquiry.answered_at, enquiry.answered_by_id = text, work.now, work.person_id
    offer = enquiry.offer
    work.record(EnquiryAudit.ANSWER, offer, organisation=offer.pilot.organisation_key)
    if enquiry.answer_by is AnswerBy.EMAIL:
        mails.enquiry_answer(work, enquiry)
    return enquiry


def forget(session: Session, *, now: datetime) -> int:
    """Drop the questions that have been kept long enough, and the letters with their answers; how many questions."""
    outbox.forget_letters(session, mails.TO_STRANGERS, before=now - KEPT)
    result = session.execute(sa.delete(Enquiry).where(Enquiry.asked_at < now - KEPT))
    return int(getattr(result, "rowcount", 0))
