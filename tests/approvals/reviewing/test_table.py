"""Every state × action × role goes by the two tables, and by nothing else: where from, where to, and who."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.applications import rules
from marketplace.applications.models import Application, Decision
from marketplace.applications.rules import ApplicationAction, ApplicationState, Outcome
from marketplace.applications.sending import service as sending
from marketplace.approvals import deadlines
from marketplace.approvals.completion.rules import AskedItem
from marketplace.approvals.completion.service import request_completion, take_back
from marketplace.approvals.deciding import service as deciding
from marketplace.approvals.hearing import service as hearing
from marketplace.approvals.proposing import service
from marketplace.approvals.proposing.rules import LineProposal
from marketplace.approvals.reviewing.service import take
from marketplace.errors import DomainError
from marketplace.files.store import FileStore
from marketplace.permissions import GRANTS, PROVIDER_ROLES, STAFF_ROLES, Actor, Role
from tests.approvals.cast import Cast
from tests.factories import NOW, make_application, make_user
from tests.work import work_of

PAST: Final = NOW.date() - timedelta(days=30)


def placed(session: Session, cast: Cast, state: ApplicationState) -> Application:
    """An application of one service in `state`, whose due date has passed; a withdrawn one was never sent."""
    if state is ApplicationState.WITHDRAWN:
        draft = placed(session, cast, ApplicationState.DRAFT)
        sending.withdraw(work_of(session, cast.actor("applicant")), draft)
        return draft
    return make_application(
        session,
        cast.provider,
        cast.applicant,
        services=("transport",),
        state=state,
        handler=cast.reviewer,
        due_on=PAST,
    )


def taken(action: str, session: Session, application: Application, actor: Actor, store: FileStore) -> None:
    """Take an action with all that it asks for."""
    number = application.lines[0].id
    later = NOW.date() + timedelta(days=14)
    acts: dict[str, Callable[[], object]] = {
        "submit": lambda: sending.submit(work_of(session, actor), application, store=store),
        "complete": lambda: sending.complete(work_of(session, actor), application, store=store),
        "withdraw": lambda: sending.withdraw(work_of(session, actor), application),
        "bring_back": lambda: sending.bring_back(work_of(session, actor), application),
        "answer": lambda: hearing.answer(work_of(session, actor), application, "Lupa on haettu."),
        "take": lambda: take(work_of(session, actor), application),
        "request_completion": lambda: request_completion(
            work_of(session, actor), application, [AskedItem("staff", "Tarkenna.")], due_on=later
        ),
        "take_back": lambda: take_back(work_of(session, actor), application, "Tieto tuli jo."),
        "hear": lambda: hearing.hear(
            work_of(session, actor), application, ["transport"], "Lupa puuttuu.", due_on=later
        ),
        "propose": lambda: service.propose(
            work_of(session, actor), application, [LineProposal(number, Outcome.APPROVED, "Ehdot täyttyvät.")]
        ),
        "return": lambda: service.return_to_reviewer(work_of(session, actor), application, "Tarkista."),
        "decide": lambda: deciding.decide(
            work_of(session, actor), application, seen=deciding.seen_mark(application), store=store
        ),
    }
    acts[action]()


def somebody(session: Session, cast: Cast, role: Role) -> User:
    """A person in the role, in the application's own organisation or provider."""
    organisation = "keusote" if role in STAFF_ROLES else None
    provider_id = cast.provider.id if role in PROVIDER_ROLES else None
    return make_user(session, role, organisation=organisation, provider_id=provider_id)


TRIED: Final = frozenset(itertools.product(rules.ACTION_PERMISSIONS, Role))
"""What is tried in every state: each action that people can take, by somebody in each role."""


@pytest.mark.parametrize("state", rules.APPLICATION.states)
def test_a_role_moves_an_application_exactly_where_the_tables_say(
    session: Session, cast: Cast, store: FileStore, state: ApplicationState
) -> None:
    application = placed(session, cast, state)
    actors = {role: actor_of(somebody(session, cast, role)) for role in Role}
    tried = set()
    for action, role in itertools.product(rules.ACTION_PERMISSIONS, Role):
        led_to = attempt(action, session, application, actors[role], store)
        may = rules.ACTION_PERMISSIONS[action] in GRANTS[role]
        target = rules.APPLICATION.table.get((state, action)) if may else None
        if led_to is None:
            assert target is None, f"{role} is refused to {action} in {state}"
        else:
            # what was done already may be asked for again and changes nothing
            assert may, f"{role} was let through to {action} in {state}"
            assert led_to == (target or state), f"{role} took {action} from {state} to {led_to}"
        tried.add((action, role))
    assert tried == TRIED


def test_every_action_of_the_workflow_is_tried() -> None:
    assert {action for action, _role in TRIED} | rules.SYSTEM_ACTIONS == set(rules.APPLICATION.all_actions)
    assert {role for _action, role in TRIED} == set(GRANTS)


def attempt(
    action: str, session: Session, application: Application, actor: Actor, store: FileStore
) -> str | None:
    """The state that the action led to, None when it was refused; afterwards everything is as it was before."""
    before = application.state
    with session.begin_nested() as savepoint:
        try:
            taken(action, session, application, actor, store)
            session.flush()
            led_to = application.state
        except DomainError:
            assert application.state == before
            led_to = None
        savepoint.rollback()
    session.expire_all()
    return led_to


@pytest.mark.parametrize("state", rules.APPLICATION.states)
def test_the_portal_itself_ends_only_what_waits_for_an_answer(
    session: Session, cast: Cast, state: ApplicationState
) -> None:
    application = placed(session, cast, state)
    target = rules.APPLICATION.table.get((state, ApplicationAction.LAPSE))
    assert deadlines.settle(work_of(session), application.id) is (target is not None)
    assert application.state == (target or state)
    decisions = session.scalar(sa.select(sa.func.count()).select_from(Decision))
    assert decisions == (state == ApplicationState.DECIDED)
