"""Writing a support plan: each change is a version of its own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.audit_actions import PlanAudit
from marketplace.clients.models import Client
from marketplace.clients.plans import queries
from marketplace.clients.plans.labels import FAULTS
from marketplace.clients.plans.models import SupportPlan
from marketplace.clients.plans.rules import PlanContent, Writer, fault
from marketplace.db import for_change
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l
from marketplace.work import UnitOfWork


def write_plan(
    work: UnitOfWork, client_id: int, content: PlanContent, *, writer: Writer, based_on: int
) -> SupportPlan:
    """Keep a new version of the client's plan; one that says the same as the last is not kept again.

    `based_on` is the number of the version that the writer had before their eyes (0: none). Raises Conflict when
    somebody else has written one meanwhile, Invalid for a plan that does not hold.
    """
    client = work.session.get_one(Client, client_id, with_for_update=for_change(Client))
    newest = next(iter(queries.versions_of(work.session, client.id)), None)
    if (newest.number if newest else 0) != based_on:
        raise Conflict(
            _l(
                "Somebody else has changed the plan meanwhile. What you wrote is still here: "
                "look at the newest plan, and save again."
            )
        )
    allowed = queries.paid_person_allowed(work.session, client, work.today)
    if wrong := fault(content, paid_person_allowed=allowed):
        raise Invalid(FAULTS[wrong[1]], field=wrong[0])
    if newest is not None and newest.content == content:
        return newest
    plan = SupportPlan(
        client_id=client.id,
        number=based_on + 1,
        writer=writer,
        written_by_id=work.person_id,
        written_at=work.now,
        goals=content.goals,
        helps=content.helps,
        lines=[
            {"need": line.need, "arranged": line.arranged.value, "who": line.who} for line in content.lines
        ],
        in_decision=content.in_decision,
    )
    work.session.add(plan)
    work.session.flush()
    work.record(
        PlanAudit.WRITE,
        plan,
        organisation=client.organisation_key,
        after={"client": client.id, "version": plan.number},
    )
    return plan


def forget_plans(session: Session, client_id: int) -> None:
    """Take the texts out of every version: the client's data are erased."""
    session.execute(
        sa.update(SupportPlan).where(SupportPlan.client_id == client_id).values(goals="", helps="", lines=[])
    )
