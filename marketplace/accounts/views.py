"""Signing in and out, and one's own account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import g, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts import proof, refusals
from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.browser import begin, forget_session, known_as
from marketplace.accounts.forms import AccountForm, SignInForm, StaffAccountForm
from marketplace.accounts.models import User
from marketplace.accounts.openid import views as openid_views
from marketplace.accounts.openid.views import goodbye_address
from marketplace.accounts.passwords import views as password_views
from marketplace.accounts.rooms import addresses_of, own_rooms
from marketplace.accounts.second_factor import views as second_factor_views
from marketplace.accounts.second_factor.queries import factors_of
from marketplace.accounts.service import save_account, sign_in, sign_out
from marketplace.accounts.sessions import views as session_views
from marketplace.errors import Invalid
from marketplace.i18n import _
from marketplace.permissions import STAFF_ROLES, Permission
from marketplace.slots import Answer
from marketplace.web.addresses import safe_next
from marketplace.web.frame import (
    current_actor,
    database,
    now,
    render,
    requires,
    session,
    work,
)
from marketplace.web.posting import carry_out, lead_on

__all__ = [
    "blueprint",
    "openid_views",
    "password_views",
    "proof",
    "refusals",
    "second_factor_views",
    "session_views",
]


citizen_farewell: Final = Answer[Callable[[], str]](
    "accounts.citizen_farewell",
    "when a client or helper signs out who came by identification: where they sign out there, or nothing",
)


def signed_in_context() -> dict[str, Any]:
    """What every template knows of the person (`actor`, `own_rooms`, `areas`: name, address) and whose page it is."""
    signed_in = (
        has_request_context() and current_user.is_authenticated
    )  # mail is written outside a request, too
    actor = current_user.actor if signed_in else None
    return {
        "actor": actor,
        "areas": addresses_of(actor),
        "own_rooms": own_rooms,
        "theme": g.get("theme") or "palvelutori",
        "organisation_name": g.get("organisation_name"),
        "organisation_logos": g.get("organisation_logos", ()),
    }


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@requires(Permission.PUBLIC, once=False, counted=False)
def sign_in_page() -> ResponseReturnValue:
    """Sign in and go on to where the person was going."""
    form = SignInForm.from_request()
    return carry_out(
        form,
        lambda: _person_of(form),
        done=lambda user: redirect(begin(user, onward=safe_next(request.args.get("next")))),
        show=lambda: render(
            "accounts/sign_in.html",
            form=form,
            openid=openid_views.organisation_name(),
            onward=request.args.get("next"),
        ),
    )


def _person_of(form: SignInForm) -> User:
    """Who signs in. Raises Invalid when it is nobody, TooManyTries or Busy when it cannot be looked at now."""
    email = form.email.data or ""
    user = sign_in(
        database(),
        email=email,
        password=form.password.data or "",
        address=request.remote_addr or "",
        browser=known_as(email),
        now=now(),
    )
    if user is None:
        raise Invalid(_("The e-mail address or the password is not right."))
    return user


@blueprint.get("/landing")
@requires(Permission.SIGNED_IN)
def landing() -> ResponseReturnValue:
    """The first page after signing in: the person's own area."""
    _label, address = signed_in_context()["areas"][0]
    return redirect(address)


@blueprint.post("/sign-out", endpoint="sign_out")
@requires(Permission.SIGNED_IN)
def sign_out_here() -> ResponseReturnValue:
    """End the session on this browser."""
    user = session().get_one(User, current_actor().user_id)
    by_openid, actor = current_user.openid_session is not None, current_actor()
    sign_out(work(), user, current_user.session_id)
    forget_session()
    farewells = citizen_farewell if actor.is_citizen else (goodbye_address,)
    onward = next((say() for say in farewells), "") if by_openid else ""
    return lead_on(onward or url_for("pages.start"), _("You have signed out."))


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.SIGNED_IN)
def me() -> ResponseReturnValue:
    """Name, and the language of mail and decisions."""
    user = session().get_one(User, current_actor().user_id)
    form = _account_form(user)
    return carry_out(
        form,
        lambda: save_account(
            work(),
            user,
            name=form.name.data,
            language=form.language.data,
            title=form.title if isinstance(form, StaffAccountForm) else None,
        ),
        done=lambda _saved: lead_on(url_for("accounts.me"), _("Your account has been saved.")),
        show=lambda: render("accounts/me.html", form=form, user=user, factors=factors_of(session(), user.id)),
    )


def _account_form(user: User) -> AccountForm:
    """The form of the account; staff have a title, too."""
    if not current_actor().roles & STAFF_ROLES:
        return AccountForm.from_request(obj=user)
    title: dict[str, Any] = (
        {} if user.title is None else {"title_fi": user.title["fi"], "title_sv": user.title["sv"]}
    )
    return StaffAccountForm.from_request(obj=user, **title)
