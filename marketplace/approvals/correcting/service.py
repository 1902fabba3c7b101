"""Correcting a clerical error in a decision: a new document that refers to the old one, which stays as it is.

The authority corrects an obvious clerical or arithmetical error itself (Administrative Procedure Act 434/2003,
sections 51 and 52); the outcome and the grounds of a decision cannot be changed this way.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications import queries
from marketplace.applications.models import Application, Correction, Decision
from marketplace.approvals.deciding.document import correction_document
from marketplace.approvals.steps import mail, record_step
from marketplace.decisions.rules import MAX_TEXT
from marketplace.errors import Invalid, NotAllowed, NotFound
from marketplace.files.service import keep_file
from marketplace.files.store import FileStore
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import Actor, Permission


def decision_of(application: Application, decision_id: int) -> Decision:
    """A decision on the application. Raises NotFound for any other."""
    for decision in application.decisions:
        if decision.id == decision_id:
            return decision
    raise NotFound()


def correct(
    session: Session,
    application: Application,
    decision: Decision,
    *,
    wrong: str,
    right: str,
    store: FileStore,
    actor: Actor,
    now: datetime,
) -> Correction:
    """Correct words of a decision: what it says and what it should say, in the decision's language.

    The correction is numbered after its decision (`KEUSOTE-2026/12-1`), archived and mailed. Raises Invalid without
    words or when both are the same, NotAllowed for who may not decide. The application must be locked.
    """
    organisation = application.pilot.organisation_key
    if actor.user_id is None or not actor.may(Permission.DECIDE_APPLICATIONS, organisation=organisation):
        raise NotAllowed(_l("Your role does not allow this step."))
    wrong, right = wrong.strip(), right.strip()
    _refuse_impossible(wrong, right)
    number = _next_number(session, decision)
    corrector = session.get_one(User, actor.user_id)
    document = correction_document(
        decision, number=number, wrong=wrong, right=right, corrected_by=corrector, now=now,
        form=queries.definition_of(session, application),
    )  # fmt: skip
    name = f"{number.replace('/', '-').lower()}.pdf"
    received = store.put(document, media_type="application/pdf", name=name)
    correction = Correction(
        decision=decision,
        number=number,
        wrong=wrong,
        right=right,
        corrected_on=helsinki_date(now),
        corrected_by=corrector,
        file=keep_file(session, received, actor=actor, now=now),
    )
    session.add(correction)
    after = {"number": number, "decision": decision.number, "wrong": wrong, "right": right}
    record_step(session, application, "correct", actor, now, after={**after, "sha256": received.sha256})
    form = queries.definition_of(session, application)
    mail(
        session,
        application,
        application.created_by,
        "decision_corrected",
        now,
        form=form,
        attachments=[(name, "application/pdf", document)],
        decision=decision,
        correction=correction,
    )
    return correction


def _refuse_impossible(wrong: str, right: str) -> None:
    if not wrong:
        raise Invalid(_l("Write the words of the decision that are wrong."), field="wrong")
    if not right:
        raise Invalid(_l("Write the words as they should be."), field="right")
    if wrong == right:
        raise Invalid(_l("The corrected words are the same as the wrong ones."), field="right")
    if max(len(wrong), len(right)) > MAX_TEXT:
        raise Invalid(_l("The text is too long: at most %(max)d characters.", max=MAX_TEXT), field="right")


def _next_number(session: Session, decision: Decision) -> str:
    """The decision's number with the running number of its corrections."""
    made = session.scalar(
        sa.select(sa.func.count()).select_from(Correction).where(Correction.decision_id == decision.id)
    )
    return f"{decision.number}-{(made or 0) + 1}"
