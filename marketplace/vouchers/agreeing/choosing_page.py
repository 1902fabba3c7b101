"""The page on which a provider is chosen: what it would cost against the budget, the rules, and the request.

It is the same for the client, for who acts for the client, and for the client's counsellor. What is wanted is counted
from the address, as often as one likes; the request is a form of its own with what was counted last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.clients.models import Client
from marketplace.days import AGREED, NoDay, read_day
from marketplace.errors import Invalid
from marketplace.i18n import days_text, helsinki_date
from marketplace.offers.pricing.values import Shares
from marketplace.search.quantities import amount_text as quantity_text
from marketplace.search.quantities import read_monthly
from marketplace.text import whole_number
from marketplace.vouchers.agreeing import queries
from marketplace.vouchers.agreeing.forms import (
    AskForm,
    CountForm,
    change_reason_field,
    nothing_wanted,
    units_fields,
)
from marketplace.vouchers.agreeing.labels import dearer_text, obstacle_text, rule_texts
from marketplace.vouchers.agreeing.rules import Wish, asks_why
from marketplace.vouchers.agreeing.service import ask, earliest_first_day
from marketplace.vouchers.agreeing.weighing import Weighing, weigh
from marketplace.vouchers.granting.labels import amount_text
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty
from marketplace.web.frame import now, render, session, work
from marketplace.web.posting import carry_out


@dataclass(frozen=True, slots=True)
class ChoicePage:
    """Whose choice it is and who makes it; `template` draws it, `done` leads on when the provider has been asked.

    `more` is what the template shows besides.
    """

    client: Client
    by: AgreementParty
    template: str
    done: Callable[[Agreement], ResponseReturnValue]
    more: Mapping[str, Any]


def answer(page: ChoicePage, offer_id: int) -> ResponseReturnValue:
    """Show the page, or ask the provider."""
    sent = MultiDict(list(request.values.items()))
    replaces = _replaced(page.client, sent)
    offer = queries.offer_for_client(session(), page.client, offer_id)
    asked_why = replaces is not None and asks_why(
        replaces.offer.provider_id, offer.provider_id, replaces.ended_by
    )
    form: Any = AskForm.from_request(extra=change_reason_field() if asked_why else None)

    def verb() -> Agreement:
        found, counted = _weighed(page.client, offer_id, sent, replaces)
        if not _counts(counted, sent):
            raise Invalid(nothing_wanted())
        version = whole_number(sent.get("version")) or 0
        wish = Wish(
            found.starts_on,
            _quantities(found, counted),
            version,
            replaces.id if replaces else None,
            form.change_reason.data if asked_why else None,
        )
        return ask(work(), page.client, offer_id, wish, by=page.by)

    def show() -> ResponseReturnValue:
        found, counted = _weighed(page.client, offer_id, sent, replaces)
        return render(
            page.template,
            form=form,
            count=counted,
            found=found,
            told=_told(found, counted, sent),
            obstacles=[obstacle_text(each) for each in found.obstacles],
            rules=rule_texts(found.pilot, found.version) if found.version is not None else {},
            room=amount_text(found.room) if found.room is not None else "",
            answer_days=days_text(found.pilot.agreements.answer_days),
            quantity_in_words=quantity_text,
            earliest=earliest_first_day(_today(), found.pilot, offer_id, replaces),
            **page.more,
        )

    return carry_out(form, verb, done=page.done, show=show)


def _today() -> date:
    return helsinki_date(now())


def _replaced(client: Client, sent: MultiDict[str, str]) -> Agreement | None:
    number = whole_number(sent.get("instead_of"))
    return None if number is None else queries.for_client(session(), client, number)


def _weighed(
    client: Client, offer_id: int, sent: MultiDict[str, str], replaces: Agreement | None
) -> tuple[Weighing, CountForm]:
    """The client and the offer side by side on the day that is wanted, and the form of what is wanted."""
    today = _today()
    offer = queries.offer_for_client(session(), client, offer_id)
    found = weigh(session(), client, offer, today, today=today, replaces=replaces)
    day = _day(sent.get("starts_on", ""), today) or earliest_first_day(today, found.pilot, offer_id, replaces)
    found = weigh(session(), client, offer, day, today=today, replaces=replaces)
    values: dict[str, Any] = {"starts_on": day}
    if replaces is not None and replaces.offer_id == offer_id:
        values |= {band: each.replace(".", ",") for band, each in replaces.wanted.items()}
    formdata = sent if "starts_on" in sent else None
    return found, CountForm(formdata=formdata, extra=units_fields(found.prices), **values)


def _day(text: str, today: date) -> date | None:
    try:
        return read_day(text.strip(), AGREED, today=today)
    except NoDay:
        return None


def _counts(counted: CountForm, sent: MultiDict[str, str]) -> bool:
    """Whether something was sent that can be counted; what is wrong stands at its field then."""
    return "starts_on" in sent and bool(counted.validate())


def _quantities(found: Weighing, counted: CountForm) -> dict[str, Decimal]:
    read = {band: read_monthly(counted[band].data or "", price.unit) for band, price in found.prices.items()}
    return {band: number for band, number in read.items() if number}


@dataclass(frozen=True, slots=True)
class CountedMonth:
    """What was counted, for the page: the month's cost and what it holds, whether it fits, and what goes along with the
    request. `shares`: who pays what of it. `dearer` are sentences on prices above the value of an hour; `may_ask`:
    nothing speaks against asking.
    """

    month: Any
    held: str
    over: str
    shares: Shares
    dearer: tuple[str, ...]
    may_ask: bool
    carried: Mapping[str, str]


def _told(found: Weighing, counted: CountForm, sent: MultiDict[str, str]) -> CountedMonth | None:
    """None before anything has been counted."""
    if not _counts(counted, sent) or found.version is None:
        return None
    quantities = _quantities(found, counted)
    if not quantities:
        counted.form_errors.append(nothing_wanted())
        return None
    month = found.month(quantities)
    held, over, dearer = found.held(month), found.over(month), found.dearer(month)
    typed = {name: sent.get(name, "") for name in ("starts_on", "instead_of", *found.prices)}
    return CountedMonth(
        month=month,
        held="" if held is None else amount_text(held),
        over="" if over is None else amount_text(over),
        shares=found.shares(month),
        dearer=tuple(dearer_text(band, more) for band, more in dearer.items()),
        may_ask=found.can_be_chosen and over is None and (not dearer or found.value.own_share_allowed),
        carried=typed | {"version": str(found.version.id)},
    )
