"""The unit of work: who, when, in which transaction."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace import work as unit_of_work
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.errors import NotAllowed
from marketplace.permissions import ANYBODY, SYSTEM, Actor, Permission, Role
from tests.factories import NOW, make_user
from tests.trail import Tried
from tests.work import work_of


def test_what_is_recorded_has_the_actor_and_the_moment_of_the_work(session: Session) -> None:
    person = make_user(session, Role.REVIEWER, organisation="keusote")
    work = work_of(session, actor_of(person))
    work.record(Tried.EVENT, ("Thing", 7), organisation="keusote", before={"a": 1}, after={"a": 2})
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "test.event")).one()
    assert (event.actor_id, event.actor_name, event.at) == (person.id, person.name, NOW)
    assert (event.subject_type, event.subject_id, event.organisation_key) == ("Thing", "7", "keusote")
    assert (event.before, event.after) == ({"a": 1}, {"a": 2})


def test_nothing_is_done_unrecorded_where_nobody_keeps_the_trail(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_of_work.recorded, "_fillings", ())
    with pytest.raises(RuntimeError, match=r"test\.event"):
        work_of(session).record(Tried.EVENT, ("Thing", 7))


def test_the_day_is_the_day_in_helsinki(session: Session) -> None:
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert work_of(session, now=late).today.isoformat() == "2026-11-23"


def test_a_permission_is_asked_where_it_holds(session: Session) -> None:
    work = work_of(session, actor_of(make_user(session, Role.REVIEWER, organisation="keusote")))
    work.ensure(Permission.REVIEW_APPLICATIONS, organisation="keusote")
    with pytest.raises(NotAllowed):
        work.ensure(Permission.REVIEW_APPLICATIONS, organisation="soite")
    with pytest.raises(NotAllowed):
        work.ensure(Permission.DECIDE_APPLICATIONS, organisation="keusote")


@pytest.mark.parametrize("nobody", [ANYBODY, SYSTEM])
def test_what_only_a_person_does_is_refused_to_the_portal_and_to_strangers(
    session: Session, nobody: Actor
) -> None:
    work = work_of(session, nobody)
    with pytest.raises(NotAllowed):
        _ = work.person_id
    with pytest.raises(NotAllowed):
        work.ensure(Permission.EDIT_PROVIDER)


def test_the_work_of_another_person_is_in_the_same_transaction(session: Session) -> None:
    person = actor_of(make_user(session))
    mine = work_of(session)
    other = mine.acting_as(person)
    assert (other.session, other.now, other.actor) == (session, NOW, person)
    assert mine.actor is SYSTEM
    with pytest.raises(FrozenInstanceError):
        mine.actor = person  # type: ignore[misc]
