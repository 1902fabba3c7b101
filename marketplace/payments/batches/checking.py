"""Verification of payee before the release: a file that asks, the bank's answer, and to what exactly it is bound.

The file that asks goes to the bank's service for verification of payee, never to the one for payments: it has names
of its own and one cent in each row, so that neither it nor its answer can be taken for the payments.
"""

from __future__ import annotations

from marketplace.errors import Conflict
from marketplace.i18n import _l
from marketplace.payments.batches.audit_actions import BatchAudit
from marketplace.payments.batches.models import Batch
from marketplace.payments.batches.ordering import check_key, check_order_of, order_of
from marketplace.payments.batches.rules import BATCH, OPEN, BatchAction, PaymentState
from marketplace.payments.batches.service import BatchHindered, data_of_batch
from marketplace.payments.rails.choosing import file_rail_of
from marketplace.payments.rails.orders import Order, PaymentFile
from marketplace.payments.rails.sepa.matching import payee_checks
from marketplace.payments.rails.sepa.status_reports import StatusReport
from marketplace.pilots.paying import RailKind
from marketplace.work import UnitOfWork


def check_file(batch: Batch) -> PaymentFile:
    """The file by which the bank is asked about the payees of a batch that has not left.

    Raises BatchHindered, and Conflict when there is nothing to ask.
    """
    data = data_of_batch(batch)
    if batch.rail != RailKind.SEPA or data.rail != RailKind.SEPA or batch.state not in OPEN:
        raise Conflict(_l("There is nothing to ask the bank about this batch."))
    order = check_order_of(batch)
    rail = file_rail_of(data)
    if faults := rail.faults(order):
        raise BatchHindered(faults, order)
    return rail.file(order)


def take_verdicts(work: UnitOfWork, batch: Batch, report: StatusReport) -> int:
    """Keep what the bank says of the payees of a batch, which the caller has locked; how many verdicts are new.

    The report may be about the file that asked, or about the payments themselves. Raises UnreadableBankFile.
    """
    asked = check_order_of(batch)
    order: Order = asked if report.order == asked.key else order_of(batch)
    by_key = {check_key(row.key) if order is asked else row.key: row for row in batch.payments}
    changed = 0
    for check in payee_checks(report, order):
        row = by_key[check.payment]
        before = (row.verdict, row.verdict_name, row.verdict_iban, row.known_name)
        row.verdict, row.verdict_name, row.verdict_iban = check.verdict, check.name, check.iban
        row.known_name = check.known_name
        if before != (row.verdict, row.verdict_name, row.verdict_iban, row.known_name):
            row.checked_at = work.now
            changed += 1
    _note(work, batch, changed)
    return changed


def _note(work: UnitOfWork, batch: Batch, changed: int) -> None:
    rows = [row for row in batch.payments if row.state != PaymentState.LEFT_OUT]
    whole = all(row.standing_verdict is not None for row in rows)
    if not changed or not whole or not BATCH.allows(batch.state, BatchAction.CHECK):
        return
    before = batch.state
    batch.state = BATCH.next(before, BatchAction.CHECK)
    work.record(
        BatchAudit.CHECK,
        batch,
        organisation=batch.organisation_key,
        before={"state": before},
        after={"state": batch.state, "payments": len(rows)},
    )
