"""create_app(): the only place where things are wired together."""

from __future__ import annotations

import functools
from typing import Final

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import tracing
from marketplace.accounts import browser
from marketplace.accounts import views as accounts
from marketplace.budgets import carried
from marketplace.config import ROOT, Settings
from marketplace.db import Database
from marketplace.i18n import LANGUAGES
from marketplace.permissions import Permission
from marketplace.pilots.vocabulary import use_content
from marketplace.search import changes as search_changes
from marketplace.web import frame, limits, measuring, posting
from marketplace.web.frame import requires
from marketplace.web.hosts import only_own_hosts
from marketplace.web.tags import without_tags
from marketplace.wiring import answers, pages, panels, reactions, templates, trail

YEAR: Final = 31_536_000
"""Seconds."""


@functools.cache
def wire() -> None:
    """Join the rooms: what a room above adds to a room below, slot by slot, and the pages inside other pages.

    Every process that does anything calls it once: the web, the worker, the command line and the tests all make the
    application. Nothing else fills a slot.
    """
    trail.fill()
    reactions.fill()
    answers.fill()
    panels.fill()
    pages.nest()


def create_app(settings: Settings | None = None) -> Flask:
    """The portal as a WSGI application.

    Raises ConfigurationError for an impossible setting and RuntimeError when a view declares no permission.
    """
    wire()
    settings = settings or Settings.from_environment()
    app = _Portal("marketplace", template_folder=str(ROOT / "templates"), static_folder="static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.former_secrets),
        WTF_CSRF_SECRET_KEY=settings.signing_keys,
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-session" if settings.production else "session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        BABEL_DEFAULT_LOCALE=LANGUAGES[0],
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.wsgi_app = without_tags(app.wsgi_app)  # type: ignore[assignment,method-assign]
    if settings.hosts:
        app.wsgi_app = only_own_hosts(app.wsgi_app, settings.hosts, settings.public_url)  # type: ignore[assignment,method-assign]
    app.extensions["settings"] = settings
    use_content(settings.pilots_dir)
    app.extensions["database"] = Database(
        settings.database_url,
        info={
            "audit_keys": settings.audit_keys,
            "client_keys": settings.client_keys,
            "production": settings.production,
        },
        pool=settings.database_pool,
        pooled=settings.database_pooled,
        copy_url=settings.read_url,
    )
    app.extensions["clock"] = frame.utc_now
    templates.prepare(app)
    measuring.init_app(app)
    tracing.init_app(app)
    frame.init_app(app)
    _wire_sign_in(app)
    posting.init_app(app)
    limits.init_app(app)
    carried.init_app(app)
    search_changes.observe()
    pages.serve(app)
    app.add_url_rule("/", "root", _root)
    frame.refuse_undeclared_views(app)
    return app


class _Portal(Flask):
    """Of all files only those of the front end are kept for a year: their addresses change with what they hold."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        return YEAR if request.endpoint == "static" else super().get_send_file_max_age(filename)


def _wire_sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # it would write into everybody's cookie; sessions are the portal's own
    manager.request_loader(browser.person_of_request)
    app.context_processor(accounts.signed_in_context)


@requires(Permission.PUBLIC)
def _root() -> ResponseReturnValue:
    language = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    response: Response = redirect(f"/{language}/")  # type: ignore[assignment]
    response.headers["Vary"] = "Accept-Language"
    return response
