"""The page of research extracts in the office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, redirect, url_for
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
from marketplace.reports.research.service import Wanted, can_be_fetched
from marketplace.reports.rules import Quarter, past_quarters
from marketplace.web.frame import (
    current_actor,
    database,
    feature_blueprint,
    now,
    render,
    requires,
    session,
    work,
)
from marketplace.web.posting import carry_out

blueprint = feature_blueprint("research", __name__, "/office/reports/research")


@blueprint.route("", methods=["GET", "POST"], endpoint="extracts")
@requires(Permission.GIVE_RESEARCH_DATA)
def extracts() -> ResponseReturnValue:
    """Which extracts were given to whom, what one holds, and making another: its file follows."""
    organisation, quarters = _organisation(), _quarters()
    with database().read() as reading:  # nothing that a change would wait for
        names = {
            pilot.key: current_definition(reading, pilot.key).name[current_language()]
            for pilot in pilots(reading, organisation)
        }
    form = ExtractForm.from_request(data={"first": quarters[-4].name, "last": quarters[-1].name})
    form.offer(list(names.items()), quarters)
    return carry_out(
        form,
        lambda: _given(organisation, form.pilot.data, form.wanted(quarters)),
        done=lambda made: redirect(url_for("research.file", number=made.id)),
        show=lambda: _page(form, organisation, names),
    )


def _given(organisation: str, pilot_key: str, wanted: Wanted) -> ResearchExtract:
    counted = service.count_apart(database(), pilot_key, wanted, now=now())
    made, _content = service.give(work(), own_pilot(session(), organisation, pilot_key), counted)
    return made


def _page(form: ExtractForm, organisation: str, names: Mapping[str, str]) -> ResponseReturnValue:
    show_own_organisation()
    person, given = current_actor().user_id, queries.extracts(session(), organisation)
    return render(
        "reports/research.html",
        form=form,
        names=names,
        extracts=given,
        fetched={each.id for each in given if each.made_by_id == person and can_be_fetched(each, now())},
        tables=files.TABLES,
        columns=files.columns(),
        fewest=FEWEST,
    )


@blueprint.get("/<int:number>.zip", endpoint="file")
@requires(Permission.GIVE_RESEARCH_DATA)
def file(number: int) -> ResponseReturnValue:
    """The file of an extract, for who has just made it."""
    extract = queries.own_extract(session(), _organisation(), current_actor().user_id, number)
    response = Response(service.file_again(session(), extract, now=now()), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=extract.file_name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _organisation() -> str:
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    return organisation


def _quarters() -> Sequence[Quarter]:
    """The last twelve quarters that are told."""
    return past_quarters(helsinki_date(now()), 12)
