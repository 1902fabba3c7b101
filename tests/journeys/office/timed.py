"""A portal whose clock the test moves: months pass between two clicks.

It runs in the test's own process behind a plain server, on a database with the pilots and the office's people but no
other content. What the worker does every quarter of a second is done when the test lets time pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import worker
from marketplace.accounts.passwords.hashing import hash_password
from marketplace.accounts.second_factor.models import SignInPolicy
from marketplace.accounts.sessions.models import UserSession
from marketplace.db import Database
from marketplace.i18n import helsinki_date
from marketplace.permissions import Role
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
        self.set_up()

    def set_up(self, **more: Any) -> None:
        """Let the portal and its worker have their settings, with more of them where they are named."""
        self.settings = replace(
            settings_for(self.database_url, self.folder),
            mail_url=self.mail_url,
            public_url=self.address,
            **more,
        )
        self.app.extensions |= {
            "settings": self.settings,
            "database": self.database,
            "clock": lambda: self.now,
        }
        self._lanes = worker.lanes(self.database, self.settings)

    def today(self) -> date:
        """The day that the test has come to."""
        return helsinki_date(self.now)

    def work(self) -> None:
        """Do once what the worker does."""
        with self.app.app_context():
            worker.work_once(self._lanes, self.now)

    def pass_to(self, day: date) -> None:
        """Let days pass, until the same hour of `day`."""
        assert day > self.today()
        self.now += timedelta(days=(day - self.today()).days)
        self._sign_in_anew()
        self.work()

    def _sign_in_anew(self) -> None:
        """Everybody signs in again in the new days: here their sessions begin again instead."""
        with self.database.transaction() as session:
            session.execute(
                sa.update(UserSession).values(created_at=self.now, last_seen_at=self.now, proved_at=self.now)
            )


def make_office(session: Session) -> None:
    """The people of Keusote's office, with the addresses that the demo has too."""
    session.add(SignInPolicy(organisation_key="keusote", second_factor=False))
    for role, name in OFFICE.items():
        make_user(
            session,
            role,
            organisation="keusote",
            email=f"{role}@demo.fi",
            name=f"{name} Keusote",
            password_hash=hash_password(PASSWORD),
        )
