"""`marketplace payments`: batches from the command line, and whether everything agrees to the cent.

Who acts is named by the address of the account: what is prepared here is released by another person on the portal.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from marketplace.accounts.commands import acting
from marketplace.files.store import FileStore
from marketplace.payments.batches import answering, reconciling, sending, service
from marketplace.payments.batches.owing import owed_sums
from marketplace.pilots import queries as pilots
from marketplace.web.frame import database, settings

_AS = click.option(
    "--as", "email", required=True, help="The address of the account that acts: somebody who pays."
)


@click.command("batch")
@click.argument("organisation")
@click.option(
    "--pay-on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day of payment, as 2026-12-01."
)
@_AS
def prepare_batch(organisation: str, pay_on: datetime, email: str) -> None:
    """Put every statement that can be paid into a batch; another person releases it on the portal."""
    with acting(email) as work:
        trials = service.trials(work, organisation)
        for each in trials:
            for hindrance in each.hindrances:
                click.echo(f"left out: {each.statement.name}: {hindrance}", err=True)
        ready = [each.statement.id for each in trials if not each.hindrances]
        if not ready:
            raise click.ClickException("there is nothing to pay")
        batch = service.prepare(work, organisation, ready, pay_on.date())
        click.echo(f"{batch.id}  {batch.key}: {len(ready)} payments, prepared; another person releases it")


@click.command("file")
@click.argument("batch", type=int)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_AS
def write_file(batch: int, folder: Path, email: str) -> None:
    """Make the file of the released BATCH (its number) and copy it into FOLDER; made twice it is the same file."""
    store = FileStore.of(settings())
    with acting(email) as work:
        file = sending.write(work, store, batch)
        target = folder / file.name
        sha256 = file.sha256
    target.write_bytes(store.read(sha256))
    click.echo(f"{target}: SHA-256 {sha256}")


@click.command("read")
@click.argument("organisation")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_AS
def read_answer(organisation: str, file: Path, email: str) -> None:
    """Read an answer of the bank; the same file may be read again."""
    with acting(email) as work:
        reading = answering.read(work, FileStore.of(settings()), organisation, file.name, file.read_bytes())
        if reading.is_repeated:
            click.echo(f"{file.name} was read before: nothing has changed")
        else:
            click.echo(f"{file.name}: news about {reading.answer.changed} payments")


@click.command("reconcile")
@click.argument("organisation", required=False)
def reconcile(organisation: str | None) -> None:
    """Show that deliveries, statements, batches, the bank's rows and the books agree, and name what does not."""
    with database().transaction() as session:
        known = [each.key for each in pilots.organisations(session)]
    if organisation and organisation not in known:
        raise click.ClickException(
            f"there is no organisation {organisation!r}; known: {', '.join(known) or 'none'}"
        )
    keys = [organisation] if organisation else known
    problems = 0
    for key in keys:
        with database().transaction() as session:
            if session.get_bind().dialect.name == "postgresql":
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            owed, sums = owed_sums(session, key), reconciling.sums(session, key)
            found = list(reconciling.disagreements(session, key))
        click.echo(
            f"{key}: confirmed {owed.confirmed} = owed by the books {owed.earned}; on statements {sums.stated}, "
            f"payable {sums.payable} = in no batch {sums.free} + waiting "
            f"{sums.waiting} + on the way {sums.under_way} + paid {sums.paid}; booked {sums.booked}"
        )
        for problem in found:
            click.echo(f"{key}: {problem}", err=True)
        problems += len(found)
    if problems:
        raise click.ClickException(f"payments do not agree: {problems} problems")
    click.echo("Everything agrees to the cent.")
