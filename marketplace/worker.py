"""The worker: what the portal does by itself, each duty in its time.

Duties stand in lanes, and each lane goes round in a thread of its own. The catalogue shares its lane with nobody: a
mail server that takes half a minute to refuse must not leave a price standing that no longer holds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import current_app

from marketplace import outbox
from marketplace.approvals.reviewing import deadlines
from marketplace.approvals.standing import reminders
from marketplace.config import Settings
from marketplace.db import Database
from marketplace.files import quarantine
from marketplace.files.store import FileStore
from marketplace.pilots import vocabulary
from marketplace.recruiting.invitations import work as inviting
from marketplace.search.follower import Follower
from marketplace.web import frame, saved_entries

PAUSE: Final = 0.25
"""Seconds between two rounds of a lane."""

AFTER_A_FAULT: Final = timedelta(seconds=1)
"""How soon a duty that failed is tried again."""

ALWAYS: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do every so often. `do` takes the moment, opens its own transactions and may be done twice."""

    name: str
    every: timedelta
    do: Callable[[datetime], object]


Lane = tuple[Duty, ...]


def lanes(database: Database, settings: Settings) -> tuple[Lane, ...]:
    """Everything the portal does by itself; what a lane brings about (a letter, a change), a later lane can take on."""
    postman = outbox.Postman(settings.mail_url, settings.mail_from)
    follower = Follower(database, settings.index_dir)
    store = FileStore.of(settings)

    def forget_forms(now: datetime) -> None:
        with database.transaction() as session:
            saved_entries.purge(session, now=now)

    upkeep = (
        Duty(
            "remind of proofs and conditions", timedelta(hours=1), lambda now: reminders.remind(database, now)
        ),
        Duty("watch due dates", timedelta(hours=1), lambda now: deadlines.catch_up(database, now=now)),
        Duty("drop forms kept too long", timedelta(hours=1), forget_forms),
        Duty(
            "scan files that wait",
            timedelta(minutes=1),
            lambda now: quarantine.scan_waiting(database, store, now=now),
        ),
        Duty(
            "remove unused files", timedelta(days=1), lambda now: quarantine.sweep(database, store, now=now)
        ),
    )
    letters = (
        Duty("write invitations", ALWAYS, lambda now: inviting.catch_up(database, now=now)),
        Duty("deliver mail", ALWAYS, lambda now: outbox.deliver(database, postman, now=now)),
    )
    catalogue = (Duty("follow changes into the index", ALWAYS, lambda now: follower.catch_up(now=now)),)
    return upkeep, letters, catalogue


def work_once(lanes: Iterable[Lane], now: datetime) -> None:
    """Do every duty once, in order; the first that fails raises. Needs an application context."""
    for lane in lanes:
        for duty in lane:
            duty.do(now)


def work(lanes: Iterable[Lane], context: Callable[[], AbstractContextManager[object]]) -> None:
    """Go round in all lanes until the process ends, each in an application context of its own."""
    threads = [threading.Thread(target=_go_round, args=(lane, context), daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _go_round(lane: Lane, context: Callable[[], AbstractContextManager[object]]) -> None:
    due: dict[str, datetime] = {}
    with context():
        while True:
            take_turn(lane, due)
            time.sleep(PAUSE)


def take_turn(lane: Lane, due: dict[str, datetime]) -> None:
    """Do the duties of a lane whose time has come, and note in `due` when each is next.

    One that fails is logged and tried again soon; the others are done all the same.
    """
    vocabulary.follow()
    for duty in lane:
        moment = frame.now()
        if moment < due.get(duty.name, moment):
            continue
        try:
            duty.do(moment)
            due[duty.name] = moment + duty.every
        except Exception:
            current_app.logger.exception("the worker could not %s and goes on", duty.name)
            due[duty.name] = moment + AFTER_A_FAULT
