"""The people of a company: who may do what, inviting, answering those who ask, and the page behind an invitation."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts.browser import open_session
from marketplace.accounts.fresh import fresh
from marketplace.accounts.models import User
from marketplace.accounts.passwords.rules import check_password
from marketplace.accounts.queries import user_by_email
from marketplace.accounts.service import new_password_hash
from marketplace.errors import faults_of
from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.providers import queries as providers
from marketplace.providers.company import people, queries
from marketplace.providers.company.forms import InvitationForm, JoiningForm
from marketplace.providers.company.labels import ROLE_HINTS, ROLES
from marketplace.providers.models import Provider
from marketplace.web.forms import PlainForm
from marketplace.web.frame import (
    current_actor,
    database,
    now,
    render,
    requires,
    session,
    work,
)
from marketplace.web.link_keys import LinkKey
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

blueprint = Blueprint("people", __name__, url_prefix="/<int:provider_id>/people")
joining = Blueprint("joining", __name__, url_prefix="/join")

_KEY: Final = LinkKey("company_invitation")


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """Everybody who acts for the company, and who waits for an answer."""
    provider = providers.my_provider(work(), provider_id)
    return _page(provider, InvitationForm(formdata=None, language=current_language()))


@blueprint.post("")
@requires(Permission.MANAGE_PROVIDER)
@fresh
def invite(provider_id: int) -> ResponseReturnValue:
    """Invite a colleague."""
    provider = queries.managed_provider(work(), provider_id)
    form = InvitationForm.from_request()
    return carry_out(
        form,
        lambda: people.invite(
            work(),
            provider_id=provider_id,
            email=form.email.data,
            role=form.role.data,
            language=form.language.data,
        ),
        done=lambda invitation: _back(
            provider_id,
            _("An invitation is on its way to %(email)s. It holds for 14 days.", email=invitation.email),
        ),
        show=lambda: _page(provider, form),
    )


def _page(provider: Provider, form: InvitationForm) -> ResponseReturnValue:
    return render(
        "providers/company/people.html",
        provider=provider,
        form=form,
        grants=queries.grants_of(session(), provider.id),
        invitations=queries.invitations_of(session(), provider.id),
        requests=queries.requests_of(session(), provider.id),
        manages=current_actor().may(Permission.MANAGE_PROVIDER, provider=provider.id),
        now=now(),
        roles=ROLES,
        role_hints=ROLE_HINTS,
    )


def _list(provider_id: int) -> str:
    return url_for("providers.people.index", provider_id=provider_id)


def _back(provider_id: int, message: str) -> ResponseReturnValue:
    return lead_on(_list(provider_id), message)


@blueprint.post("/<int:user_id>/role")
@requires(Permission.MANAGE_PROVIDER)
@fresh
def role(provider_id: int, user_id: int) -> ResponseReturnValue:
    """Give a colleague the other role."""
    with conflicts_lead_to(_list(provider_id)):
        people.change_role(
            work(), provider_id=provider_id, user_id=user_id, role=request.form.get("role", "")
        )
    _stay(user_id)
    return _back(provider_id, _("The role has been changed."))


@blueprint.route("/<int:user_id>/remove", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
@fresh
def remove(provider_id: int, user_id: int) -> ResponseReturnValue:
    """Take a colleague's access away, or leave the company oneself, after being told what that means."""
    own = user_id == current_actor().user_id
    see = providers.my_provider if own else queries.managed_provider
    provider = see(work(), provider_id)
    person = people.colleague(session(), provider_id, user_id)
    form = PlainForm.from_request()
    return carry_out(
        form,
        lambda: people.remove(work(), provider_id=provider_id, user_id=user_id),
        done=lambda _removed: _gone(provider_id, user_id),
        show=lambda: render(
            "providers/company/remove.html", provider=provider, person=person, own=own, form=form
        ),
        moved_on=_list(provider_id),
    )


def _gone(provider_id: int, user_id: int) -> ResponseReturnValue:
    if user_id == current_actor().user_id:
        _stay(user_id)
        return lead_on(url_for("providers.home"), _("You do not act for the company any more."))
    return _back(
        provider_id, _("The person does not act for the company any more, and was told so by e-mail.")
    )


def _stay(user_id: int) -> None:
    """Whoever has changed their own role goes on here with a new session: the old ones have ended."""
    if user_id == current_actor().user_id:
        open_session(session().get_one(User, user_id), how="role")


@blueprint.post("/invitations/<int:invitation_id>/cancel")
@requires(Permission.MANAGE_PROVIDER)
def cancel(provider_id: int, invitation_id: int) -> ResponseReturnValue:
    """Kill the link of an invitation."""
    people.cancel(work(), provider_id=provider_id, invitation_id=invitation_id)
    return _back(provider_id, _("The invitation has been cancelled. Its link does not work any more."))


@blueprint.post("/requests/<int:request_id>")
@requires(Permission.MANAGE_PROVIDER)
@fresh
def answer(provider_id: int, request_id: int) -> ResponseReturnValue:
    """Let in somebody who asks, with a role, or do not."""
    chosen = request.form.get("answer", "")
    if chosen == "refuse":
        people.refuse(work(), provider_id=provider_id, request_id=request_id)
        return _back(provider_id, _("The person was not given access, and has been told so by e-mail."))
    people.accept(work(), provider_id=provider_id, request_id=request_id, role=chosen)
    return _back(provider_id, _("The person now acts for the company, and has been told so by e-mail."))


@joining.route("", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def join() -> ResponseReturnValue:
    """The page behind an invitation: join with the account one has, or make one.

    The link's key goes from the address into a cookie of its own: whoever signs in to join gets a new session and
    comes back here.
    """
    if (given := _KEY.given()) is not None:
        return _KEY.keep(given, onward=url_for("providers.joining.join"))
    token, form = _KEY.held(), JoiningForm.from_request()
    if current_user.is_authenticated and request.method == "POST":
        user = session().get_one(User, current_actor().user_id)
        return _welcome(user, people.join(work(), user=user, token=token))
    return carry_out(
        form,
        lambda: _newcomer(form, token),
        done=lambda joined: _welcome(*joined),
        show=lambda: _joining_page(form, token),
        faults=lambda: faults_of(
            lambda: check_password(form.password.data or "", about=(form.name.data or "",))
        ),
    )


def _joining_page(form: JoiningForm, token: str) -> ResponseReturnValue:
    invitation = people.living_invitation(session(), token, now())
    response = render(
        "providers/company/join.html",
        form=form,
        invitation=invitation,
        has_account=user_by_email(session(), invitation.email) is not None,
        roles=ROLES,
        role_hints=ROLE_HINTS,
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _newcomer(form: JoiningForm, token: str) -> tuple[User, Provider]:
    """The newcomer's account; the hash of the password is made before the transaction begins."""
    with database().read() as reading:
        address = people.living_invitation(reading, token, now()).email
    name = form.name.data or ""
    secret = new_password_hash(form.password.data or "", about=(address, name))
    return people.join_as_newcomer(
        work(), name=name, password_hash=secret, language=current_language(), token=token
    )


def _welcome(user: User, provider: Provider) -> ResponseReturnValue:
    open_session(user)
    response = lead_on(
        url_for("providers.overview", provider_id=provider.id),
        _("Welcome. You now act for %(provider)s.", provider=provider.name),
    )
    _KEY.forget(response)
    return response


@joining.get("/<token>")
@requires(Permission.PUBLIC)
def join_by_path(token: str) -> ResponseReturnValue:
    """Links of mail from before the key went into the query lead on."""
    return _KEY.keep(token, onward=url_for("providers.joining.join"))
