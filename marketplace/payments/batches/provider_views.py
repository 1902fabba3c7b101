"""A company's pages of its payments: what is on its way, what is paid, and how long it took; one payment."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from marketplace.i18n import _, helsinki_date
from marketplace.payments.batches import missing, provider_queries
from marketplace.payments.batches.forms import MissingForm
from marketplace.payments.batches.rules import may_be_missed
from marketplace.permissions import Permission
from marketplace.providers.models import Provider
from marketplace.providers.queries import my_provider
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, lead_on

blueprint = Blueprint("payments", __name__, url_prefix="/<int:provider_id>/payments")


def payments_link(provider: Provider) -> tuple[str, str]:
    """The payments among the pages of the provider's area."""
    return _("Payments"), url_for("providers.payments.index", provider_id=provider.id)


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """The company's payments, the latest first, with the days from delivery to paid."""
    provider = my_provider(work(), provider_id)
    page = provider_queries.payments(session(), provider_id, asked_page())
    return render(
        "payments/batches/provider_index.html",
        provider=provider,
        page=page,
        days=provider_queries.days_to_paid(session(), [row.id for row in page.rows]),
        page_url=lambda number: url_for("providers.payments.index", provider_id=provider_id, page=number),
    )


@blueprint.get("/<int:payment_id>")
@requires(Permission.EDIT_PROVIDER)
def advice(provider_id: int, payment_id: int) -> ResponseReturnValue:
    """The remittance advice of one payment: what it is for, and what the bank has said of it."""
    return _shown(provider_id, payment_id, MissingForm.from_request())


def _shown(provider_id: int, payment_id: int, form: MissingForm) -> ResponseReturnValue:
    provider = my_provider(work(), provider_id)
    row = provider_queries.payment(session(), provider_id, payment_id)
    return render(
        "payments/batches/advice.html",
        provider=provider,
        payment=row,
        news=provider_queries.news_of(session(), payment_id),
        days=provider_queries.days_to_paid(session(), [payment_id]).get(payment_id),
        messages=provider_queries.messages_of(session(), payment_id),
        form=form,
        may_be_missed=may_be_missed(row.state, row.batch.pay_on, helsinki_date(now())),
    )


@blueprint.post("/<int:payment_id>/missing")
@requires(Permission.EDIT_PROVIDER)
def miss(provider_id: int, payment_id: int) -> ResponseReturnValue:
    """Say that the payment has not come."""
    form = MissingForm.from_request()
    return carry_out(
        form,
        lambda: missing.miss(work(), provider_id, payment_id, form.text.data or ""),
        done=lambda _row: lead_on(
            url_for("providers.payments.advice", provider_id=provider_id, payment_id=payment_id),
            _("The organisation has your message. Its answer comes here, and you hear of it by e-mail."),
        ),
        show=lambda: _shown(provider_id, payment_id, form),
    )
