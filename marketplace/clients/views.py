"""The counsellor's pages: the register of clients, a client, why somebody looks, joining a pilot and leaving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from marketplace.clients import queries, service
from marketplace.clients.blueprint import blueprint
from marketplace.clients.facts import fact_rows
from marketplace.clients.forms import (
    ClientSearchForm,
    FactsForm,
    GroundForm,
    InterruptForm,
    JoinForm,
    NewClientForm,
)
from marketplace.clients.looking import GroundNeeded, client_seen, ground_of, note_when_shown
from marketplace.clients.models import Client
from marketplace.clients.rules import Ground, Part
from marketplace.errors import NotAllowed
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition, pilots
from marketplace.pilots.vocabulary import GROUPS, municipalities_by_name
from marketplace.slots import Panel
from marketplace.web.addresses import safe_next
from marketplace.web.forms import options
from marketplace.web.frame import (
    SAFE_METHODS,
    current_actor,
    lead_first_to,
    now,
    render,
    requires,
    session,
    work,
)
from marketplace.web.page_links import asked_page, page_links
from marketplace.web.posting import carry_out, lead_on

register_panels: Final = Panel[Callable[[str], Markup]](
    "clients.register",
    "What counsellors are told first of all above the clients of an organisation: ready HTML, nothing where there is "
    "nothing to tell.",
)
client_panels: Final = Panel[Callable[[Client], Markup]](
    "clients.client",
    "Parts of the counsellor's page of a client: ready HTML, nothing where there is nothing to show.",
)


@blueprint.app_errorhandler(GroundNeeded)
def lead_to_ground(needed: GroundNeeded) -> ResponseReturnValue:
    """A redirect to the page that asks for the ground, and from there back."""
    if request.method not in SAFE_METHODS:
        response, _kept = lead_first_to(url_for("clients.ground", client_id=needed.client_id))
        return response
    return redirect(url_for("clients.ground", client_id=needed.client_id, next=request.full_path.rstrip("?")))


@blueprint.get("", endpoint="register")
@requires(Permission.VIEW_CLIENTS)
def register() -> ResponseReturnValue:
    """The organisation's clients, one's own first; the search is in the address."""
    organisation = organisation_of_staff()
    form = ClientSearchForm(formdata=MultiDict(request.args.items(multi=True)))
    words = (form.q.data or "") if form.q.validate(form) else ""
    own = current_actor().user_id or 0
    page = queries.clients_of(session(), organisation, own=own, words=words, page=asked_page())
    note_when_shown((each.id for each in page.rows if each.counsellor_id == own), Part.LIST, Ground.HANDLING)
    note_when_shown((each.id for each in page.rows if each.counsellor_id != own), Part.LIST, Ground.FINDING)
    return render(
        "clients/register.html",
        form=form,
        page=page,
        own=own,
        panels=[panel(organisation) for panel in register_panels],
        page_url=page_links({"q": words}),
        may_manage=_may_manage(organisation),
    )


@blueprint.route("/new", methods=["GET", "POST"], endpoint="add")
@requires(Permission.MANAGE_CLIENTS)
def add() -> ResponseReturnValue:
    """Put a client on the register."""
    organisation = organisation_of_staff()
    form: Any = NewClientForm.from_request(language=current_language(), counsellor=current_actor().user_id)
    _offer(form, organisation)
    return carry_out(
        form,
        lambda: service.add_client(work(), form.number.data, form.facts()),
        done=lambda client: _to_client(client.id, _("The client is on the register.")),
        show=lambda: render("clients/add.html", form=form),
    )


def _to_client(client_id: int, message: str) -> ResponseReturnValue:
    return lead_on(url_for("clients.client", client_id=client_id), message)


@blueprint.get("/<int:client_id>", endpoint="client")
@requires(Permission.VIEW_CLIENTS)
def client_page(client_id: int) -> ResponseReturnValue:
    """One client: who it is, in which pilots, and what the rooms above show."""
    organisation = organisation_of_staff()
    client = client_seen(client_id, Part.FACTS)
    return render(
        "clients/client.html",
        client=client,
        facts=fact_rows(client),
        participations=client.participations,
        pilot_names=_pilot_names(organisation),
        panels=[panel(client) for panel in client_panels],
        may_manage=_may_manage(organisation),
        today=helsinki_date(now()),
    )


@blueprint.route("/<int:client_id>/why", methods=["GET", "POST"], endpoint="ground")
@requires(Permission.VIEW_CLIENTS)
def ground(client_id: int) -> ResponseReturnValue:
    """Say why one looks at the data of another's client; it holds for the day, and the client sees it."""
    organisation_of_staff()
    client = queries.client_for_staff(work(), client_id)
    onward = safe_next(request.args.get("next")) or url_for("clients.client", client_id=client_id)
    if ground_of(client) is not None and request.method in SAFE_METHODS:
        return redirect(onward)
    form = GroundForm.from_request()
    return carry_out(
        form,
        lambda: service.note_look(work(), [client.id], Part.FACTS, form.stated()),
        done=lambda _noted: lead_on(onward),
        show=lambda: render("clients/ground.html", form=form, number=client.number),
    )


@blueprint.route("/<int:client_id>/facts", methods=["GET", "POST"], endpoint="facts")
@requires(Permission.MANAGE_CLIENTS)
def facts(client_id: int) -> ResponseReturnValue:
    """Change what is kept of a client."""
    organisation = organisation_of_staff()
    client = client_seen(client_id, Part.FACTS, permission=Permission.MANAGE_CLIENTS)
    form: Any = FactsForm.from_request(
        obj=client, counsellor=str(client.counsellor_id or ""), municipality=client.municipality or "",
        group=client.group or "",
    )  # fmt: skip
    _offer(form, organisation)
    return carry_out(
        form,
        lambda: service.save_client(work(), client_id, form.facts()),
        done=lambda _saved: _to_client(client_id, _("The client’s data have been saved.")),
        show=lambda: render("clients/facts.html", form=form, client=client),
    )


@blueprint.route("/<int:client_id>/pilots/join", methods=["GET", "POST"], endpoint="join")
@requires(Permission.MANAGE_CLIENTS)
def join(client_id: int) -> ResponseReturnValue:
    """Write down that the client takes part in a pilot, which the client has chosen to do."""
    organisation = organisation_of_staff()
    client = client_seen(client_id, Part.FACTS, permission=Permission.MANAGE_CLIENTS)
    form: Any = JoinForm.from_request(day=helsinki_date(now()))
    form.pilot.choices = options(_pilot_names(organisation).items())
    return carry_out(
        form,
        lambda: service.join(work(), client, form.pilot.data, form.day.data),
        done=lambda _joined: _to_client(client_id, _("The client takes part in the pilot.")),
        show=lambda: render("clients/join.html", form=form, client=client),
    )


@blueprint.route("/<int:client_id>/pilots/<int:participation_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_CLIENTS)
def interrupt(client_id: int, participation_id: int) -> ResponseReturnValue:
    """End taking part for a client who has told the office so."""
    organisation_of_staff()
    client = client_seen(client_id, Part.FACTS, permission=Permission.MANAGE_CLIENTS)
    form: Any = InterruptForm.from_request(last_day=helsinki_date(now()))
    return carry_out(
        form,
        lambda: service.interrupt(work(), client, participation_id, form.last_day.data),
        done=lambda _ended: _to_client(client_id, _("Taking part in the pilot ends.")),
        show=lambda: render("clients/interrupt.html", form=form, client=client),
    )


def organisation_of_staff() -> str:
    """The key of the organisation whose clients these are; the page gets its colours."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_own_organisation()
    return organisation


def _offer(form: FactsForm, organisation: str) -> None:
    language = current_language()
    codes = {
        code
        for pilot in pilots(session(), organisation)
        for code in current_definition(session(), pilot.key).municipalities
    }
    groups = [(key, group.name[language]) for key, group in GROUPS.items()]
    people = [(str(person.id), person.name) for person in queries.counsellors(session(), organisation)]
    form.offer(
        [(place.code, place.name[language]) for place in municipalities_by_name(codes, language)],
        groups,
        people,
    )


def _pilot_names(organisation: str) -> dict[str, str]:
    language = current_language()
    found: list[Pilot] = list(pilots(session(), organisation))
    return {pilot.key: current_definition(session(), pilot.key).name[language] for pilot in found}


def _may_manage(organisation: str) -> bool:
    return current_actor().may(Permission.MANAGE_CLIENTS, organisation=organisation)
