"""The budget of who is signed in, for search, comparison and plan."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g, request, url_for

from marketplace.budgets.queries import budgets_of
from marketplace.clients.area.acting import PARAMETER, Acting, reachable
from marketplace.clients.looking import note_when_shown
from marketplace.clients.rules import Ground, Part
from marketplace.i18n import helsinki_date
from marketplace.permissions import Permission
from marketplace.search.own_budget import OwnBudget, OwnLine
from marketplace.text import whole_number
from marketplace.vouchers.granting.balance import current
from marketplace.web.frame import current_actor, now, session


def own_budget() -> OwnBudget | None:
    """What runs today for the signed-in client, or for the client for whom a helper acts; for `search.own_budget`.

    Who may see the budgets of several says of whom in the address (`for`), as on the client’s pages; otherwise none is
    meant, and the page leads to the choice.
    What a helper sees stands in the client's log. Where two lines pay a service, the older one comes first, as when an
    agreement is made (`granting.queries.line_for`).
    """
    if not current_actor().may(Permission.OWN_MATTERS):
        return None
    choices = reachable()
    whose = _meant(choices)
    choosing = ""
    if len(choices) > 1:
        choosing = url_for("client_area.whose", next=request.full_path.rstrip("?"))
    if whose is None:
        return OwnBudget([], choosing=choosing) if choosing else None
    if choosing:
        g.budget_of = whose.client.id
    held = budgets_of(session(), whose.client, helsinki_date(now()))
    lines = [
        OwnLine(
            pilot=decision.pilot_key,
            service=line.service_key,
            unit=line.unit,
            left=period.sums.left,
            bands=tuple(line.bands),
            value=line.value,
            is_own=whose.is_own,
        )
        for decision in reversed(held.decisions)
        for line in decision.lines
        if (period := current(held.periods.get(line.id, ()), helsinki_date(now()))) is not None
    ]
    if lines and not whose.is_own:
        note_when_shown([whose.client.id], Part.DECISIONS, Ground.MANDATE)
    return OwnBudget(
        lines,
        whose.client.municipality,
        name="" if whose.is_own else whose.client.title,
        choosing=choosing,
    )


def _meant(choices: Sequence[Acting]) -> Acting | None:
    asked = whole_number(request.args.get(PARAMETER))
    if asked is None and len(choices) == 1:
        return choices[0]
    return next((each for each in choices if each.client.id == asked), None)
