"""Pages of a list, and finding names by a part of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

PER_PAGE: Final = 25

T = TypeVar("T")


U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its rows, how many rows the list has, the number of the page and its size."""

    rows: Sequence[T]
    total: int
    page: int
    size: int = PER_PAGE

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return pages_of(self.total, self.size)

    def showing(self, rows: Sequence[U]) -> Page[U]:
        """The same page with other rows, made of these one by one."""
        return Page(rows, self.total, self.page, self.size)


def pages_of(total: int, size: int) -> int:
    """How many pages of a size so many rows fill, at least one."""
    return max(-(-total // size), 1)


def page_of(session: Session, query: sa.Select[T], page: int, size: int = PER_PAGE) -> Page[T]:
    """One page of the query; a number below the first gives the first, one beyond the last gives the last."""
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    shown = _within(page, total, size)
    rows = session.scalars(query.limit(size).offset((shown - 1) * size)).unique().all()
    return Page(rows, total, shown, size)


def cut(rows: Sequence[T], page: int, size: int = PER_PAGE) -> Page[T]:
    """One page of a list that is known already; pages out of range as in `page_of`."""
    shown = _within(page, len(rows), size)
    return Page(rows[(shown - 1) * size : shown * size], len(rows), shown, size)


def _within(page: int, total: int, size: int) -> int:
    return min(max(page, 1), pages_of(total, size))


def contains(column: Any, words: str) -> sa.ColumnElement[bool]:
    """Whether the text holds the words, small or capital: SQLite by itself knows only the letters of ASCII."""
    return sa.or_(
        *(
            column.icontains(each, autoescape=True)
            for each in dict.fromkeys((words, words.lower(), words.capitalize(), words.upper()))
        )
    )
