"""The words all pilots share: municipalities, services, groups, features, ages, languages, units, bands, evidence, VAT.

Each vocabulary is a read-only mapping from key to entry in the order of its files: what ships with the portal, then
the own content folder. All are read when the first is used. `follow` reads them again when a file has changed; a file
with a mistake leaves the words standing that were read before, and `problems` tells it. Facts come from public sources
named in `docs/pilots.md`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, ParamSpec, Protocol, TypeVar, cast

from marketplace.pilots import content
from marketplace.pilots.entries import (
    Age,
    Band,
    ChangeReason,
    ClientRules,
    County,
    EvidenceKind,
    Feature,
    FormerMunicipality,
    Group,
    Keyed,
    Language,
    Law,
    Municipality,
    Need,
    OrganisationData,
    PlainText,
    PriceUnit,
    Service,
    Synonyms,
    Theme,
    VatCode,
)
from marketplace.pilots.instruments import Instrument
from marketplace.pilots.source import InvalidDefinition, Problem
from marketplace.pilots.vocabulary_files import VocabularyContent, files_below, read_words
from marketplace.sorting import sort_key

OF_AGE: Final = 18
"""Years; younger people are minors (Guardianship Services Act 442/1999, section 2)."""

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at the files."""

Item = TypeVar("Item", bound=Keyed | Synonyms)


class _Cached(Protocol):
    def cache_clear(self) -> None: ...


Given = ParamSpec("Given")
Made = TypeVar("Made")
Kept = TypeVar("Kept", bound=_Cached)

_log = logging.getLogger(__name__)


class _Held:
    """The words of this process, and what has been derived from them."""

    def __init__(self) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._words: VocabularyContent | None = None
        self._stamp: object = None
        self._looked = 0.0
        self._lock = threading.RLock()
        self.emptied: list[Callable[[], None]] = []

    def words(self) -> VocabularyContent:
        """The words; they are read at the first call. Raises InvalidDefinition when what ships does not hold."""
        if self._words is None:
            with self._lock:
                if self._words is None:
                    self._stamp, words = _stamp(), read_words(content.data_folders())
                    self._tell(words.problems)
                    self._words = words
        return self._words

    def follow(self, *, at_once: bool) -> bool:
        """Read the files again when one has changed. True when the words have."""
        if self._words is None or (not at_once and time.monotonic() - self._looked < LOOK_EVERY):
            return False
        with self._lock:
            self._looked = time.monotonic()
            try:
                stamp = _stamp()
                if stamp == self._stamp:
                    return False
                words = read_words(content.data_folders())
            except OSError:  # a file is being put in the place of another: the next look finds it
                return False
            except InvalidDefinition as error:
                self._stamp = stamp
                self._tell(error.problems)
                return False
            self._stamp = stamp
            self._tell(words.problems)
            if words.problems or words.digest == self._words.digest:
                return False
            self._words = words
            for empty in self.emptied:
                empty()
            return True

    def forget(self) -> None:
        """Read the words again at their next use: the folders are others now."""
        with self._lock:
            self._words = None
            for empty in self.emptied:
                empty()

    def _tell(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        for problem in self.problems:
            _log.error("the data of pilots has a mistake: %s", problem)


def _stamp() -> object:
    """Changes when a data file is written, added or taken away."""
    files = [path for folder, _root in content.data_folders() for path in files_below(folder)]
    return [(path, stat.st_mtime_ns, stat.st_size) for path in files for stat in (path.stat(),)]


_held: Final = _Held()


def follow(*, at_once: bool = False) -> bool:
    """Take a changed data file into use, looking at most once a second unless `at_once`. True when words changed."""
    return _held.follow(at_once=at_once)


def use_content(folder: Path | None) -> None:
    """Make `folder` the own content folder of this process: its words are added to those that ship."""
    if folder != content.own_folder():
        content.use(folder)
        _held.forget()


def digest() -> str:
    """Changes when a file of the vocabularies does: what is derived from the words carries it."""
    return _held.words().digest


def problems() -> tuple[Problem, ...]:
    """The mistakes of the newest data files; while there are any, what was read before them stands."""
    _held.words()
    return _held.problems


def ensure_no_problems() -> None:
    """Read the data files as they are now. Raises InvalidDefinition with every mistake."""
    _held.words()
    _held.follow(at_once=True)
    if _held.problems:
        raise InvalidDefinition(_held.problems)


def derived(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """Decorator: keep what the function returns for its arguments until the words change."""
    return cast(Callable[Given, Made], follows_words(cache(function)))


def follows_words(kept: Kept) -> Kept:
    """Decorator above `cache` or `lru_cache`: what the function has returned is forgotten when the words change."""
    _held.emptied.append(kept.cache_clear)
    return kept


class Vocabulary(Mapping[str, Item]):
    """A read-only mapping from key to entry of one file."""

    def __init__(self, file: str, entry: type[Item]) -> None:
        self._file = file
        self.entry = entry

    @property
    def _entries(self) -> Mapping[str, Item]:
        return cast(Mapping[str, Item], _held.words().tables[self._file])

    def __getitem__(self, key: str) -> Item:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


MUNICIPALITIES: Final = Vocabulary("municipalities.csv", Municipality)
FORMER_MUNICIPALITIES: Final = Vocabulary("former_municipalities.csv", FormerMunicipality)
COUNTIES: Final = Vocabulary("counties.csv", County)
SERVICES: Final = Vocabulary("services.yaml", Service)
LAWS: Final = Vocabulary("laws.yaml", Law)
NEEDS: Final = Vocabulary("needs.yaml", Need)
CHANGE_REASONS: Final = Vocabulary("change_reasons.yaml", ChangeReason)
GROUPS: Final = Vocabulary("groups.yaml", Group)
FEATURES: Final = Vocabulary("features.yaml", Feature)
AGES: Final = Vocabulary("ages.yaml", Age)
LANGUAGES: Final = Vocabulary("languages.yaml", Language)
PLAIN_TEXTS: Final = Vocabulary("plain_texts.yaml", PlainText)
UNITS: Final = Vocabulary("units.yaml", PriceUnit)
BANDS: Final = Vocabulary("bands.yaml", Band)
EVIDENCE_KINDS: Final = Vocabulary("evidence.yaml", EvidenceKind)
VAT: Final = Vocabulary("vat.yaml", VatCode)
THEMES: Final = Vocabulary("themes.yaml", Theme)
ORGANISATIONS: Final = Vocabulary("organisations.yaml", OrganisationData)
SYNONYMS: Final = Vocabulary("synonyms.yaml", Synonyms)
INSTRUMENTS: Final = Vocabulary("instruments.yaml", Instrument)


def client_rules(organisation: str) -> ClientRules:
    """What an organisation says of its clients' data and sign-in; what ships for one that says nothing."""
    data = ORGANISATIONS.get(organisation)
    return data.clients if data is not None else ClientRules()


def municipality(code: str) -> Municipality:
    """The municipality with this three-digit code. Raises KeyError."""
    return MUNICIPALITIES[code]


def former_names(code: str) -> list[FormerMunicipality]:
    """The former municipalities whose area, or a part of it, belongs to the municipality today, by code."""
    return _joined().get(code, [])


@derived
def _joined() -> Mapping[str, list[FormerMunicipality]]:
    found: dict[str, list[FormerMunicipality]] = {}
    for former in FORMER_MUNICIPALITIES.values():
        for code in former.municipalities:
            found.setdefault(code, []).append(former)
    return found


def municipalities_by_name(codes: Iterable[str], language: str) -> list[Municipality]:
    """The municipalities in the alphabetical order of their names in `language`."""
    return sorted((MUNICIPALITIES[code] for code in codes), key=lambda place: sort_key(place.name[language]))


def municipality_names(codes: Iterable[str], language: str) -> list[str]:
    """The names of the municipalities in `language`, in its alphabetical order."""
    return [place.name[language] for place in municipalities_by_name(codes, language)]


def kinds_that_prove(kind: str) -> frozenset[str]:
    """The evidence kinds that prove `kind`: itself and the combined reports that stand for it."""
    return frozenset({kind}) | {other.key for other in EVIDENCE_KINDS.values() if kind in other.stands_for}


def keys_of(file: str) -> list[str]:
    """The keys of a vocabulary by the name of its file."""
    return list(_held.words().tables[file])


def ages_served(service: str) -> tuple[str, ...]:
    """The ages of those who may get the service: children only where it is for them too."""
    return tuple(key for key, age in AGES.items() if SERVICES[service].minors or age.least >= OF_AGE)


def county_registers() -> dict[str, date]:
    """The services for whose providers a county's register is enough, each with the last day on which it is."""
    return {
        key: service.county_register_until
        for key, service in SERVICES.items()
        if service.county_register_until is not None
    }


def vat_percent(code: str, on: date) -> Decimal:
    """The VAT rate of `code` in per cent on the service day `on`. Raises KeyError when it has none that day."""
    for rate in VAT[code].rates:
        if rate.covers(on):
            return rate.percent
    raise KeyError(f"{code} has no rate on {on}")
