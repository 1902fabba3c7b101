"""The `marketplace` command: thin shells over the features' verbs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

import click
from alembic import command as alembic
from alembic.config import Config
from alembic.util.exc import CommandError
from flask import current_app
from sqlalchemy.exc import OperationalError

from marketplace import health, outbox, serving, slow_work, worker
from marketplace.accounts import commands as users_commands
from marketplace.audit import commands as audit_commands
from marketplace.backups import commands as backup_commands
from marketplace.clients.privacy import commands as privacy_commands
from marketplace.config import ROOT
from marketplace.db import first_line
from marketplace.deliveries import commands as deliveries_commands
from marketplace.demo import service as demo
from marketplace.errors import DomainError
from marketplace.files import commands as files_commands
from marketplace.files.store import FileStore
from marketplace.i18n import in_english, in_language
from marketplace.keys import commands as keys_commands
from marketplace.language import analysis_server
from marketplace.ledger import commands as ledger_commands
from marketplace.payments import commands as payment_commands
from marketplace.permissions import SYSTEM
from marketplace.pilots import content
from marketplace.pilots import queries as pilot_queries
from marketplace.pilots import service as pilots
from marketplace.pilots.service import LoadOutcome, LoadResult
from marketplace.pilots.source import InvalidDefinition
from marketplace.recruiting.importing import service as providers_import
from marketplace.recruiting.importing.report import lines
from marketplace.recruiting.invitations import addresses, sending
from marketplace.register import commands as register_commands
from marketplace.reports import commands as reports_commands
from marketplace.search import index_admin
from marketplace.search.access import catalogue
from marketplace.search.results import pilots as pilot_choice
from marketplace.sheets import read_tables
from marketplace.vouchers.own_people import commands as own_people_commands
from marketplace.web import logs, measuring
from marketplace.web.commanding import one_change
from marketplace.web.frame import database, now, settings
from marketplace.work import UnitOfWork

DEMO_OFFERS: Final = 400
DEMO_SEED: Final = 1


def _refused(error: DomainError) -> click.ClickException:
    """A refusal in English, as everything on the command line is."""
    with in_language("en"):
        return click.ClickException(str(error))


@click.group()
def db() -> None:
    """The database."""


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the tables to the newest (or the given) revision."""
    _upgrade(revision)


def _upgrade(revision: str = "head") -> None:
    _migrate(alembic.upgrade, revision)


def _migrate(way: Callable[[Config, str], None], revision: str) -> None:
    """Run the migrations; what hinders is told in words, above all a database that a newer program has upgraded."""
    try:
        way(alembic_config(settings().database_url), revision)
    except CommandError as error:
        raise click.ClickException(health.newer_tables(database()) or str(error)) from error


@db.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the tables back to a revision; `base` empties the database."""
    _migrate(alembic.downgrade, revision)


@db.command("grant")
@click.argument("role")
@click.option("--reading", is_flag=True, help="Let it read every table and change none: for READ_URL.")
def grant(role: str, reading: bool) -> None:
    """Let a PostgreSQL role serve the portal without being able to change the audit trail; again after an upgrade."""
    from marketplace.audit import grants

    with one_change() as session:
        (grants.grant_reading if reading else grants.grant_runtime)(session, role)
    may = (
        "read everything, and change nothing"
        if reading
        else "serve the portal; it can add to the audit trail and not change it"
    )
    click.echo(f"{role} may {may}.")


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the database at `url`."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "marketplace" / "migrations"))
    config.attributes["url"] = url
    return config


@click.group("pilots")
def pilots_group() -> None:
    """Pilot definitions."""


@pilots_group.command("load")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Load every definition of PILOTS_DIR.")
@click.option(
    "--invented/--no-invented", default=None,
    help="With --all: the invented pilots that come with the portal, too; so it is unless in production.",
)  # fmt: skip
def load_pilots(file: Path | None, everything: bool, invented: bool | None) -> None:
    """Load one definition FILE, or all. A changed definition becomes a new version, and what runs follows it."""
    if everything == (file is not None):
        raise click.UsageError("give either a FILE or --all")
    shipped = not settings().production if invented is None else invented
    paths = [file] if file is not None else content.definition_files(shipped=shipped)
    if not paths:
        raise click.ClickException(
            "there is no pilot to load: those that come with the portal are invented and need --invented in "
            "production; your own belong into the folder definitions of PILOTS_DIR"
        )
    with database().transaction() as session:
        results = pilots.load(UnitOfWork(session, SYSTEM, now()), paths)
    for result in results:
        _say_loaded(result)


@pilots_group.command("schemas")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def write_schemas(folder: Path) -> None:
    """Write JSON Schemas of the data files into FOLDER: editors complete keys and show mistakes with them."""
    from marketplace.pilots import schemas

    for path in schemas.write(folder):
        click.echo(path)


def load_pilots_at_start(paths: Sequence[Path]) -> None:
    """Load what can be read and say what changed: a mistake in one pilot keeps no other away, and no portal down.

    Where no pilot has ever been loaded there is nothing to start with, and the mistakes are the answer.
    """
    with database().transaction() as session:
        results, problems = pilots.load_readable(UnitOfWork(session, SYSTEM, now()), paths)
        if problems and not pilot_queries.pilots(session):
            raise _refused(InvalidDefinition(problems))
    for result in results:
        if result.outcome != LoadOutcome.UNCHANGED:
            _say_loaded(result)
    for problem in InvalidDefinition(problems).problems:
        click.echo(f"Not loaded: {problem}", err=True)


def _say_loaded(result: LoadResult) -> None:
    click.echo(f"{result.pilot_key}: version {result.number}, {result.outcome}")


@click.group("demo")
def demo_group() -> None:
    """Demo content."""


@demo_group.command("load")
@click.option(
    "--providers", type=click.IntRange(8), help="How many providers; 120, or more to suit many offers."
)
@click.option(
    "--offers", default=DEMO_OFFERS, show_default=True, type=click.IntRange(8), help="About how many offers."
)
@click.option("--seed", default=DEMO_SEED, show_default=True, help="The same seed gives the same content.")
@click.option("--if-empty", is_flag=True, help="Do nothing when the database already has providers.")
def load_demo(providers: int | None, offers: int, seed: int, if_empty: bool) -> None:
    """Fill the portal with invented, plausible content and the demo accounts."""
    if settings().production:
        raise click.ClickException("demo content is not loaded when MARKETPLACE_ENV=production")
    if if_empty and not demo.is_empty(database()):
        click.echo("The database has content already; nothing was loaded.")
        return
    if not demo.is_empty(database()):
        raise click.ClickException("demo content is loaded into an empty database only")
    _load_demo(providers=providers, offers=offers, seed=seed)


def _load_demo(*, providers: int | None, offers: int, seed: int) -> None:
    store = FileStore.of(settings())
    try:
        demo.load(database(), store, providers=providers, offers=offers, seed=seed, now=now())
    except DomainError as error:
        raise _refused(error) from error


@click.group("providers")
def providers_group() -> None:
    """Companies and other providers."""


@providers_group.command("import")
@click.argument("pilot")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all-or-nothing", is_flag=True, help="Write nothing when any row is refused.")
@click.option("--dry-run", is_flag=True, help="Tell what would become of each row and write nothing.")
def import_providers(pilot: str, file: Path, all_or_nothing: bool, dry_run: bool) -> None:
    """Import the approved providers of PILOT from a table (CSV, XLSX, ODS); exits non-zero when rows are refused."""
    try:
        tables = read_tables(file.read_bytes())
        with in_english(), database().transaction() as session:
            report = providers_import.import_sheet(
                UnitOfWork(session, SYSTEM, now()),
                pilot_key=pilot,
                tables=tables,
                all_or_nothing=all_or_nothing,
                dry_run=dry_run,
            )
    except DomainError as error:
        raise _refused(error) from error
    for line in lines(report):
        click.echo(line)
    if report.refused:
        raise click.exceptions.Exit(1)


@click.group("index")
def index_group() -> None:
    """The search index."""


@index_group.command("rebuild")
def rebuild_index() -> None:
    """Rebuild the index from the database and swap it in while the portal serves."""
    index_admin.rebuild(database(), settings().index_dir, now=now(), server=settings().search_server)


@index_group.command("status")
def index_status() -> None:
    """What the index holds and how far behind the database it is."""
    found = settings()
    told = index_admin.status(database(), found.index_dir, now=now(), server=found.search_server)
    for name, value in told.items():
        click.echo(f"{name}: {value}")


@click.group("invitations")
def invitations_group() -> None:
    """Inviting providers."""


@invitations_group.command("send")
@click.argument("pilot")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be sent and change nothing.")
def send_invitations(pilot: str, file: Path, dry_run: bool) -> None:
    """Invite the providers of a table (CSV, XLSX, ODS) to PILOT: everybody once, however often the command is run.

    Broken rows are told with their number and reason, the others are invited all the same.
    """
    try:
        reading = addresses.read(read_tables(file.read_bytes()))
        with database().transaction() as session:
            sent = sending.invite(UnitOfWork(session, SYSTEM, now()), pilot, reading)
            if dry_run:
                session.rollback()
    except DomainError as error:
        raise _refused(error) from error
    with in_language("en"):
        for row in reading.broken:
            click.echo(f"row {row.number}: {row.reason} {row.content}", err=True)
    if not dry_run:
        while sending.write_letters(database(), now=now(), pilot_key=pilot):
            pass
    click.echo(
        f"{sent.letters} letters{' would be' if dry_run else ''} sent, {sent.added} new on the list, "
        f"{sent.known} there before, {len(reading.broken)} broken rows"
    )


@click.command("worker")
@click.option("--once", is_flag=True, help="Do everything once and stop.")
def run_worker(once: bool) -> None:
    """Deliver mail, remind, keep the index up with the database, scan files, drop what is too old."""
    if once:
        worker.work_once(worker.lanes(database(), settings()), now())
    else:
        if settings().json_logs:
            logs.in_json(current_app)
        raise click.exceptions.Exit(serving.keep(_helpers()))


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", default=8000, show_default=True)
@click.option("--workers", envvar="WEB_WORKERS", default=2, show_default=True, help="Web processes.")
@click.option("--threads", default=4, show_default=True, help="Threads in each web process.")
@click.option(
    "--set-up",
    "fresh",
    is_flag=True,
    help="First bring tables and pilots up to date and, outside production, load demo content into an empty database.",
)
def serve(host: str, port: int, workers: int, threads: int, fresh: bool) -> None:
    """Serve the portal: web processes and the worker, until stopped.

    An index that is missing or was made by other rules than this program's is made before the port answers.
    """
    listener = serving.listen(host, port)
    measuring.count_together(settings().data_dir / "metrics")
    slow_work.share(settings().data_dir / "turns")
    if settings().json_logs:
        logs.in_json(current_app)
    status = serving.apart(lambda: prepare(f"http://{host}:{port}/", fresh=fresh))
    if not status:
        app = cast(Any, current_app)._get_current_object()  # noqa: SLF001 - Flask's way to the application itself

        def web() -> None:
            pilot_choice.read_ahead(database(), catalogue())
            serving.web(app, listener, threads)

        processes = {f"web process {number}": web for number in range(workers)}
        status = serving.keep({**processes, **_helpers()}, measuring.forget_process)
    raise click.exceptions.Exit(status)


def prepare(address: str, *, fresh: bool) -> None:
    """What comes before the first page; in a process of its own, so that what it needs is given back.

    A database that does not answer is no reason to stay away: pages say so until it does.
    """
    if fresh:
        _upgrade()
        load_pilots_at_start(content.definition_files(shipped=not settings().production))
        if not settings().production and demo.is_empty(database()):
            _load_demo(providers=None, offers=DEMO_OFFERS, seed=DEMO_SEED)
    try:
        if old := health.revision_problem(database()):
            raise click.ClickException(old)
        if not index_admin.is_current(settings().index_dir, settings().search_server):
            index_admin.rebuild(database(), settings().index_dir, now=now())
        index_admin.read_vocabulary(settings().index_dir, settings().search_server)
        demo.print_welcome(database(), address, click.echo)
    except OperationalError as error:
        if fresh:
            raise
        click.echo(f"The database does not answer yet: {first_line(error)}", err=True)


def _helpers() -> dict[str, Callable[[], object]]:
    """The processes beside those of the web, by name: the worker, and the one that reads words never met before."""
    words = settings().index_dir
    listener = analysis_server.listen(words)
    return {"worker": _work, "reader of words": lambda: analysis_server.answer(listener, words)}


def _work() -> None:
    slow_work.be_patient()
    lanes = worker.lanes(database(), settings())
    worker.work(lanes, database(), settings().alive_file, current_app.app_context)


@click.command()
@click.option("--deep", is_flag=True, help="Read every stored file, too, and compare it with its digest.")
def check(deep: bool) -> None:
    """Check the configuration and the data; exits non-zero when something is wrong.

    Prices above a ceiling that was lowered later are told, and are nothing wrong.
    """
    problems = health.problems(database(), settings(), now=now(), deep=deep)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.exceptions.Exit(1)
    for notice in health.notices(database(), settings(), now=now()):
        click.echo(notice)
    click.echo("All is well.")


@click.group("mail")
def mail_group() -> None:
    """Mail that waits for a server to take it."""


@mail_group.command("list")
def list_mail() -> None:
    """List the messages that no server has taken yet, with what the last try said."""
    with database().read() as session:
        waiting = outbox.waiting(session)
        for message in waiting:
            given_up = message.attempts >= outbox.MAX_ATTEMPTS
            state = "given up" if given_up else f"next try {_minute(message.next_attempt_at)}"
            click.echo(
                f"{message.id}  written {_minute(message.created_at)}  to {message.recipient}  “{message.subject}”  "
                f"{message.attempts} tries, {state}  {message.last_error or ''}".rstrip()
            )
    click.echo(f"{len(waiting)} messages wait.")


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")


@mail_group.command("retry")
@click.argument("ids", nargs=-1, type=int)
def retry_mail(ids: tuple[int, ...]) -> None:
    """Have messages that wait tried again now, those of IDS or all; those that were given up, too."""
    with database().transaction() as session:
        count = outbox.retry(session, now=now(), ids=ids)
    click.echo(f"{count} messages will be tried again.")


COMMANDS: Final[dict[str, click.Command]] = {
    "audit": audit_commands.group,
    "backup": backup_commands.backup,
    "check": check,
    "db": db,
    "deliveries": deliveries_commands.deliveries,
    "demo": demo_group,
    "files": files_commands.files,
    "index": index_group,
    "invitations": invitations_group,
    "keys": keys_commands.keys,
    "ledger": ledger_commands.ledger,
    "payments": payment_commands.payments,
    "mail": mail_group,
    "pilots": pilots_group,
    "own-person": own_people_commands.own_person,
    "privacy": privacy_commands.privacy,
    "providers": providers_group,
    "register": register_commands.register,
    "reports": reports_commands.reports,
    "serve": serve,
    "users": users_commands.users,
    "worker": run_worker,
}
"""Every command by its name; `__main__` lists them without loading this module."""
