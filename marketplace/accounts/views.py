"""Signing in and out, and one's own account."""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts import proof
from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.browser import begin, forget_session, known_as
from marketplace.accounts.forms import AccountForm, SignInForm
from marketplace.accounts.guessing.service import TooManyTries
from marketplace.accounts.models import User
from marketplace.accounts.openid import views as openid_views
from marketplace.accounts.openid.views import goodbye_address
from marketplace.accounts.passwords import views as password_views
from marketplace.accounts.passwords.hashing import Busy
from marketplace.accounts.second_factor import views as second_factor_views
from marketplace.accounts.second_factor.queries import factors_of
from marketplace.accounts.service import save_account, sign_in, sign_out
from marketplace.accounts.sessions import views as session_views
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.web.frame import (
    current_actor,
    database,
    notify,
    now,
    render,
    requires,
    safe_next,
    session,
    work,
)

__all__ = ["blueprint", "openid_views", "password_views", "proof", "second_factor_views", "session_views"]


def signed_in_context() -> dict[str, Any]:
    """What every template knows of the person (`actor`, `areas`: label, address) and of whose page it is."""
    signed_in = (
        has_request_context() and current_user.is_authenticated
    )  # mail is written outside a request, too
    actor = current_user.actor if signed_in else None
    areas: list[tuple[str, str]] = []
    if actor is not None:
        if actor.may(Permission.OWN_MATTERS):
            areas.append((_("My pages"), url_for("client_area.home")))
        if actor.may(Permission.EDIT_PROVIDER):
            areas.append((_("My services"), url_for("providers.home")))
        if actor.may(Permission.VIEW_APPLICATIONS):
            areas.append((_("Today in the office"), url_for("approvals.today")))
            areas.append((_("Applications"), url_for("approvals.queue")))
            areas.append((_("Approvals"), url_for("approvals.standing_list")))
        if actor.may(Permission.VIEW_CLIENTS):
            areas.append((_("Clients"), url_for("clients.register")))
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
@requires(Permission.PUBLIC, once=False)
def sign_in_page() -> ResponseReturnValue:
    """Sign in and go on to where the person was going."""
    form, status, wait = SignInForm.from_request(), 200, 0
    if form.validate_on_submit():
        try:
            user = sign_in(
                database(),
                email=form.email.data,
                password=form.password.data,
                address=request.remote_addr or "",
                browser=known_as(form.email.data),
                now=now(),
            )
        except (TooManyTries, Busy) as error:
            form.refuse(error)
            status, wait = error.status, getattr(error, "wait", 5)
        else:
            if user is not None:
                return redirect(begin(user, onward=safe_next(request.args.get("next"))))
            form.form_errors.append(_("The e-mail address or the password is not right."))
    page = render(
        "accounts/sign_in.html",
        status=422 if form.errors and status == 200 else status,
        form=form,
        openid=openid_views.organisation_name(),
        onward=request.args.get("next"),
    )
    if wait:
        page.headers["Retry-After"] = str(wait)
    return page


@blueprint.get("/landing")
@requires(Permission.SIGNED_IN)
def landing() -> ResponseReturnValue:
    """The first page after signing in: the person's own area."""
    _label, address = signed_in_context()["areas"][0]
    return redirect(address)


@blueprint.post("/sign-out", endpoint="sign_out")
@requires(Permission.SIGNED_IN, once=False)
def sign_out_here() -> ResponseReturnValue:
    """End the session on this browser."""
    user = session().get_one(User, current_actor().user_id)
    by_openid = current_user.by_openid
    sign_out(work(), user, current_user.session_id)
    forget_session()
    notify(_("You have signed out."))
    return redirect((goodbye_address() if by_openid else "") or url_for("pages.start"))


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.SIGNED_IN)
def me() -> ResponseReturnValue:
    """Name, and the language of mail and decisions."""
    user = session().get_one(User, current_actor().user_id)
    form = AccountForm.from_request(obj=user)
    if form.validate_on_submit():
        save_account(work(), user, name=form.name.data, language=form.language.data)
        notify(_("Your account has been saved."))
        return redirect(url_for("accounts.me"))
    return render(
        "accounts/me.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        user=user,
        factors=factors_of(session(), user.id),
    )
