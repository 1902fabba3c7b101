"""`marketplace own-person`: a copy, a correction or the erasure of the data of a person near to a client."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from marketplace.permissions import SYSTEM
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.privacy import correct_person, erase_person, export_person
from marketplace.web.commanding import email_said, line_said, one_change, phone_said
from marketplace.web.frame import now
from marketplace.work import UnitOfWork


@click.group("own-person")
def own_person() -> None:
    """Data of people near to clients: NUMBER is that of the person in the address of the counsellor's page."""


@own_person.command("export")
@click.argument("number", type=int)
def export_one(number: int) -> None:
    """Write everything that is kept of the person as JSON."""
    with one_change() as session:
        click.echo(export_person(UnitOfWork(session, SYSTEM, now()), _person(session, number)), nl=False)


@own_person.command("correct")
@click.argument("number", type=int)
@click.option("--name", callback=line_said)
@click.option("--phone", callback=phone_said)
@click.option("--email", callback=email_said)
@click.option("--street", callback=line_said)
@click.option("--postal-code", callback=line_said)
@click.option("--city", callback=line_said)
def correct_one(number: int, **given: str | None) -> None:
    """Correct what is kept of the person; the account number is changed by two people of the office."""
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("say what to correct, for example --name")
    with one_change() as session:
        correct_person(UnitOfWork(session, SYSTEM, now()), _person(session, number), changes)
    click.echo(f"{number}: corrected")


@own_person.command("erase")
@click.argument("number", type=int)
@click.confirmation_option(prompt="This cannot be taken back. Erase the data?")
def erase_one(number: int) -> None:
    """Erase what is known of the person; refused while the person is proposed, approved or not yet paid."""
    with one_change() as session:
        erase_person(UnitOfWork(session, SYSTEM, now()), _person(session, number))
    click.echo(f"{number}: erased")


def _person(session: Session, number: int) -> OwnPerson:
    found = session.get(OwnPerson, number)
    if found is None or found.erased_at is not None:
        raise click.ClickException(f"there is no person with the number {number}")
    return found
