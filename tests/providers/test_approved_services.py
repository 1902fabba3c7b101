"""The life of an approval: what each step makes of it, and that no other module takes one."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.config import ROOT
from marketplace.errors import Conflict
from marketplace.providers.approved_services import service
from marketplace.providers.approved_services.queries import approved_at_the_end_of
from marketplace.providers.models import FormerApproval, ServiceApproval
from marketplace.providers.rules import ApprovalAction
from marketplace.work import UnitOfWork
from tests.approval_states import LIFE, NotTheLife
from tests.factories import NOW, make_approval, make_provider
from tests.work import work_of

MODULES = [
    path
    for path in sorted((ROOT / "marketplace").rglob("*.py"))
    if path != LIFE and not {"migrations", "demo"} & set(path.relative_to(ROOT).parts)
]


def extend(session: Session, approval: ServiceApproval, area: list[str], *conditions: str) -> ServiceApproval:
    given = service.grant_or_extend(
        session,
        approval.provider,
        pilot_key=approval.pilot_key,
        version_id=approval.pilot_version_id,
        service_key=approval.service_key,
        municipalities=area,
        conditions=conditions,
        public_conditions=conditions[:1],
        line_id=None,
        approved_on=NOW.date(),
    )
    session.flush()
    return given


@pytest.mark.parametrize("state", ["approved", "suspended"])
def test_what_stands_is_extended_and_loses_nothing(session: Session, state: str) -> None:
    approval = make_approval(session, make_provider(session), state=state, conditions="First.")
    again = extend(session, approval, ["186", "092"], "Second.", "First.")
    assert again is approval
    assert approval.municipalities == ["092", "186", "858"]
    assert (approval.state, approval.conditions) == (state, "First.\nSecond.")


@pytest.mark.parametrize("state", ["withdrawn", "ended"])
def test_what_is_over_stays_over_and_a_new_approval_is_given(session: Session, state: str) -> None:
    old = make_approval(session, make_provider(session), state=state)
    new = extend(session, old, ["092"])
    assert (old.state, old.municipalities) == (state, ["858", "186"])
    assert (new.state, new.municipalities, new.conditions) == ("approved", ["092"], "")


def test_the_list_of_the_organisation_sets_the_area(session: Session) -> None:
    approval = make_approval(session, make_provider(session))
    service.replace_area(work_of(session), approval, {"092"})
    assert approval.municipalities == ["092"]


@pytest.mark.parametrize(
    ("kind", "state", "then"),
    [
        (ApprovalAction.CONDITION, "approved", "approved"),
        (ApprovalAction.SUSPEND, "approved", "suspended"),
        (ApprovalAction.REINSTATE, "suspended", "approved"),
        (ApprovalAction.WITHDRAW, "suspended", "withdrawn"),
    ],
)
def test_a_measure_moves_the_approval_and_tells_where_it_was(
    session: Session, kind: ApprovalAction, state: str, then: str
) -> None:
    approval = make_approval(session, make_provider(session), state=state)
    assert (service.apply_measure(work_of(session), approval, kind), approval.state) == (state, then)


def test_how_it_stood_before_each_change_is_kept_with_the_day(session: Session) -> None:
    approval = make_approval(session, make_provider(session), approved_on=NOW.date() - timedelta(days=30))

    def work(days: int) -> UnitOfWork:
        return work_of(session, now=NOW + timedelta(days=days))

    service.apply_measure(work(1), approval, ApprovalAction.CONDITION)
    service.replace_area(work(1), approval, ["186", "858"])
    service.replace_area(work(1), approval, ["092"])
    service.apply_measure(work(2), approval, ApprovalAction.SUSPEND)
    service.end_by_leaving(work(4), approval, reason="Muutamme.")
    session.flush()
    rows = session.scalars(sa.select(FormerApproval).order_by(FormerApproval.id)).all()
    assert [(row.until_on - NOW.date(), row.state, row.municipalities) for row in rows] == [
        (timedelta(days=1), "approved", ["858", "186"]),
        (timedelta(days=2), "approved", ["092"]),
        (timedelta(days=4), "suspended", ["092"]),
    ]

    def held(days: int) -> list[list[str]]:
        day = NOW.date() + timedelta(days=days)
        return [row.municipalities for row in session.execute(approved_at_the_end_of("keusote-2022", day))]

    assert [held(days) for days in (-31, 0, 1, 2, 4)] == [[], [["858", "186"]], [["092"]], [], []]


def test_a_measure_that_the_state_does_not_allow_is_refused(session: Session) -> None:
    approval = make_approval(session, make_provider(session), state="ended")
    with pytest.raises(Conflict):
        service.apply_measure(work_of(session), approval, ApprovalAction.REINSTATE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_module_makes_an_approval_or_writes_its_state(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    made = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and _writes(node)]
    moved = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and node.attr == "state"
        and ast.unparse(node.value).endswith("approval")
    ]
    assert made + moved == []


def _writes(call: ast.Call) -> bool:
    """Whether the call makes a row of approvals or changes some at once."""
    name = ast.unparse(call.func)
    if name.rpartition(".")[2] in ("insert", "update", "delete"):
        return any(ast.unparse(each) == "ServiceApproval" for each in call.args)
    return name.rpartition(".")[2] == "ServiceApproval"


def test_a_state_set_under_another_name_is_found_while_the_tests_run(session: Session) -> None:
    approval = make_approval(session, make_provider(session))
    code = compile("def sneak(thing):\n    thing.state = 'ended'\n", str(ROOT / "marketplace/cli.py"), "exec")
    names: dict[str, object] = {}
    exec(code, names)
    with pytest.raises(NotTheLife, match=r"marketplace/cli\.py"):
        names["sneak"](approval)  # type: ignore[operator]
