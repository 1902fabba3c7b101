"""create_app(): the only place where things are wired together."""

from __future__ import annotations

from typing import Any

import click
from flask import Flask, Response, redirect, request
from flask.cli import FlaskGroup
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from jinja2 import StrictUndefined, Undefined, make_logging_undefined
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import cli, forms, i18n, limits, pages, web
from marketplace.accounts import views as accounts
from marketplace.approvals import views as approvals
from marketplace.audit import views as audit
from marketplace.config import ROOT, Settings
from marketplace.db import Database
from marketplace.errors import DomainError
from marketplace.i18n import LANGUAGES, babel
from marketplace.permissions import Permission
from marketplace.pilots import views as pilots
from marketplace.pilots.vocabulary import use_content
from marketplace.planning import views as planning
from marketplace.providers import views as providers
from marketplace.providers.company import office_views as account_changes
from marketplace.search import api as search_api
from marketplace.search import changes as search_changes
from marketplace.search import views as search
from marketplace.search.provider_list import views as provider_list_views
from marketplace.vouchers import views as vouchers
from marketplace.web import requires


def create_app(settings: Settings | None = None) -> Flask:
    """The portal as a WSGI application.

    Raises ConfigurationError for an impossible setting and RuntimeError when a view declares no permission.
    """
    settings = settings or Settings.from_environment()
    app = Flask("marketplace", template_folder=str(ROOT / "templates"), static_folder="static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        BABEL_DEFAULT_LOCALE=LANGUAGES[0],
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
        PERMANENT_SESSION_LIFETIME=8 * 3600,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.extensions["settings"] = settings
    use_content(settings.pilots_dir)
    app.extensions["database"] = Database(settings.database_url)
    app.extensions["clock"] = web.utc_now
    _wire_templates(app)
    web.init_app(app)
    _wire_sign_in(app)
    limits.init_app(app)
    search_changes.observe()
    app.register_blueprint(pages.site)
    app.register_blueprint(pilots.logos)
    for feature in (
        pages,
        audit,
        accounts,
        pilots,
        providers,
        approvals,
        vouchers,
        search,
        search_api,
        planning,
    ):
        app.register_blueprint(feature.blueprint)
    app.register_blueprint(account_changes.blueprint)
    app.register_blueprint(account_changes.companies)
    app.register_blueprint(provider_list_views.blueprint)
    app.add_url_rule("/", "root", _root)
    for group in cli.GROUPS:
        app.cli.add_command(group)
    web.refuse_undeclared_views(app)
    return app


def _wire_templates(app: Flask) -> None:
    babel.init_app(app, locale_selector=i18n.select_locale)
    app.jinja_env.undefined = _undefined(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True
    )
    app.jinja_env.globals["_"] = i18n.template_text
    app.jinja_env.globals["choice_rows"] = forms.choice_rows
    app.jinja_env.globals["public_url"] = app.extensions["settings"].public_url
    app.jinja_env.filters.update(
        money=i18n.money_text,
        date=i18n.date_text,
        datetime=i18n.datetime_text,
        listed=i18n.listed,
        localized=i18n.localized,
        price=pilots.price_text,
    )


def _undefined(app: Flask) -> type[Undefined]:
    """What a name is that a template uses and nobody gives: an error where the portal is developed and tested.

    In production a gap in a page and a line in the log, for a reader is better served with the rest of the page.
    """
    if app.extensions["settings"].production:
        return make_logging_undefined(app.logger)
    return StrictUndefined


def _wire_sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.user_loader(accounts.load_person)
    app.context_processor(accounts.signed_in_context)


@requires(Permission.PUBLIC)
def _root() -> ResponseReturnValue:
    language = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    response: Response = redirect(f"/{language}/")  # type: ignore[assignment]
    response.headers["Vary"] = "Accept-Language"
    return response


def _command_app(_info: Any = None) -> Flask:
    return create_app()


class _Commands(FlaskGroup):
    """The commands; what cannot be done is told in its own words, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise click.ClickException(str(error)) from error


command = _Commands(
    create_app=_command_app, add_default_commands=False, add_version_option=False, load_dotenv=False,
    help="Palvelutori – Servicetorget: the portal's command line.",
)  # fmt: skip
