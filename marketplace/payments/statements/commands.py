"""`marketplace payments statements`: freezing a month from the command line."""

from __future__ import annotations

from datetime import date

import click

from marketplace.payments.statements import service
from marketplace.payments.statements.rules import MonthText, read_month
from marketplace.permissions import SYSTEM
from marketplace.web.commanding import one_change
from marketplace.web.frame import now
from marketplace.work import UnitOfWork


def _month(_context: click.Context, _parameter: click.Parameter, text: str) -> date:
    try:
        return read_month(text)
    except MonthText as error:
        raise click.BadParameter("write the month like this: 2026-11") from error


@click.command("statements")
@click.argument("organisation")
@click.argument("month", callback=_month)
def freeze_month(organisation: str, month: date) -> None:
    """Freeze the statements of MONTH (2026-11) of all providers that ORGANISATION pays.

    Doing it again freezes only what has no statement yet. Exits with an error when a delivery could not be stated.
    """
    with click.progressbar(length=1, label="Freezing statements") as bar, one_change() as session:

        def told(done: int, whole: int) -> None:
            bar.length = whole
            bar.update(done - bar.pos)

        frozen = service.freeze(UnitOfWork(session, SYSTEM, now()), organisation, month, told=told)
    click.echo(f"{frozen.statements} statements with {frozen.rows} rows, {frozen.total / 100:.2f} euros.")
    for each in frozen.unstated:
        click.echo(f"delivery {each.delivery_id}: {each.reason}", err=True)
    if frozen.unstated:
        raise click.ClickException(f"{len(frozen.unstated)} deliveries could not be stated")
