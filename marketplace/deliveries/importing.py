"""A file of deliveries recorded: each row by itself, so that a bad one never holds up the others."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.deliveries import service
from marketplace.deliveries.labels import FAULTS
from marketplace.deliveries.rules import DeliveryFlaw
from marketplace.deliveries.sheet import SheetRow, SheetRowOutcome
from marketplace.errors import NotFound
from marketplace.work import UnitOfWork


def record_rows(work: UnitOfWork, provider_id: int, rows: Sequence[SheetRow]) -> list[SheetRowOutcome]:
    """Record the rows that can be; gives what became of each. The caller's transaction keeps what was recorded."""
    return [_record(work, provider_id, row) for row in rows]


def _record(work: UnitOfWork, provider_id: int, row: SheetRow) -> SheetRowOutcome:
    if row.said is None or row.agreement_id is None:
        return SheetRowOutcome(row, problems=row.problems)
    try:
        with work.session.begin_nested():
            delivery = service.record(work, provider_id, row.agreement_id, row.said)
    except service.DeliveryRefused as refusal:
        return SheetRowOutcome(row, problems=tuple(map(str, refusal.words)))
    except NotFound:
        return SheetRowOutcome(row, problems=(str(FAULTS[DeliveryFlaw.NO_AGREEMENT]),))
    return SheetRowOutcome(row, delivery)
