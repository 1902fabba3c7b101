"""What commands that change something share: one transaction, and a refusal told in a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from marketplace.contact import UndialableNumber, UnreachableAddress, email_address, phone_number
from marketplace.errors import DomainError
from marketplace.i18n import in_language
from marketplace.text import one_line, prose
from marketplace.web.fields import LINE
from marketplace.web.frame import database


@contextmanager
def one_change() -> Iterator[Session]:
    """One transaction; what cannot be done is told in a line, in the source's English whatever the portal speaks."""
    try:
        with in_language("en"), database().transaction() as session:
            yield session
    except DomainError as error:
        with in_language("en"):
            raise click.ClickException("; ".join(str(message) for _field, message in error.faults)) from error


def line_said(_context: click.Context, _option: click.Parameter, said: str | None) -> str | None:
    """The callback of an option that is a line of text, read and bounded as in a form."""
    return said if said is None else _short_enough(one_line(said))


def lines_said(_context: click.Context, _option: click.Parameter, said: str | None) -> str | None:
    """The callback of an option that is a short text of several lines, as an address."""
    return said if said is None else _short_enough(prose(said))


def _short_enough(text: str) -> str:
    if len(text) > LINE:
        raise click.BadParameter(f"at most {LINE} characters, and these are {len(text)}")
    return text


def email_said(_context: click.Context, _option: click.Parameter, said: str | None) -> str | None:
    """The callback of an option that is an e-mail address, or empty."""
    try:
        return email_address(said) if said else said
    except UnreachableAddress as error:
        raise click.BadParameter("this is no e-mail address") from error


def phone_said(_context: click.Context, _option: click.Parameter, said: str | None) -> str | None:
    """The callback of an option that is a telephone number, or empty."""
    try:
        return phone_number(said) if said else said
    except UndialableNumber as error:
        raise click.BadParameter("this is no telephone number") from error
