"""The page on which somebody shows once more who they are, before a sensitive act; what was written waits meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import PasswordField

from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.fresh import ProofNeeded
from marketplace.accounts.guessing.service import TooManyTries
from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import UNUSABLE, Busy
from marketplace.accounts.second_factor import service as factors
from marketplace.accounts.second_factor.forms import CodeForm, PasskeyForm
from marketplace.accounts.second_factor.queries import factors_of
from marketplace.accounts.second_factor.views import passkey_answers, passkey_options, sealer
from marketplace.accounts.service import password_proves
from marketplace.accounts.sessions import service as sessions
from marketplace.i18n import _, _l
from marketplace.permissions import Permission
from marketplace.web.forms import BaseForm, required
from marketplace.web.frame import (
    current_actor,
    database,
    lead_first_to,
    notify,
    now,
    render,
    requires,
    safe_next,
    session,
)


class ProofForm(BaseForm):
    """The password once more."""

    password = PasswordField(_l("Password"), [required(_l("Write your password."))])


@blueprint.app_errorhandler(ProofNeeded)
def lead_to_proof(_error: ProofNeeded) -> ResponseReturnValue:
    """To the page that asks for the proof, and back to the form."""
    response, kept = lead_first_to(url_for("accounts.prove"))
    if kept:
        notify(
            _("What you had written is kept and waits for you. An account number has to be written again."),
            "info",
        )
    return response


@blueprint.route("/confirm", methods=["GET", "POST"])
@requires(Permission.SIGNED_IN)
def prove() -> ResponseReturnValue:
    """Ask for the password, a code or a passkey; any of them will do."""
    form = ProofForm.from_request()
    return _answer(
        form,
        CodeForm(formdata=None),
        lambda: password_proves(database(), _id(), form.password.data, now=now()),
    )


@blueprint.post("/confirm/code")
@requires(Permission.SIGNED_IN)
def prove_by_code() -> ResponseReturnValue:
    """A code of the app, or a recovery code."""
    form = CodeForm.from_request()
    return _answer(
        ProofForm(formdata=None),
        form,
        lambda: factors.code_proves(database(), _id(), form.code.data, sealer=sealer(), now=now()),
    )


@blueprint.post("/confirm/passkey")
@requires(Permission.SIGNED_IN)
def prove_by_passkey() -> ResponseReturnValue:
    """The answer of a device."""
    if passkey_answers(_id()):
        return _proved()
    form = ProofForm(formdata=None)
    form.form_errors.append(_("The passkey was not accepted. Try again, or use another way."))
    return _page(form, CodeForm(formdata=None), 422)


def _answer(form: ProofForm, code: CodeForm, holds: Callable[[], bool]) -> ResponseReturnValue:
    sent = form if form.is_submitted() and request.endpoint == "accounts.prove" else code
    status = 422 if form.is_submitted() else 200
    if sent.validate_on_submit():
        try:
            if holds():
                return _proved()
            sent.form_errors.append(_("This is not right. Try again."))
        except (TooManyTries, Busy) as error:
            sent.refuse(error)
            status = error.status
    return _page(form, code, status)


def _page(form: ProofForm, code: CodeForm, status: int) -> ResponseReturnValue:
    user = session().get_one(User, _id())
    return render(
        "accounts/confirm.html",
        status=status,
        form=form,
        code=code,
        has_password=user.password_hash != UNUSABLE,
        factors=factors_of(session(), user.id),
        options=passkey_options(user.id),
        passkey_form=PasskeyForm(formdata=None),
        onward=request.args.get("next"),
    )


def _proved() -> ResponseReturnValue:
    sessions.note_proof(session(), current_user.session_id, now=now())
    return redirect(safe_next(request.args.get("next")) or url_for("accounts.me"))


def _id() -> int:
    return int(current_actor().user_id or 0)
