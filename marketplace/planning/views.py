"""The plan page: several services against a monthly budget; what is planned is in the address and nowhere else."""

from __future__ import annotations

from decimal import Decimal

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.i18n import current_language, helsinki_date
from marketplace.money import Money
from marketplace.permissions import Permission
from marketplace.planning import service
from marketplace.planning.service import Plan, Planned
from marketplace.search.access import catalogue
from marketplace.search.engine import DamagedIndex, Engine
from marketplace.web import feature_blueprint, now, render, requires, session

blueprint = feature_blueprint("planning", __name__)


@blueprint.get("/plan")
@requires(Permission.PUBLIC)
def plan() -> ResponseReturnValue:
    """Put services together against a budget in euros or hours and see what remains."""
    shown = service.read(session(), _engine(), request.args, helsinki_date(now()))
    return render(
        "planning/plan.html",
        plan=shown,
        left=left_text(shown),
        over=shown.outcome.left is not None and shown.outcome.left < 0,
        hours_text=hours_text,
        without_url=lambda planned: _without(shown, planned),
        instead_url=lambda planned, other: _instead(shown, planned, other),
        language=current_language(),
    )


def _engine() -> Engine | None:
    """The catalogue's engine; the plan itself also works while the index is being made again."""
    index = catalogue().index
    try:
        index.refresh()
    except DamagedIndex:
        catalogue().report_damage()
        return None
    return index


def left_text(shown: Plan) -> Money | str | None:
    """What remains of the budget, or by how much it is exceeded, as an amount or as hours."""
    if shown.outcome.left is None:
        return None
    if shown.kind == "euros":
        return Money(int(abs(shown.outcome.left)))
    return hours_text(abs(shown.outcome.left))


def hours_text(hours: Decimal) -> str:
    """Hours as they are written: `7,5 h`."""
    text = f"{hours:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",") + " h"


def _without(shown: Plan, planned: Planned) -> str:
    mine = f"units[{planned.id}]"
    kept = {name: value for name, value in shown.parameters.items() if not name.startswith(mine)}
    kept["offer"] = [identity for identity in shown.parameters["offer"] if identity != planned.id]
    return url_for("planning.plan", **kept)


def _instead(shown: Plan, planned: Planned, other: int) -> str:
    """The plan with another offer in the place of one, the units kept."""
    mine, new = f"units[{planned.id}]", f"units[{other}]"
    changed = {
        name.replace(mine, new, 1) if name.startswith(mine) else name: value
        for name, value in shown.parameters.items()
    }
    changed["offer"] = [
        other if identity == planned.id else identity for identity in shown.parameters["offer"]
    ]
    return url_for("planning.plan", **changed)
