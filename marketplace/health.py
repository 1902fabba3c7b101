"""Whether the portal is well: what `marketplace check` tells the operator, and `/readyz` balancers and monitors.

`check` looks at everything: settings, what was made while setting up, disk, worker, tables, audit chain, mail, files
and index. `/readyz` says to a balancer whether this machine should get requests, `/readyz?deep` to a monitor whether
everything is as it should be, in a word for each part (docs/decisions/0104-what-balancers-and-monitors-ask.md).
"""

from __future__ import annotations

import functools
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace import duties, nodes, outbox, parts
from marketplace.accounts import queries as people
from marketplace.audit import kept_roots, proof
from marketplace.buckets import StoreAway
from marketplace.config import ROOT, ConfigurationError, Settings
from marketplace.db import Database, first_line
from marketplace.errors import in_words
from marketplace.files import losses, quarantine
from marketplace.files.store import FileStore
from marketplace.i18n import LANGUAGES, helsinki_date
from marketplace.offers.pricing.queries import offers_above_ceiling
from marketplace.pilots import queries as pilots
from marketplace.pilots import vocabulary
from marketplace.pilots.branding import themes_without_a_stylesheet
from marketplace.search import queries as catalogue
from marketplace.search.engine import Engine
from marketplace.search.engines import engine_of
from marketplace.search.queries import IndexState
from marketplace.web.assets import MANIFEST

MAIL_MAY_WAIT: Final = timedelta(minutes=15)

WORKER_MAY_REST: Final = 60.0
"""Seconds since the worker's last sign of life; it gives one every ten."""

LEAST_FREE: Final = 512 * 1024 * 1024
"""Bytes of the disk under DATA_DIR that must be free: uploads, the next index beside this one, the database."""

LOOKED_FOR: Final = 2.0
"""Seconds for which an answer to a balancer or a monitor holds: several of them may ask several times a second."""

OLDER_TABLES: Final = "older tables"
"""What balancers and monitors are told of tables on which this program cannot serve."""

NAMED: Final = 3
"""So many of the files that are missing are named."""


def problems(database: Database, settings: Settings, *, now: datetime, deep: bool = False) -> list[str]:
    """Everything that is wrong, one sentence each, in English for the operator; empty when all is well.

    `deep` reads every stored file and compares its content with its digest, too.
    """
    found = [*_settings_problems(settings), *_machine_problems(settings)]
    try:
        with database.read() as session:
            if old := _revision_problem(session):
                return [*found, old]
            found += _data_problems(session, now)
            found += _file_problems(session, FileStore.of(settings), deep=deep)
            found += _index_problems(session, settings, now)
            found += nodes.problems(session, settings, now=now)
            found += _kept_root_problems(session, settings, now)
        silent = parts.silence(database, settings)
        found += [
            told for part, told in silent.items() if told and part != "files"
        ]  # that is told with the files
        trail = proof.verify(database, whole=False)
        if trail.problem is not None:
            found.append(f"the audit trail does not hold: {trail.problem}")
    except DBAPIError as error:
        found.append(f"the database does not answer: {first_line(error)}")
    except ConfigurationError as error:
        found += error.problems
    return found


@dataclass(slots=True)
class _Look:
    """What one look found, and until when (of the monotonic clock) it is not looked again."""

    until: float
    found: tuple[bool, dict[str, Any]]


def can_serve(database: Database, index: Engine) -> tuple[bool, dict[str, Any]]:
    """Whether this process should get requests, for a balancer: False for what is wrong with this machine alone.

    That is an index that is not there, cannot be read or is of another version, and tables of an older version; newer
    ones are served while machines are changed, and on the way back (decision 107). A database or a search server that
    is away is away for all, and pages say so better than a balancer can; an index that is behind shows what was true a
    moment ago. `index` is the one that the process has open.
    """
    state = catalogue.state_of(index)
    told: dict[str, Any] = {"status": "ok", "index": state}
    try:
        with database.read() as session:
            told["database"] = _tables(session)
    except (DBAPIError, ConfigurationError):
        told["database"] = "down"
    if (state == IndexState.OK or index.shared) and told["database"] != OLDER_TABLES:
        return True, told
    return False, {**told, "status": "unavailable"}


def now_and_then(
    known: dict[str, Any], name: str, look: Callable[[], tuple[bool, dict[str, Any]]]
) -> tuple[bool, Any]:
    """What `look` finds, asked again only when LOOKED_FOR has passed; `known` is where the process keeps it."""
    kept: _Look | None = known.get(name)
    if kept is None or time.monotonic() >= kept.until:
        kept = known[name] = _Look(time.monotonic() + LOOKED_FOR, look())
    return kept.found


def readiness(
    database: Database, settings: Settings, index: Engine, *, now: datetime
) -> tuple[bool, dict[str, Any]]:
    """Whether everything is as it should be, and the state of each part, for a monitor that tells somebody.

    `status` is ok; stale (the index is behind or of another version); or unavailable (no database, or tables of an
    older version). `worker`, `disk`, `catalogues`, `mail` and the parts of `parts.silence` tell what needs
    somebody and does not stop pages.
    """
    told: dict[str, Any] = {
        "worker": "silent" if _worker_problem(settings) else "ok",
        "disk": "low" if _disk_problem(settings) else "ok",
        "catalogues": "incomplete" if any(_catalogue_problems()) else "ok",
    }
    told |= {part: "away" if away else "ok" for part, away in parts.silence(database, settings).items()}
    try:
        with database.read() as session:
            tables = _tables(session)
            if tables == OLDER_TABLES:
                return False, {"status": "unavailable", "database": tables, **told}
            told["mail"] = "late" if _mail_problem(session, now) else "ok"
            state = catalogue.freshness(session, index, now=now)
    except (DBAPIError, ConfigurationError):
        return False, {"status": "unavailable", "database": "down", **told}
    ready = bool(state["fresh"])
    return ready, {"status": "ok" if ready else "stale", "database": tables, "index": state, **told}


def revision_problem(database: Database) -> str | None:
    """What is wrong with the tables, when this program cannot serve on them."""
    with database.read() as session:
        return _revision_problem(session)


def newer_tables(database: Database) -> str | None:
    """That a newer program has upgraded the tables: this one serves on them, and cannot change them."""
    with database.read() as session:
        return _newer_tables(session)


@functools.cache
def _revisions() -> ScriptDirectory:
    return ScriptDirectory(str(ROOT / "marketplace" / "migrations"))


@functools.cache
def _newest_revision() -> str | None:
    return _revisions().get_current_head()


def _is_newer(revision: str | None) -> bool:
    """Whether the tables were made by a program that is newer than this one: no revision of ours is theirs."""
    return revision is not None and all(each.revision != revision for each in _revisions().walk_revisions())


def _revision(session: Session) -> str | None:
    return MigrationContext.configure(session.connection()).get_current_revision()


def _revision_problem(session: Session) -> str | None:
    revision = _revision(session)
    if revision == _newest_revision() or _is_newer(revision):
        return None
    need = f"the database is at revision {revision}, the code needs {_newest_revision()}"
    return f"{need}: run 'marketplace db upgrade'"


def _newer_tables(session: Session) -> str | None:
    revision = _revision(session)
    if not _is_newer(revision):
        return None
    return (
        f"the database is at revision {revision}, which this program does not know: the program is older than the "
        f"database (it knows {_newest_revision()}). It serves on; CHANGELOG.md of the newer one says what it cannot "
        "do, and only the newer one upgrades and downgrades the tables"
    )


def _tables(session: Session) -> str:
    """The tables in a word, for balancers and monitors."""
    if _revision_problem(session):
        return OLDER_TABLES
    return "newer tables" if _newer_tables(session) else "up"


def notices(database: Database, settings: Settings, *, now: datetime) -> list[str]:
    """What is no fault of the portal but should be known.

    Tables that a newer program has upgraded, a database that is made for trying out, files that nobody scans or that
    are lost for good, accounts that mail does not reach, pilots and organisations that name no telephone, and prices
    that a lowered ceiling has left above itself.
    """
    found = []
    if settings.production and database.url.get_backend_name() == "sqlite":
        found.append("the database is SQLite: a power cut may undo its last changes, PostgreSQL keeps them")
    if settings.production and not settings.clamd_url:
        found.append("CLAMD_URL is not set: files that people send are looked through for viruses by nobody")
    with database.read() as session:
        found += filter(None, [_newer_tables(session)])
        found += people.unreachable_accounts(session)
        found += pilots.without_a_phone(session)
        found += nodes.notices(session, settings, now=now)
        found += _lost_files(session, FileStore.of(settings))
        found += [
            f"offer {offer.id} ({offer.pilot_key}, {offer.service_key}): on {price.on} the price of {price.band} is "
            f"{price.amount} €, above the pilot's ceiling of {price.ceiling} €"
            for offer, above in offers_above_ceiling(session, helsinki_date(now))
            for price in above
        ]
    return found


def _settings_problems(settings: Settings) -> Iterator[str]:
    """What fits no production. What cannot work at all stops the start (`Settings.from_environment`)."""
    yield from (str(problem) for problem in vocabulary.problems())
    yield from _mandate_problems(settings)
    if not settings.production:
        return
    if settings.mail_url.startswith("file:"):
        yield "MAIL_URL writes mail to a folder; nobody receives it"
    if settings.public_url.startswith("http:"):
        yield f"PUBLIC_URL {settings.public_url} is not encrypted: it must begin with https://"
    if _is_example(urlsplit(settings.public_url).hostname or ""):
        yield f"PUBLIC_URL {settings.public_url} is an example: mail would link to nowhere"
    if _is_example(settings.mail_from.rpartition("@")[2]):
        yield f"MAIL_FROM {settings.mail_from} is an example: nobody receives what people answer"
    search = settings.search_server
    if search is not None and search.user and search.addresses[0].startswith("http:"):
        yield "SEARCH_URL sends its password unencrypted: it must begin with opensearch+https://"
    if not settings.trusted_proxies:
        yield "TRUSTED_PROXIES is 0: behind a proxy all visitors count as one; set how many stand in front"


def _mandate_problems(settings: Settings) -> Iterator[str]:
    """What is set on one side only of showing in Suomi.fi that one may act for a company."""
    asked = settings.authorizations is not None and bool(settings.authorizations.web_key)
    accepting = [key for key, each in vocabulary.ORGANISATIONS.items() if each.company_mandates]
    if asked and not accepting:
        yield "AUTHORIZATIONS_WEB_KEY is set, but no organisation names its company_mandates: no role is enough"
    if accepting and not asked:
        yield (
            f"{', '.join(accepting)} names company_mandates, but AUTHORIZATIONS_WEB_KEY is not set: "
            "no company can show its right in Suomi.fi"
        )


def _is_example(host: str) -> bool:
    """Whether a host can never exist outside this machine (RFC 2606, and loopback)."""
    name, last = f".{host}", host.rpartition(".")[2]
    if last in {"example", "invalid", "test", "localhost"} or host.startswith("127."):
        return True
    return any(name.endswith(f".example.{top}") for top in ("com", "net", "org", "fi"))


def _machine_problems(settings: Settings) -> Iterator[str]:
    """What is missing on this machine: made files, room, a living worker."""
    if not os.access(settings.data_dir, os.W_OK):
        yield f"DATA_DIR {settings.data_dir} cannot be written to"
    if not MANIFEST.exists():
        yield "the front-end files are missing: run 'make serve' or 'make assets'"
    elif bare := themes_without_a_stylesheet():
        yield (
            f"no stylesheet has been made of the theme {', '.join(bare)}: run 'make assets' with PILOTS_DIR, "
            "on a machine with Node, and bring marketplace/static/dist (docs/releases.md)"
        )
    yield from _catalogue_problems()
    yield from filter(None, (_disk_problem(settings), _worker_problem(settings)))


def _catalogue_problems() -> Iterable[str]:
    """Languages whose texts were not made from their catalogue, or not since it changed."""
    bad = []
    for language in LANGUAGES:
        source = ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
        made = source.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
            bad.append(language)
    if bad:
        yield f"the texts of {' and '.join(bad)} are missing or old, pages show English: run 'make assets'"


def _disk_problem(settings: Settings) -> str | None:
    free = shutil.disk_usage(settings.data_dir).free
    if free >= LEAST_FREE:
        return None
    return f"only {free // 2**20} MB are free under DATA_DIR {settings.data_dir}; {LEAST_FREE // 2**20} MB are needed"


def _worker_problem(settings: Settings) -> str | None:
    try:
        silent = time.time() - settings.alive_file.stat().st_mtime
    except OSError:
        return "the worker has never run here: is 'marketplace serve' or 'marketplace worker' running?"
    if silent <= WORKER_MAY_REST:
        return None
    return f"the worker has given no sign of life for {silent / 60:.0f} minutes: is 'marketplace worker' running?"


def _data_problems(session: Session, now: datetime) -> Iterator[str]:
    if not pilots.pilots(session):
        yield "no pilot is loaded: run 'marketplace pilots load --all'"
    yield from pilots.unreadable(session)
    yield from duties.faults(session, now=now)
    if late := _mail_problem(session, now):
        yield late


def _mail_problem(session: Session, now: datetime) -> str | None:
    late, given_up = outbox.late(session, before=now - MAIL_MAY_WAIT)
    if not late:
        return None
    return (
        f"{late} e-mails have waited over 15 minutes, {given_up} of them have been given up: "
        "see 'marketplace mail list', then 'marketplace mail retry'"
    )


def _file_problems(session: Session, store: FileStore, *, deep: bool) -> Iterator[str]:
    """Contents that the database speaks of and that are not there, or (`deep`) not what they were.

    Those that were given up are told as notices.
    """
    given_up = losses.given_up(session)
    needed = sorted(quarantine.needed(session) - given_up.keys())
    try:
        held = store.held()
        missing = [digest for digest in needed if digest not in held]
        instead = store.obstructed(missing)
        bad = {
            "missing": [digest for digest in missing if digest not in instead],
            "no files but folders, links or devices": instead,
        }
        if deep:
            bad["changed"] = [d for d in needed if d in held and not store.is_unchanged(d)]
    except OSError as error:
        yield in_words(error)
        return
    for what, digests in bad.items():
        if digests:
            named = ", ".join(digest[:12] for digest in digests[:NAMED]) + (
                " …" if len(digests) > NAMED else ""
            )
            yield (
                f"{len(digests)} of {len(needed)} stored files are {what} ({named}): restore DATA_DIR/files, or where "
                "FILES_URL leads to; 'marketplace files give-up' says of one that it is lost for good"
            )


def _lost_files(session: Session, store: FileStore) -> Iterator[str]:
    """Files that were given up and have not been brought back; a store that is away is told with the problems."""
    needed = quarantine.needed(session)
    with suppress(OSError):
        for sha256, since in losses.given_up(session).items():
            if sha256 in needed and losses.is_gone(store, sha256):
                yield f"file {sha256[:12]} is lost ({since})"


def _kept_root_problems(session: Session, settings: Settings, now: datetime) -> Iterator[str]:
    """Whether the checkpoints of the audit trail come into the bucket; a store that is away is told with the files."""
    bucket = kept_roots.bucket_of(settings)
    with suppress(StoreAway):
        if bucket is not None and (told := kept_roots.problem(session, bucket, now=now)):
            yield told


_INDEX: Final = {
    IndexState.MISSING: "there is no index yet: run 'marketplace index rebuild'",
    IndexState.UNREADABLE: "the search index cannot be read: run 'marketplace index rebuild'",
    IndexState.OTHER_RULES: (
        "the search index was made by another version or other words: run 'marketplace index rebuild'"
    ),
    IndexState.LEFT_BEHIND: (
        "the search index is older than the log of changes, and the worker makes it again: is it running?"
    ),
}


def _index_problems(session: Session, settings: Settings, now: datetime) -> Iterator[str]:
    engine = engine_of(settings.index_dir, settings.search_server)
    index = catalogue.freshness(session, engine, now=now)
    if problem := engine.problem():
        yield problem
    elif index["state"] in _INDEX:
        yield _INDEX[index["state"]]
    elif not index["fresh"]:
        yield "the search index is behind the database: is 'marketplace worker' running?"
