"""Importing in the browser: a list is read and kept, looked through, and confirmed once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.errors import Conflict, DomainError, Fault, Invalid
from marketplace.i18n import _l
from marketplace.permissions import Permission
from marketplace.pilots.models import Pilot
from marketplace.providers.company import people
from marketplace.recruiting.importing import queries
from marketplace.recruiting.importing.layout import Layout, find_layout
from marketplace.recruiting.importing.models import SentList
from marketplace.recruiting.importing.report import Report
from marketplace.recruiting.importing.rules import ImportedRow
from marketplace.recruiting.importing.service import import_layout
from marketplace.recruiting.importing.words import words
from marketplace.sheets import Table, UnreadableFile
from marketplace.work import UnitOfWork

KEPT: Final = timedelta(days=7)
"""So long a list stays to be looked through, and to invite the companies' first people from it."""

MOST_ROWS: Final = 2000
"""What a page can try out while somebody waits; the command line takes any number."""


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """Whom to invite to take care of a company, in which language."""

    provider_id: int
    email: str
    language: str


def keep(work: UnitOfWork, pilot_key: str, tables: Sequence[Table], *, file_name: str) -> SentList:
    """Read a list for one of the actor's pilots and keep what it says; nothing is imported yet.

    Raises UnreadableFile for a file without the needed columns, NotAllowed for another organisation's pilot.
    """
    pilot = work.session.get_one(Pilot, pilot_key)
    work.ensure(Permission.INVITE_PROVIDERS, organisation=pilot.organisation_key)
    layout = find_layout(tables, words())
    if len(layout.rows) > MOST_ROWS:
        raise UnreadableFile(_l("The list has more than 2,000 rows. Divide it into smaller ones."))
    kept = SentList(
        pilot=pilot,
        file_name=file_name,
        content=_packed(layout),
        sent_by_id=work.person_id,
        sent_at=work.now,
    )
    work.session.add(kept)
    work.session.flush()
    return kept


def rehearse(work: UnitOfWork, kept: SentList) -> Report:
    """What would become of each row of the list now."""
    return import_layout(work, pilot_key=kept.pilot_key, layout=_unpacked(kept.content), dry_run=True)


def confirm(work: UnitOfWork, list_id: int, *, seen: str) -> Report:
    """Write the good rows of a list, as the report whose stamp is `seen` has told.

    Raises NotFound, and Conflict when it has been confirmed already or other things would come of its rows by now.
    """
    kept = queries.sent_list(work, list_id, lock=True)
    if kept.confirmed_at is not None:
        raise Conflict(_l("The list has been imported already. Nothing was entered twice."))
    report = import_layout(work, pilot_key=kept.pilot_key, layout=_unpacked(kept.content))
    if report.stamp != seen:
        raise Conflict(_l("Something has changed since you looked through the rows. Look at them again."))
    kept.confirmed_by_id, kept.confirmed_at = work.person_id, work.now
    kept.outcome = {str(outcome): count for outcome, count in report.counts.items()}
    return report


def invite_admins(work: UnitOfWork, wanted: Iterable[FirstAdmin]) -> int:
    """Invite somebody for each company, all or nobody; how many.

    Raises Invalid with every fault, each at `email_<provider id>`.
    """
    faults: list[Fault] = []
    invited = 0
    for each in wanted:
        if not each.email:
            faults.append((f"email_{each.provider_id}", _l("Write the e-mail address.")))
            continue
        try:
            people.invite_first_admin(
                work, provider_id=each.provider_id, email=each.email, language=each.language
            )
        except DomainError as error:
            faults.append((f"email_{each.provider_id}", error.message))
        else:
            invited += 1
    if faults:
        raise Invalid.all_of(faults)
    if not invited:
        raise Invalid(_l("Choose at least one company."))
    return invited


def forget(session: Session, *, now: datetime) -> int:
    """Drop the lists whose time is over; how many."""
    return queries.drop_older(session, before=now - KEPT)


def _packed(layout: Layout) -> dict[str, Any]:
    """A layout as JSON; a date is a list with its ISO form, so that it is no text when it comes back."""
    return {
        "origin": layout.origin,
        "header_row": layout.header_row,
        "unread": [list(each) for each in layout.unread],
        "rows": [
            {
                "number": row.number,
                "broken": row.broken,
                "cells": {
                    name: [cell.isoformat()] if isinstance(cell, date) else cell
                    for name, cell in row.cells.items()
                },
            }
            for row in layout.rows
        ],
    }


def _unpacked(content: dict[str, Any]) -> Layout:
    return Layout(
        origin=content["origin"],
        header_row=content["header_row"],
        unread=tuple((text, letter) for text, letter in content["unread"]),
        rows=tuple(
            ImportedRow(
                row["number"],
                {
                    name: date.fromisoformat(cell[0]) if isinstance(cell, list) else cell
                    for name, cell in row["cells"].items()
                },
                row["broken"],
            )
            for row in content["rows"]
        ),
    )
