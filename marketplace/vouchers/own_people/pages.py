"""What the pages of both sides about people near to a client share: the words, the form, and the part of the plan."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from markupsafe import Markup

from marketplace.clients.models import Client
from marketplace.clients.plans.queries import versions_of
from marketplace.clients.plans.rules import Arranged
from marketplace.errors import NotFound
from marketplace.i18n import _, _l, helsinki_date
from marketplace.pilots.queries import current_definition, kept_definition
from marketplace.providers.company.queries import latest_change
from marketplace.providers.company.rules import AccountChangeState
from marketplace.text import whole_number
from marketplace.vouchers.labels import PARTIES
from marketplace.vouchers.own_people import labels, queries
from marketplace.vouchers.own_people.forms import OwnPersonForm
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.service import points_of
from marketplace.web.frame import SAFE_METHODS, now, session


def words() -> dict[str, Any]:
    """What every page of these people is worded with."""
    return {
        "own_states": labels.OWN_PERSON_STATES,
        "paid_for": labels.paid_for_text,
        "price_of": labels.price_text,
        "own_parties": PARTIES,
    }


def shown(own: OwnPerson) -> dict[str, Any]:
    """What a page about one person tells besides the person."""
    definition = kept_definition(session(), own.pilot_version_id)
    return {
        "pilot": current_definition(session(), own.pilot_key).name,
        "account": _account_text(own),
        "points": [each.text for each in points_of(own, definition) if each.key in own.checked],
        **words(),
    }


def _account_text(own: OwnPerson) -> str:
    """How the person's account stands, by the last digits of its number; empty before the approval."""
    asked = None if own.offer is None else latest_change(session(), own.offer.provider_id)
    if asked is None:
        return ""
    told = {
        AccountChangeState.WAITING: _("ending %(digits)s, waits for another person of the office"),
        AccountChangeState.CONFIRMED: _("ending %(digits)s, confirmed"),
        AccountChangeState.REFUSED: _("ending %(digits)s, not confirmed: %(reason)s"),
    }
    return told.get(asked.state, "") % {"digits": asked.iban[-4:], "reason": asked.reason}


def proposal_form(form: OwnPersonForm, client: Client, line: str) -> int | None:
    """Offer what somebody can be paid for, and begin with a line of the client's plan; the number of its version."""
    pilots = queries.pilots_that_pay(session(), client, helsinki_date(now()))
    if not pilots:
        raise NotFound(_l("This trial does not let a person near to the client be paid."))
    form.offer(pilots)
    plan = next(iter(versions_of(session(), client.id)), None)
    if plan is None:
        return None
    at = whole_number(line)
    lines = plan.content.lines
    if at is not None and at < len(lines) and lines[at].arranged is Arranged.PAID_PERSON:
        if request.method in SAFE_METHODS and not form.name.data:
            form.name.data = lines[at].who
        return plan.number
    return None


def plan_part(client: Client, *, for_staff: bool, may_propose: bool) -> Markup:
    """A part of the page of a support plan, where somebody near to the client can be paid or once was: who they are,
    and a way to propose the person whom a line of the plan names. For the slot `clients.plan`.
    """
    people = queries.of_client(session(), client.id)
    allowed = bool(queries.pilots_that_pay(session(), client, helsinki_date(now())))
    if not people and not allowed:
        return Markup()
    plan = next(iter(versions_of(session(), client.id)), None)
    lines = [] if plan is None else list(enumerate(plan.content.lines))
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "vouchers/own_people/_of_plan.html",
            client=client,
            people=people,
            lines=[(at, each) for at, each in lines if each.arranged is Arranged.PAID_PERSON],
            may_propose=may_propose and allowed,
            for_staff=for_staff,
            **words(),
        )
    )
