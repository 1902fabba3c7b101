"""A provider's pages of clients: requests to answer, agreements, and what can be done about one.

Of a client the provider sees what it needs to answer and to give the service: before the answer the language, the
municipality (of nobody under a non-disclosure order) and what is wanted; the name and how to reach the client only once
the two have agreed. Every look stands in the client's log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from marketplace.audit.viewing import record_view
from marketplace.clients.looking import note_when_shown
from marketplace.clients.models import Client
from marketplace.clients.rules import Ground, Part
from marketplace.errors import NotFound
from marketplace.files.uploads import filestore, hand_out
from marketplace.i18n import _, _l, date_text, days_text, helsinki_date, lazy_pgettext, ngettext
from marketplace.permissions import Permission
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.providers.models import Provider
from marketplace.providers.queries import my_provider
from marketplace.providers.todo import Task, TaskKind
from marketplace.vouchers.agreeing import queries, service
from marketplace.vouchers.agreeing.client_views import words_of
from marketplace.vouchers.agreeing.forms import LastDayForm, ReasonForm
from marketplace.vouchers.agreeing.weighing import prices_changed
from marketplace.vouchers.audit_actions import AgreementAudit
from marketplace.vouchers.labels import STATES
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.panels import record_seen
from marketplace.vouchers.rules import AGREEMENT, AgreementParty, AgreementStanding, AgreementState
from marketplace.web.forms import PlainForm
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

blueprint = Blueprint("clients", __name__, url_prefix="/<int:provider_id>/clients")

GROUPS: Final = (
    (_l("To be answered"), (AgreementStanding.REQUESTED,)),
    (_l("In force"), (AgreementStanding.COMING, AgreementStanding.RUNNING)),
    (_l("Ending"), (AgreementStanding.ENDING,)),
    (lazy_pgettext("agreement", "Ended"), (AgreementStanding.ENDED,)),
)
"""How the list is divided, by how agreements stand."""


def clients_link(provider: Provider) -> tuple[str, str]:
    """The clients among the pages of the provider's area."""
    return _("Clients"), url_for("providers.clients.index", provider_id=provider.id)


def request_tasks(session: Session, provider: Provider, _today: date, _now: datetime) -> Iterator[Task]:
    """Requests that wait for an answer, on the provider's home; for the slot `providers.tasks`."""
    days = queries.waiting_for(session, provider.id)
    if days:
        yield Task(
            kind=TaskKind.REQUEST,
            title=ngettext(
                "%(num)d client asks for an agreement", "%(num)d clients ask for an agreement", len(days)
            ),
            href=url_for("providers.clients.index", provider_id=provider.id),
            status=_("Answer by %(day)s", day=date_text(days[0])),
            tone="warning",
        )


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """The clients: who waits for an answer, whose agreement is in force, ending, ended."""
    provider = my_provider(work(), provider_id)
    today = helsinki_date(now())
    found = queries.of_provider(session(), provider_id)
    clients = queries.clients_of(session(), found)
    known = _known(found, clients)
    note_when_shown({each.id for each in clients.values()}, Part.LIST, Ground.SERVICE)
    for organisation in sorted({each.organisation_key for each in found}):
        seen = [each for each in found if each.organisation_key == organisation]
        record_seen(seen, organisation=organisation, subject=(Provider.__audit_name__, provider_id))
    return render(
        "vouchers/agreeing/provider_clients.html",
        provider=provider,
        groups=[
            (title, [each for each in found if each.standing_on(today) in states]) for title, states in GROUPS
        ],
        known=known,
        states=STATES,
        today=today,
    )


def _known(found: Sequence[Agreement], clients: dict[tuple[str, str], Client]) -> dict[int, Client]:
    """The clients whose names the provider may see: those with whom it has agreed, by agreement."""
    return {
        each.id: client
        for each in found
        if each.state in AGREEMENT.agreed
        and (client := clients.get((each.organisation_key, each.client_number))) is not None
    }


@blueprint.get("/<int:agreement_id>")
@requires(Permission.EDIT_PROVIDER)
def agreement(provider_id: int, agreement_id: int) -> ResponseReturnValue:
    """One request or agreement."""
    return _shown(provider_id, agreement_id, PlainForm.from_request())


def _shown(provider_id: int, agreement_id: int, form: PlainForm) -> ResponseReturnValue:
    provider = my_provider(work(), provider_id)
    found = queries.for_provider(work(), provider_id, agreement_id)
    client = _client_seen(found)
    return render(
        "vouchers/agreeing/provider_client.html",
        provider=provider,
        agreement=found,
        client=client,
        place=_place(client),
        form=form,
        is_request=found.state is AgreementState.REQUESTED,
        has_agreed=found.state in AGREEMENT.agreed,
        goes_on=_goes_on(found),
        repriced=found.state is AgreementState.REQUESTED and prices_changed(found),
        **words_of(found),
    )


def _client_seen(found: Agreement) -> Client | None:
    """The client of an agreement that is shown; the look is written down, in the trail too."""
    client = queries.client_of(session(), found)
    record_seen([found], organisation=found.organisation_key, subject=(Agreement.__audit_name__, found.id))
    if client is not None:
        note_when_shown([client.id], Part.AGREEMENTS, Ground.SERVICE)
    return client


def _place(client: Client | None) -> Any:
    """Where the client lives; nothing of somebody under a non-disclosure order, of whom no place is kept."""
    return None if client is None or client.municipality is None else MUNICIPALITIES[client.municipality].name


def _goes_on(found: Agreement) -> bool:
    today = helsinki_date(now())
    return found.state in AGREEMENT.standing and (found.ends_on is None or found.ends_on >= today)


@blueprint.post("/<int:agreement_id>/accept")
@requires(Permission.EDIT_PROVIDER)
def accept(provider_id: int, agreement_id: int) -> ResponseReturnValue:
    """Accept a request."""
    form = PlainForm.from_request()
    return carry_out(
        form,
        lambda: service.accept(work(), provider_id, agreement_id, store=filestore()),
        done=lambda _made: lead_on(
            _page(provider_id, agreement_id), _("You have accepted. The client has been told.")
        ),
        show=lambda: _shown(provider_id, agreement_id, form),
        moved_on=_page(provider_id, agreement_id),
    )


@blueprint.route("/<int:agreement_id>/decline", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def decline(provider_id: int, agreement_id: int) -> ResponseReturnValue:
    """Decline a request, with the reason."""
    if queries.for_provider(work(), provider_id, agreement_id).state is not AgreementState.REQUESTED:
        return lead_on(_page(provider_id, agreement_id), _("The request waits no longer."), "warning")
    form: Any = ReasonForm.from_request()
    return carry_out(
        form,
        lambda: service.decline(work(), provider_id, agreement_id, form.reason.data or ""),
        done=lambda _made: lead_on(
            _page(provider_id, agreement_id), _("You have declined. The client has been told.")
        ),
        show=lambda: _form_page("vouchers/agreeing/provider_decline.html", provider_id, agreement_id, form),
    )


@blueprint.post("/<int:agreement_id>/new-prices")
@requires(Permission.EDIT_PROVIDER)
def ask_anew(provider_id: int, agreement_id: int) -> ResponseReturnValue:
    """Ask the client to choose again at the new prices."""
    form = PlainForm.from_request()
    return carry_out(
        form,
        lambda: service.ask_anew(work(), provider_id, agreement_id),
        done=lambda _made: lead_on(
            _page(provider_id, agreement_id), _("The client has been asked to choose again.")
        ),
        show=lambda: _shown(provider_id, agreement_id, form),
        moved_on=_page(provider_id, agreement_id),
    )


@blueprint.route("/<int:agreement_id>/end", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def end(provider_id: int, agreement_id: int) -> ResponseReturnValue:
    """End an agreement with notice."""
    found = _standing(provider_id, agreement_id)
    pilot = words_of(found)["pilot"]
    earliest = helsinki_date(now()) + timedelta(days=pilot.notice.provider_days)
    form: Any = LastDayForm.from_request(ends_on=earliest)
    return carry_out(
        form,
        lambda: service.give_notice(
            work(),
            queries.for_provider(work(), provider_id, agreement_id, lock=True),
            form.ends_on.data,
            by=AgreementParty.PROVIDER,
        ),
        done=lambda _ended: lead_on(_page(provider_id, agreement_id), _("The agreement has its last day.")),
        show=lambda: _form_page(
            "vouchers/agreeing/provider_end.html",
            provider_id,
            agreement_id,
            form,
            earliest=earliest,
            days=days_text(pilot.notice.provider_days),
        ),
    )


@blueprint.route("/<int:agreement_id>/stop", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def stop(provider_id: int, agreement_id: int) -> ResponseReturnValue:
    """End an agreement at once, for cause."""
    _standing(provider_id, agreement_id)
    form: Any = ReasonForm.from_request()
    return carry_out(
        form,
        lambda: service.stop(
            work(),
            queries.for_provider(work(), provider_id, agreement_id, lock=True),
            form.reason.data or "",
            by=AgreementParty.PROVIDER,
        ),
        done=lambda _ended: lead_on(_page(provider_id, agreement_id), _("The agreement has ended.")),
        show=lambda: _form_page("vouchers/agreeing/provider_stop.html", provider_id, agreement_id, form),
    )


def _standing(provider_id: int, agreement_id: int) -> Agreement:
    found = queries.for_provider(work(), provider_id, agreement_id)
    if not _goes_on(found):
        raise NotFound()
    return found


def _form_page(
    template: str, provider_id: int, agreement_id: int, form: Any, **more: Any
) -> ResponseReturnValue:
    found = queries.for_provider(work(), provider_id, agreement_id)
    return render(template, provider=my_provider(work(), provider_id), agreement=found, form=form, **more)


@blueprint.get("/<int:agreement_id>/contract")
@requires(Permission.EDIT_PROVIDER)
def contract(provider_id: int, agreement_id: int) -> ResponseReturnValue:
    """The contract as it was archived; that it was opened is written down."""
    found = queries.for_provider(work(), provider_id, agreement_id)
    if found.file is None or found.state is AgreementState.MISTAKEN:
        raise NotFound()
    _client_seen(found)
    record_view(found, organisation=found.organisation_key, action=AgreementAudit.CONTRACT)
    return hand_out(found.file)


def _page(provider_id: int, agreement_id: int) -> str:
    return url_for("providers.clients.agreement", provider_id=provider_id, agreement_id=agreement_id)
