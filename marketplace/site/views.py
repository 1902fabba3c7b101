"""The pages of no feature: the start page, what the portal says of itself, and the probes of its health."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, cast

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from marketplace import health
from marketplace.config import VERSION
from marketplace.errors import NotFound
from marketplace.i18n import current_language, helsinki_date
from marketplace.metrics import may_read, state_metrics
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.search import service
from marketplace.search.access import catalogue
from marketplace.site import guide, notices
from marketplace.site.gallery import Gallery
from marketplace.site.guide import GUIDE
from marketplace.web.frame import database, feature_blueprint, now, render, requires, session, settings
from marketplace.web.measuring import request_metrics

TOPICS: Final = ("accessibility", "privacy", "feedback", "developers")
"""What else the portal says of itself."""

blueprint = feature_blueprint("pages", __name__)
site = Blueprint("site", __name__)


@blueprint.get("/")
@requires(Permission.PUBLIC)
def start() -> ResponseReturnValue:
    """What this is, and the search box."""
    known = [(pilot, pilots.current_definition(session(), pilot.key)) for pilot in pilots.pilots(session())]
    held = service.supply(catalogue(), language=current_language(), day=helsinki_date(now()))
    return render("site/start.html", pilots=known, supply=held, needs=guide.needs(held))


def public_addresses() -> Iterator[tuple[str, Mapping[str, str]]]:
    """The pages of this room for the site map, by endpoint and the values of their addresses."""
    yield "pages.about_all", {}
    for topic in GUIDE:
        yield "pages.about", {"topic": topic.key}
        yield "pages.plain", {"topic": topic.key}
    for key in TOPICS:
        yield "pages.about", {"topic": key}


@blueprint.get("/about")
@requires(Permission.PUBLIC)
def about_all() -> ResponseReturnValue:
    """The pages that explain, each with its plain one."""
    return render("site/about.html", topics=GUIDE)


@blueprint.get("/about/<topic>")
@requires(Permission.PUBLIC)
def about(topic: str) -> ResponseReturnValue:
    """A page that explains, or what else the portal says of itself; outside production also the gallery."""
    if topic == "components" and not settings().production:
        return render("site/components.html", gallery=Gallery())
    if topic in TOPICS:
        naming = topic in notices.NAMING_ORGANISATIONS
        return render(
            f"site/{topic}.html",
            contact=settings().mail_from,
            organisations=notices.named(session(), helsinki_date(now())) if naming else [],
            legal=notices,
        )
    return _guide(topic, plain=False)


@blueprint.get("/about/<topic>/plain")
@requires(Permission.PUBLIC)
def plain(topic: str) -> ResponseReturnValue:
    """A page that explains, in plain language."""
    return _guide(topic, plain=True)


def _guide(key: str, *, plain: bool) -> ResponseReturnValue:
    topic = next((topic for topic in GUIDE if topic.key == key), None)
    if topic is None:
        raise NotFound()
    return render(
        "site/guide.html",
        topic=topic,
        plain=plain,
        topics=GUIDE,
        contacts=guide.offices(session(), helsinki_date(now())),
        page=lambda key: url_for("pages.about", topic=key),
    )


@site.get("/healthz")
@requires(Permission.PUBLIC)
def healthz() -> ResponseReturnValue:
    """The process is up, and of which version it is."""
    return {"status": "ok", "version": VERSION}


@site.get("/.well-known/security.txt")
@requires(Permission.PUBLIC)
def security_txt() -> ResponseReturnValue:
    """Where to write about a weakness (RFC 9116); it says anew each month that it still holds."""
    month = helsinki_date(now()).replace(day=1)
    lines = (
        f"Contact: {settings().security_contact}",
        f"Expires: {month + timedelta(days=365)}T00:00:00Z",
        "Preferred-Languages: fi, sv, en",
        f"Canonical: {settings().public_url}/.well-known/security.txt",
    )
    return Response("\n".join((*lines, "")), content_type="text/plain; charset=utf-8")


@site.get("/metrics")
@requires(Permission.PUBLIC)
def metrics() -> ResponseReturnValue:
    """What is counted and how things stand, for Prometheus; to others it does not exist. Raises NotFound."""
    if not may_read(settings(), request.headers, request.remote_addr or ""):
        raise NotFound()
    told = request_metrics() + state_metrics(database(), settings(), catalogue().index, now=now())
    return Response(told, content_type="text/plain; version=0.0.4; charset=utf-8")


@site.get("/readyz")
@requires(Permission.PUBLIC)
def readyz() -> ResponseReturnValue:
    """Whether this machine should get requests: 200, else 503. With `?deep` whether all is well, for a monitor."""
    index, known = catalogue().index, cast(dict[str, Any], current_app.extensions.setdefault("looks", {}))
    if "deep" in request.args:
        good, state = health.now_and_then(
            known, "deep", lambda: health.readiness(database(), settings(), index, now=now())
        )
    else:
        good, state = health.now_and_then(known, "balancer", lambda: health.can_serve(database(), index))
    return state, 200 if good else 503
