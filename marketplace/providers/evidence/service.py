"""Keeping files and adding proofs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from marketplace.errors import Fault, NotFound, refuse_all
from marketplace.files.service import keep_file
from marketplace.files.store import ReceivedFile
from marketplace.i18n import _l
from marketplace.money import Money
from marketplace.pilots.entries import EvidenceKind
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers import queries
from marketplace.providers.audit_actions import EvidenceAudit
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.evidence.looking import ask_offices
from marketplace.providers.models import Evidence
from marketplace.providers.rules import expires_on
from marketplace.work import UnitOfWork


def add_evidence(
    work: UnitOfWork,
    *,
    provider_id: int,
    kind: str,
    issued_on: date,
    valid_until: date | None = None,
    received: ReceivedFile | None = None,
    insured_sum: Money | None = None,
    address: str = "",
    number: str = "",
    note: str = "",
) -> Evidence:
    """A new proof of the provider; an earlier one of the same kind stays as it is. Offices look at it where it stands.

    `valid_until` is the document's own last day; the proof counts for the kind's renewal period at most. A kind without
    a file (criminal-record extract) takes the date only; a published document may be given by its `address` instead of
    a file, one in a public register by its `number`; an insurance tells its sum and its last day.

    Raises NotFound for an unknown kind or another's provider, Invalid for what is impossible or missing.
    """
    provider = queries.my_provider(work, provider_id)
    if kind not in EVIDENCE_KINDS:
        raise NotFound()
    rule = EVIDENCE_KINDS[kind]
    refuse_all(
        proof_faults(
            rule,
            today=work.today,
            issued_on=issued_on,
            valid_until=valid_until,
            received=received,
            insured_sum=insured_sum,
            address=address,
            number=number,
        )
    )
    proof = Evidence(
        provider_id=provider.id,
        kind=kind,
        file=keep_file(work, received) if received else None,
        issued_on=issued_on,
        stated_until=valid_until,
        valid_until=expires_on(issued_on, valid_until, rule.renew_months),
        insured_sum=insured_sum if rule.insurance else None,
        address=address.strip(),
        number=number.strip(),
        note=note.strip(),
        created_at=work.now,
    )
    work.session.add(proof)
    ask_offices(work, proof)
    record_of_company(
        work,
        provider.id,
        EvidenceAudit.ADD,
        proof,
        after={
            "provider": provider.id,
            "kind": kind,
            "issued_on": issued_on.isoformat(),
            **days_told(proof),
            "sha256": received.sha256 if received else None,
            "address": proof.address,
            "number": proof.number,
            "insured_cents": proof.insured_sum.cents if proof.insured_sum else None,
        },
    )
    return proof


def days_told(proof: Evidence) -> dict[str, str | None]:
    """What the trail says of a proof's days: until when it counts, and its own last day when it ends later."""
    told = {"valid_until": proof.valid_until.isoformat() if proof.valid_until else None}
    return told if proof.outlasts is None else told | {"stated_until": proof.outlasts.isoformat()}


def proof_faults(
    rule: EvidenceKind,
    *,
    today: date,
    issued_on: date | None,
    valid_until: date | None = None,
    received: ReceivedFile | None = None,
    insured_sum: Money | None = None,
    address: str = "",
    number: str = "",
    **_more: object,
) -> Iterator[Fault]:
    """Everything that is impossible or missing in a proof, each with its field; the arguments are `add_evidence`'s."""
    if issued_on is not None and issued_on > today:
        yield "issued_on", _l("The day is in the future. Give the day on which the proof was issued.")
    if issued_on is not None and valid_until is not None and valid_until < issued_on:
        yield "valid_until", _l("The proof cannot end before the day it was issued.")
    yield from _content_faults(rule, received, address.strip(), number.strip())
    if rule.insurance and not insured_sum:
        yield "insured_sum", _l("Write up to how much the insurance pays.")
    if rule.insurance and valid_until is None:
        yield "valid_until", _l("Write the last day of the insurance.")


def _content_faults(
    rule: EvidenceKind, received: ReceivedFile | None, address: str, number: str
) -> Iterator[Fault]:
    if not rule.file and received is not None:
        yield "document", _l("This document is never uploaded. Only the date is written down.")
    if address and not rule.published:
        yield "address", _l("This proof is a file and not an address.")
    if number and not rule.registered:
        yield "number", _l("This proof is a file and not a number.")
    if rule.file and received is None and not (address or number):
        if rule.registered:
            yield "number", _l("Write the number in the register, or choose the file.")
        elif rule.published:
            yield "document", _l("Choose the file, or write the address where it can be read.")
        else:
            yield "document", _l("Choose the file of the proof.")
