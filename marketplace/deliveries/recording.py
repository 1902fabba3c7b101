"""The form of a delivery: the same for a provider, and for who records for a person near to a client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marketplace.deliveries import service
from marketplace.deliveries.forms import HoursForm, QuantityForm
from marketplace.errors import Fault, Invalid
from marketplace.i18n import current_language, helsinki_date, money_text
from marketplace.offers.pricing.rules import HOUR
from marketplace.pilots.definition import DeliveryRules
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import BANDS
from marketplace.vouchers.models import Agreement
from marketplace.web.forms import options
from marketplace.web.frame import now, session
from marketplace.work import UnitOfWork


def is_hourly(agreement: Agreement) -> bool:
    """Whether what is given is recorded with its times."""
    return any(row.unit == HOUR for row in agreement.version.prices)


def form_for(agreement: Agreement) -> Any:
    """The form that fits the prices of an agreement."""
    form: Any = (HoursForm if is_hourly(agreement) else QuantityForm).from_request(day=helsinki_date(now()))
    if not is_hourly(agreement):
        form.band.choices = options(
            (row.band, f"{BANDS[row.band].name[current_language()]}, {money_text(row.amount)}")
            for row in agreement.version.prices
        )
    return form


def rules_of(agreement: Agreement) -> DeliveryRules:
    """The pilot's rules of deliveries under an agreement."""
    version = agreement.offer.approval.pilot_version_id
    return kept_definition(session(), version, current_ceilings=True).deliveries


def said_faults(work: UnitOfWork, form: Any, agreement: Agreement) -> Iterator[Fault]:
    """Beside what the form itself refuses, what is wrong with the delivery as far as it can be read."""
    if not form.errors:
        return  # the verb tells everything, also what it costs
    try:
        measure = form.measure
    except Invalid:
        return
    yield from service.said_faults(work, agreement, form.said(measure), rules_of(agreement))
