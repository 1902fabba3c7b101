"""A forgotten password, and changing one that is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts import service
from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.browser import forget_session, know, open_session
from marketplace.accounts.models import User
from marketplace.accounts.passwords.forms import ChangePasswordForm, ForgottenPasswordForm, NewPasswordForm
from marketplace.accounts.passwords.rules import check_password
from marketplace.errors import Invalid, faults_of, refuse_all
from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.web.frame import current_actor, database, now, render, requires, session, work
from marketplace.web.link_keys import LinkKey
from marketplace.web.posting import carry_out, lead_on

_KEY: Final = LinkKey("password_key")


@blueprint.route("/password", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def forgotten() -> ResponseReturnValue:
    """Ask for a link to set a new password; answer and work are the same whether or not the account exists."""
    form = ForgottenPasswordForm.from_request()
    return carry_out(
        form,
        lambda: service.ask_for_new_password(
            session(), email=form.email.data, language=current_language(), now=now()
        ),
        done=lambda _asked: lead_on(
            url_for("accounts.sign_in"),
            _("If there is an account with this address, a link for a new password is on its way to it."),
            "info",
        ),
        show=lambda: render("accounts/forgotten.html", form=form),
    )


@blueprint.route("/password/new", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def reset() -> ResponseReturnValue:
    """Set a new password with a link that works once.

    The link's key is taken out of the address at once, into the browser's own cookie: it then stands in no history
    and in no address that the page's files are asked from, and the log of the server leaves what follows `?` out.
    """
    if (given := _KEY.given()) is not None:
        return _KEY.keep(given, onward=url_for("accounts.reset"))
    key = _KEY.held()
    with database().read() as reading:
        _link, user = service.person_of_link(reading, key, now())
    form = NewPasswordForm.from_request()
    return carry_out(
        form,
        lambda: _set_by_link(key, form, user),
        done=lambda _set: _signed_out_to_sign_in(user),
        show=lambda: render("accounts/reset.html", form=form, user=user),
    )


def _set_by_link(key: str, form: NewPasswordForm, user: User) -> None:
    secret = service.new_password_hash(form.password.data or "", about=(user.email, user.name))
    service.set_password_by_link(work(), key, password_hash=secret)


def _signed_out_to_sign_in(user: User) -> ResponseReturnValue:
    """On to signing in, from a browser that is known from now on: who shows the letter is no stranger to the limits."""
    forget_session()
    know(user.email)
    return _KEY.forget(
        lead_on(url_for("accounts.sign_in"), _("Your new password is in use. Sign in with it."))
    )


@blueprint.route("/password/change", methods=["GET", "POST"])
@requires(Permission.SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Change the password while signed in: everybody else who is signed in with the account is out."""
    form = ChangePasswordForm.from_request()
    return carry_out(
        form,
        lambda: _change(form),
        done=_changed,
        show=lambda: render("accounts/password.html", form=form),
    )


def _changed(user: User) -> ResponseReturnValue:
    open_session(user)
    return lead_on(
        url_for("accounts.me"), _("Your new password is in use. On other devices you have been signed out.")
    )


def _change(form: ChangePasswordForm) -> User:
    actor = current_actor()
    about = (actor.email, actor.name)
    refuse_all(faults_of(lambda: _demand_present(form), lambda: _demand_new(form, about)))
    secret = service.new_password_hash(form.password.data, about=about)
    user = session().get_one(User, actor.user_id)
    service.change_password(work(), user, password_hash=secret)
    return user


def _demand_present(form: ChangePasswordForm) -> None:
    if not service.password_proves(database(), current_user.id, form.current_password.data, now=now()):
        raise Invalid(_("This is not your present password."), field="current_password")


def _demand_new(form: ChangePasswordForm, about: Iterable[str]) -> None:
    if form.password.data == form.current_password.data:
        raise Invalid(_("This is your present password. Write a new one."), field="password")
    check_password(form.password.data, about=about)
