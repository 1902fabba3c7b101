"""The page on which somebody shows once more who they are, before a sensitive act; what was written waits meanwhile."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import PasswordField

from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.fresh import ProofNeeded
from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import UNUSABLE
from marketplace.accounts.second_factor import service as factors
from marketplace.accounts.second_factor.forms import CodeForm, PasskeyForm
from marketplace.accounts.second_factor.queries import factors_of
from marketplace.accounts.second_factor.views import demand_passkey, passkey_options, sealer
from marketplace.accounts.service import password_proves
from marketplace.accounts.sessions import service as sessions
from marketplace.errors import Invalid
from marketplace.i18n import _, _l
from marketplace.permissions import Permission
from marketplace.web.addresses import safe_next
from marketplace.web.forms import BaseForm, required
from marketplace.web.frame import (
    current_actor,
    database,
    lead_first_to,
    notify,
    now,
    render,
    requires,
    session,
)
from marketplace.web.posting import carry_out


class PasswordProofForm(BaseForm):
    """The password once more."""

    password = PasswordField(_l("Password"), [required(_l("Write your password."))])


@blueprint.app_errorhandler(ProofNeeded)
def lead_to_proof(_error: ProofNeeded) -> ResponseReturnValue:
    """A redirect to the page that asks for the proof, and from there back to the form."""
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
    form = PasswordProofForm.from_request()
    return carry_out(
        form,
        lambda: _demand(password_proves(database(), _id(), form.password.data or "", now=now())),
        done=lambda _right: _proved(),
        show=lambda: _page(form, CodeForm(formdata=None)),
    )


@blueprint.post("/confirm/code")
@requires(Permission.SIGNED_IN)
def prove_by_code() -> ResponseReturnValue:
    """A code of the app, or a recovery code."""
    form = CodeForm.from_request()
    return carry_out(
        form,
        lambda: _demand(factors.code_proves(database(), _id(), form.code.data, sealer=sealer(), now=now())),
        done=lambda _right: _proved(),
        show=lambda: _page(PasswordProofForm(formdata=None), form),
    )


def _demand(proved: bool) -> None:
    if not proved:
        raise Invalid(_("This is not right. Try again."))


@blueprint.post("/confirm/passkey")
@requires(Permission.SIGNED_IN)
def prove_by_passkey() -> ResponseReturnValue:
    """The answer of a device."""
    form = PasswordProofForm(formdata=None)
    return carry_out(
        PasskeyForm(),
        lambda: demand_passkey(_id()),
        done=lambda _right: _proved(),
        show=lambda: _page(form, CodeForm(formdata=None)),
        refuse=form.refuse,
    )


def _page(form: PasswordProofForm, code: CodeForm) -> ResponseReturnValue:
    user = session().get_one(User, _id())
    return render(
        "accounts/confirm.html",
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
