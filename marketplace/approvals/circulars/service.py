"""Writing a message to many providers, sending it to each by itself, or deleting it unsent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from marketplace.approvals.circulars import mails, queries
from marketplace.approvals.circulars.addressing import addressed
from marketplace.approvals.circulars.audit_actions import CircularAudit
from marketplace.approvals.circulars.models import Circular
from marketplace.approvals.circulars.rules import CIRCULAR, CircularAction
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import serve
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import LocalizedText, _l
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.permissions import Permission
from marketplace.pilots.models import Organisation
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CircularFacts:
    """What a message says, and to the providers of which approvals; an empty text does not narrow."""

    subject: LocalizedText
    text: LocalizedText
    pilot: str = ""
    service: str = ""
    municipality: str = ""
    standing: str = ""


def begin(work: UnitOfWork, organisation: str, facts: CircularFacts) -> Circular:
    """Keep a draft; nothing goes before it has been looked at. Raises NotAllowed."""
    work.ensure(Permission.REVIEW_APPLICATIONS, organisation=organisation)
    circular = Circular(
        organisation_key=organisation,
        state=CIRCULAR.initial,
        written_by_id=work.person_id,
        written_at=work.now,
        **_values(facts),
    )
    work.session.add(circular)
    work.session.flush()
    return circular


def change(work: UnitOfWork, circular_id: int, facts: CircularFacts) -> Circular:
    """Write a draft anew. Raises Conflict when it has been sent, NotAllowed and NotFound."""
    circular = _locked(work, circular_id, CircularAction.CHANGE)
    for name, value in _values(facts).items():
        setattr(circular, name, value)
    return circular


def _values(facts: CircularFacts) -> dict[str, object]:
    texts = {"subject": facts.subject, "text": facts.text}
    return {name: texts.get(name, value) for name, value in asdict(facts).items()}


def _locked(work: UnitOfWork, circular_id: int, action: CircularAction) -> Circular:
    circular = queries.for_office(work, circular_id, lock=True)
    work.ensure(Permission.REVIEW_APPLICATIONS, organisation=circular.organisation_key)
    if not CIRCULAR.allows(circular.state, action):
        raise Conflict(_l("The message has been sent already."))
    return circular


def delete(work: UnitOfWork, circular_id: int) -> None:
    """Delete a draft. Raises Conflict when it has been sent, NotAllowed and NotFound."""
    work.session.delete(_locked(work, circular_id, CircularAction.DELETE))


def send(work: UnitOfWork, circular_id: int, chosen: Collection[int]) -> int:
    """Send the message to the chosen companies, to each by itself and in its language; to how many it went.

    A company without an address is a letter to post. The audit trail has it of each company. Raises Invalid when no
    company is chosen, or one whose approvals no longer fit, Conflict when it has been sent, NotAllowed and NotFound.
    """
    circular = _locked(work, circular_id, CircularAction.SEND)
    fitting = {each.provider.id: each for each in addressed(work, circular)}
    if not chosen:
        raise Invalid(_l("Choose at least one company."), field="chosen")
    if not set(chosen) <= fitting.keys():
        raise Invalid(_l("The companies have changed meanwhile. Look at the list again."), field="chosen")
    organisation = work.session.get_one(Organisation, circular.organisation_key)
    circular.state = CIRCULAR.next(circular.state, CircularAction.SEND)
    circular.sent_by_id, circular.sent_at = work.person_id, work.now

    def write(to: Recipient) -> OutboxMessage:
        return mails.circular(work, to, circular, organisation)

    for provider_id, each in fitting.items():
        if provider_id not in chosen:
            continue
        document = serve(
            work, Served.CIRCULAR, each.provider, each.pilot_key, each.reach, write, circular_id=circular.id
        )
        work.record(
            CircularAudit.SEND,
            each.provider,
            organisation=circular.organisation_key,
            after={
                "circular": circular.id,
                "subject": asdict(circular.subject),
                "channel": document.channel,
            },
        )
    return len(chosen)
