"""The services ticked for comparison: they stay chosen from page to page, in the address and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.i18n import LocalizedText
from marketplace.search import documents
from marketplace.search.offer_comparison.rules import MOST_LISTED, read_ids


@dataclass(frozen=True, slots=True)
class ChosenOnOtherPage:
    """A chosen service that is not among the results on this page."""

    id: int
    title: LocalizedText


@dataclass(frozen=True, slots=True)
class Chosen:
    """The chosen services. `ids` are at most as many as fit in a list; `too_many` says that others were let go."""

    ids: tuple[int, ...]
    on_other_pages: Sequence[ChosenOnOtherPage]
    too_many: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """What keeps them in an address."""
        return {"offer": list(self.ids)} if self.ids else {}


def read(session: Session, texts: Sequence[str], shown: Collection[int], day: date) -> Chosen:
    """The choices in a query string. `shown` are the offers of this page; what left the catalogue is let go."""
    ids = read_ids(texts)
    wanted = ids[:MOST_LISTED]
    missing = [identity for identity in wanted if identity not in shown]
    titles = {
        face.row.offer.id: face.row.version.title
        for face in (documents.faces(session, missing, day) if missing else ())
    }
    return Chosen(
        ids=tuple(identity for identity in wanted if identity in shown or identity in titles),
        on_other_pages=[
            ChosenOnOtherPage(identity, titles[identity]) for identity in wanted if identity in titles
        ],
        too_many=len(ids) > MOST_LISTED,
    )
