"""What a version of an offer changes against the one it replaces: for the rule of approval and for the eye."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from marketplace import i18n
from marketplace.i18n import _, _l, current_language, date_text, money_text
from marketplace.offers.content import TEXTS, Content, content_of
from marketplace.offers.labels import included_text
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.publishing.rules import changed_fields, kinds_of, waits
from marketplace.offers.rules import VersionState, version_in_force
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import (
    AGES,
    BANDS,
    FEATURES,
    GROUPS,
    LANGUAGES,
    UNITS,
    VAT,
    municipality_names,
)
from marketplace.providers import labels

KINDS: Final[dict[str, Any]] = {
    "price": _l("Prices"),
    "area": _l("Area"),
    "groups": _l("Client groups"),
    "text": _l("Texts"),
    "details": _l("Languages, ages and accessibility"),
    "contact": _l("Place"),
    "date": _l("First day"),
}

LABELS: Final[dict[str, Any]] = {
    "title": _l("Title"),
    "summary": _l("In one sentence"),
    "description": _l("Description"),
    "plain": _l("The same in plain language"),
    "cancellation": _l("Cancelling"),
    "sign_video": _l("Video in sign language"),
    "minimum_minutes": _l("Shortest time that is charged"),
    "unit": _l("Unit"),
    "place": _l("Place where the service is given"),
    "municipalities": _l("Municipalities in which you offer the service"),
    "groups": _l("Client groups"),
    "languages": _l("Languages of the service"),
    "features": _l("Accessibility and ways of working"),
    "ages": _l("Ages of the clients"),
    "vat_code": _l("Value added tax"),
    "valid_from": _l("In force from"),
}

Piece = tuple[Literal["same", "gone", "new"], str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changes: its kind, what it is, and how it reads before and after, in the reader's language."""

    kind: str
    label: str
    before: str
    after: str

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Before and after woven together word by word, for marking what goes and what comes."""
        old, new = _tokens(self.before), _tokens(self.after)
        woven: list[Piece] = []
        for _tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if old[i1:i2] == new[j1:j2]:
                woven.append(("same", "".join(old[i1:i2])))
                continue
            if i1 < i2:
                woven.append(("gone", "".join(old[i1:i2])))
            if j1 < j2:
                woven.append(("new", "".join(new[j1:j2])))
        return tuple(woven)


def replaced_by(offer: Offer, version: OfferVersion) -> OfferVersion | None:
    """The published version that `version` takes the place of on its day; None when it is the first."""
    published = [
        each for each in offer.versions if each.state == VersionState.PUBLISHED and each is not version
    ]
    first = min(published, key=lambda each: each.valid_from, default=None)
    return version_in_force(published, version.valid_from) or first


def fields_changed(replaced: OfferVersion, version: OfferVersion) -> frozenset[str]:
    """The names of the fields of a version that differ from the one it replaces."""
    return changed_fields(_mapping(content_of(replaced)), _mapping(content_of(version)))


def kinds_changed(offer: Offer, version: OfferVersion) -> tuple[str, ...]:
    """The kinds of change (keys of KINDS) in `version` against the one it replaces; all of them for a first one."""
    replaced = replaced_by(offer, version)
    if replaced is None:
        return tuple(KINDS)
    return kinds_of(fields_changed(replaced, version))


def waits_for_office(
    offer: Offer, version: OfferVersion, definition: PilotDefinition, *, doubted: bool
) -> bool:
    """Whether publishing `version` needs the office, by what the pilot says, what it changes, and doubted prices."""
    rules = definition.offers
    return waits(
        kinds_changed(offer, version),
        rules.approval_needed,
        first=replaced_by(offer, version) is None,
        first_waits=rules.first == "approve",
        doubted=doubted,
    )


def differences(before: Content, after: Content) -> tuple[Difference, ...]:
    """Everything that reads otherwise in `after`, kind by kind."""
    changed = changed_fields(_mapping(before), _mapping(after))
    found: list[Difference] = []
    for name in changed - {"prices"}:
        (kind,) = kinds_of([name])
        for label, old, new in _shown(name, before, after):
            if old != new:
                found.append(Difference(kind, label, old, new))
    if "prices" in changed:
        found += _price_differences(before, after)
    order = list(KINDS)
    return tuple(sorted(found, key=lambda each: order.index(each.kind)))


def _mapping(content: Content) -> Mapping[str, Any]:
    return {field.name: getattr(content, field.name) for field in fields(content)}


def _shown(name: str, before: Content, after: Content) -> Iterator[tuple[str, str, str]]:
    """Label, before and after of a field, one for each language of a text."""
    old, new = getattr(before, name), getattr(after, name)
    label = str(LABELS[name])
    if name in (*TEXTS, "cancellation"):
        yield _("%(field)s, in Finnish", field=label), old.fi, new.fi
        yield _("%(field)s, in Swedish", field=label), old.sv, new.sv
        return
    read = _READ.get(name, str)
    yield label, read(old), read(new)


def minutes_text(minutes: int | None) -> str:
    """`30 minutes`, `1 hour`, `1 h 30 min`; an empty text for none."""
    if minutes is None:
        return ""
    if minutes % 60 == 0:
        return i18n.hours_text(minutes // 60)
    if minutes < 60:
        return i18n.minutes_text(minutes)
    return _("%(hours)d h %(minutes)d min", hours=minutes // 60, minutes=minutes % 60)


def _listed(vocabulary: Mapping[str, Any]) -> Callable[[Any], str]:
    return lambda keys: labels.names(vocabulary, sorted(keys), current_language())


_READ: Final[Mapping[str, Callable[[Any], str]]] = {
    "municipalities": lambda codes: ", ".join(sorted(municipality_names(codes, current_language()))),
    "groups": _listed(GROUPS),
    "languages": _listed(LANGUAGES),
    "features": _listed(FEATURES),
    "ages": _listed(AGES),
    "vat_code": lambda key: VAT[key].name[current_language()],
    "valid_from": date_text,
    "minimum_minutes": minutes_text,
    "unit": lambda unit: unit.name if unit is not None else "",
}
"""How the value of a field reads; the others are texts as they are."""


def _price_differences(before: Content, after: Content) -> Iterator[Difference]:
    language = current_language()
    for band in (key for key in BANDS if key in before.prices or key in after.prices):
        old, new = _price_words(before, band), _price_words(after, band)
        if old != new:
            yield Difference("price", BANDS[band].name[language], old, new)


def _price_words(content: Content, band: str) -> str:
    price = content.prices.get(band)
    if price is None:
        return _("Not offered")
    unit = f"/{UNITS[price.unit].short[current_language()]}" if price.unit in UNITS else ""
    held = included_text(price.includes)
    amount = f"{money_text(price.amount)}{unit}"
    return (
        _("%(price)s, includes: %(what)s", price=amount, what=held[:1].lower() + held[1:]) if held else amount
    )


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s]+", text)
