"""A portal whose clock the test moves: months pass between two clicks.

It runs in the test's own process behind a plain server, on a database with the pilots and the office's people but no
other content. What the worker does every quarter of a second is done when the test lets time pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from flask import Flask
from sqlalchemy.orm import Session

from marketplace import limits, outbox
from marketplace.accounts.service import hash_password
from marketplace.approvals.inviting import work as inviting
from marketplace.approvals.reviewing import deadlines
from marketplace.approvals.standing import reminders
from marketplace.db import Database
from marketplace.i18n import helsinki_date
from marketplace.permissions import Role
from marketplace.search.follower import Follower
from tests.conftest import settings_for
from tests.factories import NOW, make_user
from tests.journeys.conftest import Portal
from tests.journeys.people import PASSWORD

OFFICE: Final = {Role.COORDINATOR: "Kaisa", Role.REVIEWER: "Ritva", Role.DECIDER: "Pentti"}


@dataclass
class TimedPortal(Portal):
    """A portal at the moment `now`; it goes on only by `work` and `pass_to`."""

    app: Flask = field(kw_only=True, repr=False)
    mail_url: str = field(kw_only=True)
    now: datetime = NOW

    def __post_init__(self) -> None:
        """Put the application on this portal's database, files, mail and clock."""
        self.database = Database(self.database_url)
        self.settings = replace(
            settings_for(self.database_url, self.folder), mail_url=self.mail_url, public_url=self.address
        )
        self.app.extensions |= {
            "settings": self.settings,
            "database": self.database,
            "clock": lambda: self.now,
            "form_limiter": limits.new_limiter(),
        }
        self._follower = Follower(self.database, self.settings.index_dir)

    def today(self) -> date:
        """The day that the test has come to."""
        return helsinki_date(self.now)

    def work(self) -> None:
        """Do what the worker does, until it has nothing left to do."""
        with self.app.app_context():
            reminders.remind(self.database, self.now)
            deadlines.catch_up(self.database, now=self.now)
            inviting.catch_up(self.database, now=self.now)
            postman = outbox.Postman(self.settings.mail_url, self.settings.mail_from)
            while outbox.deliver(self.database, postman, now=self.now):
                pass
            self._follower.catch_up(now=self.now)

    def pass_to(self, day: date) -> None:
        """Let days pass, until the same hour of `day`."""
        assert day > self.today()
        self.now += timedelta(days=(day - self.today()).days)
        self.work()


def make_office(session: Session) -> None:
    """The people of Keusote's office, with the addresses that the demo has too."""
    for role, name in OFFICE.items():
        make_user(
            session,
            role,
            organisation="keusote",
            email=f"{role}@demo.fi",
            name=f"{name} Keusote",
            password_hash=hash_password(PASSWORD),
        )
