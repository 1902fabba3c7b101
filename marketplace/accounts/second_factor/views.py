"""The second step of signing in, and the page where second factors are set up and taken away."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import segno
from flask import redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.browser import open_session, waiting_person
from marketplace.accounts.fresh import fresh
from marketplace.accounts.models import User
from marketplace.accounts.second_factor import service
from marketplace.accounts.second_factor.forms import CodeForm, NewPasskeyForm, PasskeyForm
from marketplace.accounts.second_factor.queries import factors_of, needs_second_factor, passkeys_of
from marketplace.accounts.second_factor.rules import app_address, is_app_code
from marketplace.accounts.second_factor.sealing import Sealer
from marketplace.accounts.second_factor.service import Site
from marketplace.accounts.sessions import service as sessions
from marketplace.accounts.sessions.models import UserSession
from marketplace.accounts.sessions.rules import End
from marketplace.errors import Invalid
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.web.addresses import safe_next
from marketplace.web.frame import (
    current_actor,
    database,
    is_public_page,
    let_go,
    notify,
    now,
    render,
    requires,
    session,
    settings,
)
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

_CHALLENGE: Final = "passkey_challenge"


def sealer() -> Sealer:
    """What seals and opens the secrets of apps."""
    return Sealer([settings().secret_key, *settings().former_secrets])


def site() -> Site:
    """The portal as browsers know it."""
    parts = urlsplit(settings().public_url)
    return Site(
        host=parts.hostname or "localhost", origin=f"{parts.scheme}://{parts.netloc}", name=_("Palvelutori")
    )


# --- signing in ------------------------------------------------------------------------------------------------------


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@requires(Permission.PUBLIC, once=False, counted=False)
def second_step() -> ResponseReturnValue:
    """Ask for the second factor: a code, or a passkey on the same page."""
    held = waiting_person()
    if held is None:
        return _begin_again()
    form = CodeForm.from_request()
    return carry_out(
        form,
        lambda: _demand_code(held, form.code.data),
        done=lambda _right: _enter(held, how="app" if is_app_code(form.code.data) else "recovery_code"),
        show=lambda: _step_page(held, form),
    )


def _demand_code(held: UserSession, code: str) -> None:
    """Raises Invalid when the code proves nothing, TooManyTries when it was tried too often."""
    if not service.code_proves(database(), held.user_id, code, sealer=sealer(), now=now()):
        raise Invalid(_("The code is not right, or it has been used already."), field="code")


@blueprint.post("/sign-in/passkey")
@requires(Permission.PUBLIC, once=False, counted=False)
def passkey_step() -> ResponseReturnValue:
    """The device's answer to the challenge of the page before."""
    held = waiting_person()
    if held is None:
        return _begin_again()
    form = CodeForm(formdata=None)
    return carry_out(
        PasskeyForm(),
        lambda: demand_passkey(held.user_id),
        done=lambda _right: _enter(held, how="passkey"),
        show=lambda: _step_page(held, form),
        refuse=form.refuse,
    )


def demand_passkey(user_id: int) -> None:
    """Raises Invalid unless the sent form holds the answer of one of the person's devices to the page's challenge."""
    challenge = cookie.pop(_CHALLENGE, "")
    answer = PasskeyForm().credential.data or ""
    if not (challenge and answer) or not service.passkey_proves(
        session(), user_id, answer, challenge=str(challenge), site=site(), now=now()
    ):
        let_go()
        service.tell_refused(database(), user_id, "passkey", now=now())
        raise Invalid(_("The passkey was not accepted. Try again, or use another way."))


def passkey_options(user_id: int) -> str | None:
    """What a page asks the device for, as JSON; None for somebody without a passkey. Its challenge is kept signed."""
    if not factors_of(session(), user_id).passkeys:
        return None
    options, cookie[_CHALLENGE] = service.authentication_options(session(), user_id, site=site())
    return options


def _step_page(held: UserSession, form: CodeForm) -> ResponseReturnValue:
    return render(
        "accounts/second_step.html",
        form=form,
        factors=factors_of(session(), held.user_id),
        options=passkey_options(held.user_id),
        passkey_form=PasskeyForm(formdata=None),
        onward=request.args.get("next"),
    )


def _enter(held: UserSession, *, how: str) -> ResponseReturnValue:
    """Both factors are right: the waiting session ends and another begins, with a token of its own.

    One that has been ended meanwhile, as by a new password, leads nowhere.
    """
    user = sessions.hold_person(session(), session().get_one(User, held.user_id))
    if not sessions.end_session(session(), user.id, held.id, End.SIGN_OUT, now=now()):
        return _begin_again()
    open_session(user, how=how, openid_session=held.openid_session)
    return redirect(safe_next(request.args.get("next")) or url_for("accounts.landing"))


def _begin_again() -> ResponseReturnValue:
    notify(_("Signing in took too long. Begin again."), "info")
    return redirect(url_for("accounts.sign_in", next=request.args.get("next")))


# --- setting up ------------------------------------------------------------------------------------------------------


@blueprint.before_app_request
def lead_to_second_factor() -> ResponseReturnValue | None:
    """Whoever has to set up a second factor does that first: every page that is not for everybody leads there."""
    own = request.blueprint == blueprint.name or request.endpoint in (None, "static")
    if own or not current_user.is_authenticated or not current_user.must_enrol or is_public_page():
        return None
    return redirect(url_for("accounts.second_factor"))


@blueprint.get("/second-factor")
@requires(Permission.SIGNED_IN)
def second_factor() -> ResponseReturnValue:
    """What the person has besides the password."""
    user = _me()
    return render(
        "accounts/second_factor.html",
        factors=factors_of(session(), user.id),
        passkeys=passkeys_of(session(), user.id),
        required=needs_second_factor(session(), user),
        must_enrol=current_user.must_enrol,
    )


@blueprint.post("/second-factor/app")
@requires(Permission.SIGNED_IN)
@fresh
def begin_app() -> ResponseReturnValue:
    """Begin to set up an app."""
    with conflicts_lead_to(url_for("accounts.second_factor")):
        service.begin_app(session(), _me(), sealer=sealer(), now=now())
    return lead_on(url_for("accounts.confirm_app"))


@blueprint.route("/second-factor/app/confirm", methods=["GET", "POST"])
@requires(Permission.SIGNED_IN)
def confirm_app() -> ResponseReturnValue:
    """The picture that the app reads, and the field for its first code."""
    user = _me()
    secret = service.begun_secret(session(), user.id, sealer=sealer())
    form = CodeForm.from_request()
    address = app_address(secret, account=user.email, issuer=_("Palvelutori"))
    return carry_out(
        form,
        lambda: service.confirm_app(session(), user, form.code.data, sealer=sealer(), now=now()),
        done=lambda codes: _done(
            codes, _("The app is in use. From now on you are asked for its code when you sign in.")
        ),
        show=lambda: render(
            "accounts/app.html",
            form=form,
            picture=_picture(address),
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        ),
    )


@blueprint.post("/second-factor/app/remove")
@requires(Permission.SIGNED_IN)
@fresh
def remove_app() -> ResponseReturnValue:
    """Take the app away."""
    return _removed(
        lambda user: service.remove_app(session(), user, now=now()), _("The app is no longer in use.")
    )


@blueprint.route("/second-factor/passkey", methods=["GET", "POST"])
@requires(Permission.SIGNED_IN)
@fresh
def add_passkey() -> ResponseReturnValue:
    """Make a passkey on this device; a script talks with the device."""
    user, form = _me(), NewPasskeyForm.from_request()
    return carry_out(
        form,
        lambda: service.add_passkey(
            session(),
            user,
            form.credential.data or "",
            challenge=str(cookie.pop(_CHALLENGE, "")),
            name=form.name.data,
            site=site(),
            now=now(),
        ),
        done=lambda codes: _done(codes, _("The passkey is in use.")),
        show=lambda: _passkey_page(user, form),
    )


def _passkey_page(user: User, form: NewPasskeyForm) -> ResponseReturnValue:
    """The page with a challenge of its own; what a device has answered to an earlier one is of no use to it."""
    form.credential.data = ""
    options, cookie[_CHALLENGE] = service.registration_options(session(), user, site=site())
    return render("accounts/passkey.html", form=form, options=options)


@blueprint.post("/second-factor/passkey/<int:passkey_id>/remove")
@requires(Permission.SIGNED_IN)
@fresh
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Take a passkey away."""
    return _removed(
        lambda user: service.remove_passkey(session(), user, passkey_id, now=now()),
        _("The passkey is no longer in use."),
    )


@blueprint.post("/second-factor/codes")
@requires(Permission.SIGNED_IN)
@fresh
def new_codes() -> ResponseReturnValue:
    """New recovery codes in place of the earlier ones; they are shown in the answer and never again."""
    return render("accounts/recovery_codes.html", codes=service.new_codes(session(), _me(), now=now()))


def _done(codes: list[str], message: str) -> ResponseReturnValue:
    """A factor has been set up: whoever could do nothing else before is signed in; new recovery codes are shown."""
    if current_user.must_enrol:
        open_session(_me(), how="enrolment", openid_session=current_user.openid_session)
    notify(message)
    if codes:
        return render("accounts/recovery_codes.html", codes=codes)
    return redirect(url_for("accounts.second_factor"))


def _removed(remove: Any, message: str) -> ResponseReturnValue:
    address = url_for("accounts.second_factor")
    with conflicts_lead_to(address):
        remove(_me())
    return lead_on(address, message)


def _me() -> User:
    return session().get_one(User, current_actor().user_id)


def _picture(address: str) -> Markup:
    """A QR code as SVG in the page: dark on light in every scheme, for a camera reads nothing else."""
    return Markup(  # noqa: S704 - drawn by the library, which escapes nothing because it writes no text
        segno.make(address, error="m", micro=False).svg_inline(scale=5, dark="#000", light="#fff", border=4)
    )
