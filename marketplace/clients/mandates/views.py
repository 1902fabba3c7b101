"""The client's page of helpers, the counsellor's for mandates on paper, and the page behind a helper's link."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts.browser import open_session
from marketplace.accounts.models import User
from marketplace.accounts.queries import user_by_email
from marketplace.accounts.service import new_password_hash
from marketplace.clients.area.acting import PARAMETER, Acting, acting, acting_work
from marketplace.clients.area.blueprint import blueprint as area
from marketplace.clients.blueprint import blueprint as counsellor
from marketplace.clients.looking import client_seen
from marketplace.clients.mandates import queries, service
from marketplace.clients.mandates.forms import AcceptForm, CheckedMandateForm, MandateForm, PaperMandateForm
from marketplace.clients.mandates.labels import SCOPES, SOURCES
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.register import MandateRegister, mandate_register
from marketplace.clients.mandates.rules import Source
from marketplace.clients.models import Client
from marketplace.clients.queries import client_for_staff
from marketplace.clients.rules import Ground, Part
from marketplace.clients.service import note_gift
from marketplace.errors import NotAllowed, NotFound
from marketplace.files.uploads import UploadField, hand_out, take_files
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.web.forms import BaseForm
from marketplace.web.frame import (
    current_actor,
    database,
    feature_blueprint,
    let_go,
    now,
    render,
    requires,
    session,
    settings,
    work,
)
from marketplace.web.link_keys import LinkKey
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on
from marketplace.work import UnitOfWork

REGISTER: Final = "Suomi.fi"
"""To whom the client's code is given, as the client reads it in the log."""

accepting: Final = feature_blueprint("client_mandates", __name__, "/account/mandate")


@area.get("/helpers", endpoint="mandates")
@requires(Permission.OWN_MATTERS)
def mandates() -> ResponseReturnValue:
    """Who may see or act for the client."""
    whose = acting(Part.MANDATES)
    return render("clients/area/mandates.html", may_give=whose.is_own, **_shown(whose.client))


@area.route("/helpers/new", methods=["GET", "POST"], endpoint="give_mandate")
@requires(Permission.OWN_MATTERS)
def give() -> ResponseReturnValue:
    """Give a mandate; nobody gives one in another's stead."""
    whose = _own()
    form: Any = MandateForm.from_request()
    return carry_out(
        form,
        lambda: service.give(work(), whose.client, Source.PORTAL, form.terms()),
        done=lambda _given: lead_on(
            url_for("client_area.mandates"),
            _("The mandate has been given. The helper gets an e-mail and accepts it."),
        ),
        show=lambda: render("clients/area/mandate.html", form=form, scopes=SCOPES),
    )


@area.get("/helpers/<int:mandate_id>/paper", endpoint="mandate_paper")
@requires(Permission.OWN_MATTERS)
def own_paper(mandate_id: int) -> ResponseReturnValue:
    """The signed paper of a mandate that the client has given; helpers do not read each other's."""
    whose = acting(Part.MANDATES)
    if not whose.is_own:
        raise NotFound()
    return hand_out(queries.paper_of(session(), whose.client, mandate_id))


@area.post("/helpers/<int:mandate_id>/revoke", endpoint="revoke_mandate")
@requires(Permission.OWN_MATTERS)
def revoke(mandate_id: int) -> ResponseReturnValue:
    """Revoke a mandate at once."""
    whose = _own()
    address = url_for("client_area.mandates")
    with conflicts_lead_to(address):
        service.revoke(work(), whose.client, mandate_id)
    return lead_on(address, _("The mandate has been revoked. The helper sees your pages no more."))


@counsellor.route("/<int:client_id>/mandates", methods=["GET", "POST"], endpoint="mandates")
@requires(Permission.MANAGE_CLIENTS)
def paper(client_id: int) -> ResponseReturnValue:
    """The mandates of a client, and writing down one that was given on paper."""
    client_seen(client_id, Part.MANDATES, permission=Permission.MANAGE_CLIENTS)
    take_files(UploadField, "paper")
    client = client_for_staff(work(), client_id, permission=Permission.MANAGE_CLIENTS)
    form: Any = PaperMandateForm.from_request()
    return carry_out(
        form,
        lambda: service.give(work(), client, Source.PAPER, form.terms(), form.paper.data),
        done=lambda _given: lead_on(
            url_for("clients.mandates", client_id=client_id),
            _("The mandate has been given. The helper gets an e-mail and accepts it."),
        ),
        show=lambda: render("clients/mandates.html", form=form, **_shown(client)),
    )


@counsellor.get("/<int:client_id>/mandates/<int:mandate_id>/paper", endpoint="mandate_paper")
@requires(Permission.MANAGE_CLIENTS)
def signed_paper(client_id: int, mandate_id: int) -> ResponseReturnValue:
    """The signed paper of a mandate, at the office."""
    client = client_seen(client_id, Part.MANDATES, permission=Permission.MANAGE_CLIENTS)
    return hand_out(queries.paper_of(session(), client, mandate_id))


@counsellor.route("/<int:client_id>/mandates/check", methods=["GET", "POST"], endpoint="check_mandate")
@requires(Permission.MANAGE_CLIENTS)
def check(client_id: int) -> ResponseReturnValue:
    """Ask the register of mandates whether a helper may act for the client, and write the mandate down if so."""
    register = mandate_register(settings())
    if register is None:
        raise NotFound()
    form: Any = CheckedMandateForm.from_request()
    return carry_out(
        form,
        lambda: _checked(register, client_id, form),
        done=lambda _given: lead_on(
            url_for("clients.mandates", client_id=client_id),
            _("The register allows it. The helper gets an e-mail and accepts the mandate."),
        ),
        show=lambda: render(
            "clients/mandate_check.html",
            form=form,
            **_shown(client_seen(client_id, Part.MANDATES, permission=Permission.MANAGE_CLIENTS)),
        ),
    )


def _checked(register: MandateRegister, client_id: int, form: CheckedMandateForm) -> Mandate:
    """The register is asked outside of a transaction: it may take seconds to answer."""
    client = client_seen(client_id, Part.MANDATES, permission=Permission.MANAGE_CLIENTS)
    code, allowed = form.client_identity_code.data or "", False
    if service.is_code_of(session(), client, code):
        let_go()
        with database().transaction() as noting:
            asking = UnitOfWork(noting, current_actor(), now())
            note_gift(
                asking, noting.get_one(Client, client_id), Part.MANDATES, Ground.SERVICE, recipient=REGISTER
            )
        allowed = register.allows(
            form.helper_identity_code.data or "", code, asked_by=str(current_actor().user_id), now=now()
        )
    client = client_for_staff(work(), client_id, permission=Permission.MANAGE_CLIENTS)
    return service.give_checked(work(), client, form.terms(), code=code, allowed=allowed)


@counsellor.post("/<int:client_id>/mandates/<int:mandate_id>/revoke", endpoint="revoke_mandate")
@requires(Permission.MANAGE_CLIENTS)
def revoke_at_office(client_id: int, mandate_id: int) -> ResponseReturnValue:
    """Revoke a mandate for a client who has asked the office to."""
    client = client_seen(client_id, Part.MANDATES, permission=Permission.MANAGE_CLIENTS)
    address = url_for("clients.mandates", client_id=client_id)
    with conflicts_lead_to(address):
        service.revoke(work(), client, mandate_id)
    return lead_on(address, _("The mandate has been revoked."))


_KEY: Final = LinkKey("mandate")


@accepting.route("", methods=["GET", "POST"], endpoint="accept")
@requires(Permission.PUBLIC)
def accept() -> ResponseReturnValue:
    """The page behind the link: take the mandate with the account one has, or make one.

    The link's key opens what is kept of a client; it goes from the address into the browser at once.
    """
    if (given := _KEY.given()) is not None:
        return _KEY.keep(given, onward=url_for("client_mandates.accept"))
    token = _KEY.held()
    form: Any = AcceptForm.from_request()
    known = current_user.is_authenticated
    return carry_out(
        BaseForm() if known else form,
        lambda: _accepted(token) if known else _newcomer(form, token),
        done=lambda accepted: _welcome(*accepted),
        show=lambda: _accepting_page(form, token),
        refuse=form.refuse,
    )


def _accepted(token: str) -> tuple[User, int]:
    """The person who is signed in takes the mandate; whose client it is about."""
    user = session().get_one(User, current_actor().user_id)
    return user, service.accept(work(), user, token).client_id


def _accepting_page(form: AcceptForm, token: str) -> ResponseReturnValue:
    mandate = service.living_mandate(work(), token)
    return render(
        "clients/accept.html",
        form=form,
        mandate=mandate,
        has_account=user_by_email(session(), mandate.email) is not None,
        scopes=SCOPES,
    )


def _newcomer(form: AcceptForm, token: str) -> tuple[User, int]:
    """The helper's new account; the hash of the password is made before the transaction begins."""
    with database().read() as reading:
        found = queries.mandate_of_token(reading, token, now())
    if found is None:
        raise service.MandateLinkIsDead()
    name = form.name.data or ""
    secret = new_password_hash(form.password.data or "", about=(found.email, name))
    user = service.accept_as_newcomer(
        work(), name=name, password_hash=secret, language=current_language(), token=token
    )
    return user, found.client_id


def _welcome(user: User, client_id: int) -> ResponseReturnValue:
    open_session(user, how="role")
    response = lead_on(
        f"{url_for('client_area.home')}?{PARAMETER}={client_id}",
        _("Welcome. You see now the pages of the client who gave you the mandate."),
    )
    _KEY.forget(response)
    return response


def _own() -> Acting:
    """The client's own page. Raises NotAllowed for a helper: mandates are given and revoked by the client alone."""
    whose, _work = acting_work(Part.MANDATES)
    if not whose.is_own:
        raise NotAllowed(_("Only the client gives and revokes mandates."))
    return whose


def _shown(client: Client) -> dict[str, Any]:
    """What the pages that list mandates need."""
    today = helsinki_date(now())
    return {
        "client": client,
        "mandates": queries.mandates_of(session(), client.id),
        "scopes": SCOPES,
        "sources": SOURCES,
        "in_force": lambda mandate: queries.in_force(mandate, today),
        "today": today,
        "now": now(),
        "register": mandate_register(settings()) is not None,
    }
