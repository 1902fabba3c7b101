"""How a pilot is going: a page for everybody, in plain language, from the same figures as the office's."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from marketplace.i18n import current_language
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.queries import current_definition, pilot
from marketplace.reports import queries, shown
from marketplace.reports.disclosure import FEWEST
from marketplace.reports.labels import quarter_text
from marketplace.reports.rules import Dimension, Measure, ReportKind
from marketplace.web.frame import feature_blueprint, render, requires, session

blueprint = feature_blueprint("results", __name__, "/pilots")

PARTS = (
    (ReportKind.MONEY, Dimension.MONTH, (Measure.SPENT, Measure.CLIENTS)),
    (ReportKind.CHOICE, Dimension.MONTH, (Measure.AGREEMENTS, Measure.CHANGES)),
    (ReportKind.SUPPLY, Dimension.SERVICE, (Measure.OFFERS, Measure.PRICE_OF_CEILING)),
    (ReportKind.SUPPLY, Dimension.MUNICIPALITY, (Measure.OFFERS, Measure.APPROVED)),
    (ReportKind.DEMAND, Dimension.MUNICIPALITY, (Measure.SEARCHES,)),
    (ReportKind.EFFECTS, Dimension.ITEM, (Measure.BETTER, Measure.SAME, Measure.WORSE)),
)
"""What the page draws: of which report, by what, which of its numbers; the first is the picture."""


@blueprint.get("/<key>/results")
@requires(Permission.PUBLIC)
def results(key: str) -> ResponseReturnValue:
    """What a pilot has shown so far: sentences in plain language, pictures and tables."""
    found = pilot(session(), key)
    show_organisation(found.organisation)
    quarters = queries.quarters_of(session(), key)
    told, latest = queries.editions_for_page(
        session(), quarters, tuple(Measure), next(reversed(quarters), None)
    )
    return render(
        "reports/results.html",
        pilot=found,
        name=current_definition(session(), key).name,
        sentences=shown.plain_sentences(latest, current_language()) if latest else [],
        quarter=quarter_text(latest.quarter) if latest else "",
        note=shown.note_of(latest) if latest else "",
        tables=[shown.part(told, report, dimension, measures) for report, dimension, measures in PARTS]
        if told
        else [],
        fewest=FEWEST,
    )
