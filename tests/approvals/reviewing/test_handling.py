"""Handing over, the checklist and internal notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.applications import queries
from marketplace.applications.models import Application
from marketplace.applications.rules import APPLICATION
from marketplace.approvals.reviewing import service
from marketplace.approvals.reviewing.queries import marks, notes
from marketplace.approvals.reviewing.rules import Mark
from marketplace.errors import Conflict, DomainError, Invalid, NotAllowed
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.pilots.queries import kept_definition
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, make_application, make_user
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]


def placed(session: Session, cast: Cast, state: str = "in_review") -> Application:
    return make_application(session, cast.provider, cast.applicant, state=state, handler=cast.reviewer)


@pytest.mark.parametrize("state", APPLICATION.sent)
def test_an_application_gets_another_handler_while_it_waits(session: Session, cast: Cast, state: str) -> None:
    application = placed(session, cast, state)
    other = make_user(session, Role.REVIEWER, organisation="keusote")
    if state not in APPLICATION.waiting:
        with pytest.raises(Conflict):
            service.hand_over(work_of(session, cast.actor("reviewer")), application, other.id)
        return
    service.hand_over(work_of(session, cast.actor("reviewer")), application, other.id)
    assert (application.handler_id, application.state) == (other.id, state)
    [mail] = session.scalars(sa.select(OutboxMessage))
    assert mail.recipient == other.email
    assert cast.reviewer.name in mail.body


def test_taking_over_oneself_sends_no_mail_and_nobody_is_possible(session: Session, cast: Cast) -> None:
    application = placed(session, cast)
    other = make_user(session, Role.COORDINATOR, organisation="keusote")
    application.handler = other
    service.hand_over(work_of(session, cast.actor("reviewer")), application, cast.reviewer.id)
    service.hand_over(work_of(session, cast.actor("reviewer")), application, None)
    assert application.handler_id is None
    assert session.scalars(sa.select(OutboxMessage)).all() == []


def test_only_the_own_offices_reviewers_become_handlers(session: Session, cast: Cast) -> None:
    application = placed(session, cast)
    for wrong in (cast.stranger.id, cast.applicant.id, 10_000):
        with pytest.raises(Invalid):
            service.hand_over(work_of(session, cast.actor("reviewer")), application, wrong)
    for who in ("decider", "stranger", "applicant"):
        with pytest.raises(NotAllowed):
            service.hand_over(work_of(session, cast.actor(who)), application, cast.reviewer.id)


def test_the_checklist_keeps_who_marked_what_and_when(session: Session, cast: Cast) -> None:
    application = placed(session, cast)
    definition = kept_definition(session, application.definition_version_id)
    first, second = [item.key for item in definition.checklist_for(queries.service_keys(application))][:2]
    service.mark_checklist(work_of(session, cast.actor("reviewer")), application, {first: "ok"})
    other = make_user(session, Role.REVIEWER, organisation="keusote")
    later = NOW + timedelta(hours=1)
    given = {first: "ok", second: "missing"}
    service.mark_checklist(work_of(session, actor_of(other), now=later), application, given)
    held = marks(session, application)
    assert {key: (mark.mark, mark.marked_by_id, mark.marked_at) for key, mark in held.items()} == {
        first: ("ok", cast.reviewer.id, NOW),
        second: ("missing", other.id, later),
    }
    service.mark_checklist(
        work_of(session, actor_of(other), now=later), application, {first: "not_applicable"}
    )
    session.expire_all()
    assert marks(session, application)[first].mark == Mark.NOT_APPLICABLE


@pytest.mark.parametrize("given", [{"nothing_like_this": "ok"}, {"": "ok"}])
def test_an_unknown_point_is_refused(session: Session, cast: Cast, given: dict[str, str]) -> None:
    application = placed(session, cast)
    with pytest.raises(DomainError):
        service.mark_checklist(work_of(session, cast.actor("reviewer")), application, given)


def test_notes_are_written_by_those_who_review_or_decide_and_never_empty(
    session: Session, cast: Cast
) -> None:
    application = placed(session, cast)
    service.write_note(work_of(session, cast.actor("reviewer")), application, " Soitettu. ")
    service.write_note(work_of(session, cast.actor("decider")), application, "Odotetaan.")
    assert [note.text for note in notes(session, application)] == ["Odotetaan.", "Soitettu."]
    with pytest.raises(Invalid):
        service.write_note(work_of(session, cast.actor("reviewer")), application, "  ")
    for who in ("applicant", "stranger"):
        with pytest.raises(NotAllowed):
            service.write_note(work_of(session, cast.actor(who)), application, "x")


def test_the_desk_through_the_pages(app: Flask, sign_in: SignIn) -> None:
    with app.extensions["database"].transaction() as setup:
        cast = make_cast(setup)
        application = placed(setup, cast)
        number = application.id
        definition = kept_definition(setup, application.definition_version_id)
        point = definition.checklist_for(queries.service_keys(application))[0].key
        other = make_user(setup, Role.REVIEWER, organisation="keusote", name="Outi Ohjaaja")
    reviewer, provider = app.test_client(), app.test_client()
    sign_in(reviewer, cast.reviewer)
    sign_in(provider, cast.applicant)
    page = f"/fi/office/applications/{number}"
    own = f"/fi/provider/{cast.provider.id}/applications/{number}"
    assert post_form(reviewer, f"{page}/checklist", {f"mark-{point}": "ok"}).status_code == 303
    assert post_form(reviewer, f"{page}/notes", {"text": "Vain talon sisällä."}, page=page).status_code == 303
    refused = post_form(reviewer, f"{page}/notes", {"text": " "}, page=page)
    assert refused.status_code == 422
    assert 'href="#text"' in refused.text
    text = reviewer.get(page).text
    assert "Vain talon sisällä." in text
    assert cast.reviewer.name in text
    assert "Vain talon sisällä." not in provider.get(own).text
    assert post_form(reviewer, f"{page}/handler", {"handler": str(other.id)}).location == page
    assert "Outi Ohjaaja" in reviewer.get(page).text
