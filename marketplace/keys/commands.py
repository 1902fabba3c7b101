"""`marketplace keys`: changing the portal's keys. The steps stand in docs/operations.md."""

from __future__ import annotations

import secrets

import click

from marketplace.keys import service
from marketplace.keys.service import KeyUse
from marketplace.web.frame import database, now, settings

_BYTES = 48


@click.group("keys")
def keys() -> None:
    """The portal's keys: which of them holds what, and giving former ones up."""


@keys.command("new")
def new() -> None:
    """Print a new key that can be SECRET_KEY, AUDIT_KEY or CLIENT_KEY; nothing is changed by it."""
    click.echo(secrets.token_hex(_BYTES))


@keys.command("list")
def list_keys() -> None:
    """List what each key holds; exits non-zero when something is held by a key that is not in the settings.

    Keys go by names that do not give them away.
    """
    with database().read() as session:
        found = list(service.uses(session, settings(), now=now()))
    for use in found:
        click.echo(f"{use.setting} {use.key} ({_rank(use)}): {use.number} {use.things}")
    if any(use.rank is None and use.key != service.UNNAMED for use in found):
        raise click.exceptions.Exit(1)


def _rank(use: KeyUse) -> str:
    if use.key == service.UNNAMED:
        return "made before keys had names"
    if use.rank is None:
        return "not in the settings"
    return "present" if use.rank == 0 else "former"


@keys.command("renew")
def renew() -> None:
    """Seal the secrets of apps with the present SECRET_KEY, and let nothing new hold that a former AUDIT_KEY seals.

    Run it when every process has been started again with the new settings. Doing it again changes nothing.
    """
    resealed, ended = service.renew(database(), settings(), now=now())
    click.echo(f"{resealed} secrets of apps were sealed with the present key.")
    if ended:
        click.echo(
            "A checkpoint has been written and shipped: former keys of the audit trail seal nothing more."
        )


@keys.command("print")
@click.argument("setting", type=click.Choice(["AUDIT_KEY", "CLIENT_KEY"]))
def print_keys(setting: str) -> None:
    """Print the present value of SETTING, also when it is made of SECRET_KEY: a secret, for the settings alone.

    So these keys can stay while SECRET_KEY changes.
    """
    values = settings().audit_keys if setting == "AUDIT_KEY" else settings().client_keys
    click.echo(",".join(key.hex() for key in values))
