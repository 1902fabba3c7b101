"""What agreements add to the pages of features below: an approval's clients, the office's day, a provider's home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from flask import after_this_request, render_template, url_for
from markupsafe import Markup

from marketplace.approvals.today import Matter
from marketplace.audit.viewing import record_view
from marketplace.clients.area.acting import Acting
from marketplace.clients.models import Client
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Actor, Permission
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.vouchers import queries
from marketplace.vouchers.audit_actions import AgreementAudit
from marketplace.vouchers.labels import PARTIES, STATES
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import GOING_ON, AgreementParty
from marketplace.web.frame import current_actor, now, session

MOST_SHOWN: Final = 50
"""More clients of one approval than this are read in the register."""


def touched_clients(approval: ServiceApproval) -> Markup:
    """The clients whose agreements go on under the approval, for those who may see them; that they were shown is
    recorded.
    """
    organisation = approval.pilot.organisation_key
    if not current_actor().may(Permission.VIEW_AGREEMENTS, organisation=organisation):
        return Markup()
    today = helsinki_date(now())
    agreements = queries.under_approvals(session(), [approval.id], today=today)
    shown = agreements[:MOST_SHOWN]
    if shown:
        record_seen(shown, organisation=organisation, subject=(ServiceApproval.__audit_name__, approval.id))
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "vouchers/_touched.html",
            approval=approval,
            agreements=shown,
            total=len(agreements),
            recorder=recorder,
            clients=len({each.client_number for each in agreements}),
        )
    )


def clients_of_company(approvals: list[ServiceApproval]) -> Markup:
    """How many clients have agreements under the approvals of a company, for those who may see agreements."""
    if not approvals or not current_actor().may(
        Permission.VIEW_AGREEMENTS, organisation=approvals[0].pilot.organisation_key
    ):
        return Markup()
    numbers = [approval.id for approval in approvals]
    clients = queries.clients_under(session(), numbers, today=helsinki_date(now()))
    return Markup(render_template("vouchers/_of_company.html", clients=clients))  # noqa: S704 - the template escapes


def recorder(agreement: Agreement) -> str:
    """Who wrote an agreement down, as staff read it: somebody of the office by name; that it was the client or a
    helper, without a name.
    """
    if agreement.asked_by in (None, AgreementParty.OFFICE):
        return agreement.recorded_by.name
    return str(PARTIES[agreement.asked_by])


def record_seen(agreements: Sequence[Agreement], *, organisation: str, subject: tuple[str, object]) -> None:
    """Record that the signed-in person sees these agreements of clients on a page about `subject` (type, id).

    It is written when the page is ready: the request that sends a form holds the database's write lock until then.
    """
    numbers = ", ".join(str(agreement.id) for agreement in agreements)

    @after_this_request
    def _write(response: Any) -> Any:
        record_view(subject, organisation=organisation, action=AgreementAudit.VIEW, detail=numbers)
        return response


def goes_on_without_provider(organisation: str) -> Markup:
    """That agreements of the organisation go on although their providers are not to be had any more, for those who may
    see agreements; nothing when none does.
    """
    if not current_actor().may(Permission.VIEW_AGREEMENTS, organisation=organisation):
        return Markup()
    count = queries.touched_count(session(), organisation, today=helsinki_date(now()))
    if not count:
        return Markup()
    return Markup(render_template("vouchers/_goes_on.html", count=count))  # noqa: S704 - the template escapes


def office_matters(actor: Actor, day: date) -> Iterator[Matter]:
    """Agreements that go on although the approval does not hold, or the provider has paused or left."""
    organisation = actor.organisation
    if organisation is not None and actor.may(Permission.VIEW_AGREEMENTS, organisation=organisation):
        yield Matter(
            _("Agreements whose provider is unavailable"),
            queries.touched_count(session(), organisation, today=day),
            url_for("vouchers.agreements", state="touched"),
            "warning",
        )


def new_clients(provider: Provider) -> Markup:
    """A part of the provider's home: agreements that have begun lately or are to begin. Nothing when there are none."""
    count = queries.new_to_provider(session(), provider.id, today=helsinki_date(now()))
    if not count:
        return Markup()
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template("vouchers/_new_clients.html", provider=provider, count=count)
    )


def agreements_of_client(client: Client) -> Markup:
    """A part of the counsellor's page of a client: the client's agreements, for those who may see them."""
    if not current_actor().may(Permission.VIEW_AGREEMENTS, organisation=client.organisation_key):
        return Markup()
    today = helsinki_date(now())
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "vouchers/_of_client.html",
            client=client,
            may_choose=current_actor().may(
                Permission.RECORD_AGREEMENTS, organisation=client.organisation_key
            ),
            agreements=queries.of_client(session(), client.organisation_key, client.number),
            states=STATES,
            today=today,
        )
    )


def own_agreements(whose: Acting) -> Markup:
    """A part of the client's first page: the agreements that run or are to begin."""
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template("vouchers/_own.html", rows=agreement_rows(whose.client, running=True))
    )


def agreement_rows(client: Client, *, running: bool = False) -> list[tuple[Agreement, Any]]:
    """The client's agreements with the name and tone of their state; `running`: without those that are over."""
    today = helsinki_date(now())
    states = (
        (each, each.standing_on(today))
        for each in queries.of_client(session(), client.organisation_key, client.number)
    )
    return [(each, STATES[state]) for each, state in states if not running or state in GOING_ON]
