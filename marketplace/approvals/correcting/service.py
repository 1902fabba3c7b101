"""Correcting a clerical error in a decision: a document of its own, and a corrected copy for the party.

The authority corrects an obvious clerical or arithmetical error itself (Administrative Procedure Act 434/2003,
sections 51 and 52). One person proposes the words and another makes the correction; what was decided cannot be changed
this way, and the decision itself stays as it was made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.accounts.models import User
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, Correction, Decision
from marketplace.approvals import mails
from marketplace.approvals.correcting.labels import COPY, FAULTS
from marketplace.approvals.deciding.document import correction_document
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import reach_of, serve
from marketplace.approvals.steps import record_step
from marketplace.decisions.document import corrected_copy_pdf
from marketplace.decisions.rules import (
    CORRECTION,
    CorrectionAction,
    CorrectionState,
    correction_number,
)
from marketplace.decisions.service import archive, demand_other_person, demand_words
from marketplace.decisions.wording import corrected, correction_fault
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.files.store import FileStore
from marketplace.i18n import _l, in_language
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.work import UnitOfWork


def decision_of(application: Application, decision_id: int) -> Decision:
    """A decision on the application. Raises NotFound for any other."""
    for decision in application.decisions:
        if decision.id == decision_id:
            return decision
    raise NotFound()


def words_of(decision: Decision) -> dict[str, Any]:
    """The words of the decision with the corrections that were made. Raises Conflict when they were not kept."""
    if decision.content is None:
        raise Conflict(
            _l(
                "The decision was made before its words were kept here, so that no corrected copy can be made. Write "
                "the correction by hand."
            )
        )
    content = decision.content
    for each in made(decision):
        content = corrected(content, each.wrong, each.right)
    return content


def made(decision: Decision) -> list[Correction]:
    """The corrections of the decision that have been made, the first one first."""
    return [each for each in decision.corrections if each.state == CorrectionState.MADE]


def propose(
    work: UnitOfWork, application: Application, decision: Decision, *, wrong: str, right: str
) -> Correction:
    """Propose to correct words of a decision: what it says and what it should say, in the decision's language.

    Raises Invalid for words that do not stand in the decision, or that say what was decided; Conflict while another
    correction of the decision waits; NotAllowed. The application must be locked.
    """
    _demand(work, application, Permission.REVIEW_APPLICATIONS)
    if any(each.state == CorrectionState.PROPOSED for each in decision.corrections):
        raise Conflict(_l("A correction of this decision waits already. Make or drop it first."))
    wrong = demand_words(wrong, _l("Write the words of the decision that are wrong."), field="wrong")
    right = demand_words(right, _l("Write the words as they should be."), field="right")
    fault = correction_fault(words_of(decision), wrong, right)
    if fault is not None:
        raise Invalid(FAULTS[fault[1]], field=fault[0])
    correction = Correction(
        decision=decision,
        state=CORRECTION.next(CORRECTION.initial, CorrectionAction.PROPOSE),
        wrong=wrong,
        right=right,
        proposed_by=work.session.get_one(User, work.actor.user_id),
        proposed_at=work.now,
    )
    work.session.add(correction)
    after = {"decision": decision.number, "wrong": wrong, "right": right}
    record_step(work, application, ApplicationAudit.PROPOSE_CORRECTION, after=after)
    return correction


def preview(decision: Decision, correction: Correction, now: datetime) -> bytes:
    """The corrected copy as the party would get it."""
    return _copy(decision, correction, _next_number(decision), now)


def make(
    work: UnitOfWork, application: Application, correction: Correction, *, store: FileStore
) -> Correction:
    """Make the correction: numbered after its decision (`KEUSOTE-2026/12-1`), archived, and served with the copy.

    Raises NotAllowed for one's own proposal, Conflict when it waits no more or its words have been corrected since.
    """
    decision = correction.decision
    _demand(work, application, Permission.DECIDE_APPLICATIONS)
    state = _moved(correction, CorrectionAction.MAKE)
    demand_other_person(work.actor, [correction.proposed_by_id])
    if correction_fault(words_of(decision), correction.wrong, correction.right) is not None:
        raise Conflict(_l("The words do not stand in the decision any more. Drop the correction."))
    corrector = work.session.get_one(User, work.actor.user_id)
    number = _next_number(decision)
    document = correction_document(
        decision,
        number=number,
        wrong=correction.wrong,
        right=correction.right,
        corrected_by=corrector,
        now=work.now,
        definition=kept_definition(work.session, application.definition_version_id),
    )
    kept = archive(work, document, number, store=store)
    copy = archive(
        work,
        _copy(decision, correction, number, work.now),
        f"{decision.number}-{COPY[decision.language]}",
        store=store,
    )
    correction.state, correction.number, correction.corrected_on = state, number, work.today
    correction.corrected_by, correction.file, correction.copy = corrector, kept.file, copy.file
    after = {
        "number": number,
        "decision": decision.number,
        "wrong": correction.wrong,
        "right": correction.right,
    }
    record_step(work, application, ApplicationAudit.CORRECT, after={**after, "sha256": kept.sha256})
    work.session.flush()
    serve(
        work,
        Served.CORRECTION,
        application.provider,
        application.pilot_key,
        reach_of(work.session, application.provider, application.created_by),
        lambda to: mails.decision_corrected(
            work, to, application, correction, [kept.attachment, copy.attachment]
        ),
        correction_id=correction.id,
    )
    return correction


def drop(work: UnitOfWork, application: Application, correction: Correction) -> None:
    """Give a proposed correction up; the party has been told nothing. Raises NotAllowed, Conflict."""
    _demand(work, application, Permission.DECIDE_APPLICATIONS)
    correction.state = _moved(correction, CorrectionAction.DROP)
    after = {"decision": correction.decision.number, "wrong": correction.wrong, "right": correction.right}
    record_step(work, application, ApplicationAudit.DROP_CORRECTION, after=after)


def _demand(work: UnitOfWork, application: Application, permission: Permission) -> None:
    work.ensure(permission, organisation=application.pilot.organisation_key, about=application.provider_id)


def _moved(correction: Correction, action: CorrectionAction) -> CorrectionState:
    if not CORRECTION.allows(correction.state, action):
        raise Conflict(_l("The correction does not wait any more."))
    return CORRECTION.next(correction.state, action)


def _copy(decision: Decision, correction: Correction, number: str, now: datetime) -> bytes:
    numbers = [*(each.number or "" for each in made(decision)), number]
    with in_language(decision.language):
        return corrected_copy_pdf(
            corrected(words_of(decision), correction.wrong, correction.right),
            decision.application.pilot.organisation,
            decision.language,
            numbers=numbers,
            now=now,
        )


def _next_number(decision: Decision) -> str:
    return correction_number(decision.number, len(made(decision)))
