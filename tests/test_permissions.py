"""The table of grants says who may do what, and where."""

from __future__ import annotations

import pytest

from marketplace.permissions import (
    GRANTS,
    PROVIDER_ROLES,
    STAFF_ROLES,
    SYSTEM,
    Actor,
    Grant,
    Permission,
    Role,
)

REVIEWER = Actor(1, "r@example.fi", "R", (Grant(Role.REVIEWER, organisation="keusote"),))
EDITOR = Actor(
    2, "e@example.fi", "E", (Grant(Role.PROVIDER_EDITOR, provider=7), Grant(Role.PROVIDER_ADMIN, provider=8))
)


def test_every_role_has_a_row() -> None:
    assert set(GRANTS) == set(Role)


def test_a_grant_holds_only_where_it_was_given() -> None:
    assert REVIEWER.may(Permission.REVIEW_APPLICATIONS, organisation="keusote")
    assert not REVIEWER.may(Permission.REVIEW_APPLICATIONS, organisation="soite")
    assert EDITOR.may(Permission.EDIT_PROVIDER, provider=7)
    assert not EDITOR.may(Permission.MANAGE_PROVIDER, provider=7)
    assert EDITOR.may(Permission.MANAGE_PROVIDER, provider=8)
    assert not EDITOR.may(Permission.EDIT_PROVIDER, provider=9)


@pytest.mark.parametrize("role", sorted(Role))
def test_nobody_both_reviews_and_decides_by_one_role(role: Role) -> None:
    assert not {Permission.REVIEW_APPLICATIONS, Permission.DECIDE_APPLICATIONS} <= GRANTS[role]


def test_the_auditor_changes_nothing() -> None:
    assert all(permission.value.startswith("view_") for permission in GRANTS[Role.AUDITOR])


def test_staff_and_provider_roles_do_not_overlap() -> None:
    assert not STAFF_ROLES & PROVIDER_ROLES


def test_the_system_has_no_grants_and_facts_follow_from_grants() -> None:
    assert not SYSTEM.may(Permission.VIEW_AUDIT)
    assert SYSTEM.may(Permission.PUBLIC)
    assert (REVIEWER.organisation, EDITOR.organisation) == ("keusote", None)
    assert EDITOR.providers == (7, 8)
    assert EDITOR.roles == {Role.PROVIDER_ADMIN, Role.PROVIDER_EDITOR}
