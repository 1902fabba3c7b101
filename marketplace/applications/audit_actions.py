"""What the audit trail calls what is done to applications."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class ApplicationAudit(AuditAction):
    """What is done to an application, by its company and by the office."""

    ANSWER = "application.answer", _l("Answer to the hearing received")
    BRING_BACK = "application.bring_back", _l("Withdrawn draft brought back")
    CHECKLIST = "application.checklist", _l("Checklist marked")
    COMPLETE = "application.complete", _l("Completion received")
    CONFIRM = "application.confirm", _l("Carried-over answers confirmed")
    CORRECT = "application.correct", _l("Clerical error corrected")
    PROPOSE_CORRECTION = "application.propose_correction", _l("Correction of a clerical error proposed")
    DROP_CORRECTION = "application.drop_correction", _l("Correction of a clerical error dropped")
    DECIDE = "application.decide", _l("Decision made")
    HAND_OVER = "application.hand_over", _l("Handler changed")
    HEAR = "application.hear", _l("Hearing of the provider asked for (application)")
    LAPSE = "application.lapse", _l("The due date passed without an answer")
    MESSAGE = "application.message", _l("Message sent")
    NOTE = "application.note", _l("Internal note written")
    POST = "application.post", _l("Letter posted to the provider")
    PROPOSE = "application.propose", _l("Decision proposed")
    PUT_OFF = "application.put_off", _l("Last day put off")
    REMIND = "application.remind", _l("Reminded of the completion")
    REMIND_DRAFT = "application.remind_draft", _l("Reminded of a draft that has not been sent")
    REQUEST_COMPLETION = "application.request_completion", _l("Completion requested")
    RETURN = "application.return", _l("Returned to the reviewer")
    REVIEW = "application.review", _l("Review of the decision")
    SAVE = "application.save", _l("Page saved")
    START = "application.start", _l("Application started")
    SUBMIT = "application.submit", _l("Application sent")
    TAKE = "application.take", _l("Taken into review")
    TAKE_BACK = "application.take_back", _l("Completion request taken back")
    VIEW = "application.view", _l("Application opened")
    VIEW_FILE = "application.view_file", _l("File of an application opened")
    WITHDRAW = "application.withdraw", _l("Application withdrawn")
