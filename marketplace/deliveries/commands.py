"""`marketplace deliveries`: a file of deliveries recorded for a provider, as the page does it."""

from __future__ import annotations

from pathlib import Path

import click

from marketplace.accounts.commands import acting
from marketplace.deliveries import importing, sheet
from marketplace.i18n import LANGUAGES, in_language
from marketplace.providers.queries import provider_with_business_id
from marketplace.sheets import read_tables

_WRITTEN = {".csv": sheet.as_csv, ".xlsx": sheet.as_xlsx}


@click.group("deliveries")
def deliveries() -> None:
    """What providers have given to clients."""


@deliveries.command("import")
@click.argument("business_id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--as", "email", required=True, metavar="ADDRESS", help="Who records: somebody of the provider."
)
@click.option(
    "--result",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rows with what became of each into this file (.csv or .xlsx).",
)
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], help="The language of the result file."
)
def import_file(business_id: str, file: Path, email: str, result: Path | None, language: str) -> None:
    """Record the deliveries of FILE (XLSX, ODS, CSV) for the provider with BUSINESS_ID, as its page does.

    Good rows are recorded, each once however often it is sent; what became of each row is told. Exits non-zero when
    rows were refused.
    """
    if result is not None and result.suffix not in _WRITTEN:
        raise click.BadParameter("the result file ends in .csv or .xlsx", param_hint="--result")
    with acting(email) as work:
        provider = provider_with_business_id(work.session, business_id)
        if provider is None:
            raise click.ClickException(f"there is no provider with the business ID {business_id}")
        outcomes = importing.record_rows(work, provider.id, sheet.read(read_tables(file.read_bytes())))
        for each in outcomes:
            click.echo(f"row {each.row.number}: {_told(each)}")
    refused = sum(bool(each.problems) for each in outcomes)
    if result is not None:
        with in_language(language):
            result.write_bytes(_WRITTEN[result.suffix](sheet.result_rows(outcomes), result=True))
    click.echo(f"{len(outcomes) - refused} recorded, {refused} refused")
    if refused:
        raise SystemExit(1)


def _told(outcome: sheet.SheetRowOutcome) -> str:
    if outcome.problems:
        return f"refused: {' '.join(outcome.problems)}"
    return f"recorded: {outcome.amount}"
