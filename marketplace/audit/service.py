"""Appending to the audit trail, and sealing what was appended.

`append` writes the event at once, in the caller's transaction. Its seal is made when the transaction commits: only then
are the ends of the chains locked, last of all locks and in the order of their names, so that a transaction holds up the
others of its organisation for no longer than its commit, and no two can wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event as events
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction

from marketplace.audit.models import ON_BEHALF, AuditChain, AuditEvent, AuditSeal
from marketplace.audit.rules import DEVELOPMENT_KEY, GENESIS, chain_of, key_id, seal
from marketplace.work import AuditAction, UnitOfWork

_UNSEALED: Final = "audit events without a seal"


def append(
    work: UnitOfWork,
    action: AuditAction,
    subject: object,
    *,
    organisation: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append one event in the transaction of `work`; it fills the slot behind `UnitOfWork.record`.

    `subject` is a mapped object or a pair (type, id); `before` and `after` hold JSON values.
    """
    session = work.session
    session.flush()
    subject_type, subject_id = subject if isinstance(subject, tuple) else _name_of(subject)
    event = AuditEvent(
        at=work.now,
        actor_id=work.actor.user_id,
        actor_name="" if work.actor.is_citizen else work.actor.name,
        action=action.value,
        subject_type=subject_type,
        subject_id=str(subject_id),
        organisation_key=organisation,
        before=dict(before or {}),
        after=dict(after or {}) | _on_behalf(work),
    )
    session.add(event)
    session.flush()
    session.info.setdefault(_UNSEALED, []).append(event)
    return event


def _on_behalf(work: UnitOfWork) -> dict[str, Any]:
    return {} if work.actor.acting_for is None else {ON_BEHALF: work.actor.acting_for}


def content_of(event: AuditEvent) -> dict[str, Any]:
    """The columns of an event: what its seal covers."""
    return {column.key: getattr(event, column.key) for column in AuditEvent.__table__.columns}


def keys_of(session: Session) -> Sequence[bytes]:
    """The portal's audit keys, the present one first; the development key for a database opened without settings."""
    return session.info.get("audit_keys") or (DEVELOPMENT_KEY,)


@events.listens_for(Session, "before_commit")
def seal_waiting(session: Session) -> None:
    """Give every event of the transaction its place and its seal."""
    if session.in_nested_transaction() or _UNSEALED not in session.info:
        return
    session.flush()
    waiting = [each for each in session.info.pop(_UNSEALED) if sa.inspect(each).persistent]
    by_chain: dict[str, list[AuditEvent]] = {}
    for event in waiting:
        by_chain.setdefault(chain_of(event.organisation_key), []).append(event)
    for chain in sorted(by_chain):
        _seal(session, chain, by_chain[chain], keys_of(session)[0])


@events.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """A whole transaction took its events back; those of a savepoint alone are told apart when the seals are made."""
    if not ended.nested:
        session.info.pop(_UNSEALED, None)


def _seal(session: Session, chain: str, waiting: Sequence[AuditEvent], key: bytes) -> None:
    number, previous = _locked_end(session, chain)
    rows = []
    for number, event in enumerate(waiting, start=number + 1):  # noqa: B020 - goes on from the end of the chain
        sealed = seal(key, content_of(event), chain=chain, number=number, previous_hash=previous)
        rows.append(
            {
                "event_id": event.id,
                "chain": chain,
                "number": number,
                "key_id": key_id(key),
                "previous_hash": previous,
                "hash": sealed,
            }
        )
        previous = sealed
    session.execute(sa.insert(AuditSeal), rows)
    session.execute(
        sa.update(AuditChain)
        .where(AuditChain.key == chain)
        .values(last_number=number, last_hash=previous)
        .execution_options(synchronize_session=False)
    )


def _locked_end(session: Session, chain: str) -> tuple[int, str]:
    """The number and the hash of the chain's last seal; locked until the transaction ends."""
    end = sa.select(AuditChain.last_number, AuditChain.last_hash).where(AuditChain.key == chain)
    found = session.execute(end.with_for_update()).one_or_none()
    if found is None:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(
            insert(AuditChain)
            .values(key=chain, last_number=0, last_hash=GENESIS)
            .on_conflict_do_nothing(index_elements=[AuditChain.key])
        )
        found = session.execute(end.with_for_update()).one()
    return found.last_number, found.last_hash


def _name_of(subject: object) -> tuple[str, object]:
    """The name by which the trail knows the class, which outlives a new name of the class itself, and the key."""
    state = sa.inspect(subject)
    return state.class_.__audit_name__, state.identity[0]
