"""`marketplace privacy`: a copy, a correction or the erasure of a client's data, for the data protection officer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click
from sqlalchemy.orm import Session

from marketplace.clients import queries, service
from marketplace.clients.models import Client
from marketplace.clients.privacy.service import erase, export
from marketplace.clients.rules import ClientFacts, Ground, Part, holds_identity_code
from marketplace.i18n import LANGUAGES
from marketplace.permissions import SYSTEM
from marketplace.web.commanding import email_said, line_said, lines_said, one_change, phone_said
from marketplace.web.frame import now
from marketplace.work import UnitOfWork


def _words(context: click.Context, option: click.Parameter, said: str | None) -> str | None:
    """Words of a client: the name is not empty, and nothing holds a personal identity code."""
    said = (lines_said if option.name == "address" else line_said)(context, option, said)
    if said is not None and holds_identity_code(said):
        raise click.BadParameter("no personal identity code is kept")
    if option.name == "name" and said is not None and not said.strip():
        raise click.BadParameter("a client has a name")
    return said


@click.group("privacy")
def privacy() -> None:
    """Data of clients: CLIENT is the organisation's key and the client's number, as keusote/A-2026-0123."""


@privacy.command("export")
@click.argument("client")
def export_client(client: str) -> None:
    """Write everything that is kept of CLIENT as JSON; the client's log tells of it."""
    with one_change() as session:
        work, found = UnitOfWork(session, SYSTEM, now()), _client(session, client)
        click.echo(export(session, found, now=work.now), nl=False)
        service.note_gift(work, found, Part.EVERYTHING, Ground.LAW, recipient=found.name)


@privacy.command("correct")
@click.argument("client")
@click.option("--name", callback=_words)
@click.option("--language", type=click.Choice(LANGUAGES))
@click.option("--municipality", help="The code of the municipality, or nothing: --municipality ''")
@click.option("--email", callback=email_said)
@click.option("--phone", callback=phone_said)
@click.option("--address", callback=_words)
@click.option("--protected/--not-protected", default=None, help="Under a non-disclosure order.")
def correct(client: str, **given: str | bool | None) -> None:
    """Correct what is kept of CLIENT."""
    with one_change() as session:
        found = _client(session, client)
        kept = ClientFacts(
            found.name, found.language, found.municipality, found.group, found.email, found.phone,
            found.address, found.protected, found.counsellor_id,
        )  # fmt: skip
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if not changes:
            raise click.UsageError("say what to correct, for example --name")
        if changes.get("municipality") == "":
            changes["municipality"] = None
        service.change_facts(UnitOfWork(session, SYSTEM, now()), found, replace(kept, **changes))
    click.echo(f"{client}: corrected")


@privacy.command("erase")
@click.argument("client")
@click.confirmation_option(prompt="This cannot be taken back. Erase the data?")
def erase_client(client: str) -> None:
    """Erase what is known of CLIENT; refused while the client takes part in a pilot or has agreements."""
    with one_change() as session:
        erase(UnitOfWork(session, SYSTEM, now()), _client(session, client))
    click.echo(f"{client}: erased")


def _client(session: Session, said: str) -> Client:
    organisation, _slash, number = said.partition("/")
    found = queries.client_of_number(session, organisation, number)
    if found is None:
        raise click.ClickException(
            f"there is no client {said}: write organisation and number, as keusote/A-1"
        )
    return found
