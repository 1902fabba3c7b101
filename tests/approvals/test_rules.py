"""The workflow table, the policies and the arithmetic of applications."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.applications import rules
from marketplace.applications.rules import ApplicationAction, ApplicationState, Outcome, Turn
from marketplace.approvals.completion.rules import AskedItem, completion_faults, has_lapsed
from marketplace.approvals.hearing.rules import hearing_faults
from marketplace.approvals.proposing.rules import (
    HEARD_BEFORE,
    Condition,
    LineProposal,
    Told,
    conditions_of,
    proposal_faults,
    unheard,
)
from marketplace.approvals.queue.rules import lateness
from marketplace.decisions.rules import (
    Channel,
    default_due_date,
    due_fault,
    due_from_service,
    is_missed,
    last_day_of_review,
    may_decide,
    number_prefix,
    presumed_service,
)
from marketplace.offers.pricing.days import is_day_off
from marketplace.permissions import GRANTS, Permission
from marketplace.workflow import NoSuchTransition

PAIRS = [(state, action) for state in rules.APPLICATION.states for action in rules.APPLICATION.all_actions]
AREA = ("186", "858")
TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
TOMORROW = date(2026, 11, 23)


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_every_state_and_action_goes_by_the_table_or_not_at_all(
    state: ApplicationState, action: ApplicationAction
) -> None:
    target = rules.APPLICATION.table.get((state, action))
    if target is None:
        with pytest.raises(NoSuchTransition):
            rules.APPLICATION.next(state, action)
    else:
        assert rules.APPLICATION.next(state, action) == target


def going_on(state: ApplicationState) -> set[ApplicationAction]:
    """What can still happen in a state, but for a draft that is brought back: that begins it once more."""
    return set(rules.APPLICATION.actions(state)) - {ApplicationAction.BRING_BACK}


def test_every_state_says_whose_turn_it_is_and_the_last_ones_nobodys() -> None:
    assert set(rules.TURNS) == set(rules.APPLICATION.states)
    for state in rules.APPLICATION.states:
        assert (rules.TURNS[state] is None) == (not going_on(state))


def test_open_states_are_those_from_which_something_can_still_happen() -> None:
    assert set(rules.APPLICATION.open) == {state for state in rules.APPLICATION.states if going_on(state)}


def test_no_role_both_proposes_and_decides() -> None:
    for granted in GRANTS.values():
        assert not {Permission.REVIEW_APPLICATIONS, Permission.DECIDE_APPLICATIONS} <= granted


@pytest.mark.parametrize(
    ("person", "proposers", "may"),
    [
        (1, [2, 2], True),
        (1, [1, 1], False),
        (1, [2, 1], False),
        (1, [], False),
        (1, [None], False),
        (None, [2], False),
    ],
)
def test_the_decider_has_proposed_none_of_the_lines(
    person: int | None, proposers: list[int | None], may: bool
) -> None:
    assert may_decide(person, proposers) is may


@pytest.mark.parametrize(
    ("state", "section", "asked", "may"),
    [
        (ApplicationState.DRAFT, "staff", [], True),
        (ApplicationState.SUBMITTED, "staff", [], False),
        (ApplicationState.COMPLETION_REQUESTED, "staff", ["staff"], True),
        (ApplicationState.COMPLETION_REQUESTED, "quality", ["staff"], False),
        (ApplicationState.COMPLETION_REQUESTED, "evidence", ["staff"], False),
        (ApplicationState.COMPLETION_REQUESTED, "evidence", ["services"], True),
        (ApplicationState.COMPLETION_REQUESTED, "service-transport", ["services"], True),
        (ApplicationState.DECIDED, "staff", ["staff"], False),
    ],
)
def test_a_section_is_open_in_a_draft_and_when_it_is_asked_for(
    state: ApplicationState, section: str, asked: list[str], may: bool
) -> None:
    assert rules.may_edit_section(state, section, asked) is may


def test_age_counts_whole_days_since_sending() -> None:
    assert rules.age_in_days(date(2026, 11, 20), TODAY) == 2
    assert rules.age_in_days(None, TODAY) == 0


def test_an_answer_is_asked_for_on_a_working_day_after_the_days_that_run_from_service() -> None:
    assert default_due_date(TODAY, 14, is_day_off) == date(2026, 12, 9)
    assert default_due_date(TODAY, 11, is_day_off) == date(
        2026, 12, 7
    )  # a Sunday and Independence Day before it
    served = presumed_service(Channel.POST, date(2026, 12, 10))
    assert due_from_service(TODAY, TODAY + timedelta(days=8), served, is_day_off) == date(2026, 12, 28)
    assert last_day_of_review(date(2026, 11, 26), 30, is_day_off) == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("days", "reason", "fault"),
    [
        (-1, "", "past"),
        (0, "Kiire.", "past"),
        (1, "", "short"),
        (6, " ", "short"),
        (6, "Kiire.", None),
        (7, "", None),
    ],
)
def test_less_than_the_usual_time_needs_a_reason(days: int, reason: str, fault: str | None) -> None:
    assert due_fault(TODAY + timedelta(days=days), TODAY, 7, reason) == fault


def test_numbers_of_decisions_name_the_organisation_and_the_year() -> None:
    assert number_prefix("keusote-hb", 2026) == "KEUSOTE-HB-2026/"


def test_fingerprints_tell_equal_values_from_different_ones() -> None:
    assert rules.fingerprint({"a": 1, "b": ["x"]}) == rules.fingerprint({"b": ["x"], "a": 1})
    assert rules.fingerprint({"a": 1}) != rules.fingerprint({"a": 2})


@pytest.mark.parametrize(
    ("proposal", "faults"),
    [
        (LineProposal(1, Outcome.APPROVED, "Ehdot täyttyvät."), ()),
        (LineProposal(1, Outcome.APPROVED_WITH_CONDITIONS, "Muuten.", (Condition("Soteri."),)), ()),
        (
            LineProposal(
                1, Outcome.APPROVED_WITH_CONDITIONS, "x", (Condition(""), Condition("Soteri.", TODAY))
            ),
            (),
        ),
        (LineProposal(1, None, ""), (("outcome", "no_outcome"), ("grounds", "no_grounds"))),
        (LineProposal(1, Outcome.REJECTED, "   "), (("grounds", "no_grounds"),)),
        (LineProposal(1, Outcome.REJECTED, "", phrases=("heard",)), ()),
        (LineProposal(1, Outcome.APPROVED_WITH_CONDITIONS, "x"), (("condition-0", "no_conditions"),)),
        (
            LineProposal(1, Outcome.APPROVED, "x", (Condition("y"), Condition("z"))),
            (("condition-0", "conditions_without_use"),),
        ),
        (
            LineProposal(1, Outcome.APPROVED_WITH_CONDITIONS, "x", (Condition("y"), Condition(" ", TODAY))),
            (("condition-1", "condition_without_words"),),
        ),
        (
            LineProposal(
                1, Outcome.APPROVED_WITH_CONDITIONS, "x", (Condition("y", TODAY - timedelta(days=1)),)
            ),
            (("due-0", "condition_past"),),
        ),
        (LineProposal(1, Outcome.APPROVED, "x", left_out=("858",)), ()),
        (
            LineProposal(1, Outcome.APPROVED, "", phrases=("heard",), left_out=("858",)),
            (("grounds", "no_grounds_of_part"),),
        ),
        (
            LineProposal(1, Outcome.APPROVED, "x", left_out=("186", "858")),
            (("left_out", "nothing_left"),),
        ),
    ],
)
def test_a_proposal_states_its_grounds_and_conditions_only_where_they_belong(
    proposal: LineProposal, faults: tuple[tuple[str, str], ...]
) -> None:
    assert proposal_faults(proposal, applied=AREA, heard=True, today=TODAY) == faults


@pytest.mark.parametrize("outcome", rules.Outcome)
@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("left_out", [(), ("858",)])
def test_only_a_rejection_of_all_or_a_part_asks_for_a_hearing_first(
    outcome: Outcome, heard: bool, left_out: tuple[str, ...]
) -> None:
    conditions = (Condition("Soteri."),) if outcome == "approved_with_conditions" else ()
    proposal = LineProposal(1, outcome, "Perustelu.", conditions, left_out=left_out)
    faults = [fault for _field, fault in proposal_faults(proposal, applied=AREA, heard=heard, today=TODAY)]
    lacks = [] if heard else [*(["no_hearing"] if outcome in HEARD_BEFORE else [])]
    lacks += [] if heard or not left_out else ["part_unheard"]
    assert faults == lacks
    narrowed = {"transport"} if left_out else set()
    assert unheard({"transport": outcome}, narrowed, {"transport"} if heard else set()) == (
        ("transport",) if lacks else ()
    )


@pytest.mark.parametrize(
    ("services", "reasons", "due_on", "faults"),
    [
        (["transport"], "Vakuutus puuttuu.", TODAY + timedelta(days=14), ()),
        (["transport"], "Vakuutus puuttuu.", TODAY, (("due_on", "past"),)),
        (["transport"], "Vakuutus puuttuu.", TOMORROW, (("short_reason", "short"),)),
        (["housing"], "Vakuutus puuttuu.", TODAY + timedelta(days=14), (("services", "unknown"),)),
        ([], "  ", TODAY, (("services", "nothing"), ("reasons", "no_reasons"), ("due_on", "past"))),
        ([], "  ", None, (("services", "nothing"), ("reasons", "no_reasons"))),
    ],
)
def test_a_hearing_names_services_reasons_and_leaves_time_to_answer(
    services: list[str], reasons: str, due_on: date | None, faults: tuple[tuple[str, str], ...]
) -> None:
    assert hearing_faults(services, {"transport", "day_activity"}, reasons, due_on, TODAY) == faults


@pytest.mark.parametrize(
    ("turn", "age", "due_on", "late"),
    [
        (Turn.REVIEWER, 90, None, None),
        (Turn.REVIEWER, 91, None, "handling"),
        (Turn.DECIDER, 91, None, "handling"),
        (Turn.PROVIDER, 200, TODAY, None),
        (Turn.PROVIDER, 10, date(2026, 11, 21), "answer"),
        (None, 500, None, None),
    ],
)
def test_the_office_is_late_after_the_pilots_days_and_the_provider_after_its_due_date(
    turn: Turn | None, age: int, due_on: date | None, late: str | None
) -> None:
    assert lateness(turn, age, 90, due_on, TODAY) == late


@pytest.mark.parametrize(
    ("due_on", "reminded", "lapsed"),
    [
        (TODAY, False, False),
        (date(2026, 11, 21), True, False),
        (date(2026, 11, 15), True, False),
        (date(2026, 11, 14), True, True),
    ],
)
def test_a_missed_due_date_reminds_at_once_and_lapses_after_the_days_of_grace(
    due_on: date, reminded: bool, lapsed: bool
) -> None:
    assert (is_missed(due_on, TODAY), has_lapsed(due_on, TODAY)) == (reminded, lapsed)


def test_every_action_belongs_to_a_permission_or_to_the_portal_itself() -> None:
    assert set(rules.ACTION_PERMISSIONS) | rules.SYSTEM_ACTIONS == set(rules.APPLICATION.all_actions)
    assert not set(rules.ACTION_PERMISSIONS) & rules.SYSTEM_ACTIONS


@pytest.mark.parametrize(
    ("items", "due_on", "faults"),
    [
        ([AskedItem("staff", "Tarkenna.")], TODAY + timedelta(days=7), ()),
        ([AskedItem("staff", "Tarkenna.")], TOMORROW, (("short_reason", "short"),)),
        ([AskedItem("nowhere", "x")], TODAY + timedelta(days=7), (("sections", "unknown_section"),)),
        ([], YESTERDAY, (("sections", "nothing"), ("due_on", "past"))),
        (
            [AskedItem("staff", " "), AskedItem("quality", "")],
            YESTERDAY,
            (("text-staff", "no_words"), ("text-quality", "no_words"), ("due_on", "past")),
        ),
        ([AskedItem("staff", " ")], None, (("text-staff", "no_words"),)),
    ],
)
def test_a_completion_names_parts_words_and_a_day_to_come(
    items: list[AskedItem], due_on: date | None, faults: tuple[tuple[str, str], ...]
) -> None:
    assert completion_faults(items, {"staff", "quality"}, due_on, TODAY) == faults


@pytest.mark.parametrize(
    ("due_on", "told", "public"),
    [
        (None, Told.BY_KIND, True),
        (TODAY, Told.BY_KIND, False),
        (None, Told.NOBODY, False),
        (TODAY, Told.CLIENTS, True),
    ],
)
def test_clients_see_a_condition_by_its_kind_unless_it_says_otherwise(
    due_on: date | None, told: Told, public: bool
) -> None:
    condition = Condition("Soteri.", due_on, told)
    assert condition.is_public is public
    assert conditions_of([condition.as_json()]) == (condition,)


def test_a_condition_that_was_kept_before_it_was_asked_who_is_told_goes_by_its_kind() -> None:
    [condition] = conditions_of([{"text": "Soteri.", "due_on": None}])
    assert condition.told is Told.BY_KIND
