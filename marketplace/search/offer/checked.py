"""What the office has checked of an offer and its provider, as the public may know it: days and names, never files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from marketplace.approvals.standing import queries as standing
from marketplace.contact import opening_link
from marketplace.pilots import queries as pilots
from marketplace.pilots.vocabulary import EVIDENCE_KINDS, kinds_that_prove
from marketplace.providers.evidence.rules import HeldProof
from marketplace.providers.rules import is_due, is_valid_on, outlasts
from marketplace.search.documents import Face

SOTERI: Final = "soteri"
PLAN: Final = "self_monitoring_plan"


@dataclass(frozen=True, slots=True)
class ShownProof:
    """A proof that the pilot asks for, by name, its own last day, and the day when a new one is due before that.

    None: it names no last day; it is not renewed before its end.
    """

    name: str
    until: date | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class ShownCondition:
    """A condition in the words of the office, with the day by which it is to be met; None: it holds all the time."""

    text: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class OfficeChecks:
    """What the organisation has found to be in order, and what it has set as a condition that clients should know.

    `registered`: a registration in Soteri has been shown; `soteri` is its number, of the unit or else of the provider,
    where one is known. `plan` is the address
    of the self-monitoring plan, which is published (741/2023 § 27). `language` is that of the conditions, None where
    it is not known.
    """

    since: date
    proofs: Sequence[ShownProof]
    registered: bool
    soteri: str
    plan: str
    conditions: Sequence[ShownCondition]
    language: str | None


def read(session: Session, face: Face, language: str) -> OfficeChecks:
    """What has been checked of a visible offer, on its day: no proof that the office has yet to look at."""
    approval, unit = face.row.approval, face.row.unit
    definition = pilots.kept_definition(session, approval.pilot_version_id)
    accepted = (
        proof
        for proof in reversed(face.proofs)
        if definition.organisation not in proof.unaccepted and is_valid_on(proof, face.day)
    )
    held = sorted(accepted, key=lambda proof: proof.issued_on, reverse=True)
    required = definition.required_evidence(face.row.offer.service_key)
    registered = next((proof.number for proof in held if proof.kind == SOTERI and proof.number), "")
    published = next((proof.address for proof in held if proof.kind == PLAN and proof.address), "")
    spoken, dated = standing.conditions_for_clients(session, approval)
    return OfficeChecks(
        since=approval.approved_on,
        proofs=list(_proofs([item.kind for item in required], held, language)),
        registered=any(proof.kind == SOTERI for proof in held),
        soteri=(unit.soteri_reference if unit is not None else "") or registered,
        plan=opening_link(published) or "",
        conditions=[
            *(ShownCondition(text) for text in approval.public_conditions.splitlines() if text.strip()),
            *(ShownCondition(text, due_on) for text, due_on in dated),
        ],
        language=spoken,
    )


def _proofs(kinds: Sequence[str], held: Sequence[HeldProof], language: str) -> Iterator[ShownProof]:
    """Each kind that is asked for with the days of the proof that holds longest."""
    for kind in kinds:
        proving = [proof for proof in held if proof.kind in kinds_that_prove(kind)]
        if proving:
            longest = max(proving, key=lambda proof: proof.valid_until or date.max)
            name = EVIDENCE_KINDS[kind].name[language]
            due_on = longest.valid_until if is_due(longest) else None
            yield ShownProof(name, outlasts(longest) if due_on else longest.valid_until, due_on)
