"""The public pages of the pilots: what they are, what they pay for, their rulebooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from markupsafe import Markup

from marketplace.errors import NotFound
from marketplace.i18n import _, _l, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries, vocabulary
from marketplace.pilots.branding import logo_file, show_organisation
from marketplace.pilots.definition import DAYS, DayKind
from marketplace.pilots.figures import months_paid
from marketplace.pilots.labels import time_text
from marketplace.pilots.models import Pilot, PilotVersion
from marketplace.slots import Panel
from marketplace.web.frame import feature_blueprint, now, render, requires, session

blueprint = feature_blueprint("pilots", __name__, "/pilots")
logos = Blueprint("logos", __name__, url_prefix="/logos")

LOGO_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A logo opened by its own address may draw in its own colours, and do nothing else."""


pilot_panels: Final = Panel[Callable[[str], Markup]](
    "pilots.pilot",
    "Parts of a pilot’s page, for its key: ready HTML, nothing where there is nothing to show.",
)


@blueprint.before_app_request
def _follow_the_words() -> None:
    """Take words that have been added since the last request into use."""
    vocabulary.follow()


@blueprint.app_context_processor
def _vocabularies() -> dict[str, object]:
    """Let templates name services, groups, bands and the rest by their keys."""
    return {"vocabulary": vocabulary}


@logos.get("/<key>/<digest>.<any(svg, png):suffix>")
@requires(Permission.PUBLIC)
def logo(key: str, digest: str, suffix: str) -> ResponseReturnValue:
    """The logo of an organisation as a file; its address changes with the picture."""
    picture = logo_file(key, digest, suffix)
    if picture is None:
        raise NotFound()
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": LOGO_POLICY,
    }
    return Response(picture.content, headers=headers, mimetype=picture.media_type)


@blueprint.get("")
@requires(Permission.PUBLIC)
def index() -> ResponseReturnValue:
    """All pilots, the one that takes applications first."""
    today = helsinki_date(now())
    found = [(pilot, queries.current_definition(session(), pilot.key)) for pilot in queries.pilots(session())]
    found.sort(key=lambda pair: (not pair[1].takes_applications(today), pair[1].name[current_language()]))
    return render("pilots/index.html", pilots=found, today=today)


@blueprint.get("/<key>")
@requires(Permission.PUBLIC)
def pilot(key: str) -> ResponseReturnValue:
    """One pilot: whom it is for, where, its services with their highest prices, and how to join."""
    found = queries.pilot(session(), key)
    definition = queries.current_definition(session(), key)
    show_organisation(found.organisation)
    return render(
        "pilots/pilot.html",
        pilot=found,
        definition=definition,
        organisation=vocabulary.ORGANISATIONS.get(found.organisation_key),
        municipalities=vocabulary.municipality_names(definition.municipalities, current_language()),
        takes_applications=definition.takes_applications(helsinki_date(now())),
        paid_months=months_paid(session(), key, helsinki_date(now())),
        panels=[panel(key) for panel in pilot_panels],
        today=helsinki_date(now()),
        day_names=day_names,
        time_text=time_text,
    )


@blueprint.get("/<key>/rulebook")
@requires(Permission.PUBLIC)
def rulebook(key: str) -> ResponseReturnValue:
    """The rulebook in force now."""
    found = queries.pilot(session(), key)
    return _rulebook_page(found, queries.current_version(session(), key))


@blueprint.get("/<key>/rulebook/<int:number>")
@requires(Permission.PUBLIC)
def rulebook_version(key: str, number: int) -> ResponseReturnValue:
    """The rulebook as it stood in version `number` of the pilot: what was accepted then can be read for ever."""
    found = queries.pilot(session(), key)
    return _rulebook_page(found, queries.version_by_number(session(), key, number))


def _rulebook_page(found: Pilot, shown: PilotVersion) -> ResponseReturnValue:
    definition = queries.kept_definition(session(), shown.id)
    others = [
        (version, queries.kept_definition(session(), version.id).rulebook)
        for version in queries.versions(session(), found.key)
        if version.id != shown.id
    ]
    show_organisation(found.organisation)
    return render("pilots/rulebook.html", pilot=found, definition=definition, shown=shown, others=others)


_DAY_NAMES: Final[dict[DayKind, LazyString]] = {
    "mon": _l("on Mondays"),
    "tue": _l("on Tuesdays"),
    "wed": _l("on Wednesdays"),
    "thu": _l("on Thursdays"),
    "fri": _l("on Fridays"),
    "sat": _l("on Saturdays"),
    "sun": _l("on Sundays"),
    "holiday": _l("on public holidays"),
    "eve": _l("on eves (Easter Saturday, Midsummer Eve, Christmas Eve)"),
}


def day_names(days: tuple[DayKind, ...], told_apart: tuple[DayKind, ...] = DAYS) -> str:
    """On which days a time band holds, in words; `told_apart` are the kinds of day of the pilot."""
    if set(days) == set(told_apart):
        return str(_("every day"))
    if set(days) == set(DAYS[:5]):
        return str(_("from Monday to Friday"))
    names = [str(_DAY_NAMES[day]) for day in days]
    if len(names) < 2:
        return "".join(names)
    return _("%(some)s and %(last)s", some=", ".join(names[:-1]), last=names[-1])
