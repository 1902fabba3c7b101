"""`marketplace reports`: the kept figures, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from marketplace.errors import DomainError, NotFound
from marketplace.i18n import LANGUAGES, helsinki_date
from marketplace.permissions import SYSTEM
from marketplace.pilots.queries import pilot as pilot_of
from marketplace.reports import service
from marketplace.reports.research.service import Wanted, count_apart, give
from marketplace.reports.rules import past_quarters
from marketplace.reports.yearly import yearly_pdf
from marketplace.web.frame import database, now
from marketplace.work import UnitOfWork

YEARS_BACK: Final = 10
"""How far back an extract for research may begin."""


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
    made = service.rebuild(database(), now=now(), told=told)
    click.echo(f"{made} quarters were made.")


@reports.command("hide")
def hide() -> None:
    """Hide in what has been told what is hidden by now. No number changes, and none is shown again."""
    number = service.hide_more(database())
    click.echo(f"{number} numbers were hidden.")


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


@reports.command("research")
@click.argument("pilot")
@click.option("--first", required=True, help="The first quarter, as 2026-Q1.")
@click.option("--last", required=True, help="The last quarter.")
@click.option("--recipient", required=True, help="To whom it is given, as it stands in the permit.")
@click.option("--permit", required=True, help="The number of the research permit and who granted it.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; PILOT-NUMBER.zip without it."
)
def research(pilot: str, first: str, last: str, recipient: str, permit: str, out: Path | None) -> None:
    """Make an extract of PILOT for research: who agrees to it, under pseudonyms.

    The extract is written down where the organisation sees it and in the log of each client in it.
    """
    known = {quarter.name: quarter for quarter in past_quarters(helsinki_date(now()), YEARS_BACK * 4)}
    for name in (first, last):
        if name not in known:
            raise click.ClickException(f"{name} is no quarter that is told; the last one is {max(known)}")
    wanted = Wanted(known[first], known[last], recipient, permit)
    try:
        counted = count_apart(database(), pilot, wanted, now=now())
        with database().transaction() as session:
            made, content = give(UnitOfWork(session, SYSTEM, now()), pilot_of(session, pilot), counted)
            target = out or Path(made.file_name)
            target.write_bytes(content)
    except DomainError as error:
        raise click.ClickException(str(error) or f"there is no pilot {pilot}") from error
    click.echo(f"{target}: {made.people} people")
