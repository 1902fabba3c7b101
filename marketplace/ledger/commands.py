"""`marketplace ledger`: proving the books and rebuilding their kept sums."""

from __future__ import annotations

import click

from marketplace.ledger import proof
from marketplace.web.frame import database


@click.group("ledger")
def ledger() -> None:
    """The books: accounts, postings and their kept sums."""


@ledger.command("verify")
def verify() -> None:
    """Compare every kept sum with its postings and prove that every entry adds up to zero."""
    with database().transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        found = list(proof.problems(session))
    for problem in found:
        click.echo(problem, err=True)
    if found:
        raise click.ClickException(f"the books do not hold: {len(found)} problems")
    click.echo("The books hold: every entry adds up to zero, and every kept sum is what its postings say.")


@ledger.command("rebuild")
def rebuild() -> None:
    """Rebuild the kept sums of all accounts from the postings, which stay as they are."""
    with database().transaction() as session:
        changed = proof.rebuild(session)
    click.echo(f"Kept sums rebuilt: {changed} accounts were wrong.")
