"""The payer's pages: what waits, batches, and one batch with everything that is done to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.fresh import fresh
from marketplace.approvals.today import Matter
from marketplace.errors import NotFound
from marketplace.files.uploads import filestore, hand_out
from marketplace.i18n import _, helsinki_date, money_text
from marketplace.paging import cut
from marketplace.payments.batches import checking, labels, queries, sending, service
from marketplace.payments.batches.at_stripe import pays_over_stripe
from marketplace.payments.batches.blueprint import blueprint, organisation_of_payer, verdict_words
from marketplace.payments.batches.forms import (
    BatchesShownForm,
    CancelBatchForm,
    PayDayForm,
    PrepareBatchForm,
    ReleaseBatchForm,
)
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.batches.rules import (
    BATCH,
    OPEN,
    Anomaly,
    BatchState,
    anomalies,
    bank_day_from,
    digest_of,
    may_release,
    shown_digest,
)
from marketplace.payments.rails.journal.rail import JournalRail
from marketplace.payments.rails.journal.rules import costs_of
from marketplace.payments.rails.orders import PaymentFile
from marketplace.permissions import Permission
from marketplace.providers.company.queries import changes_for
from marketplace.web.forms import BaseForm, PlainForm, options
from marketplace.web.frame import (
    current_actor,
    found,
    now,
    render,
    requires,
    session,
    work,
)
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, lead_on

ROWS_SHOWN: Final = 50
USUALLY_AHEAD: Final = timedelta(days=3)
"""The day of payment that the form proposes is the first bank day so far ahead: a second person has to come by."""

_SHOWN: Final = {
    "open": tuple(sorted(OPEN)),
    "out": (BatchState.WRITTEN, BatchState.SENT),
    "done": (BatchState.CONFIRMED, BatchState.PARTLY_PAID, BatchState.REFUSED, BatchState.CANCELLED),
    "all": tuple(BatchState),
}

# --- the first page --------------------------------------------------------------------------------------------------


@blueprint.get("")
@requires(Permission.VIEW_PAYMENTS)
def home() -> ResponseReturnValue:
    """What waits for the people who pay."""
    organisation = organisation_of_payer()
    matters = [each for each in _matters(organisation) if each.count]
    return render(
        "payments/batches/home.html",
        matters=matters,
        day=helsinki_date(now()),
        over_stripe=pays_over_stripe(organisation)
        and current_actor().may(Permission.MAKE_PAYMENTS, organisation=organisation),
    )


def _matters(organisation: str) -> Iterator[Matter]:
    counts = queries.counts(session(), organisation)
    if current_actor().may(Permission.MAKE_PAYMENTS, organisation=organisation):
        ready = len(queries.payable(session(), organisation, helsinki_date(now())))
        yield Matter(_("Statements that can be put into a batch"), ready, url_for("payments.prepare"))
    missed = queries.missed_count(session(), organisation)
    yield Matter(
        _("Payments that have not come, as companies say"), missed, url_for("payments.missed"), "danger"
    )
    shown = (
        (_("Batches that wait for a release"), ("prepared", "checked"), "open", "info"),
        (_("Released batches that have not left"), ("released",), "open", "warning"),
        (_("Files that wait to be taken to the bank"), ("written",), "out", "warning"),
        (_("Batches that wait for the bank’s answer"), ("sent",), "out", "info"),
    )
    for title, states, where, tone in shown:
        count = sum(counts.get(BatchState(state), 0) for state in states)
        yield Matter(title, count, url_for("payments.index", show=where), tone)
    if current_actor().may(Permission.CONFIRM_IBAN):
        waiting = len(changes_for(work()))
        yield Matter(_("Account numbers to confirm"), waiting, url_for("account_changes.index"))


# --- batches ---------------------------------------------------------------------------------------------------------


@blueprint.get("/batches")
@requires(Permission.VIEW_PAYMENTS)
def index() -> ResponseReturnValue:
    """The organisation's batches: those that somebody has to do something with first of all."""
    organisation = organisation_of_payer()
    form = BatchesShownForm(request.args)
    form.show.choices = options(
        [
            ("open", _("Those that have not left")),
            ("out", _("Those on their way")),
            ("done", _("Those that are over")),
            ("all", _("All")),
        ]
    )
    wanted = form.show.data if form.show.data in _SHOWN else "all"
    form.show.data = wanted
    page, lines = queries.batches(session(), organisation, _SHOWN[wanted], asked_page())
    return render(
        "payments/batches/index.html",
        page=page,
        lines=lines,
        form=form,
        may_pay=current_actor().may(Permission.MAKE_PAYMENTS, organisation=organisation),
        page_url=lambda number: url_for("payments.index", show=wanted, page=number),
    )


@blueprint.route("/batches/new", methods=["GET", "POST"])
@requires(Permission.MAKE_PAYMENTS)
def prepare() -> ResponseReturnValue:
    """Put statements into a batch."""
    organisation = organisation_of_payer()
    trials = service.trials(work(), organisation)
    ready = [each for each in trials if not each.hindrances]
    form = PrepareBatchForm.from_request(
        statements=[each.statement.id for each in ready],
        pay_on=_proposed_day(),
    )
    form.statements.choices = options((str(each.statement.id), _trial_text(each)) for each in ready)
    return carry_out(
        form,
        lambda: service.prepare(work(), organisation, form.statements.data or (), found(form.pay_on.data)),
        done=lambda batch: lead_on(
            url_for("payments.show", batch_id=batch.id),
            _("The batch is prepared. Another person looks at it and releases it."),
        ),
        show=lambda: render(
            "payments/batches/prepare.html",
            form=form,
            ready=ready,
            hindered=[each for each in trials if each.hindrances],
        ),
    )


def _proposed_day() -> date:
    return bank_day_from(helsinki_date(now()) + USUALLY_AHEAD)


def _trial_text(trial: service.Trial) -> str:
    statement = trial.statement
    return _(
        "%(provider)s: statement %(number)s of %(month)s, %(amount)s",
        provider=statement.provider.name,
        number=statement.name,
        month=f"{statement.month:%-m/%Y}",
        amount=money_text(trial.amount),
    )


@dataclass(frozen=True, slots=True)
class ShownPayment:
    """A payment of a batch with what stands out about it."""

    row: PaymentRow
    verdict: tuple[Any, str] | None
    anomalies: Sequence[Any]
    is_outdated: bool

    @property
    def weight(self) -> int:
        """How much there is to look at."""
        doubts = self.verdict is not None and self.verdict[1] != "success"
        return len(self.anomalies) + 3 * doubts + 5 * self.is_outdated


@blueprint.get("/batches/<int:batch_id>")
@requires(Permission.VIEW_PAYMENTS)
def show(batch_id: int) -> ResponseReturnValue:
    """One batch: what is paid to whom, what stands out, and what can be done now."""
    return _page(batch_id)


def _page(batch_id: int, **forms: BaseForm) -> ResponseReturnValue:
    organisation_of_payer()
    batch = queries.batch_for(work(), batch_id)
    order = order_of(batch)
    digest = digest_of(order)
    rows = _shown_payments(batch)
    may_pay = work().may(Permission.MAKE_PAYMENTS, organisation=batch.organisation_key)
    is_open, is_late = batch.state in OPEN, _is_late(batch)
    journal = service.payment_data(batch.organisation_key).journal
    outdated = sum(each.is_outdated for each in rows)
    given = {
        "release_form": forms.get("release") or ReleaseBatchForm(formdata=None, digest=digest),
        "day_form": forms.get("day")
        or PayDayForm(formdata=None, pay_on=_proposed_day() if is_late else batch.pay_on),
        "cancel_form": forms.get("cancel") or CancelBatchForm(formdata=None),
        "plain_form": forms.get("plain") or PlainForm(formdata=None),
    }
    return render(
        "payments/batches/batch.html",
        batch=batch,
        order=order,
        digest=shown_digest(digest),
        released_digest=shown_digest(batch.digest),
        page=cut(rows, asked_page(), ROWS_SHOWN),
        page_url=lambda number: url_for("payments.show", batch_id=batch_id, page=number),
        doubtful=len(service.unconfirmed(batch)),
        outdated=outdated,
        is_late=is_late,
        is_stuck=is_open and bool(is_late or outdated),
        standing_out=sum(bool(each.anomalies) for each in rows),
        actions=BATCH.actions(batch.state) if may_pay else (),
        may_release=may_release(
            current_actor().user_id, prepared_by=batch.prepared_by_id, changed_by=batch.changed_by_id
        ),
        costs=() if journal is None else costs_of(order, journal),
        **given,
    )


def _is_late(batch: Batch) -> bool:
    """Whether the day of payment has passed and nothing has been told to the bank for certain."""
    return batch.pay_on < helsinki_date(now()) and batch.state in {*OPEN, BatchState.WRITTEN}


def _shown_payments(batch: Batch) -> list[ShownPayment]:
    """The payments of a batch, those with something to look at first."""
    histories = queries.histories(session(), batch)
    outdated = {row.id for row in service.outdated(work(), batch)} if batch.state in OPEN else set()
    today = helsinki_date(batch.released_at or now())
    shown = [
        ShownPayment(
            row,
            verdict_words(row),
            [
                labels.ANOMALIES[each]
                for each in _told(anomalies(row.amount, histories[row.id], today), batch)
            ],
            row.id in outdated,
        )
        for row in batch.payments
        if row.id in histories
    ]
    return sorted(shown, key=lambda each: (-each.weight, each.row.id))


def _told(noticed: Sequence[Anomaly], batch: Batch) -> Sequence[Anomaly]:
    """What stands out, as long as somebody can still do something about it."""
    return noticed if batch.state in OPEN else ()


def _back(batch_id: int, words: str) -> Callable[[object], ResponseReturnValue]:
    return lambda _result: lead_on(url_for("payments.show", batch_id=batch_id), words)


@blueprint.post("/batches/<int:batch_id>/release")
@requires(Permission.MAKE_PAYMENTS)
@fresh
def release(batch_id: int) -> ResponseReturnValue:
    """Release the batch as the second person."""
    form = ReleaseBatchForm.from_request()
    return carry_out(
        form,
        lambda: service.release(work(), batch_id, form.digest.data or "", form.reason.data or ""),
        done=_back(batch_id, _("The batch is released. Nothing has left yet.")),
        show=lambda: _page(batch_id, release=form),
    )


@blueprint.post("/batches/<int:batch_id>/day")
@requires(Permission.MAKE_PAYMENTS)
def reschedule(batch_id: int) -> ResponseReturnValue:
    """Pay the batch on another day."""
    form = PayDayForm.from_request()
    return carry_out(
        form,
        lambda: service.reschedule(work(), batch_id, found(form.pay_on.data)),
        done=_back(batch_id, _("The day of payment has been changed. The batch has to be released.")),
        show=lambda: _page(batch_id, day=form),
    )


@blueprint.post("/batches/<int:batch_id>/cancel")
@requires(Permission.MAKE_PAYMENTS)
def cancel(batch_id: int) -> ResponseReturnValue:
    """Give the batch up."""
    form = CancelBatchForm.from_request()
    return carry_out(
        form,
        lambda: service.cancel(work(), batch_id, form.reason.data or ""),
        done=_back(batch_id, _("The batch is cancelled. Its statements can be put into another one.")),
        show=lambda: _page(batch_id, cancel=form),
    )


@blueprint.post("/batches/<int:batch_id>/renew")
@requires(Permission.MAKE_PAYMENTS)
def renew(batch_id: int) -> ResponseReturnValue:
    """Take the companies' present names and accounts."""
    return _press(
        batch_id,
        lambda: service.renew(work(), batch_id),
        _("The batch has the companies’ present details. It has to be released."),
    )


@blueprint.post("/batches/<int:batch_id>/leave-out/<int:payment_id>")
@requires(Permission.MAKE_PAYMENTS)
def leave_out(batch_id: int, payment_id: int) -> ResponseReturnValue:
    """Leave one payment out."""
    return _press(
        batch_id,
        lambda: service.leave_out(work(), batch_id, payment_id),
        _("The payment has been left out. The batch has to be released."),
    )


@blueprint.post("/batches/<int:batch_id>/file")
@requires(Permission.MAKE_PAYMENTS)
def write(batch_id: int) -> ResponseReturnValue:
    """Make the file of the released batch."""
    return _press(
        batch_id,
        lambda: sending.write(work(), filestore(), batch_id),
        _("The file is made. Fetch it, take it to the bank, and say here that you have."),
    )


@blueprint.post("/batches/<int:batch_id>/send")
@requires(Permission.MAKE_PAYMENTS)
def send(batch_id: int) -> ResponseReturnValue:
    """Say that the file was taken to the bank, or let the batch go over Stripe."""
    return _press(
        batch_id,
        lambda: sending.send(work(), batch_id),
        _("The batch is sent. It is not paid before the bank or Stripe has said so."),
    )


def _press(batch_id: int, verb: Callable[[], object], words: str) -> ResponseReturnValue:
    """Answer a button of the batch's page."""
    form = PlainForm.from_request()
    return carry_out(form, verb, done=_back(batch_id, words), show=lambda: _page(batch_id, plain=form))


# --- files -----------------------------------------------------------------------------------------------------------


@blueprint.get("/batches/<int:batch_id>/file")
@requires(Permission.MAKE_PAYMENTS)
def file(batch_id: int) -> ResponseReturnValue:
    """The file that was made, for the bank or for the ledger system."""
    batch = queries.batch_for(work(), batch_id, permission=Permission.MAKE_PAYMENTS)
    if batch.file is None:
        raise NotFound()
    return hand_out(batch.file)


@blueprint.get("/batches/<int:batch_id>/payee-check")
@requires(Permission.MAKE_PAYMENTS)
def check_file(batch_id: int) -> ResponseReturnValue:
    """The file that asks the bank about names and accounts."""
    batch = queries.batch_for(work(), batch_id, permission=Permission.MAKE_PAYMENTS)
    return _attached(checking.check_file(batch))


@blueprint.get("/batches/<int:batch_id>/journal")
@requires(Permission.VIEW_PAYMENTS)
def journal(batch_id: int) -> ResponseReturnValue:
    """The batch as rows for the organisation's own ledger system."""
    batch = queries.batch_for(work(), batch_id)
    data = service.payment_data(batch.organisation_key)
    if data.journal is None:
        raise NotFound()
    rail, order = JournalRail(data.journal), order_of(batch)
    if faults := rail.faults(order):
        raise service.BatchHindered(faults, order)
    return _attached(rail.file(order))


def _attached(made: PaymentFile) -> ResponseReturnValue:
    response = Response(made.content, content_type=made.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
