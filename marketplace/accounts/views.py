"""Signing in and out, a forgotten password, one's own account."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, has_request_context, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_user, logout_user
from itsdangerous import BadData, URLSafeTimedSerializer

from marketplace import outbox
from marketplace.accounts.forms import AccountForm, ForgottenPasswordForm, NewPasswordForm, SignInForm
from marketplace.accounts.models import User
from marketplace.accounts.queries import user_by_email, user_with_grants
from marketplace.accounts.service import TooManyFailures, actor_of, change_password, save_account, sign_in
from marketplace.errors import DomainError, NotFound
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.web.frame import (
    current_actor,
    database,
    feature_blueprint,
    notify,
    now,
    render,
    requires,
    safe_next,
    session,
    settings,
)

RESET_LINK_SECONDS = 3600

blueprint = feature_blueprint("accounts", __name__, "/account")


class Person(UserMixin):
    """The signed-in person for Flask-Login; `actor` is what services are given."""

    def __init__(self, user: User) -> None:
        self.id = user.id
        self.actor = actor_of(user)
        self.language = user.language


def load_person(identity: str) -> Person | None:
    """The person behind a session cookie, or None when the account is gone or closed."""
    with database().read() as reading:
        user = user_with_grants(reading, int(identity)) if identity.isdigit() else None
        return Person(user) if user is not None and user.active else None


def open_session(user: User) -> None:
    """Sign the person in on this browser; the old session's content goes."""
    cookie.clear()
    cookie.permanent = True
    login_user(Person(user))


def signed_in_context() -> dict[str, Any]:
    """What every template knows of the person (`actor`, `areas`: label, address) and of whose page it is."""
    signed_in = (
        has_request_context() and current_user.is_authenticated
    )  # mail is written outside a request, too
    actor = current_user.actor if signed_in else None
    areas: list[tuple[str, str]] = []
    if actor is not None:
        if actor.may(Permission.EDIT_PROVIDER):
            areas.append((_("My services"), url_for("providers.home")))
        if actor.may(Permission.VIEW_APPLICATIONS):
            areas.append((_("Today in the office"), url_for("approvals.today")))
            areas.append((_("Applications"), url_for("approvals.queue")))
            areas.append((_("Approvals"), url_for("approvals.standing_list")))
        if actor.may(Permission.VIEW_AGREEMENTS):
            areas.append((_("Agreements of clients"), url_for("vouchers.agreements")))
        if actor.may(Permission.APPROVE_OFFERS):
            areas.append((_("Changes to offers"), url_for("approvals.changes")))
            areas.append((_("Invitations"), url_for("recruiting.invitation_pilots")))
        if actor.may(Permission.CONFIRM_IBAN):
            areas.append((_("Account numbers"), url_for("account_changes.index")))
        if actor.may(Permission.VIEW_AUDIT):
            areas.append((_("Audit trail"), url_for("audit.events")))
        areas.append((_("My account"), url_for("accounts.me")))
    return {
        "actor": actor,
        "areas": areas,
        "theme": g.get("theme") or "palvelutori",
        "organisation_name": g.get("organisation_name"),
        "organisation_logos": g.get("organisation_logos", ()),
    }


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@requires(Permission.PUBLIC)
def sign_in_page() -> ResponseReturnValue:
    """Sign in and go on to where the person was going."""
    form = SignInForm.from_request()
    if form.validate_on_submit():
        try:
            with (
                database().transaction() as change
            ):  # a failure is counted although the page answers with an error
                user = sign_in(
                    change,
                    email=form.email.data,
                    password=form.password.data,
                    address=request.remote_addr or "",
                    now=now(),
                )
        except TooManyFailures as error:
            form.refuse(error)
            return render("accounts/sign_in.html", status=429, form=form)
        if user is not None:
            open_session(user)
            target = safe_next(request.args.get("next")) or url_for("accounts.landing")
            return redirect(target)
        form.form_errors.append(_("The e-mail address or the password is not right."))
    return render("accounts/sign_in.html", status=422 if form.is_submitted() else 200, form=form)


@blueprint.get("/landing")
@requires(Permission.SIGNED_IN)
def landing() -> ResponseReturnValue:
    """The first page after signing in: the person's own area."""
    _label, address = signed_in_context()["areas"][0]
    return redirect(address)


@blueprint.post("/sign-out")
@requires(Permission.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End the session on this browser."""
    logout_user()
    cookie.clear()
    notify(_("You have signed out."))
    return redirect(url_for("pages.start"))


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.SIGNED_IN)
def me() -> ResponseReturnValue:
    """Name, and the language of mail and decisions."""
    user = session().get_one(User, current_actor().user_id)
    form = AccountForm.from_request(obj=user)
    if form.validate_on_submit():
        save_account(session(), user, name=form.name.data, language=form.language.data, now=now())
        notify(_("Your account has been saved."))
        return redirect(url_for("accounts.me"))
    return render("accounts/me.html", status=422 if form.is_submitted() else 200, form=form, user=user)


@blueprint.route("/password", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def forgotten() -> ResponseReturnValue:
    """Ask for a link to set a new password; the answer is the same whether or not the account exists."""
    form = ForgottenPasswordForm.from_request()
    if form.validate_on_submit():
        user = user_by_email(session(), form.email.data)
        if user is not None:
            link = settings().public_url + url_for(
                "accounts.reset", lang=user.language, token=_reset_token(user)
            )
            outbox.send(
                session(), to=user.email, language=user.language, template="account_password",
                now=now(), context={"name": user.name, "link": link},
            )  # fmt: skip
        notify(
            _("If there is an account with this address, a link for a new password is on its way to it."),
            "info",
        )
        return redirect(url_for("accounts.sign_in"))
    return render("accounts/forgotten.html", status=422 if form.is_submitted() else 200, form=form)


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def reset(token: str) -> ResponseReturnValue:
    """Set a new password with a link that holds for an hour and works once."""
    user = _user_of_reset_token(token)
    form = NewPasswordForm.from_request()
    if form.validate_on_submit():
        try:
            change_password(session(), user, password=form.password.data, now=now())
        except DomainError as error:
            form.refuse(error)
        else:
            notify(_("Your new password is in use. Sign in with it."))
            return redirect(url_for("accounts.sign_in"))
    return render("accounts/reset.html", status=422 if form.is_submitted() else 200, form=form)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="password")


def _reset_token(user: User) -> str:
    """A token that dies with the present password: its last characters are part of it."""
    token = _serializer().dumps([user.id, user.password_hash[-12:]])
    return token if isinstance(token, str) else token.decode()


def _user_of_reset_token(token: str) -> User:
    try:
        user_id, tail = _serializer().loads(token, max_age=RESET_LINK_SECONDS)
    except (BadData, ValueError, TypeError) as error:
        raise NotFound(_("The link is too old or has been used. Ask for a new one.")) from error
    user = session().get(User, user_id)
    if user is None or not user.active or user.password_hash[-12:] != tail:
        raise NotFound(_("The link is too old or has been used. Ask for a new one."))
    return user
