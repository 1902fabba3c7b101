"""`marketplace register`: what the national service register should hold, sending it, and what has been sent."""

from __future__ import annotations

import json
from pathlib import Path

import click

from marketplace import outbox
from marketplace.i18n import HELSINKI
from marketplace.register import queries, service
from marketplace.register.double import RegisterDouble
from marketplace.register.gateway import NationalRegister
from marketplace.web.frame import database, now, settings

EXPORT_ID = "00000000-0000-0000-0000-000000000000"
"""Stands in an export for an organisation that has no id in the register."""


@click.group("register")
def register() -> None:
    """The national service register (Palvelutietovaranto): what approved services should stand there."""


@register.command("export")
@click.option("--organisation", help="Only this organisation, also when it has no id in the register.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The file; else the screen.")
def export(organisation: str | None, output: Path | None) -> None:
    """Write what should stand in the register, as JSON in the shape of its open API. Nothing is sent."""
    ids = queries.register_ids()
    if organisation is not None:
        ids = {organisation: ids.get(organisation, EXPORT_ID)}
    with database().read() as session:
        content = queries.exported(queries.wanted(session, outbox.address, ids=ids))
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(
            f"{len(content['services'])} services, {len(content['serviceChannels'])} channels: {output}"
        )


@register.command("send")
@click.option("--resting", is_flag=True, help="Also what the register refused lately, at once.")
@click.option(
    "--again", metavar="SOURCE", help="First let this entry be sent once more, though it was accepted."
)
def send(resting: bool, again: str | None) -> None:
    """Send what the register does not know yet; the worker does the same every hour."""
    gateway = NationalRegister.of(settings())
    if gateway is None:
        raise click.ClickException("REGISTER_URL and REGISTER_TOKEN are not set")
    if again is not None and not service.send_again(database(), again):
        raise click.ClickException(f"nothing with the source id {again} has been accepted")
    outcome = service.send_due(database(), gateway, outbox.address, now=now(), resting=resting)
    for name in ("create", "update", "withdraw", "refused"):
        click.echo(f"{name}: {outcome[name]}")
    if waiting := _waiting():
        click.echo(f"{waiting} wait; --resting sends also what was refused lately.")
    if outcome["refused"]:
        raise click.exceptions.Exit(1)


def _waiting() -> int:
    """How many entries the register does not know yet as they are."""
    with database().read() as session:
        held = queries.entries(session)
        return len(queries.due(held, queries.wanted(session, outbox.address), now=now(), resting=True))


@register.command("status")
def status() -> None:
    """Tell what waits, what fails and what was sent last; exits non-zero while something fails."""
    with database().read() as session:
        held = queries.entries(session)
        failing = queries.failing(session)
        accepted = sum(each.accepted is not None and not each.withdrawn for each in held.values())
        click.echo(f"{accepted} entries stand in the register, {_waiting()} wait to be sent.")
        for each in queries.journal(session):
            at = each.at.astimezone(HELSINKI)
            click.echo(f"{at:%Y-%m-%d %H:%M}  {each.action}  {each.source}  {each.status or 'no answer'}")
        for entry in failing:
            click.echo(f"fails {entry.failures} times: {entry.source}")
    if failing:
        raise click.exceptions.Exit(1)


@register.command("double")
@click.option("--port", type=int, default=8099, show_default=True)
@click.option("--token", default="double", show_default=True)
def double(port: int, token: str) -> None:
    """Serve a stand-in for the register on this machine, for trying out: it keeps what it is sent until it ends."""
    server = RegisterDouble(token, port)
    server.start()
    click.echo(f"REGISTER_URL={server.address} REGISTER_TOKEN={token}")
    server.wait()
