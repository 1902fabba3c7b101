"""The facets: everything an offer can be narrowed by that has a vocabulary. The one table that all else follows.

The index, the query string, the interface and its description, the filters of the page, their chips and texts are made
from it: a new facet is a row here, a field of `public_offer.PublicOffer` and whatever keeps it in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.i18n import LocalizedText, _l
from marketplace.pilots.vocabulary import (
    AGES,
    COUNTIES,
    FEATURES,
    GROUPS,
    MUNICIPALITIES,
    PLAIN_TEXTS,
    SERVICES,
    ages_served,
)
from marketplace.pilots.vocabulary import LANGUAGES as SERVICE_LANGUAGES


@dataclass(frozen=True, slots=True)
class Facet:
    """Something that offers can be narrowed by: where its values come from and what is done with them."""

    name: str
    """The parameter of the address and of the interface, the filter of the engine, the key of the counts."""
    member: str
    """The member of the public offer that holds its value or values."""
    vocabulary: Mapping[str, Any]
    """Its values by key, in the order in which they are listed."""
    label: Any
    """What it is called on the page (lazy)."""
    dropped: Any
    """What the page proposes when nothing is found: the search without it (lazy)."""
    read: Callable[[Any], tuple[str, ...]]
    """Its values for an offer as the database has it (`documents.OfferRow`)."""
    weight: float
    """How much a word that means a value counts, 0–1, against a word in the title."""
    single: bool = False
    """True: an offer has exactly one value, and the member holds it. False: the member holds several."""
    every: bool = False
    """True: all chosen values must hold. False: they are alternatives."""
    folded: bool = False
    """Its boxes are folded away on the page until they are asked for."""
    place: int = 0
    """Where it stands among the filters of the page."""
    prefix: str = ""
    """What the index keys of its values begin with; without one `#name:`."""
    named_in_text: bool = True
    """The names of its values are texts of the offer; `documents` itself indexes those of services and places."""
    in_words: bool = True
    """The names of its values mean it in a query."""
    parent: Callable[[Any], LocalizedText] | None = None
    """What the values are grouped by on the page."""

    def concept(self, key: str) -> str:
        """The index key of one value."""
        return f"{self.prefix or f'#{self.name}:'}{key}"

    def value_name(self, key: str) -> LocalizedText:
        """The name of one value."""
        name: LocalizedText = self.vocabulary[key].name
        return name


def _approved_municipalities(row: Any) -> tuple[str, ...]:
    approved = set(row.approval.municipalities)
    return tuple(code for code in row.version.municipalities if code in approved)


FACETS: Final[Mapping[str, Facet]] = {
    facet.name: facet
    for facet in (
        Facet(
            name="service",
            member="service",
            vocabulary=SERVICES,
            label=_l("Service"),
            dropped=_l("Search in all services"),
            read=lambda row: (row.offer.service_key,),
            single=True,
            weight=0.6,
            place=2,
            named_in_text=False,
        ),
        Facet(
            name="municipality",
            member="municipalities",
            vocabulary=MUNICIPALITIES,
            label=_l("Municipality"),
            dropped=_l("Search in all municipalities"),
            read=_approved_municipalities,
            weight=0.4,
            place=1,
            prefix="@",
            named_in_text=False,
            parent=lambda place: COUNTIES[place.county].name,
        ),
        Facet(
            name="group",
            member="groups",
            vocabulary=GROUPS,
            label=_l("For whom"),
            dropped=_l("Search for all client groups"),
            read=lambda row: tuple(row.version.groups),
            weight=0.35,
            folded=True,
            place=4,
        ),
        Facet(
            name="age",
            member="ages",
            vocabulary=AGES,
            label=_l("Age"),
            dropped=_l("Search for all ages"),
            read=lambda row: tuple(row.version.ages) or ages_served(row.offer.service_key),
            weight=0.35,
            folded=True,
            place=5,
            named_in_text=False,
            in_words=False,
        ),
        Facet(
            name="language",
            member="languages",
            vocabulary=SERVICE_LANGUAGES,
            label=_l("Language of service"),
            dropped=_l("Search in all languages of service"),
            read=lambda row: tuple(row.version.languages),
            weight=0.35,
            place=3,
        ),
        Facet(
            name="feature",
            member="features",
            vocabulary=FEATURES,
            label=_l("Accessibility and ways of working"),
            dropped=_l("Search without the wishes about accessibility and ways of working"),
            read=lambda row: tuple(row.version.features),
            weight=0.35,
            every=True,
            folded=True,
            place=6,
        ),
        Facet(
            name="plain",
            member="plain_in",
            vocabulary=PLAIN_TEXTS,
            label=_l("Text in plain language"),
            dropped=_l("Search also among those without a text in plain language"),
            read=lambda row: tuple(key for key in PLAIN_TEXTS if getattr(row.version.plain, key)),
            weight=0.35,
            place=7,
            folded=True,
            named_in_text=False,
            in_words=False,
        ),
    )
}

COUNTED: Final = ("pilot", "available", *FACETS)
"""What the values of are counted with every search. Pilots are no vocabulary: who shows them brings their names."""

FILTERS: Final = (*COUNTED, "full", "seat")
"""Everything an offer can be filtered by, apart from words and price.

`available` and `full` have the one value `1`: it has free places, or it has told that it has none.
`seat` is the municipality from which it comes, by which the order of distance goes.
"""

EVERY: Final = frozenset(name for name, facet in FACETS.items() if facet.every)
"""The facets of which an offer must have all the chosen values."""

OF_OFFERS: Final = tuple(name for name in FACETS if name not in ("service", "municipality"))
"""The facets that only offers have: what a provider is approved for says nothing of them."""
