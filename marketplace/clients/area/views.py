"""The client's pages of this room: home, who has looked, the own data, consents, leaving a pilot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.audit.viewing import record_view
from marketplace.clients import labels, service
from marketplace.clients.area.acting import PARAMETER, Acting, acting, acting_now, acting_work, reachable
from marketplace.clients.area.blueprint import blueprint
from marketplace.clients.area.forms import ContactForm, EraseForm, LeaveForm
from marketplace.clients.audit_actions import ClientAudit
from marketplace.clients.facts import fact_rows
from marketplace.clients.identified.service import is_joined
from marketplace.clients.models import Client, Participation
from marketplace.clients.plans import views as plan_views
from marketplace.clients.privacy.service import ask_for_erasure, export
from marketplace.clients.queries import consents_of, log_of
from marketplace.clients.rules import ConsentKind, Part
from marketplace.errors import NotFound
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.models import Organisation
from marketplace.pilots.queries import current_definition
from marketplace.slots import Panel
from marketplace.web.addresses import safe_next
from marketplace.web.forms import chosen
from marketplace.web.frame import current_actor, now, render, requires, session, settings
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, lead_on

__all__ = ["blueprint", "plan_views"]

own_panels: Final = Panel[Callable[[Acting], Markup]](
    "clients.home", "Parts of the client's first page: ready HTML for whose page it is."
)
consent_pages: Final = Panel[Callable[[ConsentKind], tuple[str, str] | None]](
    "clients.consent_pages",
    "A consent on the page of the client's data has a page of its own: (text, address); None: it has not.",
)
own_links: Final = Panel[Callable[[], tuple[str, str]]](
    "clients.area_links", "Pages of the client's area after its first: (text, address)."
)


@blueprint.app_context_processor
def _area() -> dict[str, Any]:
    """What the templates of the client's pages need: whose page it is, and the pages beside each other."""
    return {"acting": acting_now(), "client_tabs": client_tabs}


def client_tabs() -> list[tuple[str, str]]:
    """The pages of the client's area: (text, address)."""
    return [
        (_("Start"), url_for("client_area.home")),
        (_("Support plan"), url_for("client_area.plan")),
        *(link() for link in own_links),
        (_("Who may act for me"), url_for("client_area.mandates")),
        (_("Who has looked"), url_for("client_area.log")),
        (_("My data"), url_for("client_area.data")),
    ]


@blueprint.get("/", endpoint="home")
@requires(Permission.OWN_MATTERS)
def home() -> ResponseReturnValue:
    """The client's first page: what there is and what to do next."""
    whose = acting(Part.FACTS)
    return render(
        "clients/area/home.html",
        client=whose.client,
        organisation=session().get_one(Organisation, whose.client.organisation_key),
        pilots=[(each, _pilot_name(each)) for each in whose.client.participations],
        panels=[panel(whose) for panel in own_panels],
        today=helsinki_date(now()),
    )


@blueprint.get("/whose", endpoint="whose")
@requires(Permission.OWN_MATTERS)
def whose() -> ResponseReturnValue:
    """Whose pages the person wants to see: for who acts for several clients."""
    choices = reachable()
    if not choices:
        raise NotFound()
    onward = safe_next(request.args.get("next")) or url_for("client_area.home")
    return render(
        "clients/area/whose.html", choices=[(each, _for(onward, each.client.id)) for each in choices]
    )


def _for(address: str, client_id: int) -> str:
    """The address for one client, whoever it was for."""
    parts = urlsplit(address)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*query, (PARAMETER, client_id)])))


@blueprint.get("/log", endpoint="log")
@requires(Permission.OWN_MATTERS)
def log() -> ResponseReturnValue:
    """Who has looked at the data and to whom they were given, two years back."""
    whose = acting(Part.FACTS)
    return render(
        "clients/area/log.html",
        page=log_of(session(), whose.client.id, now=now(), page=asked_page()),
        page_url=lambda number: url_for("client_area.log", page=number),
        parts=labels.PARTS,
        grounds=labels.GROUNDS,
        organisation=session().get_one(Organisation, whose.client.organisation_key),
    )


@blueprint.get("/data", endpoint="data")
@requires(Permission.OWN_MATTERS)
def data() -> ResponseReturnValue:
    """What is kept, how to correct it, take it along or have it erased, and the consents."""
    client = acting(Part.FACTS).client
    given = {each.kind: each for each in reversed(consents_of(session(), client.id))}
    return render(
        "clients/area/data.html",
        client=client,
        facts=fact_rows(client),
        consents=[
            (kind, *labels.CONSENTS[kind], given.get(kind), _consent_page(kind)) for kind in ConsentKind
        ],
        organisation=session().get_one(Organisation, client.organisation_key),
        may_join=_may_join(client),
    )


@blueprint.route("/data/contact", methods=["GET", "POST"], endpoint="contact")
@requires(Permission.OWN_MATTERS)
def contact() -> ResponseReturnValue:
    """Correct how one is reached."""
    whose, doing = acting_work(Part.FACTS)
    form: Any = ContactForm.from_request(obj=whose.client)
    return carry_out(
        form,
        lambda: service.change_contact(
            doing, whose.client.id, phone=form.phone.data or "", email=form.email.data or ""
        ),
        done=lambda _saved: _to_data(_("Your contact data have been saved.")),
        show=lambda: render("clients/area/contact.html", form=form),
    )


def _to_data(message: str) -> ResponseReturnValue:
    return lead_on(url_for("client_area.data"), message)


@blueprint.get("/data/export", endpoint="export")
@requires(Permission.OWN_MATTERS)
def export_page() -> ResponseReturnValue:
    """Everything that is kept of the client, as a file that programs read (EU 2016/679, articles 15 and 20)."""
    whose = acting(Part.EVERYTHING)
    client = whose.client
    record_view(client, organisation=client.organisation_key, action=ClientAudit.EXPORT)
    response = Response(export(session(), client, now=now()), mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename="palvelutori.json")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/data/erase", methods=["GET", "POST"], endpoint="erase")
@requires(Permission.OWN_MATTERS)
def erase() -> ResponseReturnValue:
    """Ask for the data to be erased; the office does it, or says why some must be kept."""
    whose, doing = acting_work(Part.FACTS)
    form = EraseForm.from_request()
    return carry_out(
        form,
        lambda: ask_for_erasure(doing, whose.client.id),
        done=lambda _asked: _to_data(_("Your request has been sent. The office answers you.")),
        show=lambda: render("clients/area/erase.html", form=form),
    )


@blueprint.post("/data/consents/<kind>", endpoint="consent")
@requires(Permission.OWN_MATTERS)
def consent(kind: str) -> ResponseReturnValue:
    """Give a consent or take it back."""
    whose, doing = acting_work(Part.FACTS)
    if request.form.get("answer") == "give":
        service.give_consent(doing, whose.client, chosen(ConsentKind, kind))
        return _to_data(_("Thank you. You can take your consent back at any time."))
    service.withdraw_consent(doing, whose.client, chosen(ConsentKind, kind))
    return _to_data(_("Your consent has been taken back."))


@blueprint.route("/pilots/<int:participation_id>/leave", methods=["GET", "POST"], endpoint="leave")
@requires(Permission.OWN_MATTERS)
def leave(participation_id: int) -> ResponseReturnValue:
    """End taking part in a pilot, at any time and without a reason."""
    whose, doing = acting_work(Part.FACTS)
    found = next((each for each in whose.client.participations if each.id == participation_id), None)
    if found is None or found.ended_on is not None:
        raise NotFound()
    form: Any = LeaveForm.from_request(last_day=helsinki_date(now()))
    return carry_out(
        form,
        lambda: service.interrupt(doing, whose.client, participation_id, form.last_day.data),
        done=lambda _left: lead_on(url_for("client_area.home"), _("You end taking part in the trial.")),
        show=lambda: render("clients/area/leave.html", form=form, pilot=_pilot_name(found)),
    )


def _consent_page(kind: ConsentKind) -> tuple[str, str] | None:
    return next((page for ask in consent_pages if (page := ask(kind)) is not None), None)


def _may_join(client: Client) -> bool:
    """Whether the person is the client and is not known by the identification yet, where there is one."""
    wanted, user_id = settings().identification, current_actor().user_id
    return (
        wanted is not None
        and client.user_id == user_id
        and not is_joined(session(), user_id or 0, issuer=wanted.issuer)
    )


def _pilot_name(participation: Participation) -> str:
    return str(current_definition(session(), participation.pilot_key).name[current_language()])
