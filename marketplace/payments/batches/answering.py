"""Files that the bank gives back, and journals that come back from the ledger system: read as a whole or not at all.

The same file may be read any number of times. One that does not fit what was sent is refused with the reason, and
nothing of it is kept. The organisation's row is locked first: of two people who bring the same file, one reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from marketplace.db import for_change
from marketplace.errors import Invalid
from marketplace.files.service import keep_file
from marketplace.files.store import FileStore
from marketplace.i18n import _l
from marketplace.payments.batches import queries
from marketplace.payments.batches.audit_actions import BankAnswerAudit
from marketplace.payments.batches.checking import take_verdicts
from marketplace.payments.batches.models import BankAnswer, Batch
from marketplace.payments.batches.moving import Moved, take_answers
from marketplace.payments.batches.ordering import check_order_of, order_of
from marketplace.payments.batches.sending import FileNotKept
from marketplace.payments.batches.service import payment_data
from marketplace.payments.rails.journal.rail import JournalRail, UnreadableJournal
from marketplace.payments.rails.journal.rules import paid_by
from marketplace.payments.rails.orders import PaymentAnswer, PaymentOutcome
from marketplace.payments.rails.sepa.account_reports import AccountReport, read_account_reports
from marketplace.payments.rails.sepa.labels import fault_text
from marketplace.payments.rails.sepa.matching import answers_in, movements_of
from marketplace.payments.rails.sepa.reading import BankFileFlaw, UnreadableBankFile
from marketplace.payments.rails.sepa.status_reports import read_status_report
from marketplace.permissions import Permission
from marketplace.pilots.models import Organisation
from marketplace.pilots.paying import PaymentData, RailKind
from marketplace.work import UnitOfWork

JOURNAL: Final = "journal"
"""What a journal is called among the messages of the bank."""

_HEAD: Final = 4096
"""Bytes in which the name of a message stands."""


class AnswerRefused(Invalid):
    """The file was not used, and nothing has changed; the message says why and where."""

    def __init__(self, error: UnreadableBankFile | UnreadableJournal) -> None:
        words = fault_text(error) if isinstance(error, UnreadableBankFile) else _journal_text(error)
        super().__init__(words, field="file")


def _journal_text(error: UnreadableJournal) -> object:
    return _l(
        "This is not a journal that the portal has made, line %(line)s. Nothing was taken from it.",
        line=error.line,
    )


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """What came of a file; `is_repeated` when the same one was read before, and so changed nothing."""

    answer: BankAnswer
    is_repeated: bool = False


def read(work: UnitOfWork, store: FileStore, organisation: str, name: str, content: bytes) -> ReadAnswer:
    """Take what a file says. Raises AnswerRefused, and FileNotKept when the file cannot be kept."""
    work.ensure(Permission.MAKE_PAYMENTS, organisation=organisation)
    data = payment_data(organisation)
    work.session.get_one(Organisation, organisation, with_for_update=for_change(Organisation))
    sha256 = hashlib.sha256(content).hexdigest()
    before = queries.answer_read_before(work.session, organisation, sha256)
    if before is not None:
        return ReadAnswer(before, is_repeated=True)
    try:
        received = store.put(content, media_type=_media_type(content), name=name)
    except OSError as error:
        raise FileNotKept from error
    answer = BankAnswer(
        organisation_key=organisation,
        sha256=sha256,
        file=keep_file(work, received),
        message="",
        read_at=work.now,
        read_by_id=work.actor.user_id,
        changed=0,
        known=0,
    )
    work.session.add(answer)
    try:
        answer.message, moved = _take(work, data, organisation, answer, content)
    except (UnreadableBankFile, UnreadableJournal) as error:
        raise AnswerRefused(error) from error
    answer.changed, answer.known = moved.changed, moved.known
    work.session.flush()
    work.record(
        BankAnswerAudit.READ,
        answer,
        organisation=organisation,
        after={"message": answer.message, "changed": answer.changed, "sha256": sha256},
    )
    return ReadAnswer(answer)


def _media_type(content: bytes) -> str:
    return "application/xml" if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "text/csv"


def _take(
    work: UnitOfWork, data: PaymentData, organisation: str, answer: BankAnswer, content: bytes
) -> tuple[str, Moved]:
    if data.rail == RailKind.JOURNAL and data.journal is not None and _media_type(content) == "text/csv":
        return JOURNAL, _take_journal(work, JournalRail(data.journal), organisation, answer, content)
    if b"camt." in content[:_HEAD]:
        reports = read_account_reports(content)
        return reports[0].message if reports else "camt", _take_movements(
            work, data, organisation, answer, reports
        )
    return _take_report(work, organisation, answer, content)


def _take_report(
    work: UnitOfWork, organisation: str, answer: BankAnswer, content: bytes
) -> tuple[str, Moved]:
    """A status report: on a batch, or on the file that asked about its payees."""
    report = read_status_report(content)
    number = queries.number_of(work.session, organisation, report.order.partition("-V")[0])
    if number is None:
        raise UnreadableBankFile(BankFileFlaw.UNKNOWN_BATCH, report.order)
    batch = queries.batch_of(work.session, number, lock=True)
    if report.order == check_order_of(batch).key:
        changed = take_verdicts(work, batch, report)
        return report.message, Moved(changed, len(report.rows) - changed)
    verdicts = take_verdicts(work, batch, report)
    moved = take_answers(work, batch, answers_in(report, order_of(batch)), answer)
    return report.message, Moved(moved.changed + verdicts, moved.known)


def _take_movements(
    work: UnitOfWork,
    data: PaymentData,
    organisation: str,
    answer: BankAnswer,
    reports: tuple[AccountReport, ...],
) -> Moved:
    """What has moved on the organisation's account. Payments of others on it are left alone."""
    batches = _batches_in(work, organisation, reports)
    known = {row.key for batch in batches for row in batch.payments}
    accounts = {data.iban, *(batch.payer["iban"] for batch in batches)}
    total = Moved()
    for report in reports:
        if report.iban and report.iban not in accounts:
            raise UnreadableBankFile(BankFileFlaw.OTHER_ACCOUNT, report.iban)
        for name in _names_in(report):
            if name.startswith(f"{data.prefix}-P") and name not in known:
                raise UnreadableBankFile(BankFileFlaw.UNKNOWN_PAYMENT, name)
        for batch in batches:
            moved = take_answers(work, batch, movements_of(report, order_of(batch)), answer)
            total.changed, total.known = total.changed + moved.changed, total.known + moved.known
    return total


def _names_in(report: AccountReport) -> Iterator[str]:
    return (movement.payment for booking in report.bookings for movement in booking.movements)


def _batches_in(work: UnitOfWork, organisation: str, reports: tuple[AccountReport, ...]) -> list[Batch]:
    """The batches that the reports are about, for a change."""
    payments = {name for report in reports for name in _names_in(report)}
    numbers = queries.numbers_of(work.session, organisation, payments)
    for order in {booking.order for report in reports for booking in report.bookings}:
        number = queries.number_of(work.session, organisation, order)
        numbers |= set() if number is None else {number}
    return queries.locked(work.session, numbers)


def _take_journal(
    work: UnitOfWork, rail: JournalRail, organisation: str, answer: BankAnswer, content: bytes
) -> Moved:
    """A journal that came back from the ledger system: its payments are paid on the day that stands beside them."""
    rows = rail.read(content)
    sums = paid_by(rows, rail.data.payables)
    days = {row.payment: row.date for row in rows}
    total, found = Moved(), set()
    for batch in queries.locked(work.session, queries.numbers_of(work.session, organisation, sums)):
        answers = []
        for payment in order_of(batch).payments:
            if payment.key not in sums:
                continue
            found.add(payment.key)
            if sums[payment.key] != payment.amount:
                raise UnreadableBankFile(BankFileFlaw.OTHER_AMOUNT, payment.key)
            day = days[payment.key] if days[payment.key].year > 1 else None
            answers.append(PaymentAnswer(payment.key, PaymentOutcome.PAID, day, payment.amount))
        moved = take_answers(work, batch, answers, answer)
        total.changed, total.known = total.changed + moved.changed, total.known + moved.known
    if strange := set(sums) - found:
        raise UnreadableBankFile(BankFileFlaw.UNKNOWN_PAYMENT, min(strange))
    return total
