"""A released batch leaves: as a file that a person takes to the bank, or over Stripe by the worker.

The file is in the file store before the batch says so. A process that dies between the two leaves a content that nobody
refers to, and the next one writes the same bytes to the same place.
"""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.errors import Conflict
from marketplace.files.models import StoredFile
from marketplace.files.service import keep_file
from marketplace.files.store import FileStore
from marketplace.i18n import _l
from marketplace.payments.batches import mails, queries
from marketplace.payments.batches.audit_actions import BatchAudit
from marketplace.payments.batches.models import Batch
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.batches.rules import (
    BATCH,
    PAYMENT,
    BatchAction,
    BatchState,
    PaymentAction,
    PaymentState,
    digest_of,
)
from marketplace.payments.batches.service import BatchHindered, data_of_batch, demand_current
from marketplace.payments.rails.choosing import file_rail_of, hindrances_of
from marketplace.payments.rails.orders import Order
from marketplace.permissions import Permission
from marketplace.pilots.paying import RailKind
from marketplace.work import UnitOfWork


class FileNotKept(Conflict):
    """The file could not be written to the file store: the disk is full or away. Nothing has changed."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            _l(
                "The file could not be kept: the portal’s disk is full or does not answer. Nothing has changed and "
                "nothing was sent. Tell the portal’s operator, and make the file again afterwards."
            )
        )


class FileDiffers(Conflict):
    """The file that was kept says something else than the batch that was released. Nothing of it may leave."""

    status = 500

    def __init__(self, payments: Sequence[str]) -> None:
        super().__init__(
            _l(
                "The file was read back and differs from the batch that was released (%(payments)s). It has not been "
                "kept. Nothing has changed and nothing was sent. Tell the portal’s operator.",
                payments=", ".join(payments),
            )
        )


def write(work: UnitOfWork, store: FileStore, batch_id: int) -> StoredFile:
    """Make the file of a released batch and keep it; a batch whose file was made gives the one that stands.

    What was kept is read back from the file store and compared with the order, payment by payment. Raises FileNotKept,
    FileDiffers, BatchHindered, and Conflict when the batch is not the one that was released.
    """
    batch = queries.batch_for(work, batch_id, permission=Permission.MAKE_PAYMENTS, lock=True)
    if batch.file is not None:
        return batch.file
    order = _released(work, batch, BatchAction.WRITE)
    if batch.rail == RailKind.STRIPE:
        raise Conflict(_l("Over Stripe nothing is paid by a file. Send the batch instead."))
    rail = file_rail_of(data_of_batch(batch))
    made = rail.file(order)
    try:
        received = store.put(made.content, media_type=made.media_type, name=made.name)
        kept = store.read(received.sha256)
    except OSError as error:
        raise FileNotKept from error
    if differing := rail.differences(order, kept):
        raise FileDiffers(differing)
    before = batch.state
    batch.file = keep_file(work, received)
    batch.state = BATCH.next(before, BatchAction.WRITE)
    work.record(
        BatchAudit.WRITE,
        batch,
        organisation=batch.organisation_key,
        before={"state": before},
        after={"state": batch.state, "sha256": received.sha256},
    )
    return batch.file


def send(work: UnitOfWork, batch_id: int) -> Batch:
    """Note that the file was taken to the bank or to the ledger system, or let the worker send the batch over Stripe.

    The companies are told that money is on its way and not there yet. Raises Conflict and BatchHindered.
    """
    batch = queries.batch_for(work, batch_id, permission=Permission.MAKE_PAYMENTS, lock=True)
    if batch.rail == RailKind.STRIPE:
        _released(work, batch, BatchAction.SEND)
    elif batch.state != BatchState.WRITTEN:
        raise Conflict(_l("The batch has no file that could have been sent, or it was sent before."))
    mark_sent(work, batch)
    return batch


def mark_sent(work: UnitOfWork, batch: Batch) -> None:
    """Note that a batch, which the caller has locked, has left; an answer of the bank tells so too."""
    before = batch.state
    batch.state = BATCH.next(before, BatchAction.SEND)
    batch.sent_at, batch.sent_by_id = work.now, work.actor.user_id
    for row in batch.payments:
        if row.state == PaymentState.WAITING:
            row.state = PAYMENT.next(row.state, PaymentAction.SEND)
    work.session.flush()
    mails.tell_sent(work, batch)
    work.record(
        BatchAudit.SEND,
        batch,
        organisation=batch.organisation_key,
        before={"state": before},
        after={"state": batch.state},
    )


def _demand_day_ahead(work: UnitOfWork, batch: Batch) -> None:
    """Raises Conflict when the day of payment has passed: two people have released another day than the bank's next."""
    if batch.pay_on < work.today:
        raise Conflict(
            _l("The day of payment has passed. Choose another day below; the batch has to be released again.")
        )


def _released(work: UnitOfWork, batch: Batch, action: BatchAction) -> Order:
    """The order of a batch that may leave: the one that was released, to the accounts that the companies have now."""
    if not BATCH.allows(batch.state, action) or batch.state != BatchState.RELEASED:
        raise Conflict(_l("The batch is not released, or it has left already."))
    data = data_of_batch(batch)
    if data.rail != batch.rail:
        raise Conflict(
            _l(
                "The organisation pays in another way since the batch was prepared. Cancel it and prepare it again."
            )
        )
    _demand_day_ahead(work, batch)
    demand_current(work, batch)
    order = order_of(batch)
    if digest_of(order) != batch.digest:
        raise Conflict(_l("The batch is not the one that was released. It has to be released again."))
    if faults := hindrances_of(data, order):
        raise BatchHindered(faults, order)
    return order
