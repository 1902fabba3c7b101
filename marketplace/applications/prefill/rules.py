"""What a new application takes over from an earlier one: answers, services with their areas, proofs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from marketplace.pilots.questions import Question


def carried_answers(
    earlier: Mapping[str, Any],
    earlier_questions: Iterable[Question],
    questions: Iterable[Question],
    *,
    declarations: bool,
) -> dict[str, Any]:
    """The earlier answers that still fit the questions of the new form.

    A question must be of the same type as it was, and an option must still be there. A declaration is a statement
    made again in each application: it is carried only where the earlier one still stands (`declarations`).
    """
    before = {question.key: question for question in earlier_questions}
    return {
        question.key: earlier[question.key]
        for question in questions
        if question.key in before
        and earlier.get(question.key) is not None
        and _still_fits(before[question.key], question, earlier[question.key])
        and (declarations or question.type != "declaration")
    }


def _still_fits(before: Question, after: Question, answer: Any) -> bool:
    if before.type != after.type:
        return False
    options = {option.key for option in after.options}
    if after.type == "one_of":
        return answer in options
    if after.type == "many_of":
        return set(answer) <= options
    return True


def carried_area(earlier: Sequence[str], pilot_area: frozenset[str]) -> list[str]:
    """The municipalities of an earlier area that belong to the pilot."""
    return sorted(set(earlier) & pilot_area)
