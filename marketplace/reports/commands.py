"""`marketplace reports`: the kept figures, from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from marketplace.errors import NotFound
from marketplace.i18n import LANGUAGES
from marketplace.permissions import SYSTEM
from marketplace.reports import service
from marketplace.reports.yearly import yearly_pdf
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


@reports.command("yearly")
@click.argument("pilot")
@click.argument("year", type=int)
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], help="The language of the report."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file; PILOT-YEAR-LANGUAGE.pdf without it.",
)
def yearly(pilot: str, year: int, language: str, out: Path | None) -> None:
    """Write the report of YEAR of PILOT as a PDF."""
    target = out or Path(f"{pilot}-{year}-{language}.pdf")
    try:
        with database().read() as session:
            content = yearly_pdf(session, pilot, year, language, now())
    except NotFound as error:
        raise click.ClickException(f"{pilot} has no figures of {year}") from error
    target.write_bytes(content)
    click.echo(target)
