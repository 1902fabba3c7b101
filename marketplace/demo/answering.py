"""Answers to the questions of an application form, as a company of the demo content would give them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from marketplace.demo.chance import Chance
from marketplace.demo.companies import DemoCompany
from marketplace.demo.sources import Pair, answers, filled
from marketplace.pilots.questions import Question

NUMBERS: Final[dict[str, tuple[int, int]]] = {
    "experience_years": (2, 25),
    "staff_count": (2, 60),
    "day_group_size": (4, 12),
    "vehicle_count": (2, 20),
    "accessible_vehicle_count": (0, 6),
    "new_clients": (1, 30),
    "leave_unit_places": (4, 24),
    "leave_home_notice": (1, 10),
}
"""What is usual; a question that is not here is answered from its own limits."""

YES_SHARES: Final = {"subcontractors": 0.25, "day_accessible": 0.88}


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who answers. `careless`: now and then an answer that does not pass; `area`: municipalities of the application."""

    company: DemoCompany
    area: tuple[str, ...]
    day: date
    careless: bool
    file_id: int | None


def answer_all(questions: Iterable[Question], applicant: Applicant, chance: Chance) -> dict[str, Any]:
    """Answers by key, in the order of the form; what need not be answered is answered more often than not."""
    given: dict[str, Any] = {}
    for question in questions:
        wanted = question.is_required(given) or (not question.required_when and chance.happens(0.6))
        if wanted:
            answer = _answer(question, applicant, chance)
            given[question.key] = min(answer, given[question.part_of]) if question.part_of else answer
    return {key: answer for key, answer in given.items() if answer is not None}


def _answer(question: Question, applicant: Applicant, chance: Chance) -> Any:
    match question.type:
        case "text" | "long_text":
            return _words(question, applicant, chance)
        case "number" | "money":
            return _number(question, chance)
        case "date":
            return (applicant.day + timedelta(days=chance.between(20, 70))).isoformat()
        case "yes_no":
            return _yes_or_no(question, applicant, chance)
        case "one_of" | "many_of":
            return (
                _languages(question, applicant)
                if question.key == "service_languages"
                else _choice(question, chance)
            )
        case _:
            given = {"municipalities": list(applicant.area), "file": applicant.file_id, "declaration": True}
            return given[question.type]


def _words(question: Question, applicant: Applicant, chance: Chance) -> str:
    row, language = applicant.company.row, applicant.company.plan.language
    known = answers()["questions"].get(question.key)
    if known is None and question.key.endswith("_address"):
        return f"{row['street']}, {row['postal_code']} {row['city']}"
    number, slug = str(chance.between(3, 18)), applicant.company.slug
    values: dict[str, Pair] = {"n": (number, number), "slug": (slug, slug)}
    pair = chance.one(known or answers()["others"])
    return filled((pair[0], pair[1]), values)[language][: question.max_length]


def _number(question: Question, chance: Chance) -> int:
    low, high = NUMBERS.get(question.key, (question.minimum or 0, (question.minimum or 0) + 20))
    rule = question.passes
    least, most = (rule.at_least, rule.at_most) if rule is not None else (None, None)
    lowest = max(limit for limit in (low, question.minimum, least) if limit is not None)
    highest = min(limit for limit in (high, question.maximum, most) if limit is not None)
    return chance.between(lowest, max(lowest, highest))


def _yes_or_no(question: Question, applicant: Applicant, chance: Chance) -> bool:
    if question.passes is not None and question.passes.equals is not None:
        passing = question.passes.equals == "yes"
        return not passing if applicant.careless and chance.happens(0.15) else passing
    return chance.happens(YES_SHARES.get(question.key, 0.6))


def _languages(question: Question, applicant: Applicant) -> list[str]:
    """The languages of the company among those of the question."""
    return [option.key for option in question.options if option.key in applicant.company.languages]


def _choice(question: Question, chance: Chance) -> Any:
    keys = [option.key for option in question.options]
    rule = question.passes
    if question.type == "one_of":
        return rule.equals if rule is not None and rule.equals in keys else chance.one(keys)
    needed = rule.includes if rule is not None else ()
    chosen = chance.some(keys, 1, len(keys))
    return [key for key in keys if key in chosen or key in needed]
