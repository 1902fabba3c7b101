"""Pages of a list, and finding names by a part of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

PER_PAGE: Final = 25

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list and how many rows there are in all."""

    rows: Sequence[T]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(-(-self.total // PER_PAGE), 1)


def page_of(session: Session, query: sa.Select[T], page: int) -> Page[T]:
    """That page of the query; one beyond the last gives the last."""
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    shown = min(max(page, 1), max(-(-total // PER_PAGE), 1))
    rows = session.scalars(query.limit(PER_PAGE).offset((shown - 1) * PER_PAGE)).unique().all()
    return Page(rows, total, shown)


def contains(column: Any, words: str) -> sa.ColumnElement[bool]:
    """Whether the text holds the words, small or capital: SQLite by itself knows only the letters of ASCII."""
    return sa.or_(
        *(
            column.icontains(each, autoescape=True)
            for each in dict.fromkeys((words, words.lower(), words.capitalize(), words.upper()))
        )
    )
