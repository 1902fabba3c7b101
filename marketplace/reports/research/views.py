"""The page of research extracts in the office."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from flask.typing import ResponseReturnValue

from marketplace.errors import NotAllowed
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.queries import current_definition, pilots
from marketplace.reports.disclosure import FEWEST
from marketplace.reports.queries import own_pilot
from marketplace.reports.research import files, queries, service
from marketplace.reports.research.forms import ExtractForm
from marketplace.reports.research.models import ResearchExtract
from marketplace.reports.rules import Quarter, past_quarters
from marketplace.web.frame import current_actor, feature_blueprint, now, render, requires, session, work
from marketplace.web.posting import carry_out

blueprint = feature_blueprint("research", __name__, "/office/reports/research")


@blueprint.route("", methods=["GET", "POST"], endpoint="extracts")
@requires(Permission.GIVE_RESEARCH_DATA)
def extracts() -> ResponseReturnValue:
    """Which extracts were given to whom, what one holds, and making another: its file is shown once."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_own_organisation()
    names = {
        pilot.key: current_definition(session(), pilot.key).name[current_language()]
        for pilot in pilots(session(), organisation)
    }
    quarters = _quarters()
    form = ExtractForm.from_request(data={"first": quarters[-4].name, "last": quarters[-1].name})
    form.offer(list(names.items()), quarters)
    return carry_out(
        form,
        lambda: service.give(
            work(), own_pilot(session(), organisation, form.pilot.data), form.wanted(quarters)
        ),
        done=lambda made: _download(*made),
        show=lambda: render(
            "reports/research.html",
            form=form,
            names=names,
            extracts=queries.extracts(session(), organisation),
            tables=files.TABLES,
            columns=files.columns(),
            fewest=FEWEST,
        ),
    )


def _quarters() -> Sequence[Quarter]:
    """The last twelve quarters that are told."""
    return past_quarters(helsinki_date(now()), 12)


def _download(extract: ResearchExtract, content: bytes) -> Response:
    response = Response(content, mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=extract.file_name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
