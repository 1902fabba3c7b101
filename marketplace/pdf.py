"""Documents as accessible PDF: a Typst template under `templates/pdf/` filled with data that is already in words.

Every document is tagged and declared PDF/UA-1 for its readers and PDF/A-2a for the archive, names its language and
carries its fonts. The same data and moment give the same bytes.

PDF/UA-1 (ISO 14289-1, 7.21) has no place for a letter without a shape, so Typst refuses a document in which one
stands. A document is made whatever was written all the same: what nobody sees is taken out, letters that the
documents' own font lacks come from the fonts beside it, and what no font has is printed as a box and told in the log.
"""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from marketplace.config import ROOT
from marketplace.slow_work import Slow, turn
from marketplace.text import BOX, prose

log = logging.getLogger(__name__)

TEMPLATES: Final = ROOT / "templates" / "pdf"
FONTS: Final = ROOT / "marketplace" / "static" / "dist" / "fonts" / "pdf"
STANDARDS: Final = ("ua-1", "a-2a")
"""What every document is: accessible (ISO 14289-1), and fit for keeping, with its structure (ISO 19005-2, level A)."""


MOST_TRIES: Final = 40
"""How often a document is tried again; after that everything beyond the letters of its own font becomes a box."""

_UNPRINTABLE: Final = re.compile(r'(?:the text|codepoint) `"(.*?)"`', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
_DRAWN_OTHERWISE: Final = re.compile("[\ufe00-\ufe0f\u20e3]")
"""Signs that only choose how the one before them is drawn."""

_BEYOND: Final = "\u0250"
"""The first letter after those that the documents' own font has whole."""


def render_pdf(template: str, data: Mapping[str, Any], *, language: str, title: str, now: datetime) -> bytes:
    """The document `templates/pdf/<template>` filled with `data` (JSON values), as PDF bytes.

    The template reads `sys.inputs.data` with `lang` and `title` added; a document without them would not be
    PDF/UA. Where the front end has not been built, Typst's own font stands in. Raises typst.TypstError for a mistake
    in the template, Busy when too many are set now.
    """
    content: Any = {**data, "lang": language, "title": title, "day": now.date().isoformat()}
    content = _every_text(content, lambda text: _DRAWN_OTHERWISE.sub("", prose(text)))
    content = _every_text(content, _boxed(_without_shape(json.dumps(content, ensure_ascii=False)), template))
    for tried in range(MOST_TRIES + 1):
        try:
            return _compiled(template, content, now)
        except typst.TypstError as error:
            sign = _unprintable(error)
            if sign is None or tried == MOST_TRIES:
                raise
        _tell(sign, template)
        content = _every_text(content, _only_own if tried == MOST_TRIES - 1 else _replacing(sign))
    raise AssertionError("the last try returns or raises")


def _compiled(template: str, content: Any, now: datetime) -> bytes:
    with turn(Slow.DOCUMENT):
        return typst.compile(
            TEMPLATES / template,
            format="pdf",
            root=TEMPLATES,
            font_paths=[FONTS] if FONTS.is_dir() else [],
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
            pdf_standards=list(STANDARDS),
            timestamp=int(now.timestamp()),
        )


def _every_text(value: Any, change: Callable[[str], str]) -> Any:
    """JSON values with every text in them changed."""
    match value:
        case str():
            return change(value)
        case Mapping():
            return {key: _every_text(each, change) for key, each in value.items()}
        case list() | tuple():
            return [_every_text(each, change) for each in value]
    return value


# --- signs without a shape -------------------------------------------------------------------------------------------

_known: dict[tuple[Path, str], bool] = {}
"""(folder of fonts, sign) → whether a font has a shape for it, as far as was asked in this process."""


def _without_shape(text: str) -> frozenset[str]:
    """The signs of a text that no font can draw by themselves. Marks are left to the document, with their letters.

    They are asked for apart from the document, where a sign without a shape makes the breaking of lines very slow.
    """
    signs = {each for each in text if each >= _BEYOND and unicodedata.category(each)[0] not in "MC"}
    asked = sorted(each for each in signs if (FONTS, each) not in _known)
    for _try in range(MOST_TRIES if asked else 0):
        try:
            _compiled(
                "signs.typ", {"signs": asked, "lang": "fi", "title": "–"}, datetime.fromtimestamp(0, UTC)
            )
        except typst.TypstError as error:
            sign = _unprintable(error)
            if sign is None:
                raise
            _known[FONTS, sign[0]] = False
            asked.remove(sign[0])
        else:
            _known.update({(FONTS, each): True for each in asked})
            break
    return frozenset(each for each in signs if not _known.get((FONTS, each)))


def _boxed(signs: frozenset[str], template: str) -> Callable[[str], str]:
    if signs:
        _tell("".join(sorted(signs)), template)
    boxes = {ord(sign): BOX for sign in signs}
    return lambda text: text.translate(boxes)


def _tell(signs: str, template: str) -> None:
    codes = ", ".join(f"U+{ord(each):04X}" for each in signs[:20])
    log.warning("No font has %s for %s; a box is printed in its place.", codes, template)


def _unprintable(error: typst.TypstError) -> str | None:
    """What Typst could not print, or None when something else is wrong with the document."""
    found = _UNPRINTABLE.search(str(error))
    if found is None:
        return None
    return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), found[1]) or None


def _replacing(sign: str) -> Callable[[str], str]:
    """What takes an unprintable sign out: a letter of ours loses marks that no font sets on it, another is boxed."""
    base = sign[0]
    own = base < _BEYOND
    pattern = re.compile(f"{re.escape(base)}[{_marks()}]{'+' if own else '*'}")
    return lambda text: pattern.sub(base if own else BOX, text)


def _only_own(text: str) -> str:
    return "".join(each if each < _BEYOND or each == BOX else BOX for each in text)


@cache
def _marks() -> str:
    """Every combining mark of the basic plane, for a class of a pattern."""
    return "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")
