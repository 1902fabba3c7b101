"""What changed in an application between two times it was sent: from the snapshots of the audit trail, changes only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from marketplace.applications.audit_actions import ApplicationAudit

SENT: Final = (ApplicationAudit.SUBMIT, ApplicationAudit.COMPLETE)
"""Actions whose event holds the application as it was sent."""

_WORDS: Final = re.compile(r"\s+|\w+(?:[^\w\s]+\w+)*|[^\w\s]+")
"""Words, what stands between them, and the blanks: a comma after a word does not make it another word."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One thing that differs. `kind`: `answer`, `area`, `evidence` or `company`; `key`: question, service, fact."""

    kind: Literal["answer", "area", "evidence", "company"]
    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is the same on both sides, was taken away or was added."""

    kind: Literal["same", "removed", "added"]
    text: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[AnswerChange, ...]:
    """What differs between two snapshots, as `applying.service` writes them. Proofs are compared as one list of ids."""
    found = [
        *_differing("company", before.get("company", {}), after.get("company", {})),
        *_differing("area", before.get("areas", {}), after.get("areas", {})),
        *_differing("answer", before.get("answers", {}), after.get("answers", {})),
    ]
    proofs = sorted(before.get("evidence", [])), sorted(after.get("evidence", []))
    if proofs[0] != proofs[1]:
        found.append(AnswerChange("evidence", "", *proofs))
    return tuple(found)


def _differing(
    kind: Literal["answer", "area", "company"], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[AnswerChange]:
    keys = dict.fromkeys([*before, *after])
    pairs = ((key, before.get(key), after.get(key)) for key in keys)
    return [AnswerChange(kind, key, old, new) for key, old, new in pairs if _plain(old) != _plain(new)]


def _plain(value: Any) -> Any:
    """A list of codes is the same in any order, and nothing is the same as an empty text."""
    if isinstance(value, list):
        return sorted(map(str, value))
    return "" if value is None else value


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """The two texts woven together word by word, for highlighting only what changed."""
    old: Sequence[str] = _WORDS.findall(before)
    new: Sequence[str] = _WORDS.findall(after)
    woven: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            woven.append(Piece("same", "".join(old[a:b])))
            continue
        if b > a:
            woven.append(Piece("removed", "".join(old[a:b])))
        if d > c:
            woven.append(Piece("added", "".join(new[c:d])))
    return tuple(woven)
