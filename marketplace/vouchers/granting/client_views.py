"""The client's pages of service decisions: what has been decided, for how long and on what terms, and the letters."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from marketplace.clients.area.acting import acting
from marketplace.clients.rules import Part
from marketplace.errors import NotFound
from marketplace.files.uploads import hand_out
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.queries import current_definition
from marketplace.pilots.vocabulary import SERVICES
from marketplace.vouchers.granting import labels, queries, rules
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.web.frame import now, render, requires, session

blueprint: Final = Blueprint("decisions", __name__, url_prefix="/decisions")


def area_link() -> tuple[str, str]:
    """The page among those of the client's area; for the slot `clients.area_links`."""
    return _("Decisions"), url_for("client_area.decisions.index")


@blueprint.get("", endpoint="index")
@requires(Permission.OWN_MATTERS)
def decisions() -> ResponseReturnValue:
    """The decisions that have been made, the newest first."""
    whose = acting(Part.DECISIONS)
    made = queries.made_for(session(), whose.client.id)
    today = helsinki_date(now())
    return render("vouchers/granting/own.html", decisions=[_shown(each, today) for each in made])


@blueprint.get("/<int:decision_id>/letter", endpoint="letter")
@requires(Permission.OWN_MATTERS)
def letter(decision_id: int) -> ResponseReturnValue:
    """The letter of a decision as it was archived. Of another client's there is none."""
    whose = acting(Part.DECISIONS)
    found = next(
        (each for each in queries.made_for(session(), whose.client.id) if each.id == decision_id), None
    )
    if found is None or found.file is None:
        raise NotFound()
    return hand_out(found.file)


def _shown(decision: ServiceDecision, today: date) -> dict[str, Any]:
    return {
        "decision": decision,
        "kind": labels.KINDS[decision.kind],
        "standing": labels.STANDINGS[
            rules.standing_on(decision.state, decision.starts_on, decision.ends_on, today)
        ],
        "pilot": current_definition(session(), decision.pilot_key).name,
        "lines": [
            {
                "name": SERVICES[line.service_key].name,
                "granted": labels.granted_text(line.facts.amount, line.every),
                "bands": labels.bands_text(line.bands),
                "value": line.unit_value,
                "fee": labels.FEE_GROUNDS[line.fee_ground],
                "carry": labels.CARRIES[line.carry] if line.every is rules.Every.MONTH else None,
            }
            for line in decision.lines
        ],
    }
