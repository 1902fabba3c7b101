"""The web’s frame: language in the path, default deny, one transaction a request, headers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
)
from flask import session as browser_session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf, validate_csrf
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import ValidationError

from marketplace.allowances import Allowance, TooOften, take
from marketplace.config import Settings
from marketplace.db import Database, first_line, keep_answers, may_be_repeated
from marketplace.errors import NotAllowed, NotFound
from marketplace.i18n import LANGUAGE_LABELS, LANGUAGE_NAMES, LANGUAGES, _, _l, current_language
from marketplace.permissions import ANYBODY, Actor, Permission
from marketplace.slots import Answer
from marketplace.web import error_pages, headers, origins, saved_entries, sent_forms, visitor
from marketplace.web.addresses import (
    RowNumber,
    addresses,
    language_switch_url,
    page_addresses,
    page_of_the_form,
)
from marketplace.web.assets import asset
from marketplace.web.holding import begin_by_holding, by_who_acts, hold_while_changing
from marketplace.work import UnitOfWork

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_IN_ENDPOINT: Final = "accounts.sign_in"

KEPT_ENTRIES: Final = Allowance("kept entries", 30, timedelta(hours=1))
"""How many forms are kept for one person, or for one address when nobody has signed in."""

FLASHES: Final = "_flashes"
"""Under this key Flask keeps in the browser's session what the next page tells."""

former_person: Final = Answer[Callable[[], int | None]](
    "frame.former_person",
    "when a form comes after a session has ended: whose session it was, by the id of the person, or None",
)

View = Callable[..., ResponseReturnValue]
T = TypeVar("T")


def feature_blueprint(name: str, import_name: str, path: str = "") -> Blueprint:
    """A blueprint whose pages live under `/<lang>` and `path`, once per language."""
    return Blueprint(name, import_name, url_prefix=f"/<any(fi, sv):lang>{path}")


def requires(
    permission: Permission,
    *,
    by_form: bool = True,
    once: bool = True,
    counted: bool = True,
    may_lag: bool = False,
) -> Callable[[View], View]:
    """Declare what a view asks for. A view without this stops the start-up (`refuse_undeclared_views`).

    `by_form`: what is sent comes from a form of ours and carries its token; False for what another program sends and
    proves by a signature of its own. `once`: the same form sent again leads to what came of it the first time; False
    for the steps of signing in, where the browser takes what the second answer gives it. `counted`: `limits` counts
    what comes without a sign-in; False where the view counts itself. `may_lag`: a report, read from a
    copy that is a moment behind, where there is one; who asks and what they may is read from the database itself.

    The wrapper checks the person, the anti-forgery token of an unsafe request, and ends the request's transaction:
    committed when the answer's status is below 400, rolled back otherwise; one that a deadlock ends is done once more,
    and so is one before which the person has lost the sign-in, or what gives a right (`hold_while_changing`).
    """

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            told = _messages_that_wait()
            return by_who_acts(lambda: answered(*args, **kwargs), lambda: _begin_anew(told))

        def answered(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if (refused := _refusal(permission, by_form=by_form)) is not None:
                return refused
            if may_lag and request.method in SAFE_METHODS:
                _read_from_the_copy()
            sent = _sent_form() if once else None
            return _in_one_transaction(lambda: make_response(view(*args, **kwargs)), sent)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.counted = counted  # type: ignore[attr-defined]
        return guarded

    return declare


def _refusal(permission: Permission, *, by_form: bool) -> BaseResponse | None:
    """What the request is answered in place of its page, or None for who may go on. Raises NotAllowed.

    Whoever goes on by a sign-in is held while anything is changed.
    """
    if request.method not in SAFE_METHODS and origins.comes_from_elsewhere(settings()):
        return origins.refuse_from_elsewhere()
    if permission is not Permission.PUBLIC and not current_user.is_authenticated:
        return _ask_to_sign_in()
    if by_form and request.method not in SAFE_METHODS and not _token_holds():
        return _ask_to_send_again()
    if permission is not Permission.PUBLIC:
        if not current_actor().may(permission):
            raise NotAllowed(_l("Your account does not give access to this page."))
        hold_while_changing(current_user.hold)
    return None


def refuse_undeclared_views(app: Flask) -> None:
    """Stop the start-up when a view names no permission."""
    bare = sorted(name for name, view in app.view_functions.items() if not hasattr(view, "permission"))
    if bare:
        raise RuntimeError(f"views without a declared permission: {', '.join(bare)}")


def current_actor() -> Actor:
    """The signed-in person. Raises NotAllowed when nobody is signed in."""
    if not current_user.is_authenticated:
        raise NotAllowed(_l("Sign in to see this page."))
    return cast(Actor, current_user.actor)


def now() -> datetime:
    """The present moment, aware, by the portal's clock (tests set another)."""
    return cast(datetime, current_app.extensions["clock"]())


def database() -> Database:
    """The portal's database."""
    return cast(Database, current_app.extensions["database"])


def settings() -> Settings:
    """The portal's settings."""
    return cast(Settings, current_app.extensions["settings"])


def session() -> Session:
    """The request's database session: a reader for safe methods, otherwise the one transaction of the request."""
    if "session" not in g:
        safe = request.method in SAFE_METHODS
        g.session = keep_answers(database().reading_session()) if safe else _writing_session()
    return cast(Session, g.session)


def _read_from_the_copy() -> None:
    """Go on with a session on the copy, where there is one; what has been read of the person stays with its own."""
    if database().copy is not None:
        g.session_of_person, g.session = g.pop("session", None), database().report_session()
        g.pop("work", None)


def _writing_session() -> Session:
    """A session that holds by what it is changed, and notes in `g` when something of the request has been committed."""
    begun = begin_by_holding(database().writing_session())
    event.listen(begun, "after_commit", lambda _session: setattr(g, "is_committed", True))
    return begun


def begin_change() -> None:
    """Let a request by a safe method change something: a browser that comes back from another site asks by GET.

    Must come before the first use of `session()`.
    """
    g.session = _writing_session()
    g.changes = True


def work() -> UnitOfWork:
    """The request's unit of work: its transaction, who is signed in (ANYBODY when nobody is) and the moment it came."""
    if "work" not in g:
        actor = current_actor() if current_user.is_authenticated else ANYBODY
        g.work = UnitOfWork(session(), actor, now())
    return cast(UnitOfWork, g.work)


def is_undone() -> bool:
    """Whether nothing holds of what the request has done, because its form had been carried out already."""
    return "is_undone" in g


def let_go() -> None:
    """End the request's transaction before slow work, so that others do not wait for its lock; it begins again after.

    Raises RuntimeError when something has been changed already: that belongs into one transaction with what follows.
    """
    held = session()
    if held.new or held.dirty or held.deleted:
        raise RuntimeError("the transaction holds changes and cannot be ended in the middle of the request")
    held.rollback()


def render(template: str, status: int = 200, **context: Any) -> Response:
    """The page as a response; a form shown again with its errors is `status=422`."""
    return make_response(render_template(template, **context), status)


def cookie_name(name: str) -> str:
    """What a cookie of ours is called in the browser: in production with the prefix that binds it to this very host,
    to TLS and to every path (RFC 6265bis 4.1.3), so that no other host of the domain can set it.
    """
    return f"__Host-{name}" if settings().production else name


def keep_cookie(response: BaseResponse, name: str, value: str, *, lasts: timedelta) -> None:
    """Give the browser a cookie of ours that no script reads and no other site sends along."""
    response.set_cookie(
        cookie_name(name), value, max_age=lasts, httponly=True, samesite="Lax", secure=settings().production
    )


def drop_cookie(response: BaseResponse, name: str) -> None:
    """Take a cookie of ours out of the browser."""
    response.delete_cookie(cookie_name(name), httponly=True, samesite="Lax", secure=settings().production)


def notify(message: object, kind: str = "success") -> None:
    """Show a message on the next page: kind is success, info, warning or danger."""
    flash(str(message), kind)


def is_public_page() -> bool:
    """True when the request's page is for everybody."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "permission", None) is Permission.PUBLIC


def init_app(app: Flask) -> None:
    """Wire the frame into the application; features are registered by the caller."""
    app.url_map.converters["int"] = RowNumber
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    app.before_request(_recall_entries)
    app.after_request(_finish)
    app.teardown_request(_close_session)
    error_pages.init_app(app)
    app.jinja_env.globals.update(
        addresses=addresses,
        asset=asset,
        csrf_token=generate_csrf,
        form_tokens=sent_forms.form_tokens,
        is_public_page=is_public_page,
        language_switch_url=language_switch_url,
        LANGUAGE_LABELS=LANGUAGE_LABELS,
        LANGUAGE_NAMES=LANGUAGE_NAMES,
        page_addresses=page_addresses,
    )
    app.context_processor(lambda: {"lang": current_language()})
    app.view_functions["static"] = requires(Permission.PUBLIC)(cast(View, app.view_functions["static"]))


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "lang" in values:
        g.lang = values.pop("lang")
    else:
        head = request.path.lstrip("/").partition("/")[0]
        g.lang = head if head in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = g.get("lang", LANGUAGES[0])


def lead_first_to(address: str) -> tuple[BaseResponse, bool]:
    """The way to a page that comes back to the form just sent, and whether what was written waits there."""
    response = redirect(f"{address}?{urlencode({'next': page_of_the_form()})}")
    return response, _keep_entries(response)


def _token_holds() -> bool:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def _ask_to_sign_in() -> BaseResponse:
    """To the sign-in page and back; a form that was just sent waits, filled, on the other side."""
    target = page_of_the_form() if request.method not in SAFE_METHODS else request.full_path.rstrip("?")
    response = redirect(f"/{g.lang}/account/sign-in?{urlencode({'next': target})}")
    if request.method not in SAFE_METHODS and _keep_entries(response):
        notify(
            _("You had been signed out. Sign in: what you had written is kept and waits for you."), "warning"
        )
    else:
        notify(_("Sign in to continue."), "info")
    return response


def _ask_to_send_again() -> BaseResponse:
    """Back to the form, filled, with a fresh token; or to what came of it when it had been sent already."""
    if (earlier := _answer_of(_sent_form(), list(browser_session.get(FLASHES, ())))) is not None:
        return earlier
    response = redirect(page_of_the_form())
    if _keep_entries(response):
        notify(
            _(
                "The page had been open so long that it was not sent. "
                "What you had written is kept: check it and send it again."
            ),
            "warning",
        )
    else:
        notify(_("The page had been open so long that nothing was done. Try again."), "warning")
    return response


def _keep_entries(response: BaseResponse) -> bool:
    """Keep what was sent, in a transaction of its own: the request's, which nothing may come of, ends first, because on
    SQLite it holds the write lock as soon as something before the view has read through it.
    """
    error_pages.abandon()
    if not sent_forms.token_is_genuine(request, settings().signing_keys):
        return False
    entries = [(name, value) for name, values in request.form.lists() for value in values]
    owner = current_user.id if current_user.is_authenticated else next((ask() for ask in former_person), None)
    try:
        with database().transaction() as session:
            take(session, KEPT_ENTRIES, owner or visitor.network(), now=now())
            token = saved_entries.keep(session, entries, user_id=owner, page=page_of_the_form(), now=now())
    except TooOften:
        return False
    if token is None:
        return False
    keep_cookie(response, saved_entries.COOKIE, token, lasts=saved_entries.LIFETIME)
    return True


def _recall_entries() -> None:
    """On a page with a form, give the form what was kept for it (`forms.BaseForm.from_request` reads it)."""
    token = request.cookies.get(cookie_name(saved_entries.COOKIE))
    if token and request.method == "GET":
        reader = current_user.id if current_user.is_authenticated else None
        g.kept_entries = lambda form_name: saved_entries.recall(
            session(), token, form_name, user_id=reader, page=request.path, now=now()
        )


def _in_one_transaction(answer: Callable[[], Response], sent: str | None) -> Response:
    """The answer, made in the request's one transaction. `sent` is the key of the form that is sent, if it has one.

    When the database ends the transaction because of others (a deadlock), the answer is made once more, from the
    beginning, unless something of the request has been committed already. A form that has been carried out, before or
    at this very moment by another process, leads to what came of it: what this request did or was refused is undone,
    for it found things as the first had left them.
    """
    told = _messages_that_wait()
    try:
        try:
            response = _done(answer, sent)
        except DBAPIError as error:
            if not may_be_repeated(error) or "is_committed" in g:
                raise
            current_app.logger.warning("a request is done once more: %s", first_line(error))
            _begin_anew(told)
            response = _done(answer, sent)
        if response is None or response.status_code >= 400:
            return _answer_of(sent, told) or cast(Response, response)
    except Exception:
        error_pages.abandon()
        if (earlier := _answer_of(sent, told)) is not None:
            return earlier
        raise
    return response


def _messages_that_wait() -> list[Any] | None:
    """What the next page tells already; None where nothing is changed and no cookie is to be looked at."""
    return None if request.method in SAFE_METHODS else list(browser_session.get(FLASHES, ()))


def _begin_anew(told: list[Any] | None) -> None:
    """As the request came: nothing read, and nothing told (`told` waited before) by what was tried in vain."""
    session().rollback()
    if told is not None:
        browser_session[FLASHES] = told
    for file in request.files.values():
        file.stream.seek(0)


def _done(answer: Callable[[], Response], sent: str | None) -> Response | None:
    """The answer, and what it has done committed, or undone when it is a refusal; None, and undone, when the same form
    was carried out already.
    """
    response = answer()
    if request.method in SAFE_METHODS and "changes" not in g:
        return response
    if response.status_code < 400 and _commit(response, sent):
        return response
    error_pages.abandon()
    return response if response.status_code >= 400 else None


def _commit(response: Response, sent: str | None) -> bool:
    """Commit what was done; False, and nothing committed, when the same form was carried out already.

    Only what leads on counts as carried out: a page that is itself the answer, such as a preview, may be made again.
    """
    held = g.get("session")
    if held is None:
        return True
    if sent and response.location and not sent_forms.spend(held, sent, response.location, now=now()):
        return False
    token = request.cookies.get(cookie_name(saved_entries.COOKIE))
    if token and saved_entries.forget(held, token, request.form.get("form_name", "")):
        drop_cookie(response, saved_entries.COOKIE)
    held.commit()
    return True


def _sent_form() -> str | None:
    """The key of the form that the request sends, or None when it carries no token to be sent once."""
    who = current_user.id if current_user.is_authenticated else browser_session.get("csrf_token")
    return sent_forms.key_of(request, who)


def _answer_of(sent: str | None, told: list[Any] | None) -> Response | None:
    """The way to what came of the form when it was carried out, and a word of that; None when it has not been.

    `told` are the messages that waited before the request: what it said itself does not hold.
    """
    if sent is None:
        return None
    with database().read() as reading:
        address = sent_forms.answer_of(reading, sent)
    if address is None:
        return None
    browser_session[FLASHES], g.is_undone = told or [], True
    notify(_("You had sent this already. It was done once, and this is what came of it."), "info")
    return make_response(redirect(address))


def _close_session(_error: BaseException | None) -> None:
    for held in (g.pop("session", None), g.pop("session_of_person", None)):
        if held is not None:
            held.close()


def _finish(response: Response) -> Response:
    if request.method not in SAFE_METHODS and response.status_code == 302:
        response.status_code = 303  # to a page that is read: the browser sends nothing again
    headers.give(response, settings(), everybody=_is_for_everybody(response))
    return response


def _is_for_everybody(response: Response) -> bool:
    """True for a front-end file and for a public page that holds nothing of the person who reads it."""
    if request.endpoint == "static":
        return True
    if request.method not in SAFE_METHODS or not is_public_page() or current_user.is_authenticated:
        return False
    own = browser_session.modified or "Set-Cookie" in response.headers or "csrf_token" in g
    if not own:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return not own


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def found(thing: T | None) -> T:
    """`thing`, or NotFound when it is None."""
    if thing is None:
        raise NotFound()
    return thing
