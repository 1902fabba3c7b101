"""What the audit trail calls what is done to invitations and information sessions."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class InvitationAudit(AuditAction):
    """What is done to the list of invitations of a pilot, and to each invitation."""

    APPLY = "invitation.apply", _l("Application begun from an invitation")
    BOUNCE = "invitation.bounce", _l("Invitation came back")
    DECLINE = "invitation.decline", _l("Invitation declined")
    DISOWN = "invitation.disown", _l("Address of an invitation said to be wrong")
    CORRECT = "invitation.correct", _l("Address of an invitation corrected")
    LIST = "invitation.list", _l("Providers put on the list")
    OPEN = "invitation.open", _l("Link of an invitation opened")
    ORDER = "invitation.order", _l("Letters ordered")
    REMOVE = "invitation.remove", _l("Taken off the list of invitations")
    RESTORE = "invitation.restore", _l("Put back on the list of invitations")
    SEND_INVITATION = "invitation.send_invitation", _l("Invitation sent")
    SEND_REMINDER = "invitation.send_reminder", _l("Reminder of an invitation sent")
    TEXT = "invitation.text", _l("Text of the letter changed")


class SessionAudit(AuditAction):
    """What is done to an information session and its registrations."""

    CANCEL = "session.cancel", _l("Information session cancelled")
    EXPORT = "session.export", _l("List of participants of an information session downloaded")
    CHANGE = "session.change", _l("Information session changed")
    PLAN = "session.plan", _l("Information session planned")
    REGISTER = "session.register", _l("Registered for an information session")
    REMIND = "session.remind", _l("Reminded of an information session")
    QUEUE = "session.queue", _l("Put in line for an information session")
    OFFER = "session.offer", _l("Seat of an information session offered")
    LAPSE = "session.lapse", _l("Offer of a seat of an information session lapsed")
    VIEW = "session.view", _l("Participants of an information session looked at")
    WITHDRAW = "session.withdraw", _l("Registration for an information session withdrawn")
