"""A Hunspell dictionary read by spylls, without making an object of each of its lines.

Imported where the first word is read: the library takes a while to load.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from spylls.hunspell import readers
from spylls.hunspell.algo.lookup import AffixForm, Lookup
from spylls.hunspell.readers.file_reader import BaseReader

_SPECIAL = ("\\", "\t", ":")
"""Marks of dictionary lines that are more than a stem with flags."""


class MissingDictionary(Exception):
    """The dictionary files are not where they should be; the message says how to get them."""


def load(folder: Path) -> LookupWithoutVainSearch:
    """The dictionary of a folder, which holds one `.aff` and its `.dic`, in UTF-8. Raises MissingDictionary."""
    found = sorted(folder.glob("*.aff"))
    if not found:
        raise MissingDictionary(
            f"The dictionary is missing from {folder}: run `make assets`, which places it there."
        )
    affixes, context = readers.read_aff(Text(found[0].read_text(encoding="utf-8")))
    return LookupWithoutVainSearch(affixes, Entries(found[0].with_suffix(".dic"), affixes, context))


class Text(BaseReader):
    """Lines of a text for the library's readers; its own reader of files leaves them open."""

    def __init__(self, text: str) -> None:
        super().__init__(StringIO(text))

    def reset_encoding(self, encoding: str) -> None:
        """The text has been decoded."""


class Entries:
    """The entries of a dictionary, with the library's `Dic` as its interface.

    The library makes an object of each of 150,000 lines before the first word can be read: two seconds and 100 MB. Here
    a line is kept as it is and read, by the library, when a word leads to its stem.
    """

    def __init__(self, file: Path, affixes: Any, context: Any) -> None:
        self._affixes, self._context = affixes, context
        self._lines: dict[str, str] = {}
        self._read: dict[str, list[Any]] = {}
        for line in filter(None, map(str.strip, file.read_text(encoding="utf-8").splitlines()[1:])):
            stem = self._stem(line)
            self._lines[stem] = f"{self._lines[stem]}\n{line}" if stem in self._lines else line

    def _stem(self, line: str) -> str:
        if any(mark in line for mark in _SPECIAL):
            return str(self._words(line)[0].stem)
        return line if line.startswith("/") or line.count("/") > 1 else line.partition("/")[0]

    def _words(self, lines: str) -> list[Any]:
        """What the library makes of some lines; the first line of a dictionary tells how many there are."""
        counted = Text(f"{lines.count(chr(10)) + 1}\n{lines}\n")
        words: list[Any] = readers.read_dic(counted, aff=self._affixes, context=self._context).words
        return words

    def homonyms(self, stem: str, *, ignorecase: bool = False) -> list[Any]:
        """The entries with a stem; with `ignorecase` those whose stem in lower case it is."""
        if ignorecase:
            return [word for each in self._lines if each.lower() == stem for word in self.homonyms(each)]
        if stem not in self._lines:
            return []
        if stem not in self._read:
            self._read[stem] = self._words(self._lines[stem])
        return self._read[stem]

    def has_flag(self, stem: str, flag: str, *, for_all: bool = False) -> bool:
        """Whether an entry with the stem has the flag; with `for_all` whether there is one and each has."""
        found = self.homonyms(stem)
        return bool(found) and (all if for_all else any)(flag in word.flags for word in found)


class LookupWithoutVainSearch(Lookup):
    """Looks for a second suffix only where a suffix of the dictionary allows one before it.

    The library tries all, which takes five times as long and finds nothing in the Swedish dictionary.
    """

    def __init__(self, affixes: Any, entries: Entries) -> None:
        super().__init__(affixes, entries)
        suffixes = itertools.chain.from_iterable(affixes.SFX.values())
        self.allowed_before = {flag for suffix in suffixes for flag in suffix.flags}

    def desuffix(
        self, word: str, required_flags: list[str], *given: Any, nested: bool = False, **named: Any
    ) -> Iterator[AffixForm]:
        """The forms without a suffix."""
        if nested and required_flags[0] not in self.allowed_before:
            return iter(())
        found: Iterator[AffixForm] = super().desuffix(word, required_flags, *given, nested=nested, **named)
        return found
