"""What every formal decision does alike: another person decides, a number is given, the document is archived.

A decision is made in one transaction: its number, its archived document, what it changes and the mail hold together
or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.db import for_change
from marketplace.decisions.rules import APPLICATIONS, MAX_TEXT, may_decide, number_prefix
from marketplace.errors import Invalid, NotAllowed
from marketplace.files.models import StoredFile
from marketplace.files.service import keep_file
from marketplace.files.store import FileStore
from marketplace.i18n import _l
from marketplace.outbox import Attachment
from marketplace.permissions import Actor
from marketplace.pilots.models import Organisation
from marketplace.work import UnitOfWork

MEDIA_TYPE: Final = "application/pdf"


class Refused(Invalid):
    """A step lacks something, or several things; `faults` are (field, message)."""

    def __init__(self, faults: Sequence[tuple[str, Any]]) -> None:
        super().__init__(faults[0][1], field=faults[0][0])
        self.faults = tuple(faults)


def demand_other_person(actor: Actor, proposers: Iterable[int | None]) -> None:
    """Raise NotAllowed when the actor has proposed what is to be decided, or nobody has."""
    if not may_decide(actor.user_id, proposers):
        raise NotAllowed(
            _l(
                "You proposed this decision yourself. Another person with the decider’s role makes the decision."
            )
        )


def demand_words(text: str, missing: Any, *, field: str) -> str:
    """The text without blanks around it. Raises Invalid with `missing` when it is empty, and for one too long."""
    words = text.strip()
    if not words:
        raise Invalid(missing, field=field)
    if len(text) > MAX_TEXT:
        raise Invalid(_l("The text is too long: at most %(max)d characters.", max=MAX_TEXT), field=field)
    return words


def next_number(
    session: Session,
    numbers: InstrumentedAttribute[Any],
    organisation_key: str,
    day: date,
    series: str = APPLICATIONS,
) -> str:
    """The next number of the organisation's series in the year of `day`: `KEUSOTE-2026/12`.

    `numbers` is the column that holds the numbers of the series. The organisation's row is locked, so that two
    deciders never get the same one.
    """
    session.get_one(Organisation, organisation_key, with_for_update=for_change(Organisation))
    prefix = number_prefix(organisation_key, day.year, series)
    running = sa.cast(sa.func.substr(numbers, len(prefix) + 1), sa.Integer)
    last = session.scalar(sa.select(sa.func.max(running)).where(numbers.startswith(prefix, autoescape=True)))
    return f"{prefix}{(last or 0) + 1}"


@dataclass(frozen=True, slots=True)
class Archived:
    """A document that is kept as it was made: its row, and the same bytes to go with a mail."""

    file: StoredFile
    attachment: Attachment

    @property
    def sha256(self) -> str:
        """The checksum for the audit trail."""
        return self.file.sha256


def archive(work: UnitOfWork, document: bytes, number: str, *, store: FileStore) -> Archived:
    """Keep the document of the decision or correction `number`; it is named after it (`keusote-2026-12.pdf`)."""
    name = f"{number.replace('/', '-').lower()}.pdf"
    received = store.put(document, media_type=MEDIA_TYPE, name=name, archived=True)
    return Archived(keep_file(work, received), (name, MEDIA_TYPE, document))
