"""The plan page: several services against a monthly budget; what is planned is in the address and nowhere else."""

from __future__ import annotations

from datetime import date

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import NotFound
from marketplace.i18n import _, current_language, date_text, helsinki_date, money_text
from marketplace.money import Money
from marketplace.offers.pricing.rules import HOUR
from marketplace.pdf import render_pdf
from marketplace.permissions import Permission
from marketplace.pilots.labels import price_text
from marketplace.pilots.vocabulary import BANDS
from marketplace.planning import service
from marketplace.planning.service import MonthPlan, Planned
from marketplace.search import carried_plan, own_budget
from marketplace.search.access import catalogue
from marketplace.search.engine import DamagedIndex, Engine
from marketplace.search.offer_cards import different_pilots
from marketplace.search.quantities import amount_text, amounts_text
from marketplace.web.downloads import made_file
from marketplace.web.frame import feature_blueprint, now, render, requires, session, settings

blueprint = feature_blueprint("planning", __name__)


@blueprint.get("/plan")
@requires(Permission.PUBLIC)
def plan() -> ResponseReturnValue:
    """Put services together against a budget in euros or hours and see what remains."""
    own = own_budget.known()
    shown = service.read(session(), _engine(), carried_plan.unpacked(request.args), helsinki_date(now()), own)
    return render(
        "planning/plan.html",
        plan=shown,
        my_budget=own,
        own_url=lambda line: url_for("planning.plan", **{**shown.parameters, **line.plan_query}),
        fits={each.id: _fits(own, each) for each in shown.services},
        left=left_sentence(shown),
        own_share=own_share_sentence(shown),
        over=shown.outcome.left is not None and shown.outcome.left < 0,
        amounts_text=amounts_text,
        packed=carried_plan.packed(shown.parameters),
        pilots_differ=_pilots_sentence(shown),
        unasked=unasked_sentence(shown),
        without_url=lambda planned: _without(shown, planned),
        instead_url=lambda planned, other: _instead(shown, planned, other),
        language=current_language(),
    )


@blueprint.get("/plan.pdf")
@requires(Permission.PUBLIC)
def plan_file() -> ResponseReturnValue:
    """The plan as a PDF; an empty plan has none."""
    day, own = helsinki_date(now()), own_budget.known()
    shown = service.read(session(), None, carried_plan.unpacked(request.args), day, own)
    if not shown.services:
        raise NotFound()
    content = render_pdf(
        "plan.typ",
        _pdf_data(shown, day),
        language=current_language(),
        title=_("Plan for a month"),
        now=now(),
    )
    return made_file(content, "application/pdf", f"{_('plan')}.pdf")


def _fits(own: own_budget.OwnBudget | None, planned: Planned) -> own_budget.Fitting | None:
    """What the own budget says of one service of the plan: of its month or, while nothing is asked, of its prices."""
    offer = planned.offer
    if planned.unasked:
        return own_budget.price_fits(own, offer.pilot, offer.service, offer.prices)
    return own_budget.cost_fits(own, offer.pilot, offer.service, own_budget.parts_of(planned.part.month))


def _pilots_sentence(shown: MonthPlan) -> str:
    """That the services are of different pilots; empty when they are not."""
    return different_pilots(planned.offer.pilot_name[current_language()] for planned in shown.services)


def _service_lines(planned: Planned) -> list[str]:
    """Who gives the service, each time of it with its price, and what is to be known of it."""
    language = current_language()
    lines = [", ".join(filter(None, [planned.offer.provider.name, planned.phone]))]
    lines += [
        _(
            "%(band)s: %(much)s × %(price)s",
            band=BANDS[line.band].name[language],
            much=amount_text(line.quantity, line.unit),
            price=price_text(line.unit_price, line.unit),
        )
        for line in planned.part.month.lines
    ]
    if planned.shortest:
        lines.append(
            _("The shortest visit is %(time)s, and at least that much is charged.", time=planned.shortest)
        )
    return [*lines, *planned.coming]


def _budget_text(shown: MonthPlan) -> str:
    if shown.budget is None:
        return ""
    amount = (
        money_text(Money(int(shown.budget * 100)))
        if shown.kind == "euros"
        else amount_text(shown.budget, HOUR)
    )
    return _("The budget for a month is %(amount)s.", amount=amount)


def _pdf_data(shown: MonthPlan, day: date) -> dict[str, object]:
    language = current_language()
    rows = [
        {
            "title": planned.title[language],
            "lines": _service_lines(planned),
            "much": amounts_text(planned.part.quantities) or _("Not said yet"),
            "cost": "–" if planned.unasked else money_text(planned.part.cost),
        }
        for planned in shown.services
    ]
    return {
        "head": [_("Service"), _("How much"), _("In a month")],
        "rows": rows,
        "address": settings().public_url + url_for("planning.plan", **shown.parameters),
        "total": [
            _("Together"),
            amounts_text(shown.outcome.quantities),
            money_text(shown.outcome.cost),
        ],
        "sentences": [
            *filter(None, [_budget_text(shown), own_share_sentence(shown), left_sentence(shown)]),
            *filter(None, [unasked_sentence(shown), _pilots_sentence(shown)]),
            _(
                "The prices are those of %(day)s. The decision on your budget says which services it covers.",
                day=date_text(day),
            ),
        ],
    }


def own_share_sentence(shown: MonthPlan) -> str:
    """What the client would pay of the plan, in a sentence; empty for nothing."""
    share = shown.outcome.own_share
    if not share.cents:
        return ""
    return _("%(amount)s of this is the own share, which the budget does not pay.", amount=money_text(share))


def unasked_sentence(shown: MonthPlan) -> str:
    """Which services the sum is without, as nothing was said of how much is wanted of them; empty for none."""
    titles = [planned.title[current_language()] for planned in shown.services if planned.unasked]
    if not titles:
        return ""
    return _(
        "The sum is without those that you have not said an amount for: %(services)s.",
        services="; ".join(titles),
    )


def left_sentence(shown: MonthPlan) -> str:
    """What remains of the budget in a sentence; empty without a budget."""
    left = left_text(shown)
    if left is None or shown.outcome.left is None:
        return ""
    amount = money_text(left) if isinstance(left, Money) else left
    if shown.outcome.left < 0:
        return _("The plan exceeds your budget by %(amount)s.", amount=amount)
    return _("%(amount)s of your budget remains.", amount=amount)


def _engine() -> Engine | None:
    """The catalogue's engine; the plan itself also works while the index is being made again."""
    index = catalogue().index
    try:
        index.refresh()
    except DamagedIndex:
        catalogue().report_damage()
        return None
    return index


def left_text(shown: MonthPlan) -> Money | str | None:
    """What remains of the budget, or by how much it is exceeded, as an amount or as hours."""
    if shown.outcome.left is None:
        return None
    if shown.kind == "euros":
        return Money(int(abs(shown.outcome.left)))
    return amount_text(abs(shown.outcome.left), HOUR)


def _without(shown: MonthPlan, planned: Planned) -> str:
    prefix = f"units[{planned.id}]"
    kept = {name: value for name, value in shown.parameters.items() if not name.startswith(prefix)}
    kept["offer"] = [identity for identity in shown.parameters["offer"] if identity != planned.id]
    return url_for("planning.plan", **kept)


def _instead(shown: MonthPlan, planned: Planned, other: int) -> str:
    """The plan with another offer in the place of one, the units kept."""
    prefix, new_prefix = f"units[{planned.id}]", f"units[{other}]"
    changed = {
        name.replace(prefix, new_prefix, 1) if name.startswith(prefix) else name: value
        for name, value in shown.parameters.items()
    }
    changed["offer"] = [
        other if identity == planned.id else identity for identity in shown.parameters["offer"]
    ]
    return url_for("planning.plan", **changed)
