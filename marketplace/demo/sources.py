"""The word lists and templates under `data/`, read once. A text is a pair of Finnish and Swedish."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import yaml

from marketplace.i18n import LocalizedText
from marketplace.pilots.content import own_folder
from marketplace.pilots.entries import Service
from marketplace.pilots.vocabulary import GROUPS, SERVICES, derived

DATA: Final = Path(__file__).parent / "data"
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Pair = tuple[str, str]
"""Finnish and Swedish, with `{name}` where a number or a place is put in."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One way of giving a service: its titles and summaries, what is told about it, and the features it implies."""

    titles: tuple[Pair, ...]
    summaries: tuple[Pair, ...]
    facts: tuple[Pair, ...]
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceTexts:
    """What can be said of a service. `trade`: the kind of company; `place`: whether clients come to a place."""

    trade: str
    place: bool
    groups: tuple[str, ...]
    features: tuple[str, ...]
    profiles: tuple[Profile, ...]
    facts: tuple[Pair, ...]
    plain: tuple[Pair, ...]


def read(name: str) -> Any:
    """The data of one file under `data/`."""
    return _read(DATA / name)


def _read(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, Loader=LOADER)  # noqa: S506 - a safe loader, the faster one where it is built


@cache
def names() -> dict[str, Any]:
    """Parts of company and personal names, by language."""
    return cast(dict[str, Any], read("names.yaml"))


@cache
def shared() -> dict[str, Any]:
    """Sentences that fit every service, and sentences about companies."""
    return cast(dict[str, Any], read("shared.yaml"))


@cache
def answers() -> dict[str, Any]:
    """Answers of applicants and words of reviewers."""
    return cast(dict[str, Any], read("answers.yaml"))


@derived
def service_texts(service: str) -> ServiceTexts:
    """The templates of a service: of the own content folder, of the demo, or general ones where neither has any."""
    own = own_folder()
    files = [own / "data" / "texts" / f"{service}.yaml"] if own is not None else []
    file = next((each for each in (*files, DATA / "texts" / f"{service}.yaml") if each.is_file()), None)
    if file is None:
        return _general_texts(service)
    data = _read(file)
    profiles = tuple(
        Profile(
            titles=pairs(each["titles"]),
            summaries=pairs(each["summaries"]),
            facts=pairs(each["facts"]),
            features=tuple(each.get("features", ())),
        )
        for each in data["profiles"]
    )
    return ServiceTexts(
        trade=data["line"],
        place=data["place"],
        groups=tuple(data["groups"]),
        features=tuple(data["features"]),
        profiles=profiles,
        facts=pairs(data["facts"]),
        plain=pairs(data["plain"]),
    )


def _general_texts(service: str) -> ServiceTexts:
    """What can be said of any service, with its own name; its units tell what kind of company gives it."""
    entry, general = SERVICES[service], shared()["general"]
    by_day = {"day", "half_day"} & set(entry.units)
    trades = {"transport": {"trip", "km"}, "housing": {"full_day", "month"}, "day": by_day}
    trade = next((trade for trade, units in trades.items() if units & set(entry.units)), "assistance")
    titles, summaries, facts = (_named(entry, general[part]) for part in ("titles", "summaries", "facts"))
    third = len(titles) // 3
    return ServiceTexts(
        trade=trade,
        place=bool(by_day),
        groups=tuple(GROUPS),
        features=("own_worker", "plain_language", "remote"),
        profiles=tuple(
            Profile(titles[n * third : (n + 1) * third], (summaries[0], summaries[n + 1]), facts[n::3], ())
            for n in range(3)
        ),
        facts=pairs(shared()["facts"]),
        plain=_named(entry, general["plain"]),
    )


def _named(entry: Service, items: list[list[str]]) -> tuple[Pair, ...]:
    """The pairs with the name and the description of the service put in; other placeholders stay."""

    def put(text: str, language: str) -> str:
        put_in = text.replace("{service}", entry.name[language])
        return put_in.replace("{description}", entry.description[language])

    return tuple((put(fi, "fi"), put(sv, "sv")) for fi, sv in items)


def pairs(items: list[list[str]]) -> tuple[Pair, ...]:
    """Lists of two texts as pairs."""
    return tuple((fi, sv) for fi, sv in items)


def filled(pair: Pair, values: dict[str, Pair]) -> LocalizedText:
    """The template with its values put in, each in its own language."""
    fi, sv = pair
    if "{" in fi or "{" in sv:
        fi = fi.format_map({name: value[0] for name, value in values.items()})
        sv = sv.format_map({name: value[1] for name, value in values.items()})
    return LocalizedText(fi, sv)
