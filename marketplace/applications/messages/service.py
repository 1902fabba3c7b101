"""Writing to the other side about an application, and marking what has been read.

The caller has found the application with `approvals.queries.for_provider` or `for_office`. Whoever acts for the
provider may write about it, and whoever works on it for the office. There is no thread about a draft, which the office
does not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.messages import mails, queries
from marketplace.applications.messages.models import Message, ThreadMark
from marketplace.applications.messages.rules import MAX_LENGTH, Side, other_side
from marketplace.applications.models import Application
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import LANGUAGES, _l
from marketplace.outbox import MailAddress, Recipient
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.trail import record_in_pilot
from marketplace.work import UnitOfWork

WRITERS: Final = (Permission.REVIEW_APPLICATIONS, Permission.DECIDE_APPLICATIONS)
"""Who writes for the office: whoever works on applications. Who only looks at them, as an auditor, reads."""


def may_write(work: UnitOfWork, application: Application, side: Side) -> bool:
    """Whether the actor may write to the other side: there is no thread about a draft."""
    return application.submitted_at is not None and (side == Side.PROVIDER or _works_on(work, application))


def _works_on(work: UnitOfWork, application: Application) -> bool:
    organisation = application.pilot.organisation_key
    return any(work.may(each, organisation=organisation, about=application.provider_id) for each in WRITERS)


def write(work: UnitOfWork, application: Application, text: str, *, side: Side) -> Message:
    """Send a message to the other side, which is told by mail; the writer has read everything so far.

    Raises Invalid for an empty or too long text, Conflict for a draft, NotAllowed for somebody of the office who only
    looks at applications.
    """
    author_id = work.person_id
    if side == Side.OFFICE and not _works_on(work, application):
        raise NotAllowed(_l("Your role does not allow this step."))
    if application.submitted_at is None:
        raise Conflict(_l("You can write to the office when the application has been sent."))
    words = text.strip()
    if not words:
        raise Invalid(_l("Write the message first."), field="text")
    if len(words) > MAX_LENGTH:
        raise Invalid(_l("The message is too long: at most 5000 characters."), field="text")
    told = queries.recipients(work.session, application, other_side(side))
    message = Message(
        application_id=application.id, side=side, author_id=author_id, text=words, sent_at=work.now
    )
    work.session.add(message)
    work.session.flush()
    mark_read(work.session, application, up_to=message.id, user_id=author_id)
    record_in_pilot(work, ApplicationAudit.MESSAGE, application, after={"message": message.id, "side": side})
    _tell(work, application, side, told)
    return message


def mark_read(session: Session, application: Application, *, up_to: int, user_id: int) -> None:
    """Note that the person has read the thread up to a message; the mark never goes back."""
    mark = session.get(ThreadMark, (application.id, user_id))
    if mark is None:
        session.add(ThreadMark(application_id=application.id, user_id=user_id, message_id=up_to))
    else:
        mark.message_id = max(mark.message_id, up_to)


def _tell(work: UnitOfWork, application: Application, side: Side, people: Sequence[Recipient]) -> None:
    """Mail the other side; with no handler yet, the pilot's contact is told in the office's first language."""
    definition = kept_definition(work.session, application.definition_version_id)
    to_office, first = side == Side.PROVIDER, LANGUAGES[0]
    if not people and to_office:
        people = [MailAddress(definition.contact.email, definition.contact.name[first], first)]
    for person in people:
        mails.application_message(work, person, application, definition, to_office=to_office)
