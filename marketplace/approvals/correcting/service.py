"""Correcting a clerical error in a decision: a document of its own, and a corrected copy for the party.

The authority corrects an obvious clerical or arithmetical error itself (Administrative Procedure Act 434/2003,
sections 51 and 52). One person proposes the words and another makes the correction; what was decided cannot be changed
this way, and the decision itself stays as it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, Correction, Decision
from marketplace.approvals import mails
from marketplace.approvals.contesting.queries import Contested, demand_standing, thing_of
from marketplace.approvals.correcting.document import correction_document
from marketplace.approvals.correcting.labels import COPY, FAULTS
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import reach_of, serve
from marketplace.approvals.standing import mails as standing_mails
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.decisions.document import corrected_copy_pdf
from marketplace.decisions.rules import (
    CORRECTION,
    CorrectionAction,
    CorrectionState,
    correction_number,
)
from marketplace.decisions.service import archive, demand_other_person, demand_words
from marketplace.decisions.wording import corrected, correction_fault
from marketplace.errors import Conflict, Fault, NotFound, refuse_all
from marketplace.files.store import FileStore
from marketplace.i18n import _l, in_language
from marketplace.outbox import Attachment, OutboxMessage, Recipient
from marketplace.permissions import Permission
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.work import UnitOfWork


def decision_of(application: Application, decision_id: int) -> Decision:
    """A decision on the application. Raises NotFound for any other."""
    for decision in application.decisions:
        if decision.id == decision_id:
            return decision
    raise NotFound()


def words_of(subject: Contested) -> dict[str, Any]:
    """The words of the decision with the corrections that were made. Raises Conflict when they were not kept."""
    if subject.content is None:
        raise Conflict(
            _l(
                "The decision was made before its words were kept here, so that no corrected copy can be made. Write "
                "the correction by hand."
            )
        )
    content = subject.content
    for each in made(subject):
        content = corrected(content, each.wrong, each.right)
    return content


def made(subject: Contested) -> list[Correction]:
    """The corrections of the decision that have been made, the first one first."""
    return [each for each in subject.corrections if each.state == CorrectionState.MADE]


def propose(work: UnitOfWork, subject: Contested, *, wrong: str, right: str) -> Correction:
    """Propose to correct words of a decision: what it says and what it should say, in the decision's language.

    Raises Invalid for words that do not stand in the decision, or that say what was decided; Conflict while another
    correction of the decision waits or when a review has set it aside; NotAllowed. The application or approval must be
    locked.
    """
    _demand(work, subject, Permission.REVIEW_APPLICATIONS)
    demand_correctable(work.session, subject)
    wrong = demand_words(wrong, _l("Write the words of the decision that are wrong."), field="wrong")
    right = demand_words(right, _l("Write the words as they should be."), field="right")
    refuse_all(refusals(subject, wrong, right))
    correction = Correction(
        state=CORRECTION.next(CORRECTION.initial, CorrectionAction.PROPOSE),
        wrong=wrong,
        right=right,
        proposed_by=work.session.get_one(User, work.actor.user_id),
        proposed_at=work.now,
    )
    subject.corrections.append(correction)
    _record(work, subject, CorrectionAction.PROPOSE, {"wrong": wrong, "right": right})
    return correction


def refusals(subject: Contested, wrong: str, right: str) -> list[Fault]:
    """What is wrong with the words of a correction, as (field, message); words left out are the form's to say."""
    fault = correction_fault(words_of(subject), wrong, right) if wrong.strip() else None
    return [] if fault is None else [(fault[0], FAULTS[fault[1]])]


def demand_correctable(session: Session, subject: Contested) -> None:
    """Raise Conflict when the decision does not stand, and while a correction of it waits: its words may be other ones
    soon.
    """
    demand_standing(session, subject)
    if any(each.state == CorrectionState.PROPOSED for each in subject.corrections):
        raise Conflict(_l("A correction of this decision waits already. Make or drop it first."))


def preview(subject: Contested, correction: Correction, now: datetime) -> bytes:
    """The corrected copy as the party would get it."""
    return _copy(subject, correction, _next_number(subject), now)


def make(work: UnitOfWork, subject: Contested, correction: Correction, *, store: FileStore) -> Correction:
    """Make the correction: numbered after its decision (`KEUSOTE-2026/12-1`), archived, and served with the copy.

    Raises NotAllowed for one's own proposal, Conflict when it waits no more, its words have been corrected since, or a
    review has set the decision aside.
    """
    _demand(work, subject, Permission.DECIDE_APPLICATIONS)
    demand_standing(work.session, subject)
    state = _moved(correction, CorrectionAction.MAKE)
    demand_other_person(work.actor, [correction.proposed_by_id])
    if correction_fault(words_of(subject), correction.wrong, correction.right) is not None:
        raise Conflict(_l("The words do not stand in the decision any more. Drop the correction."))
    corrector = work.session.get_one(User, work.actor.user_id)
    number = _next_number(subject)
    document = correction_document(
        subject,
        number=number,
        wrong=correction.wrong,
        right=correction.right,
        corrected_by=corrector,
        prepared_by=correction.proposed_by,
        now=work.now,
        definition=_definition(work, subject),
    )
    kept = archive(work, document, number, store=store)
    copy = archive(
        work,
        _copy(subject, correction, number, work.now),
        f"{subject.number}-{COPY[subject.language]}",
        store=store,
    )
    correction.state, correction.number, correction.corrected_on = state, number, work.today
    correction.corrected_by, correction.file, correction.copy = corrector, kept.file, copy.file
    words = {"wrong": correction.wrong, "right": correction.right, "sha256": kept.sha256}
    _record(work, subject, CorrectionAction.MAKE, {"number": number, **words})
    work.session.flush()
    thing = thing_of(subject)
    first = thing.created_by if isinstance(thing, Application) else None
    serve(
        work,
        Served.CORRECTION,
        thing.provider,
        thing.pilot_key,
        reach_of(work.session, thing.provider, first),
        lambda to: _mail(work, to, subject, correction, [kept.attachment, copy.attachment]),
        correction_id=correction.id,
    )
    return correction


def drop(work: UnitOfWork, subject: Contested, correction: Correction) -> None:
    """Give a proposed correction up; the party has been told nothing. Raises NotAllowed, Conflict."""
    _demand(work, subject, Permission.DECIDE_APPLICATIONS)
    correction.state = _moved(correction, CorrectionAction.DROP)
    _record(work, subject, CorrectionAction.DROP, {"wrong": correction.wrong, "right": correction.right})


def _demand(work: UnitOfWork, subject: Contested, permission: Permission) -> None:
    thing = thing_of(subject)
    work.ensure(permission, organisation=thing.pilot.organisation_key, about=thing.provider_id)


def _record(work: UnitOfWork, subject: Contested, action: CorrectionAction, words: dict[str, str]) -> None:
    thing, names = thing_of(subject), ApplicationAudit if isinstance(subject, Decision) else ApprovalAudit
    done = {
        CorrectionAction.PROPOSE: names.PROPOSE_CORRECTION,
        CorrectionAction.MAKE: names.CORRECT,
        CorrectionAction.DROP: names.DROP_CORRECTION,
    }
    after = {"state": thing.state, "decision": subject.number or "", **words}
    record_in_pilot(work, done[action], thing, after=after)


def _mail(
    work: UnitOfWork,
    to: Recipient,
    subject: Contested,
    correction: Correction,
    documents: Sequence[Attachment],
) -> OutboxMessage:
    if isinstance(subject, ApprovalMeasure):
        return standing_mails.approval_corrected(work, to, subject, correction, documents)
    return mails.decision_corrected(work, to, subject, correction, documents)


def _definition(work: UnitOfWork, subject: Contested) -> PilotDefinition:
    version = (
        subject.application.definition_version_id
        if isinstance(subject, Decision)
        else subject.approval.pilot_version_id
    )
    return kept_definition(work.session, version)


def _moved(correction: Correction, action: CorrectionAction) -> CorrectionState:
    if not CORRECTION.allows(correction.state, action):
        raise Conflict(_l("The correction does not wait any more."))
    return CORRECTION.next(correction.state, action)


def _copy(subject: Contested, correction: Correction, number: str, now: datetime) -> bytes:
    numbers = [*(each.number or "" for each in made(subject)), number]
    with in_language(subject.language):
        return corrected_copy_pdf(
            corrected(words_of(subject), correction.wrong, correction.right),
            thing_of(subject).pilot.organisation,
            subject.language,
            numbers=numbers,
            now=now,
        )


def _next_number(subject: Contested) -> str:
    return correction_number(subject.number or "", len(made(subject)))
