"""The payer's pages of what the bank says: its answers, one payment, one cent from the decision to the bank's row."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.deliveries.models import Delivery
from marketplace.files.store import clean_name
from marketplace.files.uploads import filestore
from marketplace.i18n import _, date_text, helsinki_date
from marketplace.payments.batches import answering, missing, queries, tracing
from marketplace.payments.batches.at_stripe import may_be_taken_back
from marketplace.payments.batches.blueprint import blueprint, organisation_of_payer, verdict_words
from marketplace.payments.batches.forms import BankFileForm, MissingForm
from marketplace.payments.batches.rules import BATCH, BatchAction, PaymentState
from marketplace.payments.rails.sepa.reading import MAX_BYTES
from marketplace.permissions import Permission
from marketplace.vouchers.panels import record_seen
from marketplace.web.frame import current_actor, render, requires, session, work
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, lead_on

# --- answers ---------------------------------------------------------------------------------------------------------


@blueprint.get("/answers")
@requires(Permission.VIEW_PAYMENTS)
def answers() -> ResponseReturnValue:
    """The files that the bank has given back, and a place for another one."""
    return _answers_page(BankFileForm.from_request())


def _answers_page(form: BankFileForm) -> ResponseReturnValue:
    organisation = organisation_of_payer()
    return render(
        "payments/batches/answers.html",
        form=form,
        page=queries.answers(session(), organisation, asked_page()),
        may_pay=current_actor().may(Permission.MAKE_PAYMENTS, organisation=organisation),
        page_url=lambda number: url_for("payments.answers", page=number),
    )


@blueprint.post("/answers")
@requires(Permission.MAKE_PAYMENTS)
def read() -> ResponseReturnValue:
    """Read a file of the bank."""
    organisation = organisation_of_payer()
    form = BankFileForm.from_request()
    return carry_out(
        form,
        lambda: answering.read(
            work(),
            filestore(),
            organisation,
            clean_name(form.file.data.filename or ""),
            form.file.data.stream.read(MAX_BYTES + 1),
        ),
        done=lambda reading: lead_on(url_for("payments.answers"), _read_text(reading)),
        show=lambda: _answers_page(form),
    )


def _read_text(reading: answering.ReadAnswer) -> str:
    if reading.is_repeated:
        return _(
            "This file was read on %(day)s. Nothing has changed.",
            day=date_text(helsinki_date(reading.answer.read_at)),
        )
    return _(
        "The file has been read. News about payments: %(changed)s, known before: %(known)s.",
        changed=reading.answer.changed,
        known=reading.answer.known,
    )


@blueprint.get("/payments/<int:payment_id>")
@requires(Permission.VIEW_PAYMENTS)
def payment(payment_id: int) -> ResponseReturnValue:
    """One payment: to whom, for which statement, and what the bank has said of it."""
    return _payment_page(payment_id, MissingForm.from_request())


def _payment_page(payment_id: int, form: MissingForm) -> ResponseReturnValue:
    organisation_of_payer()
    row = queries.payment_for(work(), payment_id)
    return render(
        "payments/batches/payment.html",
        payment=row,
        news=queries.news_of(session(), payment_id),
        entries=tracing.entries_about(session(), f"payment:{payment_id}"),
        deliveries=tracing.deliveries_of(session(), row.statement_id),
        verdict=verdict_words(row),
        messages=queries.messages_of(session(), payment_id),
        form=form,
        may_answer=row.missed_at is not None
        and work().may(Permission.MAKE_PAYMENTS, organisation=row.batch.organisation_key),
        may_take_back=may_be_taken_back(row)
        and work().may(Permission.MAKE_PAYMENTS, organisation=row.batch.organisation_key),
        may_leave_out=row.state == PaymentState.WAITING
        and BATCH.allows(row.batch.state, BatchAction.CHANGE)
        and work().may(Permission.MAKE_PAYMENTS, organisation=row.batch.organisation_key),
    )


@blueprint.post("/payments/<int:payment_id>/answer")
@requires(Permission.MAKE_PAYMENTS)
def answer(payment_id: int) -> ResponseReturnValue:
    """Answer a company that says that the payment has not come."""
    form = MissingForm.from_request()
    return carry_out(
        form,
        lambda: missing.answer(work(), payment_id, form.text.data or ""),
        done=lambda _row: lead_on(
            url_for("payments.payment", payment_id=payment_id), _("Your answer has been sent to the company.")
        ),
        show=lambda: _payment_page(payment_id, form),
    )


@blueprint.get("/missing")
@requires(Permission.VIEW_PAYMENTS)
def missed() -> ResponseReturnValue:
    """The payments that have not come, as companies say, the longest waiting first."""
    organisation = organisation_of_payer()
    return render(
        "payments/batches/missed.html",
        page=queries.missed(session(), organisation, asked_page()),
        page_url=lambda number: url_for("payments.missed", page=number),
    )


@blueprint.get("/trace/<int:delivery_id>")
@requires(Permission.VIEW_PAYMENTS)
def trace(delivery_id: int) -> ResponseReturnValue:
    """One delivery from the service decision to the bank's row; that it was looked at is recorded."""
    organisation_of_payer()
    found = tracing.trace(work(), delivery_id)
    record_seen(
        [found.delivery.agreement],
        organisation=found.delivery.organisation_key,
        subject=(Delivery.__audit_name__, delivery_id),
    )
    return render("payments/batches/trace.html", trace=found, sources=_sources(found))


def _sources(found: tracing.Trace) -> dict[int, str]:
    """The books' entries in words: what each books."""
    delivered = {
        entry.id: _("Taken back") if entry.source.endswith(":reversed") else _("Owed to the provider")
        for entry in found.entries
    }
    return delivered | {
        entry.id: _("Came back") if entry.source.endswith(":returned") else _("Left the payer")
        for statement in found.statements
        for payment in statement.payments
        for entry in payment.entries
    }
