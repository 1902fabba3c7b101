"""What can happen to an invitation and to a letter, who may do it, and what placeholders become."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from marketplace.permissions import GRANTS, Permission, Role
from marketplace.recruiting.invitations import rules
from marketplace.recruiting.invitations.rules import InvitationState, LetterKind
from marketplace.recruiting.sessions import rules as session_rules
from marketplace.workflow import NoSuchTransition, Workflow
from tests.factories import NOW

WORKFLOWS = (rules.INVITATION, rules.LETTER, session_rules.SESSION, session_rules.REGISTRATION)


@pytest.mark.parametrize(
    ("workflow", "state", "action"),
    [
        pytest.param(workflow, state, action, id=f"{workflow.name}: {state} {action}")
        for workflow in WORKFLOWS
        for state in workflow.states
        for action in workflow.all_actions
    ],
)
def test_only_what_the_table_says_can_happen(workflow: Workflow[Any, Any], state: str, action: str) -> None:
    if workflow.allows(state, action):
        assert workflow.next(state, action) in workflow.states
    else:
        with pytest.raises(NoSuchTransition):
            workflow.next(state, action)


def test_every_action_names_who_may_take_it() -> None:
    assert set(rules.ACTION_PERMISSIONS) == set(rules.INVITATION.all_actions)
    sessions = {*session_rules.SESSION.all_actions, *session_rules.REGISTRATION.all_actions}
    assert set(session_rules.ACTION_PERMISSIONS) == sessions


def test_only_a_coordinator_invites() -> None:
    assert [role for role in Role if Permission.INVITE_PROVIDERS in GRANTS[role]] == [Role.COORDINATOR]


@pytest.mark.parametrize(
    "state", [state for state in rules.INVITATION.states if state != InvitationState.LISTED]
)
def test_nobody_gets_the_invitation_twice(state: InvitationState) -> None:
    assert not rules.gets_letter(
        LetterKind.INVITATION, state, takes_part=False, last_letter_at=None, ordered_at=NOW
    )


def test_who_takes_part_gets_no_letter() -> None:
    long_ago = NOW - timedelta(days=30)
    assert not rules.gets_letter(
        LetterKind.INVITATION, InvitationState.LISTED, takes_part=True, last_letter_at=None, ordered_at=NOW
    )
    assert not rules.gets_letter(
        LetterKind.REMINDER, InvitationState.OPENED, takes_part=True, last_letter_at=long_ago, ordered_at=NOW
    )


@pytest.mark.parametrize(("days", "due"), [(0, False), (4, False), (5, True), (30, True)])
@pytest.mark.parametrize("state", rules.INVITATION.states)
def test_a_reminder_waits_its_days_and_goes_to_those_who_have_not_answered(
    state: InvitationState, days: int, due: bool
) -> None:
    gets = rules.gets_letter(
        LetterKind.REMINDER,
        state,
        takes_part=False,
        last_letter_at=NOW - timedelta(days=days),
        ordered_at=NOW,
    )
    assert gets == (due and state in ("invited", "opened"))


def test_placeholders_are_filled_in_one_pass() -> None:
    filled = rules.fill("{name}: {link} {other} {", {"name": "{link} Oy", "link": "http://x"})
    assert filled == "{link} Oy: http://x {other} {"
    assert rules.unknown_placeholders("{name} {nimi} { x } {deadline}") == ("nimi", " x ")


@pytest.mark.parametrize(("hours", "due"), [(-1, False), (0, False), (1, True), (24, True), (25, False)])
def test_a_session_is_reminded_of_within_its_last_day(hours: int, due: bool) -> None:
    assert session_rules.is_time_to_remind(NOW + timedelta(hours=hours), NOW) is due


@pytest.mark.parametrize(
    ("body", "greeting"),
    [
        ("Hei {name}!\n\nTervetuloa.\n\n{link}", "Hei {name}!"),
        ("Hello {name},\n\n{link}", "Hello {name},"),
        ("Kutsumme sinut, {name}, hakemaan.\n\n{link}", ""),
        ("Hyvä vastaanottaja!\n\n{link}", ""),
        ("{link}", ""),
    ],
)
def test_a_greeting_is_a_paragraph_that_names_who_is_greeted(body: str, greeting: str) -> None:
    rest = body.removeprefix(greeting).removeprefix("\n\n") if greeting else body
    assert rules.greeting_and_rest(body) == (greeting, rest)
