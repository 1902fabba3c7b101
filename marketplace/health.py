"""What `marketplace check` looks at: configuration, tables, the audit chain, mail, the index and ceilings."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from marketplace.audit import proof
from marketplace.config import ROOT, Settings
from marketplace.db import Database
from marketplace.i18n import helsinki_date
from marketplace.offers.pricing.queries import offers_above_ceiling
from marketplace.outbox import MAX_ATTEMPTS, OutboxMessage
from marketplace.pilots import queries as pilots
from marketplace.pilots import vocabulary
from marketplace.pilots.branding import themes_without_a_stylesheet
from marketplace.search import queries as catalogue
from marketplace.web.frame import MANIFEST

MAIL_MAY_WAIT = timedelta(minutes=15)


def problems(database: Database, settings: Settings, *, now: datetime) -> list[str]:
    """Everything that is wrong, one sentence each, in English for the operator; empty when all is well."""
    found = _configuration(settings)
    try:
        with database.read() as session:
            if old := _revision_problem(session):
                return [*found, old]
            if not pilots.pilots(session):
                found.append("no pilot is loaded: run 'marketplace pilots load --all'")
            found += pilots.unreadable(session)
            waiting = (
                sa.select(sa.func.count()).select_from(OutboxMessage).where(OutboxMessage.sent_at.is_(None))
            )
            late = session.scalar(waiting.where(OutboxMessage.created_at < now - MAIL_MAY_WAIT)) or 0
            given_up = session.scalar(waiting.where(OutboxMessage.attempts >= MAX_ATTEMPTS)) or 0
            if late:
                found.append(
                    f"{late} e-mails have waited over 15 minutes, {given_up} of them have been given up"
                )
            if not catalogue.freshness(session, settings.index_dir, now=now)["fresh"]:
                found.append("the search index is behind the database: is 'marketplace worker' running?")
        trail = proof.verify(database, whole=False)
        if trail.problem is not None:
            found.append(f"the audit trail does not hold: {trail.problem}")
    except SQLAlchemyError as error:
        found.append(f"the database does not answer: {error}")
    return found


def revision_problem(database: Database) -> str | None:
    """What is wrong with the tables, when they are not those that this program needs."""
    with database.read() as session:
        return _revision_problem(session)


def _revision_problem(session: Session) -> str | None:
    revision = MigrationContext.configure(session.connection()).get_current_revision()
    head = ScriptDirectory(str(ROOT / "marketplace" / "migrations")).get_current_head()
    if revision == head:
        return None
    return f"the database is at revision {revision}, the code needs {head}: run 'marketplace db upgrade'"


def notices(database: Database, *, now: datetime) -> list[str]:
    """What is no fault of the portal but should be known.

    Pilots and organisations that name no telephone, and prices that a lowered ceiling has left above itself.
    """
    with database.read() as session:
        return pilots.without_a_phone(session) + [
            f"offer {offer.id} ({offer.pilot_key}, {offer.service_key}): on {price.on} the price of {price.band} is "
            f"{price.amount} €, above the pilot's ceiling of {price.ceiling} €"
            for offer, above in offers_above_ceiling(session, helsinki_date(now))
            for price in above
        ]


def _configuration(settings: Settings) -> list[str]:
    found = [str(problem) for problem in vocabulary.problems()]
    if settings.production and len(settings.secret_key) < 32:
        found.append("SECRET_KEY is shorter than 32 characters")
    if settings.production and settings.mail_url.startswith("file:"):
        found.append("MAIL_URL writes mail to a folder; nobody receives it")
    if not os.access(settings.data_dir, os.W_OK):
        found.append(f"DATA_DIR {settings.data_dir} cannot be written to")
    if not MANIFEST.exists():
        found.append("the front-end files are missing: run 'make serve' or 'make assets'")
    elif bare := themes_without_a_stylesheet():
        found.append(f"no stylesheet has been made of the theme {', '.join(bare)}: run 'make assets'")
    return found
