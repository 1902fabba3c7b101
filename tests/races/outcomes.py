"""What comes of two verbs at once, beside what comes of them one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Flask

from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.errors import DomainError
from marketplace.outbox import OutboxMessage
from tests.races.meeting import Meeting, Overtaking
from tests.races.play import Play, Staged

Runner = Callable[[list[Callable[[], object]]], list[object]]
Outcome = tuple[dict[str, str], object, Counter[Any], Counter[Any]]


def out_of_order(play: Play, state: Any, pair: tuple[Any, Any], database: Database, app: Flask) -> str:
    """How the two come out at once, where neither order brings that about; empty where one does."""
    return differing(play, state, pair, database, app, [together(Meeting(database, play.model))])


def overtaken(play: Staged, pair: tuple[Any, Any], database: Database, app: Flask) -> str:
    """How two verbs of different rooms come out, each held at its end while the other begins; see `out_of_order`."""
    ways = range(2 if on_server(database) else 1)
    runners = [together(Overtaking(database, ahead)) for ahead in ways]
    return differing(play, None, pair, database, app, runners)


def on_server(database: Database) -> bool:
    """Whether two can be in the midst of their transactions: writers of SQLite never are."""
    return database.engine.dialect.name == "postgresql"


def differing(
    play: Staged,
    state: Any,
    pair: tuple[Any, Any],
    database: Database,
    app: Flask,
    runners: Sequence[Runner],
) -> str:
    """What comes of a pair by the first runner by which neither order brings it about; empty where there is none."""
    allowed: list[Outcome] = []
    orders = [in_turn, in_reverse]
    for run in runners:
        seen = outcome(play, state, pair, database, app, run)
        while same_order(seen) not in map(same_order, allowed):
            if not orders:
                return f"{pair[0]} and {pair[1]}: {seen}, but in turn {allowed}"
            allowed.append(outcome(play, state, pair, database, app, orders.pop(0)))
    return ""


def together(meeting: Meeting) -> Runner:
    """Both in the midst of each other."""
    return lambda deeds: meeting.run(*deeds)


def in_turn(deeds: list[Callable[[], object]]) -> list[object]:
    """One after the other."""
    results: list[object] = []
    for deed in deeds:
        try:
            results.append(deed())
        except DomainError as error:
            results.append(error)
    return results


def in_reverse(deeds: list[Callable[[], object]]) -> list[object]:
    """One after the other, the second first; what each hand does stays the same."""
    return in_turn(deeds[::-1])[::-1]


def outcome(
    play: Staged, state: Any, pair: tuple[Any, ...], database: Database, app: Flask, run: Runner
) -> Outcome:
    """What comes of a pair of actions: what each is told, where the thing stands, the events and the mails."""
    with app.app_context(), database.transaction() as session:
        scene = play.stage(session, state)
    with database.read() as session:
        marks = [session.scalar(sa.select(sa.func.max(each.id))) or 0 for each in (AuditEvent, OutboxMessage)]

    def do(hand: int, action: Any) -> Callable[[], object]:
        def deed() -> object:
            with app.app_context():
                done = play.deed(state, action)
                assert done is not None
                return done(database, scene, hand)

        return deed

    results = run([do(hand, action) for hand, action in enumerate(pair)])
    with database.read() as session:
        events = session.scalars(sa.select(AuditEvent).where(AuditEvent.id > marks[0]))
        mails = session.scalars(sa.select(OutboxMessage.template).where(OutboxMessage.id > marks[1]))
        assert list(play.unsound(session, scene)) == [], pair
        return (
            {
                f"{action}#{hand}": _told(result)
                for hand, (action, result) in enumerate(zip(pair, results, strict=True))
            },
            play.state(session, scene),
            Counter((event.action, str(event.after.get("state"))) for event in events),
            Counter(mails),
        )


def _told(result: object) -> str:
    return type(result).__name__ if isinstance(result, BaseException) else "done"


def same_order(seen: Outcome) -> tuple[Any, ...]:
    """An outcome to be compared with others: which of two that did the same was first makes no difference, nor does
    the order in which the database gives rows.
    """
    told = Counter((name.partition("#")[0], word) for name, word in seen[0].items())
    return (told, _in_no_order(seen[1]), *seen[2:])


def _in_no_order(state: object) -> object:
    if isinstance(state, tuple | list):
        inner = [_in_no_order(each) for each in state]
        return tuple(inner) if isinstance(state, tuple) else sorted(inner, key=repr)
    return state
