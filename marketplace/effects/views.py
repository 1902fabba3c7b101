"""The counsellor's pages: who has been asked, never what they answered; paper, and what came on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.approvals.today import Matter
from marketplace.clients.looking import client_seen, note_when_shown
from marketplace.clients.models import Client
from marketplace.clients.rules import Ground, Part
from marketplace.clients.views import organisation_of_staff
from marketplace.effects import labels, queries, service
from marketplace.effects.document import questions_pdf
from marketplace.effects.forms import PaperForm, StopForForm
from marketplace.effects.models import EffectAsking
from marketplace.effects.rules import ASKING, can_be_typed_in, open_until
from marketplace.effects.sets import items_of
from marketplace.errors import NotFound
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Actor, Permission
from marketplace.pilots.models import Organisation
from marketplace.web.forms import PlainForm
from marketplace.web.frame import current_actor, feature_blueprint, now, render, requires, session, work
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

blueprint: Final = feature_blueprint("effects", __name__, "/counsellor")


@blueprint.get("/questions", endpoint="on_paper")
@requires(Permission.MANAGE_CLIENTS)
def on_paper() -> ResponseReturnValue:
    """The clients whom no mail has told that there are questions: they get them on paper."""
    organisation = organisation_of_staff()
    page = queries.to_send_on_paper(session(), organisation, asked_page())
    note_when_shown([each.client_id for each in page.rows], Part.LIST, Ground.FINDING)
    return render(
        "effects/on_paper.html",
        page=page,
        page_url=lambda number: url_for("effects.on_paper", page=number),
        wave_name=labels.wave_name,
        open_until=open_until,
    )


@blueprint.get("/clients/<int:client_id>/questions", endpoint="client")
@requires(Permission.VIEW_CLIENTS)
def of_client(client_id: int) -> ResponseReturnValue:
    """What a client has been asked and whether it was answered."""
    organisation = organisation_of_staff()
    client = client_seen(client_id, Part.QUESTIONS)
    askings = queries.askings_of(session(), client.id)
    return render(
        "effects/client.html",
        client=client,
        consent=queries.consent_of(session(), client.id),
        askings=askings,
        labels=labels,
        open_until=open_until,
        typed_in={each.id for each in askings if _can_be_typed_in(client, each)},
        may_manage=current_actor().may(Permission.MANAGE_CLIENTS, organisation=organisation),
    )


@blueprint.post("/clients/<int:client_id>/questions/agree", endpoint="agree")
@requires(Permission.MANAGE_CLIENTS)
def agree(client_id: int) -> ResponseReturnValue:
    """Write down that the client has agreed to be asked."""
    client_seen(client_id, Part.QUESTIONS, permission=Permission.MANAGE_CLIENTS)
    service.agree_on_paper(work(), client_id)
    return _to_client(client_id, _("Written down: the client agrees to be asked."))


@blueprint.route("/clients/<int:client_id>/questions/stop", methods=["GET", "POST"], endpoint="stop")
@requires(Permission.MANAGE_CLIENTS)
def stop(client_id: int) -> ResponseReturnValue:
    """Write down that the client takes the consent back, and what is to become of the answers."""
    client = client_seen(client_id, Part.QUESTIONS, permission=Permission.MANAGE_CLIENTS)
    form = StopForForm.from_request()
    return carry_out(
        form,
        lambda: service.withdraw_for(work(), client_id, form.said()),
        done=lambda _stopped: _to_client(client_id, _("Written down: the client is not asked any more.")),
        show=lambda: render("effects/stop.html", form=form, client=client),
    )


@blueprint.get("/clients/<int:client_id>/questions/<int:asking_id>.pdf", endpoint="paper_file")
@requires(Permission.VIEW_CLIENTS)
def paper_file(client_id: int, asking_id: int) -> ResponseReturnValue:
    """The questions on paper, in the client's language."""
    client = client_seen(client_id, Part.QUESTIONS)
    asking = queries.asking_of(session(), client.id, asking_id)
    organisation = session().get_one(Organisation, client.organisation_key)
    items = items_of(session(), client.organisation_key, asking.wave)
    response = Response(questions_pdf(asking, items, organisation, now=now()), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"{client.number}-{asking.wave}.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/clients/<int:client_id>/questions/<int:asking_id>/given", endpoint="given")
@requires(Permission.MANAGE_CLIENTS)
def given(client_id: int, asking_id: int) -> ResponseReturnValue:
    """Write down that the paper has been given to the client or posted."""
    back = url_for("effects.on_paper")
    with conflicts_lead_to(back):
        service.note_paper(work(), client_id, asking_id)
    return lead_on(back, _("Written down."))


@blueprint.route(
    "/clients/<int:client_id>/questions/<int:asking_id>", methods=["GET", "POST"], endpoint="paper"
)
@requires(Permission.MANAGE_CLIENTS)
def paper(client_id: int, asking_id: int) -> ResponseReturnValue:
    """Type in the answers that came on paper."""
    organisation = organisation_of_staff()
    client = client_seen(client_id, Part.QUESTIONS, permission=Permission.MANAGE_CLIENTS)
    asking = queries.asking_of(session(), client.id, asking_id)
    if not _can_be_typed_in(client, asking):
        raise NotFound()
    items = items_of(session(), organisation, asking.wave)
    form: Any = PaperForm.of(items)
    return carry_out(
        form,
        lambda: service.enter_paper(
            work(), client_id, asking_id, form.answers(items), helped=form.helped.data
        ),
        done=lambda _kept: _to_client(
            client_id, _("The answers are kept. You do not see them any more; destroy the paper.")
        ),
        show=lambda: render(
            "effects/paper.html", form=form, client=client, asking=asking, items=items, labels=labels
        ),
        moved_on=url_for("effects.client", client_id=client_id),
    )


@blueprint.route(
    "/clients/<int:client_id>/questions/<int:asking_id>/skip", methods=["GET", "POST"], endpoint="skip"
)
@requires(Permission.MANAGE_CLIENTS)
def skip(client_id: int, asking_id: int) -> ResponseReturnValue:
    """Write down that the client does not want to answer this time."""
    client = client_seen(client_id, Part.QUESTIONS, permission=Permission.MANAGE_CLIENTS)
    asking = queries.asking_of(session(), client.id, asking_id)
    if asking.state not in ASKING.waiting:
        raise NotFound()
    form = PlainForm.from_request()
    return carry_out(
        form,
        lambda: service.skip_paper(work(), client_id, asking_id),
        done=lambda _skipped: _to_client(client_id, _("Written down: the client does not answer this time.")),
        show=lambda: render("effects/skip.html", form=form, client=client, asking=asking, labels=labels),
        moved_on=url_for("effects.client", client_id=client_id),
    )


def _can_be_typed_in(client: Client, asking: EffectAsking) -> bool:
    agrees = queries.agrees(session(), client.id)
    return can_be_typed_in(asking.state, asking.asked_on, helsinki_date(now()), agrees=agrees)


def _to_client(client_id: int, message: str) -> ResponseReturnValue:
    return lead_on(url_for("effects.client", client_id=client_id), message)


def client_panel(client: Client) -> Markup:
    """A part of the counsellor's page of a client: whether the client agrees to be asked, and what waits."""
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "effects/_panel.html",
            client=client,
            consent=queries.consent_of(session(), client.id),
            waiting=queries.waiting_askings(session(), client.id),
        )
    )


def office_matters(actor: Actor, _day: date) -> Iterator[Matter]:
    """Questions that wait to be sent on paper; it is added to the office's page of today."""
    organisation = actor.organisation
    if organisation is not None and actor.may(Permission.MANAGE_CLIENTS, organisation=organisation):
        count = queries.count_on_paper(session(), organisation)
        yield Matter(_("Clients to ask on paper"), count, url_for("effects.on_paper"), "info")
