"""Reading the forms of a page and filling them in as nobody means it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

TEXTS: Final = (
    "",
    " ",
    "\x00",
    "'\"--",
    "<script>alert(1)</script>",
    "{{ 7*7 }} %(name)s {0}",
    "../../etc/passwd",
    "ä" * 6000,
    "a\r\nBcc: joku@posti.example",
    "👩‍🦽\u202eoikealta",
    "e\u0301\u0301\u0301",
    "9" * 400,
    "-1",
    "0",
    "1e309",
    "NaN",
    "١٢",
    "1.000,005",
    "30.2.2026",
    "0001-01-01",
    "31.12.9999",
    "2026-11-29T25:61",
    "https://",
    "javascript:alert(1)",
    "@",
    "FI00 0000",
    "210281-9988",
    "+358 " + "0" * 60,
)
"""What a text may be that some program of ours might not have thought of."""

BYTES: Final = b"\xff\xfe\x00broken"
"""No text at all."""


@dataclass(slots=True)
class Form:
    """A form of a page: where it is sent, its entries as the page gives them, and what can be chosen for each.

    `kinds` has the type of each field, and of a field for files what it accepts.
    """

    action: str
    entries: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            if self._open:
                self.forms.append(self._open)
        elif self._open:
            self._take(self._open, tag, given)

    def _take(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "option":
            form.choices.setdefault(self._name, []).append(given.get("value", ""))
        elif not name:
            return
        elif tag in {"select", "textarea"}:
            self._name = name
            form.entries.append((name, ""))
        elif tag == "button":
            form.choices.setdefault(name, []).append(given.get("value", ""))
        elif kind == "file":
            form.files.add(name)
            form.kinds[name] = given.get("accept", "")
        elif kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(given.get("value", "on"))
        else:
            form.entries.append((name, given.get("value", "")))
            form.kinds[name] = kind
            if kind == "hidden":
                form.hidden.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms_on(page: str) -> list[Form]:
    """The forms of a page that send something."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def filled(form: Form, chance: random.Random) -> list[tuple[str, str | bytes]]:
    """Entries for a form: some as they should be, some odd, some twice, some absent, and some that nobody asked for.

    What is hidden, the token among it, is mostly left as the page gave it, so that what lies behind is reached.
    """
    names = dict.fromkeys([name for name, _value in form.entries] + list(form.choices))
    given = dict(form.entries)
    sent: list[tuple[str, str | bytes]] = []
    for name in names:
        is_kept = name == "csrf_token" or (name in form.hidden and chance.random() < 0.8)
        if is_kept:
            sent.append((name, given.get(name, "")))
        else:
            times = chance.choice((0, 1, 1, 1, 1, 1, 2))
            sent += [(name, _entry(form, name, given.get(name), chance)) for _ in range(times)]
    if chance.random() < 0.2:
        sent.append(("nobody_asked", "for this"))
    return sent


def _entry(form: Form, name: str, given: str | None, chance: random.Random) -> str | bytes:
    drawn = chance.random()
    if drawn < 0.45 and form.choices.get(name):
        return chance.choice(form.choices[name])
    if drawn < 0.45:
        return given or "Kohtuullinen teksti"
    return BYTES if drawn > 0.98 else chance.choice(TEXTS)
