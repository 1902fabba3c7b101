"""What the audit trail calls what is done to companies, their people, proofs, units and approvals."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class AccessAudit(AuditAction):
    """What is done about requests for access to a company."""

    ACCEPT = "access.accept", _l("Access request allowed")
    REFUSE = "access.refuse", _l("Access request refused")
    REQUEST = "access.request", _l("Access to a company asked for")


class AccountChangeAudit(AuditAction):
    """What is done about a new account number of a company."""

    CONFIRM = "account_change.confirm", _l("Account number confirmed")
    REFUSE = "account_change.refuse", _l("Account number refused")
    REQUEST = "account_change.request", _l("New account number given")
    TAKE_BACK = "account_change.take_back", _l("New account number taken back")


class ApiKeyAudit(AuditAction):
    """What is done to the keys of a provider's programs."""

    MAKE = "api_key.make", _l("Key for a program made")
    REVOKE = "api_key.revoke", _l("Key for a program revoked")


class ApprovalAudit(AuditAction):
    """What is done to the approval of a provider for a service."""

    ANSWER = "approval.answer", _l("Explanation received")
    CONDITION = "approval.condition", _l("Condition set")
    CORRECT = "approval.correct", _l("Clerical error corrected")
    PROPOSE_CORRECTION = "approval.propose_correction", _l("Correction of a clerical error proposed")
    DROP_CORRECTION = "approval.drop_correction", _l("Correction of a clerical error dropped")
    DECIDE = "approval.decide", _l("Measure decided")
    DROP = "approval.drop", _l("Measure dropped")
    END = "approval.end", _l("Approval ended")
    FAIL = "approval.fail", _l("Condition not met")
    FALL = "approval.fall", _l("Measure lapsed: the provider left the pilot")
    HEAR = "approval.hear", _l("Hearing of the provider asked for (approval)")
    LAPSE = "approval.lapse", _l("Time for the explanation ended")
    LEAVE = "approval.leave", _l("Provider left the pilot")
    LIFT = "approval.lift", _l("Condition set aside by a review")
    MEET = "approval.meet", _l("Condition met")
    POST = "approval.post", _l("Letter posted to the provider")
    PROPOSE = "approval.propose", _l("Measure proposed")
    PUT_OFF = "approval.put_off", _l("Last day put off")
    RECHECK = "approval.recheck", _l("Yearly check made")
    REMIND = "approval.remind", _l("Provider reminded")
    REOPEN = "approval.reopen", _l("Condition open again: it was marked as met by mistake")
    REQUEST = "approval.request", _l("Request sent to the provider")
    RETURN = "approval.return", _l("Measure returned to the reviewer")
    REVIEW = "approval.review", _l("Review of a decision on the approval")
    VIEW = "approval.view", _l("Approval opened")


class EvidenceAudit(AuditAction):
    """What is done to the proofs of a company."""

    ACCEPT = "evidence.accept", _l("Proof accepted")
    ADD = "evidence.add", _l("Proof added")
    REMOVE = "evidence.remove", _l("Proof removed by the provider")
    RETURN = "evidence.return", _l("Proof returned to the provider")
    VIEW = "evidence.view", _l("Proof opened")


class FileAudit(AuditAction):
    """What is done to a stored file."""

    SCAN = "file.scan", _l("File scanned for viruses")


class ParticipationAudit(AuditAction):
    """What a provider does about taking part."""

    CHANGE_PAUSE = "participation.change_pause", _l("Last day of a pause changed")
    LEAVE = "participation.leave", _l("Provider left the portal")
    NO_NEW_CLIENTS = "participation.no_new_clients", _l("Takes no new clients")
    PAUSE = "participation.pause", _l("Provider paused its services")
    RESUME = "participation.resume", _l("Provider ended its pause")
    RETURN = "participation.return", _l("Provider came back to the portal")
    TAKE_CLIENTS = "participation.take_clients", _l("Takes clients again")


class PersonAudit(AuditAction):
    """What is done about the people of a company."""

    INVITATION_ACCEPT = "person.invitation_accept", _l("Invitation to a company accepted")
    INVITATION_CANCEL = "person.invitation_cancel", _l("Invitation to a company cancelled")
    INVITE = "person.invite", _l("Person invited to a company")
    REMOVE = "person.remove", _l("Person removed from a company")
    ROLE = "person.role", _l("Role of a person changed")


class ProviderAudit(AuditAction):
    """What is done to the facts of a company."""

    ACCOUNT = "provider.account", _l("Account number changed")
    HAND_OVER = "provider.hand_over", _l("Company handed over to its rightful people")
    IMPORT = "provider.import", _l("Provider imported")
    REGISTER = "provider.register", _l("Company registered")
    RIGHT_APPROVE = "provider.right_approve", _l("Right to act for the company approved")
    RIGHT_CODE = "provider.right_code", _l("Right to act for the company shown by a code")
    RIGHT_LAPSE = "provider.right_lapse", _l("Right to act for the company was not shown again")
    RIGHT_LETTER = "provider.right_letter", _l("Letter with a code made for a company")
    RIGHT_REGISTER = (
        "provider.right_register",
        _l("Right to act for the company shown by Suomi.fi e-Authorizations"),
    )
    RIGHT_REVOKE = "provider.right_revoke", _l("Right to act for the company taken back by the office")
    UPDATE = "provider.update", _l("Facts of the company changed")
    VIEW = "provider.view", _l("Company opened")
    VAT = "provider.vat", _l("VAT of the company changed")


class UnitAudit(AuditAction):
    """What is done to a unit of a company."""

    ADD = "unit.add", _l("Unit added")
    CLOSE = "unit.close", _l("Unit closed")
    REOPEN = "unit.reopen", _l("Unit opened again")
    UPDATE = "unit.update", _l("Unit changed")
