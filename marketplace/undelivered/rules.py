"""What a message is about, whether it is about a client, and why no server took it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class MailKind(StrEnum):
    """What a message is about, by the room that writes it."""

    APPLICATION = "mail_application"
    DECISION = "mail_decision"
    APPROVAL = "mail_approval"
    PROOF = "mail_proof"
    COMPANY = "mail_company"
    OFFER = "mail_offer"
    ENQUIRY = "mail_enquiry"
    INVITATION = "mail_invitation"
    SESSION = "mail_session"
    CLIENT = "mail_client"
    AGREEMENT = "mail_agreement"
    DELIVERY = "mail_delivery"
    PAYMENT = "mail_payment"
    OFFICE = "mail_office"
    ACCOUNT = "mail_account"


_BEGINNINGS: Final = {
    "access_": MailKind.COMPANY,
    "account_change": MailKind.COMPANY,
    "account_": MailKind.ACCOUNT,
    "agreement_": MailKind.AGREEMENT,
    "application_": MailKind.APPLICATION,
    "approval_": MailKind.APPROVAL,
    "circular": MailKind.COMPANY,
    "client_interrupts": MailKind.AGREEMENT,
    "client": MailKind.CLIENT,
    "clients_": MailKind.AGREEMENT,
    "company_": MailKind.COMPANY,
    "completion_": MailKind.APPLICATION,
    "decision_": MailKind.DECISION,
    "deliver": MailKind.DELIVERY,
    "demo_": MailKind.CLIENT,
    "due_": MailKind.APPLICATION,
    "effects_": MailKind.CLIENT,
    "enquiry_": MailKind.ENQUIRY,
    "file_": MailKind.PROOF,
    "free_place": MailKind.ENQUIRY,
    "invitation": MailKind.INVITATION,
    "key_": MailKind.COMPANY,
    "mandate_": MailKind.CLIENT,
    "offer_": MailKind.OFFER,
    "own_person_": MailKind.CLIENT,
    "office_": MailKind.OFFICE,
    "pause_": MailKind.COMPANY,
    "payment_": MailKind.PAYMENT,
    "person_": MailKind.COMPANY,
    "pilot_": MailKind.COMPANY,
    "proof_": MailKind.PROOF,
    "provider_": MailKind.COMPANY,
    "registration_": MailKind.ACCOUNT,
    "review_": MailKind.DECISION,
    "right_": MailKind.COMPANY,
    "service_decision_": MailKind.CLIENT,
    "session_": MailKind.SESSION,
}
"""How the name of a template begins → what the message is about; the longest that fits counts."""

ABOUT_CLIENTS: Final = frozenset({MailKind.CLIENT, MailKind.AGREEMENT, MailKind.DELIVERY})
"""Messages that may go to a client or somebody near to one: who gets them is shown to those who see clients."""


def kind_of(template: str) -> MailKind:
    """What a message is about. Raises LookupError for a template that nobody has given a kind."""
    fitting = [beginning for beginning in _BEGINNINGS if template.startswith(beginning)]
    if not fitting:
        raise LookupError(f"the mail {template} has no kind: add it to marketplace/undelivered/rules.py")
    return _BEGINNINGS[max(fitting, key=len)]


class MailObstacle(StrEnum):
    """Why no server took a message, as far as the last try told."""

    NO_SUCH_ADDRESS = "mail_no_such_address"
    FULL = "mail_full"
    REFUSED = "mail_refused"
    NOT_NOW = "mail_not_now"
    AWAY = "mail_away"
    UNWRITABLE = "mail_unwritable"


_CODE: Final = re.compile(r"[^0-9]([245]\d\d)[^0-9]")
_DETAIL: Final = re.compile(r"[^0-9.]([45]\.\d{1,3}\.\d{1,3})[^0-9.]")
_DETAILS: Final = {"1": MailObstacle.NO_SUCH_ADDRESS, "2": MailObstacle.FULL, "7": MailObstacle.REFUSED}
"""The subject of an enhanced status code (RFC 3463) → what it means here."""
_CODES: Final = {
    "550": MailObstacle.NO_SUCH_ADDRESS,
    "551": MailObstacle.NO_SUCH_ADDRESS,
    "553": MailObstacle.NO_SUCH_ADDRESS,
    "552": MailObstacle.FULL,
    "452": MailObstacle.FULL,
}
_FULL: Final = ("5.2.2", "4.2.2", "5.2.3")


def obstacle_of(last_error: str | None) -> MailObstacle:
    """What stood in the way, from what the outbox has kept of the last try.

    The answer of the recipient's server stands there with its code (RFC 5321) and often with an enhanced one
    (RFC 3463); what has no code was no answer: the portal's own mail server could not be reached.
    """
    told = last_error or ""
    if told.startswith("cannot be written"):
        return MailObstacle.UNWRITABLE
    if not told.startswith(("(", "{")):
        return MailObstacle.AWAY
    detail = _DETAIL.search(told)
    if detail is not None and (found := _by_detail(detail[1])) is not None:
        return found
    code = _CODE.search(told)
    if code is None:
        return MailObstacle.REFUSED
    return _CODES.get(code[1], MailObstacle.NOT_NOW if code[1].startswith("4") else MailObstacle.REFUSED)


def _by_detail(code: str) -> MailObstacle | None:
    subject = code.split(".")[1]
    if subject == "2" and code not in _FULL:
        return MailObstacle.NO_SUCH_ADDRESS if code.startswith("5") else MailObstacle.NOT_NOW
    return _DETAILS.get(subject)
