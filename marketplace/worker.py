"""The worker: what the portal does by itself, each duty in its time.

Duties stand in lanes, and each lane goes round in a thread of its own. The catalogue shares its lane with nobody: a
mail server that takes half a minute to refuse must not leave a price standing that no longer holds.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from flask import current_app
from sqlalchemy.exc import DBAPIError, OperationalError

from marketplace import allowances, duties, outbox, tracing
from marketplace.accounts.guessing import service as guessing
from marketplace.accounts.links import service as links
from marketplace.accounts.sessions import service as sessions
from marketplace.applications.sending import drafts
from marketplace.approvals import deadlines
from marketplace.approvals.digest import service as digest
from marketplace.approvals.standing import reminders
from marketplace.audit import anchors, kept_roots
from marketplace.budgets.summaries import service as summaries
from marketplace.clients.privacy import service as privacy
from marketplace.config import Settings
from marketplace.db import Database, Watch, first_line, may_be_repeated
from marketplace.deliveries import booking, telling
from marketplace.deliveries import service as deliveries
from marketplace.effects import service as effects
from marketplace.enquiries import service as enquiries
from marketplace.files import quarantine
from marketplace.files.store import FileStore
from marketplace.ledger import service as ledger
from marketplace.payments.batches import figures as payment_figures
from marketplace.payments.batches import following as batches_at_stripe
from marketplace.payments.rails.stripe import events as stripe_events
from marketplace.payments.rails.stripe.gateway import gateway_of
from marketplace.payments.statements import freezing as statements
from marketplace.pilots import vocabulary
from marketplace.providers.api_keys import service as keys
from marketplace.providers.authority import service as authority
from marketplace.providers.participation import ending
from marketplace.providers.participation import service as participation
from marketplace.recruiting.importing import confirming as sent_lists
from marketplace.recruiting.invitations import work as inviting
from marketplace.recruiting.sessions import service as information_sessions
from marketplace.register import service as sending
from marketplace.register.gateway import NationalRegister
from marketplace.reports import service as reports
from marketplace.reports import snapshots
from marketplace.search.follower import Follower
from marketplace.vacancies import service as vacancies
from marketplace.vouchers.agreeing import deadlines as agreeing_deadlines
from marketplace.vouchers.granting import service as granting
from marketplace.web import frame, saved_entries, sent_forms

PAUSE: Final = 0.25
"""Seconds between two looks at whether the database has changed."""

LONGEST_PAUSE: Final = 5.0
"""Seconds that a lane without anything to do sleeps at most."""

FIRST_PAUSE: Final = timedelta(seconds=1)
LAST_PAUSE: Final = timedelta(minutes=1)
"""How soon a duty that failed is tried again: twice as late each time, up to this."""

SOON: Final = timedelta(seconds=5)
"""How often duties that follow changes of the database look by themselves: for what the clock or a reader brings."""

BEAT: Final = 10.0
"""Seconds between two signs of life."""

HANGS: Final = 1800.0
"""Seconds after which a lane that does not come back counts as hanging, and no more signs of life are given."""

LAST_WORDS: Final = 10.0
"""Seconds that duties in hand have when the worker is asked to end."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do every so often. `do` takes the moment, opens its own transactions and may be done twice."""

    name: str
    every: timedelta
    do: Callable[[datetime], object]
    on_change: bool = False
    """Done at once, too, when something has been committed to the database."""


Lane = tuple[Duty, ...]


def lanes(database: Database, settings: Settings) -> tuple[Lane, ...]:
    """Everything the portal does by itself; what a lane brings about (a letter, a change), a later lane can take on."""
    postman = outbox.Postman(settings.mail_url, settings.mail_from)
    follower = Follower(database, settings.index_dir, asks=True, server=settings.search_server)
    store = FileStore.of(settings)

    def forget_forms(now: datetime) -> None:
        with database.transaction() as session:
            saved_entries.purge(session, now=now)
            sent_forms.purge(session, now=now)
            sent_lists.forget(session, now=now)

    def forget_sign_ins(now: datetime) -> None:
        with database.transaction() as session:
            sessions.purge(session, now=now)
            links.purge(session, now=now)
            guessing.purge(session, now=now)
            allowances.purge(session, now=now)
            duties.purge(session, now=now)

    def forget_strangers(now: datetime) -> None:
        with database.transaction() as session:
            enquiries.forget(session, now=now)
            vacancies.forget(session, now=now)
            information_sessions.forget(session, now=now)

    upkeep = (
        Duty(
            "write a checkpoint of the audit trail",
            timedelta(hours=1),
            lambda now: anchors.write_checkpoint(database, settings.audit_anchor_url, now),
        ),
        Duty(
            "bring checkpoints of the audit trail into the bucket",
            timedelta(hours=1),
            lambda _now: kept_roots.keep(database, kept_roots.bucket_of(settings)),
        ),
        Duty(
            "remind of proofs and conditions", timedelta(hours=1), lambda now: reminders.remind(database, now)
        ),
        Duty(
            "write the letters of the morning",
            timedelta(minutes=15),
            lambda now: digest.write_letters(database, now=now),
        ),
        Duty(
            "remind of drafts that are not sent",
            timedelta(hours=1),
            lambda now: drafts.remind(database, now=now),
        ),
        Duty("watch due dates", timedelta(hours=1), lambda now: deadlines.catch_up(database, now=now)),
        Duty(
            "end pauses whose last day is over",
            timedelta(hours=1),
            lambda now: participation.end_pauses(database, now=now),
        ),
        Duty(
            "end approvals whose clients are served no more",
            timedelta(hours=1),
            lambda now: ending.end_served(database, now=now),
        ),
        Duty(
            "let reservations run out", timedelta(hours=1), lambda now: ledger.let_run_out(database, now=now)
        ),
        Duty(
            "let go of budgets of months that are over",
            timedelta(hours=1),
            lambda now: booking.let_go(database, now=now),
        ),
        Duty(
            "settle budgets that are over", timedelta(hours=1), lambda now: granting.settle(database, now=now)
        ),
        Duty(
            "tell of keys that expire", timedelta(hours=1), lambda now: keys.tell_of_expiry(database, now=now)
        ),
        Duty(
            "look again at rights to act",
            timedelta(hours=1),
            lambda now: authority.look_again(database, now=now),
        ),
        Duty(
            "remind of requests that wait",
            timedelta(hours=1),
            lambda now: agreeing_deadlines.remind(database, now=now),
        ),
        Duty(
            "let requests lapse that nobody answers",
            timedelta(hours=1),
            lambda now: agreeing_deadlines.lapse(database, now=now),
        ),
        Duty(
            "write summaries to clients",
            timedelta(hours=1),
            lambda now: summaries.write_summaries(database, now=now),
        ),
        Duty(
            "ask about effects and remind once",
            timedelta(hours=1),
            lambda now: effects.ask_due(database, now=now),
        ),
        Duty(
            "tell clients of deliveries to look at",
            timedelta(minutes=15),
            lambda now: telling.tell(database, now=now),
        ),
        Duty(
            "confirm deliveries that nobody objects to",
            timedelta(hours=1),
            lambda now: deliveries.lapse(database, now),
        ),
        Duty(
            "count the days until payment",
            timedelta(hours=1),
            lambda now: payment_figures.keep_paid_months(database, now=now),
        ),
        Duty("freeze statements", timedelta(hours=1), lambda now: statements.freeze_due(database, now=now)),
        Duty("drop forms and lists kept too long", timedelta(hours=1), forget_forms),
        Duty("make reports", timedelta(hours=1), lambda now: reports.make_due(database, now=now)),
        Duty("make open data", timedelta(hours=1), lambda now: snapshots.make_due(database, now=now)),
        Duty("drop sessions, links and counts that are over", timedelta(hours=1), forget_sign_ins),
        Duty("drop questions and wishes of people without an account", timedelta(hours=1), forget_strangers),
        Duty(
            "drop old texts of mail", timedelta(days=1), lambda now: outbox.forget_bodies(database, now=now)
        ),
        Duty(
            "erase clients whose time is over",
            timedelta(days=1),
            lambda now: privacy.erase_what_is_over(database, now=now),
        ),
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
        Duty(
            "write links",
            SOON,
            lambda now: links.write_letters(database, now=now),
            on_change=True,
        ),
        Duty("write invitations", SOON, lambda now: inviting.catch_up(database, now=now), on_change=True),
        Duty("tell of free places", SOON, lambda now: vacancies.tell(database, now=now), on_change=True),
        Duty("deliver mail", SOON, lambda now: outbox.deliver(database, postman, now=now), on_change=True),
    )
    catalogue = (
        Duty("follow changes into the index", SOON, lambda now: follower.catch_up(now=now), on_change=True),
    )
    register = NationalRegister.of(settings)
    outward = (
        ()
        if register is None
        else (
            Duty(
                "tell the national service register of approvals",
                timedelta(hours=1),
                lambda now: sending.send_due(database, register, outbox.address, now=now),
            ),
        )
    )
    gateway = gateway_of(settings)
    payments = (
        ()
        if gateway is None
        else (
            Duty(
                "follow what Stripe tells",
                SOON,
                lambda now: stripe_events.handle_waiting(database, gateway, now),
                on_change=True,
            ),
            Duty(
                "send batches over Stripe and follow them",
                SOON,
                lambda _now: batches_at_stripe.follow(database, gateway, frame.now),
                on_change=True,
            ),
        )
    )
    return tuple(lane for lane in (upkeep, letters, catalogue, payments, outward) if lane)


def work_once(lanes: Iterable[Lane], now: datetime) -> None:
    """Do every duty once, in order; the first that fails raises. Needs an application context."""
    for lane in lanes:
        for duty in lane:
            duty.do(now)


def work(
    lanes: Iterable[Lane],
    database: Database,
    alive: Path,
    context: Callable[[], AbstractContextManager[object]],
) -> None:
    """Go round in all lanes until SIGTERM or SIGINT comes, each in an application context of its own.

    `alive` is the file that is touched as a sign of life while every lane comes round.
    """
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ending.set())
    rounds = [Round(lane) for lane in lanes]
    threads = [
        threading.Thread(target=_go_round, args=(each, database, context, ending), daemon=True)
        for each in rounds
    ]
    for thread in threads:
        thread.start()
    while not ending.wait(BEAT if alive.exists() else PAUSE):
        if all(thread.is_alive() for thread in threads) and not any(each.hangs() for each in rounds):
            alive.touch()
    for thread in threads:
        thread.join(LAST_WORDS / len(threads))


@dataclass
class Round:
    """Where a lane stands: when each duty is next, how often it has failed in a row, and when it was last looked at."""

    lane: Lane
    due: dict[str, datetime] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    seen: float = field(default_factory=time.monotonic)

    def hangs(self) -> bool:
        """Whether the lane has not come back from a duty for a long time."""
        return time.monotonic() - self.seen > HANGS

    def take_turn(self, *, changed: bool = False) -> None:
        """Do the duties whose time has come, and note when each is next; `changed`: the database has.

        One that fails is logged and tried again soon, then later and later; the others are done all the same.
        """
        vocabulary.follow()
        for duty in self.lane:
            self.seen = time.monotonic()
            moment = frame.now()
            wanted = changed and duty.on_change and duty.name not in self.faults
            if moment < self.due.get(duty.name, moment) and not wanted:
                continue
            try:
                _do(duty, moment)
            except Exception as fault:  # noqa: BLE001 - told in the log, and the other duties are done
                self.due[duty.name] = moment + self._put_off(duty, fault)
            else:
                self.due[duty.name] = moment + duty.every
                if self.faults.pop(duty.name, None):
                    current_app.logger.warning("the worker can %s again", duty.name)

    def pause(self) -> float:
        """Seconds to sleep before the next turn."""
        if any(duty.on_change for duty in self.lane):
            return PAUSE
        next_due = min(
            (self.due[duty.name] for duty in self.lane if duty.name in self.due), default=frame.now()
        )
        return min(max((next_due - frame.now()).total_seconds(), PAUSE), LONGEST_PAUSE)

    def _put_off(self, duty: Duty, fault: Exception) -> timedelta:
        """Log a fault and say for how long the duty rests: a line when a server is away, the whole story otherwise."""
        times = self.faults[duty.name] = self.faults.get(duty.name, 0) + 1
        rest: timedelta = min(FIRST_PAUSE * 2 ** min(times - 1, 10), LAST_PAUSE)
        words = f"the worker could not {duty.name} and tries again in {rest.total_seconds():.0f} s"
        if isinstance(fault, OperationalError):
            current_app.logger.error("%s: %s", words, first_line(fault))
        elif isinstance(fault, outbox.MailServerAway):
            current_app.logger.error("%s: %s", words, fault)
        else:
            current_app.logger.error(words, exc_info=fault)
        return rest


def _do(duty: Duty, moment: datetime) -> None:
    """Do a duty, once more when the database has ended a transaction of it because of others at the same time."""
    with tracing.duty(duty.name):
        try:
            duty.do(moment)
        except DBAPIError as fault:
            if not may_be_repeated(fault):
                raise
            current_app.logger.warning("the worker does once more: %s (%s)", duty.name, first_line(fault))
            duty.do(moment)


def _go_round(
    standing: Round,
    database: Database,
    context: Callable[[], AbstractContextManager[object]],
    ending: threading.Event,
) -> None:
    with context(), closing(Watch(database)) as watch:
        while not ending.is_set():
            standing.take_turn(changed=watch.has_changed())
            ending.wait(standing.pause())
