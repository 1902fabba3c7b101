"""Leaving a pilot takes back what has been applied for there: nobody decides on a company that has gone."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.rules import ApplicationState
from marketplace.applications.sending.service import withdraw_when_leaving
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.pilots import queries as pilots
from marketplace.providers.participation import service
from tests.approvals.cast import Cast
from tests.factories import make_application, make_approval, make_user
from tests.work import work_of


def told(session: Session) -> list[tuple[str, str]]:
    session.flush()
    rows = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    return [(row.template, row.recipient) for row in rows]


@pytest.mark.parametrize("state", ["submitted", "in_review", "completion_requested", "proposed"])
def test_leaving_a_pilot_withdraws_what_was_sent_there_and_tells_the_office(
    session: Session, cast: Cast, state: str
) -> None:
    assert withdraw_when_leaving in service.provider_left, "the feature has joined"
    coordinator = make_user(session, Role.COORDINATOR, organisation="keusote")
    make_approval(session, cast.provider)
    handler = None if state == "submitted" else cast.reviewer
    application = make_application(
        session, cast.provider, cast.applicant, services=("transport",), state=state, handler=handler
    )
    service.leave_pilot(
        work_of(session, cast.actor("applicant")), provider_id=cast.provider.id, pilot_key="keusote-2022"
    )
    assert application.state == ApplicationState.WITHDRAWN
    contact = pilots.current_definition(session, "keusote-2022").contact.email
    assert ("application_withdrawn", handler.email if handler else contact) in told(session)
    [mail] = session.scalars(
        sa.select(OutboxMessage).where(
            OutboxMessage.template == "provider_left", OutboxMessage.recipient == coordinator.email
        )
    )
    assert str(application.id) in mail.body


def test_leaving_one_pilot_leaves_the_application_to_another_alone(session: Session, cast: Cast) -> None:
    make_approval(session, cast.provider)
    elsewhere = make_application(session, cast.provider, cast.applicant, services=(), pilot_key="hb-2016")
    service.leave_pilot(
        work_of(session, cast.actor("applicant")), provider_id=cast.provider.id, pilot_key="keusote-2022"
    )
    assert elsewhere.state == ApplicationState.DRAFT


def test_leaving_the_portal_withdraws_everything_and_drafts_fall_silently(
    session: Session, cast: Cast
) -> None:
    draft = make_application(session, cast.provider, cast.applicant)
    sent = make_application(
        session, cast.provider, cast.applicant, services=(), pilot_key="hb-2016", state="submitted"
    )
    service.leave_portal(work_of(session, cast.actor("applicant")), provider_id=cast.provider.id)
    assert (draft.state, sent.state) == (ApplicationState.WITHDRAWN, ApplicationState.WITHDRAWN)
    assert [template for template, _to in told(session)] == ["application_withdrawn"]
