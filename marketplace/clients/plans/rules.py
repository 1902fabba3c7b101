"""Rules of support plans: who writes them, and from whom support may come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_LINES: Final = 12
"""Lines of one plan."""


class Writer(StrEnum):
    """Who wrote a version of the plan."""

    CLIENT = "client"
    HELPER = "helper"
    COUNSELLOR = "counsellor"


class Arranged(StrEnum):
    """The source of the support of a line: who gives it.

    `BUDGET`: bought from a provider with the personal budget; `COUNTY`: stays with the wellbeing services county;
    `PUBLIC`: another public unit, as a library or a school; `ASSOCIATION`; `NETWORK`: the client's own people, without
    a price; `PAID_PERSON`: one of them whom the office approves in a light way, where the pilot allows it.
    """

    BUDGET = "budget"
    COUNTY = "county"
    PUBLIC = "public"
    ASSOCIATION = "association"
    NETWORK = "network"
    PAID_PERSON = "paid_person"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is needed, from whom it comes, and who that is, in the writer's words."""

    need: str
    arranged: Arranged
    who: str = ""


@dataclass(frozen=True, slots=True)
class PlanContent:
    """What a version of the plan says. `in_decision`: the client wants it to be a part of the decision."""

    goals: str
    helps: str
    lines: tuple[Line, ...] = ()
    in_decision: bool = False


def fault(content: PlanContent, *, paid_person_allowed: bool) -> tuple[str, str] | None:
    """What is wrong with a plan, as (field, fault); None when it can be kept."""
    if not content.goals.strip():
        return "goals", "empty"
    if len(content.lines) > MOST_LINES:
        return "lines", "too_many"
    for line in content.lines:
        if not line.need.strip():
            return "lines", "no_need"
        if line.arranged is Arranged.PAID_PERSON and not paid_person_allowed:
            return "lines", "not_allowed"
        if line.arranged is Arranged.PAID_PERSON and not line.who.strip():
            return "lines", "no_person"
    return None


def ways(*, paid_person_allowed: bool) -> Sequence[Arranged]:
    """The sources from which support may come in the client's pilot."""
    return [way for way in Arranged if paid_person_allowed or way is not Arranged.PAID_PERSON]
