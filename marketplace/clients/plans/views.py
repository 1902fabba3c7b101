"""The support plan on the client's pages and on the counsellor's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from flask import request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.clients.area.acting import acting, acting_work
from marketplace.clients.area.blueprint import blueprint as area
from marketplace.clients.blueprint import blueprint as counsellor
from marketplace.clients.looking import client_seen
from marketplace.clients.models import Client
from marketplace.clients.plans import labels, queries, service
from marketplace.clients.plans.forms import PlanForm
from marketplace.clients.plans.models import SupportPlan
from marketplace.clients.plans.rules import Writer, ways
from marketplace.clients.rules import Part
from marketplace.errors import DomainError
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.slots import Panel
from marketplace.web.frame import SAFE_METHODS, current_actor, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on
from marketplace.work import UnitOfWork


class PlanPanel(Protocol):
    """What a room above shows beside a client's support plan."""

    def __call__(self, client: Client, *, for_staff: bool, may_propose: bool) -> Markup:
        """Ready HTML, nothing where there is nothing to show. `may_propose`: the person may change the plan."""


plan_panels: Final = Panel[PlanPanel](
    "clients.plan", "Parts of the page of a client's support plan, the client's own and the counsellor's."
)


@area.get("/plan", endpoint="plan")
@requires(Permission.OWN_MATTERS)
def plan() -> ResponseReturnValue:
    """The client's support plan and its earlier versions."""
    whose = acting(Part.PLAN)
    return render(
        "clients/plans/own.html",
        versions=queries.versions_of(session(), whose.client.id),
        labels=labels,
        panels=[panel(whose.client, for_staff=False, may_propose=whose.may_act) for panel in plan_panels],
    )


@area.route("/plan/write", methods=["GET", "POST"], endpoint="write_plan")
@requires(Permission.OWN_MATTERS)
def write() -> ResponseReturnValue:
    """Write the plan, oneself or for the client."""
    whose, doing = acting_work(Part.PLAN)
    writer = Writer.CLIENT if whose.is_own else Writer.HELPER
    return _write(
        whose.client, doing, writer, "clients/plans/write_own.html", lambda: url_for("client_area.plan")
    )


@counsellor.get("/<int:client_id>/plan", endpoint="plan")
@requires(Permission.VIEW_CLIENTS)
def client_plan(client_id: int) -> ResponseReturnValue:
    """A client's support plan, for the staff."""
    client = client_seen(client_id, Part.PLAN)
    return render(
        "clients/plans/client.html",
        client=client,
        versions=queries.versions_of(session(), client.id),
        labels=labels,
        panels=[panel(client, for_staff=True, may_propose=_may_write(client)) for panel in plan_panels],
    )


def _may_write(client: Client) -> bool:
    return current_actor().may(Permission.MANAGE_CLIENTS, organisation=client.organisation_key)


@counsellor.route("/<int:client_id>/plan/write", methods=["GET", "POST"], endpoint="write_plan")
@requires(Permission.MANAGE_CLIENTS)
def write_for_client(client_id: int) -> ResponseReturnValue:
    """Write the plan together with the client."""
    client = client_seen(client_id, Part.PLAN, permission=Permission.MANAGE_CLIENTS)
    back = url_for("clients.plan", client_id=client_id)
    return _write(client, work(), Writer.COUNSELLOR, "clients/plans/write.html", lambda: back)


def _write(
    client: Client, doing: UnitOfWork, writer: Writer, template: str, back: Callable[[], str]
) -> ResponseReturnValue:
    newest = _newest(client)
    form: Any = PlanForm.from_request(based_on=_number(newest))
    allowed = queries.paid_person_allowed(session(), client, helsinki_date(now()))
    form.offer(ways(paid_person_allowed=allowed))
    if newest is not None and request.method in SAFE_METHODS and not form.goals.data:
        form.show(newest.content)

    def refuse(error: DomainError) -> None:
        form.refuse(error)
        form.based_on.data = _number(_newest(client))

    return carry_out(
        form,
        lambda: service.write_plan(doing, client.id, form.content(), writer=writer, based_on=form.base),
        done=lambda _plan: lead_on(back(), _("The support plan has been saved.")),
        show=lambda: render(template, form=form, client=client),
        refuse=refuse,
    )


def _newest(client: Client) -> SupportPlan | None:
    return next(iter(queries.versions_of(session(), client.id)), None)


def _number(plan: SupportPlan | None) -> str:
    return str(plan.number if plan else 0)
