"""`marketplace reports`: the kept figures, from the command line."""

from __future__ import annotations

import click

from marketplace.permissions import SYSTEM
from marketplace.reports import service
from marketplace.web.frame import database, now
from marketplace.work import UnitOfWork


@click.group("reports")
def reports() -> None:
    """What the pilots show."""


@reports.command("rebuild")
@click.option("--told", is_flag=True, help="Make anew what has been told already, too.")
def rebuild(told: bool) -> None:
    """Make the figures of every quarter that is due and has none.

    With --told all of them are made anew: after a loss, or when they were wrong. Whoever has kept the former ones can
    subtract them from the new.
    """
    with database().transaction() as session:
        made = service.rebuild(UnitOfWork(session, SYSTEM, now()), told=told)
    click.echo(f"{made} quarters were made.")
