"""What a new application takes over from an earlier one: answers, services with their areas, proofs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class OwnArea:
    """Where the provider gives, or applied to give, a service. `key` names it in an address."""

    key: str
    service_key: str
    pilot_key: str
    municipalities: tuple[str, ...]


def areas_to_take(areas: Iterable[OwnArea], open_to_it: frozenset[str]) -> list[OwnArea]:
    """The areas that a service can take over, cut to what is open to it.

    Each area and each service of a pilot is there once: the first. The whole of what is open is left out, for that is
    offered by itself.
    """
    worth: list[OwnArea] = []
    seen: set[object] = {open_to_it, frozenset()}
    for each in areas:
        kept = open_to_it.intersection(each.municipalities)
        service = (each.service_key, each.pilot_key)
        if kept not in seen and service not in seen:
            seen |= {kept, service}
            worth.append(replace(each, municipalities=tuple(sorted(kept))))
    return worth


def carried_area(earlier: Sequence[str], pilot_area: frozenset[str]) -> list[str]:
    """The municipalities of an earlier area that belong to the pilot."""
    return sorted(set(earlier) & pilot_area)
