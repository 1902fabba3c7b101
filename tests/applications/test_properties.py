"""Properties of what must be answered and of two people editing at once."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.applications import queries, rules
from marketplace.applications.completeness import is_answered, unanswered
from marketplace.applications.filling import service
from marketplace.applications.models import Application
from marketplace.i18n import LocalizedText
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.questions import Option, Question
from tests.approvals.cast import Cast
from tests.factories import make_application
from tests.work import work_of

TEXT = LocalizedText("Kysymys", "Fråga")
ANSWERS: dict[str, Any] = {
    "gate": st.none() | st.booleans(),
    "kind": st.none() | st.sampled_from(["own", "hired"]),
    "means": st.none() | st.lists(st.sampled_from(["car", "bus"]), unique=True),
    "why": st.none() | st.sampled_from(["", "Siksi."]),
}


def option(key: str) -> Option:
    return Option(key=key, label=TEXT)


GATES = [
    Question(key="gate", label=TEXT, type="yes_no"),
    Question(key="kind", label=TEXT, type="one_of", options=(option("own"), option("hired"))),
    Question(key="means", label=TEXT, type="many_of", options=(option("car"), option("bus"))),
]
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "gate": st.sampled_from(["yes", "no"]),
        "kind": st.sampled_from(["own", "hired"]),
        "means": st.sampled_from(["car", "bus"]),
    },
)


def holds(answers: dict[str, Any], key: str, value: str) -> bool:
    """The rule in other words than the portal's own."""
    given = answers.get(key)
    if key == "gate":
        return given is not None and given == (value == "yes")
    return value in (given or []) if key == "means" else given == value


@given(st.fixed_dictionaries(ANSWERS), CONDITIONS, st.booleans())
def test_a_question_is_required_exactly_when_all_its_conditions_hold(
    answers: dict[str, Any], conditions: dict[str, str], required: bool
) -> None:
    question = Question(key="why", label=TEXT, type="text", required=required, required_when=conditions)
    expected = all(holds(answers, *each) for each in conditions.items()) if conditions else required
    assert question.is_required(answers) == expected
    assert ("why" in unanswered([*GATES, question], answers)) == (
        expected and not is_answered(question, answers)
    )


@given(st.fixed_dictionaries(ANSWERS), CONDITIONS)
def test_answering_what_is_missing_leaves_nothing_missing(
    answers: dict[str, Any], conditions: dict[str, str]
) -> None:
    question = Question(key="why", label=TEXT, type="text", required_when=conditions)
    assert unanswered([question], answers | {"why": "Siksi."}) == ()


# --- two people at once ----------------------------------------------------------------------------------------------

COUNTS = st.integers(1, 500)


def opened(session: Session, application: Application, section: str) -> str:
    """The mark that a page opened now would carry."""
    definition = kept_definition(session, application.definition_version_id)
    return rules.fingerprint(queries.section_values(application, definition, section))


def save(
    session: Session, cast: Cast, application: Application, who: str, section: str, seen: str, **answers: Any
) -> None:
    service.save_answers(work_of(session, cast.actor(who)), application, section, answers, seen=seen)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(staff=COUNTS, first=st.booleans())
def test_two_people_on_different_pages_merge_in_either_order(
    session: Session, cast: Cast, staff: int, first: bool
) -> None:
    with session.begin_nested() as attempt:
        application = make_application(session, cast.provider, cast.applicant)
        before = dict(application.answers)
        marks = {section: opened(session, application, section) for section in ("staff", "quality")}
        definition = kept_definition(session, application.definition_version_id)
        quality = next(
            question.key
            for section in definition.application
            if section.key == "quality"
            for question in section.questions
            if question.type in ("text", "long_text")
        )
        edits: list[tuple[str, str, dict[str, Any]]] = [
            ("applicant", "staff", {"staff_count": staff}),
            ("colleague", "quality", {quality: "Mittaamme joka kuukausi."}),
        ]
        for who, section, answers in edits if first else reversed(edits):
            save(session, cast, application, who, section, marks[section], **answers)
        assert application.answers == before | edits[0][2] | edits[1][2]
        attempt.rollback()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=COUNTS, theirs=COUNTS, original=COUNTS)
def test_two_people_on_one_page_never_overwrite_without_seeing(
    session: Session, cast: Cast, mine: int, theirs: int, original: int
) -> None:
    with session.begin_nested() as attempt:
        application = make_application(
            session, cast.provider, cast.applicant, answers={"staff_count": original}
        )
        mark = opened(session, application, "staff")
        save(session, cast, application, "colleague", "staff", mark, staff_count=theirs)
        overtaken = None
        try:
            save(session, cast, application, "applicant", "staff", mark, staff_count=mine)
        except service.SectionOvertaken as refusal:
            overtaken = refusal
        if theirs in (mine, original):
            assert overtaken is None
            assert application.answers["staff_count"] == mine
        else:
            assert overtaken is not None
            assert overtaken.saved["staff_count"] == theirs
            assert application.answers["staff_count"] == theirs
            again = rules.fingerprint(overtaken.saved)
            save(session, cast, application, "applicant", "staff", again, staff_count=mine)
            assert application.answers["staff_count"] == mine
        attempt.rollback()
