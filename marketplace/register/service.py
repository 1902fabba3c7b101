"""Sending: one entry at a time, claimed before it is sent and settled after the answer, so that nothing goes twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from marketplace.db import Database, insert_missing
from marketplace.register import queries
from marketplace.register.gateway import NationalRegister, RegisterAnswer
from marketplace.register.models import RegisterEntry, RegisterSending
from marketplace.register.rules import DELETED, RegisterPart, Sending, WantedEntry, digest_of

Outcome = Counter[str]
"""How many entries were created, updated, withdrawn and refused."""


def send_due(
    database: Database,
    register: NationalRegister,
    address: queries.Address,
    *,
    now: datetime,
    ids: Mapping[str, str] | None = None,
    resting: bool = False,
) -> Outcome:
    """Send what the register does not know yet; a duty of the worker, and the command `register send`.

    A process that dies between sending and noting the answer leaves a failure behind: the entry is then sent by its
    source id, which changes what has arrived and makes nothing anew. `resting`: what was refused lately, too.
    """
    with database.read() as session:
        goals = queries.wanted(session, address, ids=ids)
        plan = queries.due(queries.entries(session), goals, now=now, resting=resting)
    outcome: Outcome = Counter()
    for source, action in plan:
        claimed = _claim(database, source, goals.get(source), now)
        if claimed is None:
            continue
        kind, content, tried = claimed
        answer = register.send(kind, source, action, content, tried=tried)
        _settle(database, source, action, content, answer, now)
        outcome[action.value if answer.settles(action) else "refused"] += 1
        if answer.shuts_out:
            break  # the others wait for the next time
    return outcome


def send_again(database: Database, source: str) -> bool:
    """Let an entry be sent once more, though the register has accepted it; False for one it has not."""
    with database.transaction() as session:
        changed = session.execute(
            sa.update(RegisterEntry)
            .where(RegisterEntry.source == source, RegisterEntry.accepted.is_not(None))
            .values(accepted="", failures=0)
        )
        return bool(getattr(changed, "rowcount", 0))


def _claim(
    database: Database, source: str, goal: WantedEntry | None, now: datetime
) -> tuple[RegisterPart, dict[str, object], bool] | None:
    """Take an entry for sending: its kind, what to send, and whether it was tried before; None when another has it."""
    with database.transaction() as session:
        if goal is not None:
            insert_missing(
                session,
                RegisterEntry,
                {
                    "source": source,
                    "kind": goal.kind,
                    "organisation_key": goal.organisation,
                    "accepted": None,
                    "content": {},
                    "withdrawn": False,
                    "failures": 0,
                },
            )
        entry = session.get_one(RegisterEntry, source, with_for_update=True)
        if entry.tried_at is not None and entry.tried_at >= now:
            return None
        tried = entry.failures > 0
        entry.tried_at, entry.failures = now, entry.failures + 1
        content = dict(goal.content) if goal is not None else {**entry.content, "publishingStatus": DELETED}
        return entry.kind, content, tried


def _settle(
    database: Database,
    source: str,
    action: Sending,
    content: dict[str, object],
    answer: RegisterAnswer,
    now: datetime,
) -> None:
    with database.transaction() as session:
        entry = session.get_one(RegisterEntry, source, with_for_update=True)
        session.add(
            RegisterSending(
                source=source,
                at=now,
                action=action,
                digest=digest_of(content),
                status=answer.status,
                answer=answer.text,
            )
        )
        if answer.settles(action):
            entry.failures, entry.withdrawn = 0, action is Sending.WITHDRAW
            if action is not Sending.WITHDRAW:
                entry.accepted, entry.content = digest_of(content), content
