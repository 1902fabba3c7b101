"""The office's pages of people near to clients who are paid: who waits, one of them, proposing, deciding, ending."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.fresh import fresh
from marketplace.approvals.today import Matter
from marketplace.clients.looking import client_seen
from marketplace.clients.rules import Part
from marketplace.errors import NotFound
from marketplace.files.uploads import filestore, hand_out
from marketplace.i18n import _, current_language
from marketplace.permissions import Actor, Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.queries import current_definition
from marketplace.providers.identifiers import normal_iban
from marketplace.vouchers.own_people import queries, service
from marketplace.vouchers.own_people.forms import (
    OwnPersonAccountForm,
    OwnPersonApprovalForm,
    OwnPersonForm,
    OwnPersonLastDayForm,
    OwnPersonReasonForm,
)
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.pages import proposal_form, shown, words
from marketplace.vouchers.own_people.rules import OWN_PERSON, OwnPersonAction
from marketplace.vouchers.rules import AgreementParty
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, feature_blueprint, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

blueprint = feature_blueprint("own_people", __name__, "/counsellor")
blueprint.before_request(show_own_organisation)


@blueprint.get("/own-people")
@requires(Permission.DECIDE_SERVICES)
def waiting() -> ResponseReturnValue:
    """Who waits to be approved, the longest waiting first; nothing but the clients' numbers is shown of them."""
    return render(
        "vouchers/own_people/waiting.html",
        people=queries.waiting(session(), current_actor().organisation or ""),
        **words(),
    )


def office_matters(actor: Actor, _day: date) -> Iterator[Matter]:
    """Those who wait, for who decides; it is added to the office's page of today."""
    organisation = actor.organisation
    if organisation is not None and actor.may(Permission.DECIDE_SERVICES, organisation=organisation):
        count = len(queries.waiting(session(), organisation))
        yield Matter(
            _("People near to clients who wait for a decision"), count, url_for("own_people.waiting")
        )


@blueprint.route("/clients/<int:client_id>/own-people/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_CLIENTS)
def propose(client_id: int) -> ResponseReturnValue:
    """Propose a person together with the client."""
    client = client_seen(client_id, Part.PLAN, permission=Permission.MANAGE_CLIENTS)
    form: Any = OwnPersonForm.from_request()
    plan = proposal_form(form, client, request.args.get("line", ""))
    return carry_out(
        form,
        lambda: service.propose(work(), client, form.facts(), by=AgreementParty.OFFICE, plan_number=plan),
        done=lambda own: lead_on(_page(own), _("The person has been proposed. Another person decides.")),
        show=lambda: render("vouchers/own_people/propose.html", form=form, client=client),
    )


@blueprint.get("/clients/<int:client_id>/own-people/<int:own_id>")
@requires(Permission.VIEW_CLIENTS)
def own_person(client_id: int, own_id: int) -> ResponseReturnValue:
    """One person, with what is looked at before the approval."""
    return _shown(_found(client_id, own_id), OwnPersonApprovalForm.from_request())


def _shown(own: OwnPerson, form: Any) -> ResponseReturnValue:
    definition = current_definition(session(), own.pilot_key)
    _ask(form, own)
    decides = service.may_decide(work(), own, definition)
    actor, organisation = current_actor(), own.client.organisation_key
    may = {action: OWN_PERSON.allows(own.state, action) for action in OwnPersonAction}
    manages = actor.may(Permission.MANAGE_CLIENTS, organisation=organisation)
    return render(
        "vouchers/own_people/person.html",
        own=own,
        client=own.client,
        form=form,
        may_approve=may[OwnPersonAction.APPROVE] and decides,
        may_withdraw=may[OwnPersonAction.WITHDRAW] and decides_services(organisation),
        may_take_back=may[OwnPersonAction.TAKE_BACK] and manages,
        may_end=may[OwnPersonAction.END] and manages,
        may_record=may[OwnPersonAction.END]
        and actor.may(Permission.RECORD_AGREEMENTS, organisation=organisation),
        may_change_account=own.offer is not None and manages,
        waits_for_another=may[OwnPersonAction.APPROVE] and not decides,
        **shown(own),
    )


def decides_services(organisation: str) -> bool:
    """Whether the signed-in person decides clients' services in the organisation."""
    return current_actor().may(Permission.DECIDE_SERVICES, organisation=organisation)


def _ask(form: Any, own: OwnPerson) -> None:
    language = current_language()
    points = service.points_of(own, current_definition(session(), own.pilot_key))
    form.checked.choices = options((each.key, each.text[language]) for each in points)


@blueprint.post("/clients/<int:client_id>/own-people/<int:own_id>/approve")
@requires(Permission.DECIDE_SERVICES)
def approve(client_id: int, own_id: int) -> ResponseReturnValue:
    """Approve the person."""
    own = _found(client_id, own_id)
    form: Any = OwnPersonApprovalForm.from_request()
    _ask(form, own)
    return carry_out(
        form,
        lambda: service.approve(work(), own_id, form.checked.data or [], store=filestore()),
        done=lambda done: lead_on(
            _page(done),
            _(
                "The person is approved. Another person of the office confirms the account number before it is used."
            ),
        ),
        show=lambda: _shown(own, form),
        moved_on=_page(own),
    )


@blueprint.route("/clients/<int:client_id>/own-people/<int:own_id>/refuse", methods=["GET", "POST"])
@requires(Permission.DECIDE_SERVICES)
def refuse(client_id: int, own_id: int) -> ResponseReturnValue:
    """Do not approve the person."""
    own = _found(client_id, own_id)
    form: Any = OwnPersonReasonForm.from_request()
    return carry_out(
        form,
        lambda: service.refuse(work(), own_id, form.reason.data or "", store=filestore()),
        done=lambda done: lead_on(_page(done), _("The person has not been approved.")),
        show=lambda: _reason(own, form, _("Do not approve")),
        moved_on=_page(own),
    )


@blueprint.route("/clients/<int:client_id>/own-people/<int:own_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.DECIDE_SERVICES)
def withdraw(client_id: int, own_id: int) -> ResponseReturnValue:
    """Withdraw the approval."""
    own = _found(client_id, own_id)
    form: Any = OwnPersonReasonForm.from_request()
    return carry_out(
        form,
        lambda: service.withdraw(work(), own_id, form.reason.data or "", store=filestore()),
        done=lambda done: lead_on(
            _page(done), _("The approval has been withdrawn, and agreements end today.")
        ),
        show=lambda: _reason(own, form, _("Withdraw the approval")),
        moved_on=_page(own),
    )


def _reason(own: OwnPerson, form: Any, title: str) -> ResponseReturnValue:
    return render("vouchers/own_people/reason.html", own=own, client=own.client, form=form, title=title)


@blueprint.post("/clients/<int:client_id>/own-people/<int:own_id>/take-back")
@requires(Permission.MANAGE_CLIENTS)
def take_back(client_id: int, own_id: int) -> ResponseReturnValue:
    """Take the proposal back for the client."""
    own = _found(client_id, own_id, permission=Permission.MANAGE_CLIENTS)
    service.take_back(work(), own)
    return lead_on(_page(own), _("The proposal has been taken back."))


@blueprint.route("/clients/<int:client_id>/own-people/<int:own_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_CLIENTS)
def end(client_id: int, own_id: int) -> ResponseReturnValue:
    """Give the approval its last day, for the client."""
    own = _found(client_id, own_id, permission=Permission.MANAGE_CLIENTS)
    form: Any = OwnPersonLastDayForm.from_request()
    return carry_out(
        form,
        lambda: service.end(work(), own, form.ends_on.data, by=AgreementParty.OFFICE),
        done=lambda done: lead_on(_page(done), _("The approval has its last day.")),
        show=lambda: render("vouchers/own_people/end.html", own=own, client=own.client, form=form),
        moved_on=_page(own),
    )


@blueprint.route("/clients/<int:client_id>/own-people/<int:own_id>/account", methods=["GET", "POST"])
@requires(Permission.MANAGE_CLIENTS)
@fresh
def account(client_id: int, own_id: int) -> ResponseReturnValue:
    """Ask for another account number, for the person."""
    own = _found(client_id, own_id, permission=Permission.MANAGE_CLIENTS)
    form: Any = OwnPersonAccountForm.from_request()
    return carry_out(
        form,
        lambda: service.change_account(work(), own, normal_iban(form.iban.data)),
        done=lambda _asked: lead_on(
            _page(own),
            _("The account number is used when another person of the office has confirmed it."),
        ),
        show=lambda: render("vouchers/own_people/account.html", own=own, client=own.client, form=form),
    )


@blueprint.get("/clients/<int:client_id>/own-people/<int:own_id>/letter")
@requires(Permission.VIEW_CLIENTS)
def letter(client_id: int, own_id: int) -> ResponseReturnValue:
    """The decision as it was archived."""
    own = _found(client_id, own_id)
    if own.file is None:
        raise NotFound()
    return hand_out(own.file)


def _found(client_id: int, own_id: int, *, permission: Permission = Permission.VIEW_CLIENTS) -> OwnPerson:
    client = client_seen(client_id, Part.PLAN, permission=permission)
    return queries.for_client(session(), client, own_id)


def _page(own: OwnPerson) -> str:
    return url_for("own_people.own_person", client_id=own.client_id, own_id=own.id)
