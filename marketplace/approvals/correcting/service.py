"""Correcting a clerical error in a decision: a new document that refers to the old one, which stays as it is.

The authority corrects an obvious clerical or arithmetical error itself (Administrative Procedure Act 434/2003,
sections 51 and 52); the outcome and the grounds of a decision cannot be changed this way.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, Correction, Decision
from marketplace.approvals import mails
from marketplace.approvals.deciding.document import correction_document
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import reach_of, serve
from marketplace.approvals.steps import record_step
from marketplace.decisions.rules import correction_number
from marketplace.decisions.service import archive, demand_words
from marketplace.errors import Invalid, NotAllowed, NotFound
from marketplace.files.store import FileStore
from marketplace.i18n import _l
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.work import UnitOfWork


def decision_of(application: Application, decision_id: int) -> Decision:
    """A decision on the application. Raises NotFound for any other."""
    for decision in application.decisions:
        if decision.id == decision_id:
            return decision
    raise NotFound()


def correct(
    work: UnitOfWork,
    application: Application,
    decision: Decision,
    *,
    wrong: str,
    right: str,
    store: FileStore,
) -> Correction:
    """Correct words of a decision: what it says and what it should say, in the decision's language.

    The correction is numbered after its decision (`KEUSOTE-2026/12-1`), archived and mailed. Raises Invalid without
    words or when both are the same, NotAllowed for who may not decide. The application must be locked.
    """
    organisation = application.pilot.organisation_key
    if work.actor.user_id is None or not work.actor.may(
        Permission.DECIDE_APPLICATIONS, organisation=organisation, about=application.provider_id
    ):
        raise NotAllowed(_l("Your role does not allow this step."))
    wrong = demand_words(wrong, _l("Write the words of the decision that are wrong."), field="wrong")
    right = demand_words(right, _l("Write the words as they should be."), field="right")
    if wrong == right:
        raise Invalid(_l("The corrected words are the same as the wrong ones."), field="right")
    number = _next_number(work.session, decision)
    corrector = work.session.get_one(User, work.actor.user_id)
    definition = kept_definition(work.session, application.definition_version_id)
    document = correction_document(
        decision,
        number=number,
        wrong=wrong,
        right=right,
        corrected_by=corrector,
        now=work.now,
        definition=definition,
    )
    kept = archive(work, document, number, store=store)
    correction = Correction(
        decision=decision,
        number=number,
        wrong=wrong,
        right=right,
        corrected_on=work.today,
        corrected_by=corrector,
        file=kept.file,
    )
    work.session.add(correction)
    after = {"number": number, "decision": decision.number, "wrong": wrong, "right": right}
    record_step(work, application, ApplicationAudit.CORRECT, after={**after, "sha256": kept.sha256})
    serve(
        work,
        Served.CORRECTION,
        application.provider,
        application.pilot_key,
        reach_of(work.session, application.provider, application.created_by),
        lambda to: mails.decision_corrected(work, to, application, correction, kept.attachment),
        correction_id=correction.id,
    )
    return correction


def _next_number(session: Session, decision: Decision) -> str:
    made = session.scalar(
        sa.select(sa.func.count()).select_from(Correction).where(Correction.decision_id == decision.id)
    )
    return correction_number(decision.number, made or 0)
