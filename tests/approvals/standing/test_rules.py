"""The tables and the arithmetic of an approval's life after the decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from marketplace.approvals.standing import labels, rules
from marketplace.decisions.rules import MEASURES, number_prefix
from marketplace.i18n import in_language
from marketplace.pilots.vocabulary import kinds_that_prove
from marketplace.providers.rules import APPROVAL, ApprovalAction, ApprovalState
from marketplace.workflow import NoSuchTransition, Workflow

TODAY = date(2026, 11, 22)
PAIRS = [
    (workflow, state, action)
    for workflow in (rules.MEASURE, rules.CONDITION)
    for state in workflow.states
    for action in workflow.all_actions
]


@dataclass(frozen=True)
class Proof:
    kind: str
    issued_on: date
    valid_until: date | None
    stated_until: date | None = None


@pytest.mark.parametrize(("workflow", "state", "action"), PAIRS, ids=lambda each: getattr(each, "name", each))
def test_every_state_and_action_goes_by_the_table_or_not_at_all(
    workflow: Workflow[Any, Any], state: str, action: str
) -> None:
    target = workflow.table.get((state, action))
    if target is None:
        with pytest.raises(NoSuchTransition):
            workflow.next(state, action)
    else:
        assert workflow.next(state, action) == target


def test_every_action_that_a_person_takes_names_who_may() -> None:
    assert set(rules.ACTION_PERMISSIONS) == {*rules.MEASURE.all_actions, *rules.CONDITION.all_actions}


def test_a_measure_is_open_exactly_while_something_can_still_happen_to_it() -> None:
    born = rules.MEASURE.initial
    assert set(rules.MEASURE.open) == {
        s for s in rules.MEASURE.states if s != born and rules.MEASURE.actions(s)
    }


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        (ApprovalState.APPROVED, ("condition", "suspend", "withdraw")),
        (ApprovalState.SUSPENDED, ("condition", "reinstate", "withdraw")),
        (ApprovalState.WITHDRAWN, ()),
        (ApprovalState.ENDED, ()),
    ],
)
def test_what_can_be_decided_follows_from_the_approvals_own_workflow(
    state: ApprovalState, kinds: tuple[str, ...]
) -> None:
    assert rules.possible(state) == kinds


def test_every_state_of_an_approval_has_its_kinds() -> None:
    assert set(rules.MEASURE.kinds) <= set(APPROVAL.all_actions)


@pytest.mark.parametrize(
    ("kind", "safety", "action"),
    [
        (ApprovalAction.SUSPEND, False, "hear"),
        (ApprovalAction.SUSPEND, True, "propose"),
        (ApprovalAction.WITHDRAW, False, "hear"),
        (ApprovalAction.WITHDRAW, True, "propose"),
        (ApprovalAction.REINSTATE, False, "propose"),
    ],
)
def test_the_provider_is_heard_before_what_goes_against_it_unless_safety_asks_otherwise(
    kind: ApprovalAction, safety: bool, action: str
) -> None:
    assert rules.opening(kind, safety=safety) == action


@pytest.mark.parametrize(
    ("plan", "faults"),
    [
        (rules.MeasurePlan(ApprovalAction.WITHDRAW, "Syy", due_on=TODAY + timedelta(days=14)), ()),
        (
            rules.MeasurePlan(ApprovalAction.WITHDRAW, "Syy", due_on=TODAY + timedelta(days=13)),
            (("short_reason", "short"),),
        ),
        (rules.MeasurePlan(ApprovalAction.WITHDRAW, "Syy", due_on=TODAY), (("due_on", "past"),)),
        (rules.MeasurePlan(ApprovalAction.WITHDRAW, "Syy", safety=True, safety_reason="Vaara"), ()),
        (rules.MeasurePlan(ApprovalAction.REINSTATE, "Korjattu"), ()),
        (
            rules.MeasurePlan(ApprovalAction.WITHDRAW, " ", due_on=TODAY),
            (("grounds", "no_grounds"), ("due_on", "past")),
        ),
        (rules.MeasurePlan(ApprovalAction.WITHDRAW, "Syy"), (("due_on", "no_due_date"),)),
        (
            rules.MeasurePlan(ApprovalAction.WITHDRAW, "Syy", due_on=TODAY - timedelta(days=1)),
            (("due_on", "past"),),
        ),
        (
            rules.MeasurePlan(ApprovalAction.SUSPEND, "Syy", safety=True),
            (("safety_reason", "no_safety_reason"),),
        ),
        (
            rules.MeasurePlan(ApprovalAction.CONDITION, "", due_on=TODAY, condition_due_on=TODAY),
            (
                ("condition", "no_condition"),
                ("grounds", "no_grounds"),
                ("due_on", "past"),
                ("condition_due_on", "condition_too_soon"),
            ),
        ),
    ],
)
def test_a_plan_has_grounds_and_either_a_hearing_to_come_or_a_reason_of_safety(
    plan: rules.MeasurePlan, faults: tuple[tuple[str, str], ...]
) -> None:
    assert rules.plan_faults(plan, TODAY) == faults


def test_a_kind_is_proven_until_the_last_of_its_proofs_ends_combined_reports_included() -> None:
    def until(kind: str, held: list[Proof]) -> date | None:
        return rules.expiry_of(kind, held, TODAY, kinds_that_prove).day

    proofs = [
        Proof("tax", TODAY, TODAY + timedelta(days=10)),
        Proof("reliable_partner", TODAY, TODAY + timedelta(days=40)),
    ]
    assert until("tax", proofs) == TODAY + timedelta(days=40)
    assert until("soteri", proofs) is None
    assert until("tax", [*proofs, Proof("tax", TODAY, None)]) == date.max
    assert until("tax", [Proof("tax", TODAY + timedelta(days=1), None)]) is None


DUE = TODAY + timedelta(days=40)


@pytest.mark.parametrize(
    ("own", "days", "said"),
    [
        (DUE, 0, "Voimassa 1.1.2027 asti"),
        (DUE, 41, "Vanhentunut 1.1.2027"),
        (None, 0, "Uusi todistus viimeistään 1.1.2027"),
        (None, 41, "Uusi todistus olisi pitänyt antaa viimeistään 1.1.2027"),
        (date(2028, 12, 31), 0, "Voimassa 31.12.2028 asti, uusi todistus viimeistään 1.1.2027"),
        (date(2028, 12, 31), 41, "Uusi todistus olisi pitänyt antaa viimeistään 1.1.2027"),
    ],
)
def test_the_day_when_a_new_proof_is_due_is_not_called_the_end_of_the_document(
    app: Flask, own: date | None, days: int, said: str
) -> None:
    held = [Proof("liability_insurance", TODAY, DUE, own)]
    expiry = rules.expiry_of("liability_insurance", held, TODAY, kinds_that_prove)
    with app.app_context(), in_language("fi"):
        assert labels.expiry_text(expiry, TODAY + timedelta(days))[0].replace("\xa0", " ") == said


@pytest.mark.parametrize(
    ("days_left", "step"),
    [
        (29, None),
        (28, -28),
        (15, -28),
        (14, -14),
        (1, -14),
        (0, 0),
        (-1, 0),
        (-14, 0),
        (-15, None),
        (-27, None),
        (-28, 28),
        (-42, 28),
        (-43, None),
    ],
)
def test_reminders_go_28_and_14_days_before_on_the_day_and_28_days_after(
    days_left: int, step: int | None
) -> None:
    day = TODAY + timedelta(days=days_left)
    assert rules.step_due(day, TODAY, rules.EVIDENCE_STEPS) == step


@pytest.mark.parametrize(
    ("told_before", "days_left", "step"),
    [
        (20, 20, None),
        (21, 21, None),
        (21, 14, -14),
        (20, 14, None),
        (15, 14, None),
        (14, 14, None),
        (14, 1, None),
        (14, 0, 0),
        (1, 0, 0),
        (0, 0, None),
        (0, -1, None),
    ],
)
def test_no_reminder_goes_for_a_step_before_the_provider_was_told_or_soon_after(
    told_before: int, days_left: int, step: int | None
) -> None:
    day = TODAY + timedelta(days=days_left)
    told_on = day - timedelta(days=told_before)
    assert rules.step_due(day, TODAY, rules.CONDITION_STEPS, told_on=told_on) == step


def test_an_approval_is_looked_at_a_year_after_it_was_last() -> None:
    assert rules.recheck_due(date(2026, 2, 28), None) == date(2027, 2, 28)
    assert rules.recheck_due(date(2026, 2, 28), date(2027, 1, 31)) == date(2028, 1, 31)


def test_measures_have_a_series_of_their_own() -> None:
    assert number_prefix("keusote", 2026, MEASURES) == "KEUSOTE-2026/S"
