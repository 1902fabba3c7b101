"""What the portal can check of an application by itself, from plain data: pass, fail, or for a person to judge.

The reviewer sees each finding with its rule and its value; none of them decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, Protocol

from marketplace.pilots.questions import Verdict
from marketplace.providers.rules import is_fresh_enough


class ProofState(StrEnum):
    """How a proof, or the best of those that prove the same, stands."""

    VALID = "valid"
    TOO_OLD = "too_old"
    EXPIRED = "expired"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One automatic check. `key` is `business_id`, `rulebook`, `area.<service>`, `evidence.<kind>` or `question.<key>`.

    `value` is what was looked at: a business ID, a version, codes outside the area, a ProofState, an answer.
    """

    key: str
    verdict: Verdict
    value: str

    @property
    def rule(self) -> str:
        """What kind of check it is: the part of `key` before the dot."""
        return self.key.partition(".")[0]

    @property
    def subject(self) -> str:
        """The service, kind of evidence or question it is about; empty when it is about the whole."""
        return self.key.partition(".")[2]


@dataclass(frozen=True, slots=True)
class AttachedProof:
    """A proof attached to an application."""

    kind: str
    issued_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """A kind of proof that is asked for. `proven_by`: the kinds that do, combined reports included.

    `max_age_months`: its highest age on the day of application; None means any age while it is valid.
    """

    kind: str
    proven_by: frozenset[str]
    max_age_months: int | None


class AssessedQuestion(Protocol):
    """A question of the pilot's form, as `marketplace.pilots.questions` gives it."""

    @property
    def key(self) -> str:
        """Unique in the definition."""

    @property
    def type(self) -> str:
        """One of the types of questions."""

    @property
    def passes(self) -> object | None:
        """What an answer must be, or None when a person judges it."""

    def is_required(self, answers: Mapping[str, Any], /) -> bool:
        """Whether it must be answered, given the other answers."""

    def assess(self, answer: Any, /) -> Verdict:
        """The automatic check of an answer."""


@dataclass(frozen=True, slots=True)
class AssessedFacts:
    """Everything the automatic checks look at.

    `areas`: municipality codes by service; `pilot_area`: the codes of the pilot. The age of a proof counts on
    `applied_on` (the day of sending, or today for a draft), its expiry on `today`. `accepted_rulebook` is None when
    none was accepted.
    """

    business_id: str
    business_id_holds: bool
    areas: Mapping[str, Collection[str]]
    pilot_area: Collection[str]
    requirements: Iterable[Requirement]
    proofs: Collection[AttachedProof]
    accepted_rulebook: str | None
    rulebook: str
    questions: Iterable[AssessedQuestion]
    answers: Mapping[str, Any]
    applied_on: date
    today: date


_BEST_FIRST: Final = tuple(ProofState)


def proof_state(
    proof: AttachedProof, max_age_months: int | None, *, applied_on: date, today: date
) -> ProofState:
    """How a proof stands: expired beats too old. It is good through its last day and the last day of its age."""
    if proof.valid_until is not None and proof.valid_until < today:
        return ProofState.EXPIRED
    return (
        ProofState.VALID
        if is_fresh_enough(proof.issued_on, max_age_months, applied_on)
        else ProofState.TOO_OLD
    )


def requirement_state(
    requirement: Requirement, proofs: Iterable[AttachedProof], *, applied_on: date, today: date
) -> ProofState:
    """How well the proofs meet a requirement: the best of those that prove it, `missing` when none does."""
    states = {
        proof_state(proof, requirement.max_age_months, applied_on=applied_on, today=today)
        for proof in proofs
        if proof.kind in requirement.proven_by
    }
    return next((state for state in _BEST_FIRST if state in states), ProofState.MISSING)


def findings(facts: AssessedFacts) -> tuple[Finding, ...]:
    """All automatic checks of an application, in the order of the review page."""
    parts: tuple[Callable[[AssessedFacts], Iterable[Finding]], ...] = (
        _business_id,
        _areas,
        _evidence,
        _rulebook,
        _answers,
    )
    return tuple(finding for part in parts for finding in part(facts))


def failed(all_findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that failed: what is missing."""
    return tuple(finding for finding in all_findings if finding.verdict == Verdict.FAIL)


def _verdict(holds: bool) -> Verdict:
    return Verdict.PASS if holds else Verdict.FAIL


def _business_id(facts: AssessedFacts) -> Iterable[Finding]:
    yield Finding("business_id", _verdict(facts.business_id_holds), facts.business_id)


def _areas(facts: AssessedFacts) -> Iterable[Finding]:
    inside = set(facts.pilot_area)
    for service, codes in facts.areas.items():
        outside = sorted(set(codes) - inside)
        yield Finding(f"area.{service}", _verdict(bool(codes) and not outside), " ".join(outside))


def _evidence(facts: AssessedFacts) -> Iterable[Finding]:
    for requirement in facts.requirements:
        state = requirement_state(requirement, facts.proofs, applied_on=facts.applied_on, today=facts.today)
        yield Finding(f"evidence.{requirement.kind}", _verdict(state == ProofState.VALID), state)


def _rulebook(facts: AssessedFacts) -> Iterable[Finding]:
    yield Finding(
        "rulebook", _verdict(facts.accepted_rulebook == facts.rulebook), facts.accepted_rulebook or ""
    )


def _answers(facts: AssessedFacts) -> Iterable[Finding]:
    """Questions with a rule of their own; an unanswered one fails only when it had to be answered."""
    for question in facts.questions:
        answer = facts.answers.get(question.key)
        if question.passes is None:
            continue
        if answer is None:
            if question.is_required(facts.answers):
                yield Finding(f"question.{question.key}", Verdict.FAIL, "")
            continue
        yield Finding(f"question.{question.key}", question.assess(answer), _as_text(answer))


def _as_text(answer: Any) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
