"""The pages of reports in the office, and their files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import NotAllowed, NotFound
from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition, pilots
from marketplace.reports import dictionary, queries, shown
from marketplace.reports.disclosure import FEWEST
from marketplace.reports.forms import QuarterForm
from marketplace.reports.labels import BY, quarter_text
from marketplace.reports.queries import Edition
from marketplace.reports.rules import SPECS, Quarter, ReportKind, measures_of
from marketplace.sheets import CSV, XLSX, as_csv, as_xlsx
from marketplace.web.frame import current_actor, feature_blueprint, render, requires, session

blueprint = feature_blueprint("reports", __name__, "/office/reports")

MEDIA_TYPES: Final = {"csv": CSV, "xlsx": XLSX, "json": "application/json"}


@blueprint.get("")
@requires(Permission.VIEW_REPORTS)
def index() -> ResponseReturnValue:
    """The pilots of the organisation with their reports."""
    own = pilots(session(), _organisation())
    return render(
        "reports/index.html",
        pilots=[(pilot, current_definition(session(), pilot.key).name) for pilot in own],
        reports=dictionary.reports(),
        gives_research_data=current_actor().may(Permission.GIVE_RESEARCH_DATA),
    )


@blueprint.get("/dictionary")
@requires(Permission.VIEW_REPORTS)
def words() -> ResponseReturnValue:
    """The data dictionary: what every number is and how it is counted."""
    _organisation()
    return render(
        "reports/dictionary.html",
        reports=dictionary.reports(),
        measures_of=measures_of,
        words=dictionary.measures(),
        specs=SPECS,
        by=BY,
        unit_text=shown.unit_text,
        fewest=FEWEST,
    )


@blueprint.get("/<key>/<any(supply, demand, choice, money, effects, fairness):name>")
@requires(Permission.VIEW_REPORTS, may_lag=True)
def report(key: str, name: str) -> ResponseReturnValue:
    """A report of a pilot in a quarter; the latest when the address names none."""
    pilot, asked = _pilot(key), ReportKind(name)
    quarters = queries.quarters_of(session(), pilot.key)
    told, chosen = queries.editions_for_page(session(), quarters, measures_of(asked), _chosen(quarters))
    return render(
        "reports/report.html",
        pilot=pilot,
        pilot_name=current_definition(session(), pilot.key).name,
        report=asked,
        words=dictionary.reports()[asked],
        tabs=[
            (
                each.name[current_language()],
                url_for("reports.report", key=key, name=other.value, quarter=request.args.get("quarter")),
            )
            for other, each in dictionary.reports().items()
        ],
        form=_quarter_form(told, chosen),
        shown=None if chosen is None else shown.shown(asked, told, chosen),
        fewest=FEWEST,
    )


@blueprint.get(
    "/<key>/<any(supply, demand, choice, money, effects, fairness):name>.<any(csv, xlsx, json):kind>"
)
@requires(Permission.VIEW_REPORTS, may_lag=True)
def download(key: str, name: str, kind: str) -> ResponseReturnValue:
    """Every number of a report of a pilot, in all quarters, as a file."""
    pilot, asked = _pilot(key), ReportKind(name)
    told = queries.editions(session(), pilot.key, measures_of(asked))
    title = dictionary.reports()[asked].name[current_language()]
    if kind == "json":
        content = json.dumps(shown.as_data(asked, pilot, told), ensure_ascii=False).encode()
    else:
        heads, rows = shown.header(), shown.lines(asked, told)
        content = as_csv(heads, rows) if kind == "csv" else as_xlsx(heads, rows, title=title)
    return Response(
        content,
        content_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{pilot.key}-{asked.value}.{kind}"'},
    )


def _organisation() -> str:
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_own_organisation()
    return organisation


def _pilot(key: str) -> Pilot:
    return queries.own_pilot(session(), _organisation(), key)


def _quarter_form(told: list[Edition], chosen: Edition | None) -> QuarterForm:
    form = QuarterForm(formdata=None, data={"quarter": chosen and chosen.quarter.name})
    form.quarter.choices = [(each.quarter.name, quarter_text(each.quarter)) for each in reversed(told)]
    return form


def _chosen(quarters: Mapping[int, Quarter]) -> int | None:
    """The number of the edition of the quarter in the address, or of the latest; an unknown one is not found."""
    if "quarter" not in request.args:
        return list(quarters)[-1] if quarters else None
    for number, quarter in quarters.items():
        if quarter.name == request.args["quarter"]:
            return number
    raise NotFound()
