"""What the things in the trail are called, whose they are and where they are looked at.

An event keeps the kind of a thing and its number, and no name: names change, and some may not be kept. Who reads the
trail gets them from the rooms of the things, through the slots here, as long as the things are there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import QueryableAttribute, Session

from marketplace.audit.models import AuditEvent
from marketplace.db import Base
from marketplace.slots import Answer

_LARGEST_NUMBER: Final = 2**31 - 1
"""The largest number that a row can have."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The things of one table.

    `company` is the id of the company whose they are, `client` the organisation and the client's number whose they are,
    `title` what tells them apart besides their number, which `words` makes a text of. `joined` are the tables, each
    with its condition, from which those come. `page` is the endpoint of the page of a thing and `values` what its
    address takes: a name there → the column.
    """

    table: type[Base]
    key: QueryableAttribute[Any]
    company: QueryableAttribute[Any] | None = None
    client: tuple[QueryableAttribute[str], QueryableAttribute[str]] | None = None
    title: QueryableAttribute[Any] | None = None
    words: Callable[[Any], str] = str
    joined: tuple[tuple[type[Base], sa.ColumnElement[bool]], ...] = ()
    page: str = ""
    values: Mapping[str, QueryableAttribute[Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name under which the trail knows the table."""
        return self.table.__audit_name__

    def rows(self) -> sa.Select[Any]:
        """Of every thing its `id`, `company` and `title`, and the values of its page in their order."""
        query = sa.select(
            self.key.label("id"),
            _or_nothing(self.company).label("company"),
            _or_nothing(self.title).label("title"),
            *(column.label(f"at_{name}") for name, column in self.values.items()),
        ).select_from(self.table)
        for table, condition in self.joined:
            query = query.join(table, condition)
        return query

    def read(self, identity: str) -> Any:
        """The key that an event has kept as text; None for one that no thing of the kind can have."""
        if not isinstance(self.key.type, sa.Integer):
            return identity
        number = int(identity) if identity.isascii() and identity.isdigit() else _LARGEST_NUMBER + 1
        return number if number <= _LARGEST_NUMBER else None


def _or_nothing(column: QueryableAttribute[Any] | None) -> sa.ColumnElement[Any]:
    return sa.null() if column is None else sa.type_coerce(column, column.type)


@dataclass(frozen=True, slots=True)
class KnownThing:
    """What is known of a thing: its company's name, what it is about, and its page as (endpoint, values)."""

    company: str = ""
    title: str = ""
    page: tuple[str, Mapping[str, Any]] | None = None


kinds: Final = Answer[Callable[[], Collection[Kind]]](
    "audit.kinds",
    "The tables whose rows are told in the trail by their company, what they are about and a link.",
)
companies_called: Final = Answer[Callable[[str], sa.Select[int]]](
    "audit.companies_called", "The ids of the companies that a part of a name or a business ID names."
)
names_of_companies: Final = Answer[Callable[[Session, Collection[int]], Mapping[int, str]]](
    "audit.names_of_companies", "The names of companies, by their ids."
)


@dataclass(frozen=True, slots=True)
class AskedClient:
    """A client whose events are asked for: the number as the register writes it, and the row's where there is one."""

    number: str
    row: int | None


client_asked: Final = Answer[Callable[[str], AskedClient]](
    "audit.client_asked",
    "Which client somebody of the staff means by a number, whose events are asked for: a look at the client's data.",
)


def every_kind() -> dict[str, Kind]:
    """The kinds of all rooms by the names of the trail."""
    return {kind.name: kind for given in kinds for kind in given()}


def describe(session: Session, events: Iterable[AuditEvent]) -> dict[tuple[str, str], KnownThing]:
    """What is known of the things of these events, by kind and number: one query for each kind, one for the names."""
    asked: dict[str, set[str]] = {}
    for event in events:
        asked.setdefault(event.subject_type, set()).add(event.subject_id)
    known = every_kind()
    found = [
        (known[name], row)
        for name, identities in sorted(asked.items())
        if name in known
        for row in _rows(session, known[name], identities)
    ]
    names = _names(session, {row.company for _kind, row in found if row.company is not None})
    return {(kind.name, str(row.id)): _described(kind, row, names) for kind, row in found}


def _rows(session: Session, kind: Kind, identities: Iterable[str]) -> list[sa.Row[Any]]:
    keys = {key for each in identities if (key := kind.read(each)) is not None}
    return list(session.execute(kind.rows().where(kind.key.in_(sorted(keys)))))


def _names(session: Session, companies: Collection[int]) -> dict[int, str]:
    return {key: name for named in names_of_companies for key, name in named(session, companies).items()}


def _described(kind: Kind, row: sa.Row[Any], names: Mapping[int, str]) -> KnownThing:
    values = {name: getattr(row, f"at_{name}") for name in kind.values}
    return KnownThing(
        names.get(row.company, ""),
        "" if row.title is None else kind.words(row.title),
        (kind.page, values) if kind.page and None not in values.values() else None,
    )


def of_company(words: str) -> sa.CompoundSelect[Any]:
    """The kinds and numbers of the things of the companies that the words name."""
    named = [called(words) for called in companies_called]
    return _pairs(
        (kind, sa.or_(*(kind.company.in_(ids) for ids in named)))
        for kind in every_kind().values()
        if kind.company is not None
    )


def of_client(organisation: str, number: str) -> sa.CompoundSelect[Any]:
    """The kinds and numbers of the things of the organisation's client with this number."""
    return _pairs(
        (kind, sa.and_(kind.client[0] == organisation, kind.client[1] == number))
        for kind in every_kind().values()
        if kind.client is not None
    )


def _pairs(wanted: Iterable[tuple[Kind, sa.ColumnElement[bool]]]) -> sa.CompoundSelect[Any]:
    return sa.union_all(
        *(
            kind.rows()
            .with_only_columns(
                sa.cast(sa.literal(kind.name), sa.Text).label("kind"),
                sa.cast(kind.key, sa.Text).label("number"),
            )
            .where(condition)
            for kind, condition in wanted
        )
    )
