"""What the actions and subjects of the audit trail are called on screen: no kept name is shown as it is."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from marketplace.i18n import _, _l
from marketplace.slots import Answer
from marketplace.work import AuditAction

recorded_actions: Final = Answer[type[AuditAction]](
    "audit.actions", "The actions of each room, one enum for each of its things, with their labels."
)


SUBJECTS: Final[dict[str, Any]] = {
    "AccessRequest": _l("Request for access"),
    "AccountChange": _l("Change of account"),
    "Agreement": _l("Agreement"),
    "ApiKey": _l("Key for a program"),
    "Application": _l("Application"),
    "BankAnswer": _l("Answer of the bank"),
    "Client": _l("Client"),
    "Content": _l("Stored content"),
    "Delivery": _l("Delivery"),
    "EffectAsking": _l("Asking about effects"),
    "Demo": _l("Demo content"),
    "Enquiry": _l("Question about a service"),
    "Evidence": _l("Proof"),
    "InformationSession": _l("Information session"),
    "Invitation": _l("Invitation"),
    "InvitationRound": _l("Round of letters"),
    "Key": _l("Key"),
    "Mail": _l("E-mail"),
    "Mandate": _l("Mandate"),
    "Offer": _l("Offer"),
    "Organisation": _l("Organisation"),
    "PersonInvitation": _l("Invitation of a person"),
    "Payment": _l("Payment"),
    "PaymentBatch": _l("Batch of payments"),
    "Pilot": _l("Pilot"),
    "PlaceNotice": _l("Wish to be told of a free place"),
    "Provider": _l("Provider"),
    "ProviderRight": _l("Right to act for a company"),
    "ResearchExtract": _l("Data for research"),
    "SentList": _l("List of approved providers"),
    "ServiceApproval": _l("Approval"),
    "ServiceDecision": _l("Service decision"),
    "ServiceUnit": _l("Unit"),
    "Statement": _l("Statement"),
    "StoredFile": _l("File"),
    "StripeAccount": _l("Account at Stripe"),
    "OwnPerson": _l("Person near to the client"),
    "SupportPlan": _l("Support plan"),
    "User": _l("Person"),
}
"""Type of a subject → what it is called."""


@functools.cache
def every_action() -> Mapping[str, AuditAction]:
    """The actions of all rooms by the names under which the trail keeps them."""
    return {action.value: action for actions in recorded_actions for action in actions}


def action_name(name: str) -> str:
    """What an action is called in the reader's language; a sentence for one that a later version has dropped."""
    action = every_action().get(name)
    return str(action.label) if action else _("Something that only an earlier version of the portal did")


def subject_name(kind: str, identity: str) -> str:
    """A subject as the list shows it: `Application 12`; a sentence for a kind that a later version has dropped."""
    if kind not in SUBJECTS:
        return _(
            "Something that only an earlier version of the portal had, number %(number)s", number=identity
        )
    return _("%(kind)s %(number)s", kind=SUBJECTS[kind], number=identity)


def thing_name(kind: str, identity: str, title: str) -> str:
    """A subject with what it is about: `Approval 30: personal assistance`."""
    name = subject_name(kind, identity)
    return _("%(thing)s: %(about)s", thing=name, about=title) if title else name


def subject_asked(text: str) -> tuple[str, str]:
    """What a reader means by `Hakemus 12` or `Application 12`: the type and the id, either of which may be empty."""
    asked = " ".join(text.split())
    names = {str(name): kind for kind, name in SUBJECTS.items()} | {kind: kind for kind in SUBJECTS}
    for name in sorted(names, key=len, reverse=True):
        if f"{asked.casefold()} ".startswith(f"{name.casefold()} "):
            return names[name], asked[len(name) :].strip()
    kind, _space, identity = asked.partition(" ")
    return kind, identity
