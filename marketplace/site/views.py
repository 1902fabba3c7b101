"""The pages of no feature: the start page, what the portal says of itself, and the probes of its health."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace import health
from marketplace.config import VERSION
from marketplace.errors import NotFound
from marketplace.i18n import current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.search import service
from marketplace.search.access import catalogue
from marketplace.site.gallery import Gallery
from marketplace.web.frame import database, feature_blueprint, now, render, requires, session, settings

TOPICS = ("accessibility", "privacy", "feedback", "developers")

blueprint = feature_blueprint("pages", __name__)
site = Blueprint("site", __name__)


@blueprint.get("/")
@requires(Permission.PUBLIC)
def start() -> ResponseReturnValue:
    """What this is, and the search box."""
    known = [(pilot, pilots.current_definition(session(), pilot.key)) for pilot in pilots.pilots(session())]
    held = service.supply(catalogue(), language=current_language(), day=helsinki_date(now()))
    return render("site/start.html", pilots=known, supply=held)


@blueprint.get("/about/<topic>")
@requires(Permission.PUBLIC)
def about(topic: str) -> ResponseReturnValue:
    """What the portal says of itself, topic by topic; outside production also the gallery of components."""
    if topic == "components" and not settings().production:
        return render("site/components.html", gallery=Gallery())
    if topic not in TOPICS:
        raise NotFound()
    return render(f"site/{topic}.html", contact=settings().mail_from)


@site.get("/healthz")
@requires(Permission.PUBLIC)
def healthz() -> ResponseReturnValue:
    """The process is up, and of which version it is."""
    return {"status": "ok", "version": VERSION}


@site.get("/readyz")
@requires(Permission.PUBLIC)
def readyz() -> ResponseReturnValue:
    """Pages can be served as they should: 200, else 503; with the state of each part."""
    ready, state = health.readiness(database(), settings(), now=now())
    return state, 200 if ready else 503
