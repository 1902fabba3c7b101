"""Loading the demo content, and the words with which the portal greets who has started it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import click
import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.db import Database
from marketplace.demo.agreeing import choose
from marketplace.demo.announcing import announce
from marketplace.demo.annulling import annul_one
from marketplace.demo.asking import ask
from marketplace.demo.audit_actions import DemoAudit
from marketplace.demo.citizens import equip
from marketplace.demo.documents import write_decisions
from marketplace.demo.earlier_payments import pay_before
from marketplace.demo.giving import give, tell_months
from marketplace.demo.granting import grant
from marketplace.demo.history import add_history
from marketplace.demo.loading import Loading
from marketplace.demo.near import pay_somebody_near
from marketplace.demo.paying import months_of, pay
from marketplace.demo.people import DOMAIN, MAIN_ORGANISATION, PASSWORD, STAFF
from marketplace.demo.recruiting import invite
from marketplace.demo.searching import search_in_vain
from marketplace.demo.settling import settle_months
from marketplace.files.store import FileStore
from marketplace.permissions import SYSTEM
from marketplace.pilots.queries import pilots
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork

OFFERS_PER_PROVIDER: Final = 20
PROVIDERS_PER_PILOT: Final = 20
"""So many that each pilot has an application in every state (`plan.APPLICATION_STATES`)."""


def is_empty(database: Database) -> bool:
    """Whether the database has no provider yet."""
    with database.read() as session:
        return session.scalar(sa.select(Provider.id).limit(1)) is None


def default_providers(offers: int, pilots: int) -> int:
    """How many providers suit so many offers and pilots; the main pilot gets the share of two."""
    return max(PROVIDERS_PER_PILOT * (pilots + 1), offers // OFFERS_PER_PROVIDER)


def load(
    database: Database, store: FileStore, *, providers: int | None, offers: int, seed: int, now: datetime
) -> Mapping[str, int]:
    """Fill an empty database with invented companies, applications and offers of every loaded pilot.

    Everything is one transaction and one event of the audit trail: either all of it is there or none. The same seed on
    the same day gives the same content. `providers` None takes as many as
    suit the offers. Gives the number of rows by table. Raises Conflict when no pilot has been loaded.
    """
    with database.transaction() as session:
        if providers is None:
            providers = default_providers(offers, len(pilots(session)))
        loading = Loading(session, store, seed=seed, now=now)
        with click.progressbar(length=offers, label=f"Loading {offers} demo offers") as bar:
            loading.run(providers=providers, offers=offers, made=bar.update)
        written = dict(loading.rows.written)
        write_decisions(session, store, organisation=MAIN_ORGANISATION)
        invite(session, now=now)
        search_in_vain(session, seed=seed, now=now)
        announce(session, now=now)
        equip(session, seed=seed, now=now)
        add_history(session, store, seed=seed, now=now)
        ask(session, seed=seed, now=now)
        grant(session, store, now=now)
        give(session, now=now)
        tell_months(session, now=now)
        choose(session, store, now=now)
        settle_months(session, now=now)
        pay_before(session, months_of(now)[0])
        pay(session, store, now=now)
        pay_somebody_near(session, store, seed=seed, now=now)
        annul_one(session, now=now)
        UnitOfWork(session, SYSTEM, now).record(DemoAudit.LOAD, ("Demo", seed), after=written)
    return written


def print_welcome(database: Database, address: str, echo: Callable[[str], object]) -> None:
    """Say where the portal is and, where demo content is loaded, whom to sign in as."""
    with database.read() as session:
        query = sa.select(User.email).where(User.email.endswith(f"@{DOMAIN}")).order_by(User.id)
        accounts = session.scalars(query).all()
    echo(f"Palvelutori – Servicetorget: {address}")
    if accounts:
        echo(f"Demo accounts (password {PASSWORD}):")
        for line in _lines(accounts):
            echo(f"  {line}")


def _lines(accounts: Sequence[str]) -> Iterator[str]:
    """The main organisation's people, companies and all clients, then one line about the staff elsewhere."""
    names = {each: each.partition("@")[0].partition(".") for each in accounts}
    other_staff = [each for each, (name, elsewhere, _key) in names.items() if elsewhere and name in STAFF]
    yield from (each for each in accounts if each not in other_staff)
    if other_staff:
        keys = sorted({names[each][2] for each in other_staff})
        yield f"and the same staff elsewhere, for example {other_staff[0]}: {', '.join(keys)}"
