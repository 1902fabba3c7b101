"""Automatic checks and completeness, from plain data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from marketplace.applications.completeness import Outline, Progress, SectionStatus, missing, outline
from marketplace.applications.findings import (
    AssessedFacts,
    AttachedProof,
    Finding,
    ProofState,
    Requirement,
    failed,
    findings,
    proof_state,
)
from marketplace.i18n import LocalizedText
from marketplace.pilots.questions import PassRule, Question, Verdict

TODAY = date(2026, 11, 22)
LABEL = LocalizedText("Kysymys", "Fråga")
TAX = Requirement("tax", frozenset({"tax", "reliable_partner"}), 3)


def question(key: str, type: Any = "text", **given: Any) -> Question:
    return Question(key=key, label=LABEL, type=type, **given)


FACTS = AssessedFacts(
    business_id="1234567-1",
    business_id_holds=True,
    areas={"transport": ["858"]},
    pilot_area={"858", "186"},
    requirements=[TAX],
    proofs=[AttachedProof("tax", date(2026, 11, 1), date(2027, 11, 1))],
    accepted_rulebook="1.0",
    rulebook="1.0",
    questions=[question("extra", "yes_no", required=True, passes=PassRule(equals="no"))],
    answers={"extra": False},
    applied_on=TODAY,
    today=TODAY,
)


def by_key(facts: AssessedFacts) -> dict[str, Finding]:
    return {finding.key: finding for finding in findings(facts)}


def test_an_application_in_order_passes_every_check() -> None:
    assert failed(findings(FACTS)) == ()
    assert [finding.key for finding in findings(FACTS)] == [
        "business_id",
        "area.transport",
        "evidence.tax",
        "rulebook",
        "question.extra",
    ]


def test_a_wrong_check_digit_fails() -> None:
    assert by_key(replace(FACTS, business_id_holds=False))["business_id"].verdict == Verdict.FAIL


@pytest.mark.parametrize(("codes", "value"), [([], ""), (["858", "999"], "999")])
def test_an_empty_area_and_one_outside_the_pilot_fail(codes: list[str], value: str) -> None:
    finding = by_key(replace(FACTS, areas={"transport": codes}))["area.transport"]
    assert (finding.verdict, finding.value) == ("fail", value)


@pytest.mark.parametrize(
    ("proofs", "value"),
    [
        ([], "missing"),
        ([AttachedProof("tax", date(2026, 8, 21), None)], "too_old"),
        ([AttachedProof("tax", date(2026, 8, 22), None)], "valid"),
        ([AttachedProof("tax", date(2026, 11, 1), date(2026, 11, 21))], "expired"),
        ([AttachedProof("tax", date(2026, 11, 1), TODAY)], "valid"),
        ([AttachedProof("reliable_partner", date(2026, 11, 1), None)], "valid"),
        ([AttachedProof("pension", date(2026, 11, 1), None)], "missing"),
        (
            [AttachedProof("tax", date(2020, 1, 1), None), AttachedProof("reliable_partner", TODAY, None)],
            "valid",
        ),
    ],
)
def test_each_required_proof_is_there_fresh_enough_and_not_expired(
    proofs: list[AttachedProof], value: str
) -> None:
    finding = by_key(replace(FACTS, proofs=proofs))["evidence.tax"]
    assert finding.value == value
    assert finding.verdict == (Verdict.PASS if value == "valid" else Verdict.FAIL)


def test_age_counts_on_the_day_of_sending_and_expiry_today() -> None:
    proof = AttachedProof("tax", date(2026, 5, 1), date(2026, 11, 30))
    sent = date(2026, 6, 1)
    assert proof_state(proof, 3, applied_on=sent, today=TODAY) == ProofState.VALID
    assert proof_state(proof, 3, applied_on=sent, today=date(2026, 12, 1)) == ProofState.EXPIRED


@pytest.mark.parametrize("accepted", [None, "0.9"])
def test_only_the_rulebook_in_force_counts_as_accepted(accepted: str | None) -> None:
    assert by_key(replace(FACTS, accepted_rulebook=accepted))["rulebook"].verdict == Verdict.FAIL


def test_answers_go_by_the_questions_own_rules() -> None:
    assert by_key(replace(FACTS, answers={"extra": True}))["question.extra"].verdict == Verdict.FAIL
    assert by_key(replace(FACTS, answers={}))["question.extra"].verdict == Verdict.FAIL
    judged = replace(FACTS, questions=[question("free")], answers={"free": "Tekstiä"})
    assert "question.free" not in by_key(judged)


DRAFT = Outline(
    company={"phone": "09 123", "iban": "FI21"},
    areas={"transport": ["858"]},
    pilot_area={"858"},
    sections={"staff": [question("count", "number", required=True), question("note")]},
    answers={"count": 3},
    requirements=[TAX],
    proofs=[AttachedProof("tax", TODAY, None)],
    rulebook_accepted=True,
    applied_on=TODAY,
    today=TODAY,
)


def progress(draft: Outline) -> dict[str, SectionStatus]:
    return {status.key: status for status in outline(draft)}


def test_a_complete_application_lacks_nothing_and_every_section_is_done() -> None:
    assert missing(outline(DRAFT)) == ()
    assert {status.progress for status in outline(DRAFT)} == {Progress.DONE}
    assert [status.key for status in outline(DRAFT)] == [
        "company",
        "services",
        "staff",
        "evidence",
        "rulebook",
    ]


def test_an_empty_application_tells_everything_that_is_missing() -> None:
    empty = replace(DRAFT, company={"phone": ""}, areas={}, answers={}, proofs=[], rulebook_accepted=False)
    assert [(each.section, each.item, each.reason) for each in missing(outline(empty))] == [
        ("company", "phone", "empty"),
        ("services", "", "no_service"),
        ("staff", "count", "unanswered"),
        ("evidence", "tax", "missing"),
        ("rulebook", "", "not_accepted"),
    ]
    states = {key: status.progress for key, status in progress(empty).items()}
    assert states == {
        "company": "in_progress",
        "services": "not_started",
        "staff": "not_started",
        "evidence": "not_started",
        "rulebook": "not_started",
    }


def test_an_optional_answer_alone_is_in_progress() -> None:
    assert progress(replace(DRAFT, answers={"note": "x"}))["staff"].progress == Progress.IN_PROGRESS


def test_a_required_when_question_is_asked_only_when_its_condition_holds() -> None:
    pair = [question("subs", "yes_no", required=True), question("names", required_when={"subs": "yes"})]
    draft = replace(DRAFT, sections={"staff": pair})
    assert progress(replace(draft, answers={"subs": False}))["staff"].progress == Progress.DONE
    assert [m.item for m in progress(replace(draft, answers={"subs": True}))["staff"].missing] == ["names"]


def test_a_declaration_counts_only_when_it_is_given() -> None:
    draft = replace(DRAFT, sections={"staff": [question("true", "declaration", required=True)]})
    assert progress(replace(draft, answers={"true": False}))["staff"].missing != ()
    assert progress(replace(draft, answers={"true": True}))["staff"].missing == ()


@pytest.mark.parametrize(
    ("areas", "reason"), [({"transport": []}, "no_area"), ({"transport": ["999"]}, "outside")]
)
def test_every_service_needs_an_area_inside_the_pilot(areas: dict[str, list[str]], reason: str) -> None:
    status = progress(replace(DRAFT, areas=areas))["services"]
    assert [(m.item, m.reason) for m in status.missing] == [("transport", reason)]


def test_old_and_expired_proofs_and_sections_asked_for_need_attention() -> None:
    old = replace(DRAFT, proofs=[AttachedProof("tax", date(2026, 1, 1), None)])
    assert progress(old)["evidence"].progress == Progress.NEEDS_ATTENTION
    assert progress(replace(DRAFT, asked={"staff"}))["staff"].progress == Progress.NEEDS_ATTENTION
