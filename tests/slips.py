"""Slips of the pen that a machine sees in any text that a person reads: on a page, in a letter, in a document."""

from __future__ import annotations

import re
from typing import Final

SLIPS: Final = {
    "a word twice": r"(?i)\b([a-zåäö]{3,})[ \u00a0]\1\b",
    "two stops": r"(?m)(?<!^)(?<![.\t])\.\.(?!\.)",  # at the head of a line or cell: a number that is not told
    "a blank before a stop": r"\S [,.;:!?](?:\s|$)",
    "a separator that hangs": r"(?m)(?:^[·,;|] \S|\S ?[·|;]$|,$)",
    "a stop is missing": r"[a-zåäö] (?:Täytettävä viimeistään|Ska uppfyllas senast)",
}


def slips(text: str) -> list[str]:
    """Each slip in the text, by its kind, with what stands around it."""
    return [
        f"{kind}: …{text[max(0, found.start() - 30) : found.end() + 30]}…"
        for kind, pattern in SLIPS.items()
        for found in re.finditer(pattern, text)
    ]


UNSAID: Final = {
    "nothing in brackets": r"\(\s*\)|\[\s*\]|[”\"]\s*[”\"]",
    "a value of the program": r"\b(?:None|True|False|nan)\b",
    "a key": r"(?<![\w@./?=&#-])[a-z]+(?:_[a-z]+)+(?![\w@/.=])",
    "two separators": r"[·,;|] ?[·,;|](?:\s|$)",
}
ADDRESSES: Final = re.compile(r"\S+@\S+|https?://\S+|\S+\.(?:pdf|csv|xlsx|ics|png|jpg)\b")


def unsaid(text: str) -> list[str]:
    """What the program has left without words in a letter or a document, addresses and names of files apart."""
    bare = ADDRESSES.sub("X", text)
    return [
        f"{kind}: …{bare[max(0, found.start() - 30) : found.end() + 30]}…"
        for kind, pattern in UNSAID.items()
        for found in re.finditer(pattern, bare)
    ]
