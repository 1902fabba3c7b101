"""The proofs of a provider: fresh enough for its applications, renewed since, some about to expire or expired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from marketplace.demo.chance import Chance
from marketplace.demo.papers import Papers
from marketplace.demo.plan import DemoPlan, Filing
from marketplace.demo.rows import Rows
from marketplace.files.models import StoredFile
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS, kinds_that_prove
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LOOK
from marketplace.providers.models import Evidence
from marketplace.providers.rules import add_months, expires_on, is_fresh_enough

COMBINED: Final = "reliable_partner"
TUNED: Final = "liability_insurance"
"""The proof that is about to expire, or has expired, where the plan says so. Every pilot of the demo asks for it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An application and the day on which the age of its proofs counts."""

    filing: Filing
    day: date


@dataclass(frozen=True, slots=True)
class DemoProof:
    """A proof before it has a row."""

    kind: str
    issued_on: date
    valid_until: date | None
    stated_until: date | None = None


def proof(kind: str, issued_on: date) -> DemoProof:
    """A proof of the kind that holds for its renewal period; an insurance goes on to the end of the next year."""
    rule = EVIDENCE_KINDS[kind]
    own = date(issued_on.year + 1, 12, 31) if rule.insurance else None
    return DemoProof(kind, issued_on, expires_on(issued_on, own, rule.renew_months), own)


def proofs_of(
    plan: DemoPlan,
    sent: Sequence[Sent],
    definitions: Mapping[str, PilotDefinition],
    *,
    chance: Chance,
    today: date,
) -> tuple[list[DemoProof], list[list[int]]]:
    """The provider's proofs, and for each application the places in that list of those it rests on."""
    combined = chance.happens(0.6)
    kept: list[DemoProof] = []
    used: list[list[int]] = [[] for _ in sent]
    for kind, ages in _asked(sent, definitions, combined=combined).items():
        own: list[int] = []
        for index in sorted(ages, key=lambda i: sent[i].day):
            if _left_out(sent[index].filing, chance):
                continue
            place = _fitting(kept, own, ages[index], sent[index].day)
            if place is None:
                place = _keep(kept, own, _issued_for(plan, kind, ages[index], sent[index].day, chance, today))
            used[index].append(place)
        _renew(plan, kind, kept, own, chance, today)
    return kept, used


def add_proofs(
    rows: Rows,
    papers: Papers,
    proofs: Sequence[DemoProof],
    *,
    provider_id: int,
    user_id: int,
    language: str,
    now: datetime,
) -> list[int]:
    """Rows of the proofs and of their files; gives their ids."""
    ids = []
    for each in proofs:
        file_id = None
        created = min(datetime.combine(each.issued_on, now.timetz()) + timedelta(days=1), now)
        if EVIDENCE_KINDS[each.kind].file:
            paper = papers.proof(each.kind, language)
            file_id = rows.add(
                StoredFile,
                {
                    "sha256": paper.sha256,
                    "media_type": paper.media_type,
                    "size": paper.size,
                    "name": paper.name,
                    "uploaded_by_id": user_id,
                    "created_at": created,
                },
            )
        values = {
            "provider_id": provider_id,
            "kind": each.kind,
            "file_id": file_id,
            "issued_on": each.issued_on,
            "stated_until": each.stated_until,
            "valid_until": each.valid_until,
            "note": "",
            "created_at": created,
        }
        ids.append(rows.add(Evidence, values))
    return ids


def add_look(rows: Rows, proof_id: int, organisation: str, *, until: date) -> None:
    """A proof of a provider that stands waits for the organisation to look at it, and counts until a day."""
    rows.add(
        ProofLook,
        {
            "evidence_id": proof_id,
            "organisation_key": organisation,
            "state": LOOK.initial,
            "counts_until": until,
            "looked_by_id": None,
            "looked_at": None,
            "reason": "",
        },
    )


def _asked(
    sent: Sequence[Sent], definitions: Mapping[str, PilotDefinition], *, combined: bool
) -> dict[str, dict[int, int | None]]:
    """Kind → application → highest age in months. With a combined report it stands for the kinds that it proves."""
    asked: dict[str, dict[int, int | None]] = {}
    for index, each in enumerate(sent):
        services = [line.service for line in each.filing.lines]
        for requirement in definitions[each.filing.pilot].required_evidence(*services):
            kind, age = requirement.kind, requirement.max_age_months
            if combined and COMBINED in kinds_that_prove(kind):
                kind = COMBINED
            known = asked.setdefault(kind, {})
            known[index] = min((a for a in (known.get(index), age) if a is not None), default=None)
    return asked


def _left_out(filing: Filing, chance: Chance) -> bool:
    """Whether an unfinished application lacks a proof: half of a draft, now and then one that waits."""
    return chance.happens({"draft": 0.5, "decided": 0.0, "proposed": 0.0}.get(filing.state, 0.04))


def _fitting(kept: Sequence[DemoProof], own: Sequence[int], age: int | None, day: date) -> int | None:
    """A proof of the kind already there that will do for an application of that day."""
    for place in reversed(own):
        each = kept[place]
        holds = each.valid_until is None or each.valid_until >= day
        if each.issued_on <= day and holds and is_fresh_enough(each.issued_on, age, day):
            return place
    return None


def _keep(kept: list[DemoProof], own: list[int], new: DemoProof) -> int:
    kept.append(new)
    own.append(len(kept) - 1)
    return own[-1]


def _issued_for(
    plan: DemoPlan, kind: str, age: int | None, day: date, chance: Chance, today: date
) -> DemoProof:
    """A proof for an application sent on `day`."""
    tuned = _tuned_day(plan, kind, today)
    if tuned is not None and tuned <= day and is_fresh_enough(tuned, age, day):
        return proof(kind, tuned)
    oldest = {None: 900, 3: 75, 6: 150}.get(age, 200)
    return proof(kind, day - timedelta(days=chance.between(4, oldest)))


def _renew(
    plan: DemoPlan, kind: str, kept: list[DemoProof], own: list[int], chance: Chance, today: date
) -> None:
    """Bring the kind up to date: the newest proof holds today unless the plan says otherwise."""
    if not own:
        return
    last = kept[own[-1]]
    tuned = _tuned_day(plan, kind, today)
    if tuned is not None:
        if last.issued_on < tuned:
            _keep(kept, own, proof(kind, tuned))
    elif last.valid_until is not None and last.valid_until < today + timedelta(days=40):
        _keep(kept, own, proof(kind, today - timedelta(days=chance.between(10, 300))))


def _tuned_day(plan: DemoPlan, kind: str, today: date) -> date | None:
    """The day of issue of a proof that has to expire soon or to have expired, None for any other.

    The demo provider also has its self-monitoring plan running out, so that its list shows two.
    """
    days = {"expiring": 9 + plan.number % 17, "expired": -(3 + plan.number % 40)}
    if plan.proofs in days and kind == TUNED:
        return add_months(today + timedelta(days=days[plan.proofs]), -12)
    if plan.part == "demo" and kind == "self_monitoring_plan":
        return add_months(today + timedelta(days=24), -12)
    return None
