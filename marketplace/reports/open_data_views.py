"""The page about open data."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from marketplace.permissions import Permission
from marketplace.reports import dictionary
from marketplace.reports.opendata import SETS
from marketplace.search.openapi import LICENCE_OF_DATA
from marketplace.web.frame import feature_blueprint, render, requires

blueprint = feature_blueprint("open_data", __name__, "/about/open-data")


@blueprint.get("")
@requires(Permission.PUBLIC)
def page() -> ResponseReturnValue:
    """Which data anybody may take, under which licence, and where."""
    return render(
        "reports/open_data.html", sets=SETS, licence=LICENCE_OF_DATA["url"], words=dictionary.measures()
    )
