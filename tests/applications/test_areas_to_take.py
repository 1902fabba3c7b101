"""Which areas of a provider's other services a service can take over at once."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.applications.prefill.queries import own_areas
from marketplace.applications.prefill.rules import OwnArea, areas_to_take
from tests.factories import make_application, make_approval, make_provider, make_provider_admin

OPEN = frozenset({"858", "186", "106"})


def area(key: str, *codes: str, service: str = "", pilot: str = "here") -> OwnArea:
    return OwnArea(key, service or key, pilot, codes)


@pytest.mark.parametrize(
    ("areas", "taken"),
    [
        ([], {}),
        ([area("a", "858", "186")], {"a": ("186", "858")}),
        ([area("a", "858", "091")], {"a": ("858",)}),
        ([area("a", "091")], {}),
        ([area("a")], {}),
        ([area("a", *OPEN, "091")], {}),
        ([area("a", "858"), area("b", "858", "091")], {"a": ("858",)}),
        ([area("a", "858"), area("b", "186", service="a")], {"a": ("858",)}),
        (
            [area("a", "858"), area("b", "186", service="a", pilot="there")],
            {"a": ("858",), "b": ("186",)},
        ),
    ],
)
def test_each_area_and_each_service_is_offered_once_and_within_what_is_open(
    areas: list[OwnArea], taken: dict[str, tuple[str, ...]]
) -> None:
    assert {each.key: each.municipalities for each in areas_to_take(areas, OPEN)} == taken


def test_own_services_come_first_then_approvals_then_other_applications(session: Session) -> None:
    provider = make_provider(session)
    person = make_provider_admin(session, provider)
    earlier = make_application(session, provider, person, services=("transport",), state="withdrawn")
    elsewhere = make_approval(session, provider, "carer_leave_home", pilot_key="keusote-2019")
    approval = make_approval(session, provider, "carer_leave_home")
    make_approval(session, make_provider(session), "carer_leave_unit")
    application = make_application(session, provider, person, services=("day_activity", "transport"))
    session.flush()
    line = next(each for each in application.lines if each.service_key == "transport")
    assert [each.key for each in own_areas(session, application, line)] == [
        "day_activity",
        f"approval-{approval.id}",
        f"approval-{elsewhere.id}",
        f"line-{earlier.lines[0].id}",
    ]
