"""Having mail that was given up tried again from the beginning; forgetting the letters to a client who is erased."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.clients.models import Client
from marketplace.errors import Conflict, NotFound
from marketplace.i18n import _l
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Permission
from marketplace.undelivered.audit_actions import MailAudit
from marketplace.undelivered.rules import ABOUT_CLIENTS, MailKind, kind_of
from marketplace.work import UnitOfWork


def send_again(work: UnitOfWork, message_id: int) -> OutboxMessage:
    """Have one message of the actor's organisation tried again at once.

    Raises NotFound for another organisation's, Conflict when it is on its way already.
    """
    organisation = _organisation(work)
    message = work.session.get(OutboxMessage, message_id, with_for_update=True)
    if message is None or message.organisation_key != organisation:
        raise NotFound()
    if message.sent_at is not None or message.attempts < outbox.MAX_ATTEMPTS or not message.body:
        raise Conflict(_l("This message has been sent again already."))
    _retry(work, [message], organisation)
    return message


def send_all_again(work: UnitOfWork) -> int:
    """Have everything that was given up for the actor's organisation tried again at once; how many messages."""
    organisation = _organisation(work)
    messages = work.session.scalars(
        outbox.given_up_by(organisation).order_by(None).order_by(OutboxMessage.id).with_for_update()
    ).all()
    _retry(work, messages, organisation)
    return len(messages)


def _organisation(work: UnitOfWork) -> str:
    """Whose mail the actor may send again. Raises NotAllowed."""
    organisation = work.actor.organisation
    work.ensure(Permission.SEND_MAIL_AGAIN, organisation=organisation)
    return organisation or ""


def _retry(work: UnitOfWork, messages: Sequence[OutboxMessage], organisation: str) -> None:
    if not messages:
        return
    outbox.retry(work.session, now=work.now, ids=[message.id for message in messages])
    for message in messages:
        work.record(MailAudit.SEND_AGAIN, message, organisation=organisation)


def forget_client(session: Session, client_id: int) -> None:
    """Drop the letters to a client whose data are erased, and to the account, with their addresses; for the slot
    `clients.erased`.
    """
    client = session.get_one(Client, client_id)
    addresses = {client.email, client.user.email if client.user else ""} - {""}
    outbox.forget_letters_to(
        session, addresses, lambda template: kind_of(template) in (ABOUT_CLIENTS | {MailKind.ACCOUNT})
    )
