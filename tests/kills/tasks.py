"""What is done in the processes that are killed: every action of every workflow, forms of pages, duties of the worker.

A task is made ready first, which is not killed, and gives what is to be done then and what tells of its end.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NoReturn, Protocol
from urllib.parse import urljoin

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.exc import NoResultFound

from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.models import User
from marketplace.accounts.sessions.service import open_session
from marketplace.db import Database
from marketplace.errors import DomainError
from marketplace.files.store import FileStore
from marketplace.worker import lanes
from tests import factories
from tests.fuzz.forms_on import Form, forms_on
from tests.journeys import visits
from tests.payments import chain
from tests.races.plays import PLAYS

AWAY = timedelta(days=45)
"""So much later the worker goes round: much has become due."""


class NothingToDo(LookupError):
    """The task does not exist in this database: a page without a form, or behind a secret."""


class Task(Protocol):
    """Something that writes."""

    def ready(self, portal: Flask, database: Database, now: datetime) -> Callable[[], str]:
        """Make it ready; what carries it out and says how it ended. Raises NothingToDo."""


@dataclass(frozen=True)
class Deed:
    """An action of a workflow on a thing that was made for it (`Stage`)."""

    play: int
    state: StrEnum
    action: StrEnum
    scene: Any

    def __str__(self) -> str:
        return f"{PLAYS[self.play].workflow.name}: {self.action} from {self.state}"

    def ready(self, portal: Flask, database: Database, now: datetime) -> Callable[[], str]:
        """The verb of the action."""
        deed = PLAYS[self.play].deed(self.state, self.action)
        assert deed is not None

        def do() -> str:
            try:
                deed(database, self.scene, 0)
            except DomainError as refusal:
                return type(refusal).__name__
            return "done"

        return do


@dataclass(frozen=True)
class Sent:
    """One of the forms of a page, filled in as it should be and sent by who may."""

    endpoint: str
    form: int

    def __str__(self) -> str:
        return f"{self.endpoint}: form {self.form}"

    def ready(self, portal: Flask, database: Database, now: datetime) -> Callable[[], str]:
        """Open the page and fill the form in."""
        with database.read() as session:
            try:
                visit = visits.visit(self.endpoint, "fi", session, _no_secret)
            except (LookupError, AssertionError, NoResultFound):
                raise NothingToDo from None
        client = portal.test_client()
        if visit.who is not None:
            with database.transaction() as session:
                user = session.scalars(sa.select(User).where(User.email == visit.who)).one()
                client.set_cookie(SESSION_COOKIE, open_session(session, user, agent="", now=now))
        forms = sorted(forms_on(client.get(visit.path).text), key=_by_address)
        if self.form >= len(forms):
            raise NothingToDo
        form = forms[self.form]
        entries = _as_meant(form, random.Random(str(self)))
        path = urljoin(visit.path, form.action or visit.path)
        return lambda: _post(client, path, form, entries)


def _by_address(form: Form) -> tuple[int, str]:
    """Puts what has come since behind the rest: the list of sessions gains one whenever somebody signs in to try."""
    return len(form.action), form.action


@dataclass(frozen=True)
class Duty:
    """A duty of the worker."""

    name: str

    def __str__(self) -> str:
        return f"worker: {self.name}"

    def ready(self, portal: Flask, database: Database, now: datetime) -> Callable[[], str]:
        """The duty, long after anybody last did it."""
        settings = portal.extensions["settings"]
        [do] = [each.do for lane in lanes(database, settings) for each in lane if each.name == self.name]

        def done() -> str:
            do(now + AWAY)
            return "done"

        return done


@dataclass(frozen=True)
class Owing:
    """New companies to which a month is owed; `time` counts how often there have been some."""

    time: int

    def ready(self, portal: Flask, database: Database, now: datetime) -> Callable[[], str]:
        """The deliveries, at once."""

        def do() -> str:
            with database.transaction() as session:
                factories.count_from(1000 * self.time)
                chain.owe(session)
            return "done"

        return do


@dataclass(frozen=True)
class Paying:
    """A month led from where it stands to the bank's answer that all of it is paid."""

    def ready(self, portal: Flask, database: Database, now: datetime) -> Callable[[], str]:
        """Each step in a transaction of its own, as people do them one after another."""
        store = FileStore.of(portal.extensions["settings"])

        def step() -> bool:
            with database.transaction() as session:
                found = chain.Chain(session, store).next_step()
                if found is not None:
                    found[1]()
            return found is not None

        def do() -> str:
            while step():
                pass
            return "done"

        return do


@dataclass(frozen=True)
class Proving:
    """What is wrong with the payments; with `paid`, also each statement that is not paid once."""

    paid: bool = False

    def ready(self, portal: Flask, database: Database, now: datetime) -> Callable[[], str]:
        """The proof."""

        def do() -> str:
            with database.read() as session:
                return "; ".join(chain.wrong(session, at_the_end=self.paid))

        return do


def _no_secret(_endpoint: str) -> NoReturn:
    raise LookupError


def _post(client: FlaskClient, path: str, form: Form, entries: list[tuple[str, str]]) -> str:
    fields: dict[str, Any] = {}
    for name, value in entries:
        fields.setdefault(name, []).append(value)
    if form.files:
        fields |= {name: _file(form.kinds.get(name, "")) for name in form.files}
        return str(client.post(path, data=fields, content_type="multipart/form-data").status_code)
    return str(client.post(path, data=fields).status_code)


def _file(accepted: str) -> tuple[io.BytesIO, str]:
    """A small file of a kind that the field takes."""
    if "image" in accepted:
        picture = io.BytesIO()
        Image.new("RGB", (800, 600), "teal").save(picture, "PNG")
        picture.seek(0)
        return picture, "kuva.png"
    return io.BytesIO(b"%PDF-1.7 tositteet %%EOF"), "liite.pdf"


def _as_meant(form: Form, chance: random.Random) -> list[tuple[str, str]]:
    """Entries with which the form is likely to be taken."""
    names = dict.fromkeys([name for name, _value in form.entries] + list(form.choices))
    given = dict(form.entries)
    return list(_entries(form, list(names), given, chance))


def _entries(
    form: Form, names: list[str], given: dict[str, str], chance: random.Random
) -> Iterator[tuple[str, str]]:
    for name in names:
        choices = [each for each in form.choices.get(name, ()) if each]
        if choices:
            yield name, chance.choice(choices)
        elif given.get(name) or name in form.hidden:
            yield name, given.get(name, "")
        else:
            yield name, _meant(name, form.kinds.get(name, ""))


def _meant(name: str, kind: str) -> str:
    """A text that a field of this name and type is likely to take."""
    for pattern, text in _MEANT:
        if re.search(pattern, f"{kind} {name}"):
            return text
    return "Asiallinen teksti"


_MEANT: Final = (
    ("email", "uusi.ihminen@esimerkki.fi"),
    ("password", "kolme vihreää hattua pöydällä"),
    ("iban|account", "FI2112345600000785"),
    ("business_id", "2331972-7"),
    ("postal", "04300"),
    ("phone|^tel", "+358 40 1234567"),
    ("url|link|website", "https://www.esimerkki.fi"),
    ("month", "2027-01"),
    ("time|hour", "10:00"),
    ("date|day|_on$|from|until|begins|ends", "15.1.2027"),
    ("number|amount|price|euro|units|count|seats|places", "3"),
)
