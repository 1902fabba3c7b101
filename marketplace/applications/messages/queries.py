"""Reading threads: messages, what a person has not read, and to whom a new message is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import User
from marketplace.applications.messages.models import Message, ThreadMark
from marketplace.applications.messages.rules import Side, other_side, unread
from marketplace.applications.models import Application


def thread(session: Session, application: Application) -> Sequence[Message]:
    """The messages about an application, the oldest first."""
    return session.scalars(
        sa.select(Message)
        .where(Message.application_id == application.id)
        .options(joinedload(Message.author))
        .order_by(Message.id)
    ).all()


def unread_in(
    session: Session,
    application: Application,
    messages: Sequence[Message],
    *,
    side: Side,
    user_id: int | None,
) -> frozenset[int]:
    """Ids of the messages that the person, who is on `side`, has not read."""
    mark = session.get(ThreadMark, (application.id, user_id)) if user_id is not None else None
    return unread(messages, side, mark.message_id if mark else 0)


def unread_counts(
    session: Session, application_ids: Collection[int], *, side: Side, user_id: int | None
) -> dict[int, int]:
    """Application id → how many of the other side's messages the person has not read; those with none are left out."""
    if not application_ids or user_id is None:
        return {}
    rows = session.execute(
        sa.select(Message.application_id, sa.func.count(Message.id))
        .outerjoin(
            ThreadMark,
            sa.and_(ThreadMark.application_id == Message.application_id, ThreadMark.user_id == user_id),
        )
        .where(
            Message.application_id.in_(application_ids),
            Message.side == other_side(side),
            Message.id > sa.func.coalesce(ThreadMark.message_id, 0),
        )
        .group_by(Message.application_id)
    )
    return {row[0]: row[1] for row in rows}


def recipients(session: Session, application: Application, side: Side) -> list[User]:
    """The people on `side` who are told of a message: who is responsible, and everybody who has written from there.

    Nobody is responsible on the office's side before the application has a handler.
    """
    wrote = session.scalars(
        sa.select(User)
        .join(Message, Message.author_id == User.id)
        .where(Message.application_id == application.id, Message.side == side)
        .order_by(User.id)
    )
    first = application.created_by if side == Side.PROVIDER else application.handler
    people = [*([first] if first else []), *wrote]
    return [person for person in dict.fromkeys(people) if person.active]
