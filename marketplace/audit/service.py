"""Appending to the audit trail and proving that nobody has touched it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent, AuditHead
from marketplace.audit.rules import GENESIS, seal
from marketplace.permissions import Actor


def record(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    subject: object,
    organisation: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append one event in the caller's transaction.

    `subject` is a mapped object or a pair (type, id); `before` and `after` hold JSON values. The chain's head row is
    locked until the transaction ends, so that events have one order.
    """
    session.flush()
    subject_type, subject_id = subject if isinstance(subject, tuple) else _name_of(subject)
    head = session.scalar(sa.select(AuditHead).with_for_update().execution_options(populate_existing=True))
    if head is None:
        head = AuditHead(id=1, last_id=0, last_hash=GENESIS)
        session.add(head)
    content: dict[str, Any] = {
        "id": head.last_id + 1,
        "at": now,
        "actor_id": actor.user_id,
        "actor_name": actor.name,
        "action": action,
        "subject_type": subject_type,
        "subject_id": str(subject_id),
        "organisation_key": organisation,
        "before": dict(before or {}),
        "after": dict(after or {}),
        "previous_hash": head.last_hash,
    }
    event = AuditEvent(**content, hash=seal(**content))
    session.add(event)
    head.last_id, head.last_hash = event.id, event.hash
    session.flush()
    return event


def verify(session: Session) -> tuple[int, str | None]:
    """Walk the whole chain: the number of rows read and what is wrong first, naming the row, or None."""
    rows = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=1000))
    previous, count = GENESIS, 0
    with closing(rows):
        for event in rows:
            count += 1
            if event.id != count:
                return count, f"row {count} is missing"
            content = {column.key: getattr(event, column.key) for column in AuditEvent.__table__.columns}
            content.pop("hash")
            if event.previous_hash != previous or seal(**content) != event.hash:
                return count, f"row {event.id} has been changed"
            previous = event.hash
    head = session.get(AuditHead, 1)
    if head is not None and (head.last_id, head.last_hash) != (count, previous):
        return count, f"row {count + 1} is missing at the end"
    return count, None


def _name_of(subject: object) -> tuple[str, object]:
    identity = sa.inspect(subject).identity
    return type(subject).__name__, identity[0]
