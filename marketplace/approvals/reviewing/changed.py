"""What changed since the application was sent before, in words: what the review page highlights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications import labels
from marketplace.applications.models import Application
from marketplace.applications.summary import evidence_text
from marketplace.approvals.reviewing.pieces import SENT, AnswerChange, Piece, changes, pieces
from marketplace.audit.models import AuditEvent
from marketplace.files.models import StoredFile
from marketplace.i18n import _, current_language
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers.models import Evidence


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A fact, question or service that changed, with its two texts woven together."""

    label: str
    pieces: tuple[Piece, ...]


def changed_rows(
    session: Session, application: Application, definition: PilotDefinition, history: Sequence[AuditEvent]
) -> list[ChangedRow]:
    """What the latest completion changed, compared with the sending before it; empty when there was none."""
    sent = [event for event in history if event.action in SENT]
    if len(sent) < 2:
        return []
    now, before = sent[0].after, sent[1].after
    found = changes(before, now)
    files = _files(session, found)
    return [_row(session, application, each, definition, files) for each in found]


def _files(session: Session, found: Sequence[AnswerChange]) -> dict[int, StoredFile]:
    """The files that answers speak of, old and new."""
    ids = {value for each in found for value in (each.before, each.after) if type(value) is int}
    if not ids:
        return {}
    return {file.id: file for file in session.scalars(sa.select(StoredFile).where(StoredFile.id.in_(ids)))}


def _row(
    session: Session,
    application: Application,
    change: AnswerChange,
    definition: PilotDefinition,
    files: dict[int, StoredFile],
) -> ChangedRow:
    match change.kind:
        case "company":
            label = str(labels.COMPANY_FACTS.get(change.key, change.key))
            texts = [
                labels.fact_text(change.key, str(value or "")) for value in (change.before, change.after)
            ]
        case "area":
            label = _("Operating area: %(service)s", service=labels.service_name(change.key))
            texts = [
                labels.area_text(value, definition) if value else ""
                for value in (change.before, change.after)
            ]
        case "evidence":
            label = _("Evidence")
            gone = [each for each in change.before if each not in change.after]
            new = [each for each in change.after if each not in change.before]
            texts = [_proofs(session, application, ids) for ids in (gone, new)]
        case _:
            label = labels.question_label(change.key, definition)
            texts = [_answer(change.key, value, definition, files) for value in (change.before, change.after)]
    return ChangedRow(label, pieces(*texts))


def _answer(key: str, value: Any, definition: PilotDefinition, files: dict[int, StoredFile]) -> str:
    question = labels.question_of(key, definition)
    return labels.answer_text(question, value, files) if question else str(value or "")


def _proofs(session: Session, application: Application, ids: Sequence[int]) -> str:
    """The proofs in one text; `ids` are of the application's provider."""
    proofs = session.scalars(
        sa.select(Evidence)
        .where(Evidence.id.in_(ids), Evidence.provider_id == application.provider_id)
        .order_by(Evidence.id)
    )
    named = (
        f"{EVIDENCE_KINDS[each.kind].name[current_language()]}: {evidence_text(each)}" for each in proofs
    )
    return "; ".join(named)
