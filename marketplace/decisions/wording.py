"""The words of a decision, and what a correction may change in them (Administrative Procedure Act 434/2003 § 51).

A clerical error stands in what is told: names, days, grounds. What was decided is no clerical error: the outcome, the
area and the conditions are changed by a new decision alone, and wrong instructions for a review by serving it anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

BINDING: Final = ("service", "outcome", "conditions", "area")
"""What stands in a ruling and is decided; the rest of a ruling tells why."""

TOLD: Final = ("facts", "intro", "lines", "rules", "contact", "signature", "decided_by", "decided_title")
"""Parts of the document that a correction may change, but for what is BINDING in its rulings."""

DECIDED: Final = ("number", "before", "effect", "appeal")
"""Parts that it may not."""

OPENING: Final = 2
"""Facts at the head that it may not either: the number of the decision and its day."""


@dataclass(frozen=True, slots=True)
class Place:
    """A text of the document in which the wrong words stand: as it is, and as it would be."""

    before: str
    after: str


def correction_fault(content: Mapping[str, Any], wrong: str, right: str) -> tuple[str, str] | None:
    """Why the words cannot be corrected like this, as (field, fault); None when they can."""
    if wrong.split() == right.split():
        return "right", "same"
    if places(content, wrong, right):
        return None
    return "wrong", "binding" if _is_binding(content, wrong) else "not_there"


def places(content: Mapping[str, Any], wrong: str, right: str) -> list[Place]:
    """Where the wrong words stand in what may be corrected, in the order of the document."""
    after = _texts(corrected(content, wrong, right))
    return [Place(old, new) for old, new in zip(_texts(content), after, strict=True) if old != new]


def corrected(content: Mapping[str, Any], wrong: str, right: str) -> dict[str, Any]:
    """The content with the right words in every place of the wrong ones that may be corrected."""
    pattern = _pattern(wrong)
    told = {key: _replaced(content[key], pattern, right) for key in TOLD if key in content}
    told["facts"] = [*content["facts"][:OPENING], *told["facts"][OPENING:]]
    return {**content, **told}


def _pattern(words: str) -> re.Pattern[str]:
    """The words however they are spaced: texts have no-break spaces that nobody types; never inside another word.

    A day, a number of a decision and an amount with cents are words too: 12 does not stand in 12.5.2026 or 12,50.
    """
    inner = r"\s+".join(re.escape(word) for word in words.split())
    before = r"(?<!\d[.,:/-])" if words[:1].isdigit() else ""
    after = r"(?![.,:/-]\d)" if words[-1:].isdigit() else ""
    return re.compile(rf"(?<!\w){before}{inner}(?!\w){after}")


def _replaced(value: Any, pattern: re.Pattern[str], right: str) -> Any:
    match value:
        case str():
            return pattern.sub(lambda _found: right, value)
        case Mapping():
            return {
                key: each if key in BINDING or key == "label" else _replaced(each, pattern, right)
                for key, each in value.items()
            }
        case Sequence():
            return [_replaced(each, pattern, right) for each in value]
    return value


def _is_binding(content: Mapping[str, Any], wrong: str) -> bool:
    pattern = _pattern(wrong)
    decided = [*(content.get(key) for key in DECIDED), content["facts"][:OPENING]]
    decided += [line.get(key) for line in content["lines"] for key in BINDING]
    return any(pattern.search(text) for text in _flat(decided))


def _texts(content: Mapping[str, Any]) -> list[str]:
    return list(_flat([content.get(key) for key in TOLD]))


def _flat(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _flat(each)
        case Sequence():
            for each in value:
                yield from _flat(each)
