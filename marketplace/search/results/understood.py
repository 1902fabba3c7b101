"""What the page says of a query: how it was read, what was put right or left out and why, and where to read on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from babel.lists import format_list

from marketplace.i18n import _, current_language, money_text
from marketplace.money import Money
from marketplace.pilots.vocabulary import BANDS, COUNTIES, MUNICIPALITIES
from marketplace.search.attempts import LeftOut
from marketplace.search.concepts import read_words
from marketplace.search.parsed_query import FACET_OF, ParsedQuery, QueryPart
from marketplace.search.service import Found, value_name
from marketplace.slots import Answer

_NAMED_PLACES: Final = 3
"""Municipalities of a place that a chip names; more than that go by the word that was typed."""

Address = Callable[[str], str]
"""Makes the address of the search with another query."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A page that answers a question: what it is about, the answer in short, and where it and its plain page are."""

    title: str
    text: str
    href: str
    plain_href: str | None


explaining: Final = Answer[Callable[[str], Explanation | None]](
    "understood.explaining",
    "when a query asks a question: the page of this name that answers it, or None",
)


def place_names(found: Found, language: str) -> str:
    """The places that distances are measured from, in words; empty without one."""
    return _either([MUNICIPALITIES[code].name[language] for code in found.origin])


def chips(found: Found, language: str, address: Address) -> list[dict[str, str]]:
    """How the query was read: each part with the address of the search without its words."""
    gone = {(left.kind, left.words) for left in found.left_out}
    parsed = found.parsed
    return [
        {"label": label, "href": address(parsed.without(part.words))}
        for part in parsed.parts
        if (part.kind, parsed.words_of(part.words)) not in gone
        and (label := part_text(part, parsed, language))
    ]


def part_text(part: QueryPart, parsed: ParsedQuery, language: str) -> str:
    """A part of the query in words; empty for one that changes nothing."""
    words = parsed.words_of(part.words)
    names = _names(part, language)
    texts: Mapping[str, Callable[[], str]] = {
        "service": lambda: _either(names),
        "place": lambda: (_either(names) if len(names) <= _NAMED_PLACES else words) if part.binds else "",
        "language": lambda: _("Language: %(language)s", language=_either(names)),
        "feature": lambda: _either(names) if part.binds else _("First: %(what)s", what=_either(names)),
        "age": lambda: _either(names),
        "group": lambda: _("First: %(what)s", what=_either(names)),
        "price": lambda: _("At most %(amount)s", amount=money_text(Money(int(part.keys[0])))),
        "cheap": lambda: _("Lowest price first"),
        "free": lambda: _("Free now"),
        "soon": lambda: _("First: free now"),
        "time": lambda: _("First: %(what)s", what=_times([BANDS[key].name[language] for key in part.keys])),
        "provider": lambda: _("Provider: %(words)s", words=words),
    }
    return texts[part.kind]()


def _names(part: QueryPart, language: str) -> list[str]:
    facet = FACET_OF.get(part.kind, part.kind if part.kind == "group" else None)
    return [value_name(facet, key)[language] for key in part.keys] if facet else []


def _either(names: Sequence[str]) -> str:
    """Alternatives in a row: `a or b`."""
    return format_list(list(names), style="or", locale=current_language())


def _times(names: Sequence[str]) -> str:
    """Times of the week in a row as inside a sentence: `Saturday` and `Sunday or holiday` are three times, not two."""
    return ", ".join(name[:1].lower() + name[1:] for name in names)


def sentences(found: Found, language: str, piloted: Collection[str]) -> list[str]:
    """What was left out of the query and why. `piloted` are the municipalities that a pilot covers."""
    return [text for left in found.left_out for text in _left_out(left, language, piloted)]


def _left_out(left: LeftOut, language: str, piloted: Collection[str]) -> list[str]:
    words = left.words
    if left.kind == "place":
        return _about_place(left, language, piloted)
    names = _either(_names(QueryPart(left.kind, left.keys, frozenset()), language))  # type: ignore[arg-type]
    texts: Mapping[str, Callable[[], str]] = {
        "service": lambda: _("Nobody offers this now: %(service)s.", service=names),
        "provider": lambda: _("No provider has the name or number “%(words)s”.", words=words),
        "language": lambda: _("None of these is given in this language: %(language)s.", language=names),
        "feature": lambda: _("None of these says that it has this: %(feature)s.", feature=names),
        "age": lambda: _("None of these is for people of this age: %(age)s.", age=names),
        "price": lambda: _("None of these costs so little: %(words)s.", words=words),
        "free": lambda: _("None of these has said that it has free places now."),
        "condition": lambda: _(
            "None of these mentions this: %(words)s. These may suit it even so, but ask before you choose.",
            words=words,
        ),
        "word": lambda: _("None of these mentions the word “%(words)s”. It was left out.", words=words),
    }
    return [texts[left.kind]()]


def _about_place(left: LeftOut, language: str, piloted: Collection[str]) -> list[str]:
    names = [MUNICIPALITIES[code].name[language] for code in left.keys]
    place = _either(names) if len(names) <= _NAMED_PLACES else left.words
    told = []
    if not set(left.keys) & set(piloted):
        counties = dict.fromkeys(MUNICIPALITIES[code].county for code in left.keys)
        told.append(_("No pilot covers this place: %(place)s.", place=place))
        told.append(
            _(
                "Ask your wellbeing services county what it can offer you: %(county)s.",
                county=_either([COUNTIES[key].name[language] for key in counties]),
            )
        )
    else:
        told.append(_("Nothing like this is offered here: %(place)s.", place=place))
    if left.instead is not None:
        told.append(
            _(
                "The nearest place that has it: %(place)s, %(num)s km away. Its services are below.",
                place=MUNICIPALITIES[left.instead].name[language],
                num=left.kilometres,
            )
        )
    return told


def corrections(found: Found, address: Address) -> list[dict[str, str]]:
    """The words that were replaced, each with the address of the search for what was written."""
    return [
        {
            "text": _(
                "Nothing is called “%(typed)s”. We searched for “%(better)s”.", typed=typed, better=better
            ),
            "href": address(found.parsed.text.replace(better, f"“{typed}”", 1)),
            "link": _("Search for “%(typed)s” as you wrote it", typed=typed),
        }
        for typed, better in found.corrected.items()
    ]


def other_needs(found: Found, language: str, address: Address) -> list[dict[str, str]]:
    """What the query asks for beside what is shown, each with the address of its own search at the same place."""
    parsed = found.parsed
    kept = frozenset[int]().union(*(part.words for part in parsed.parts if part.kind != "service"))
    told = []
    for need in parsed.others:
        words = parsed.words_of(need.words | kept)
        names = _either(_names(QueryPart("service", need.services, need.words), language))
        told.append(
            {
                "text": _("You also asked for this: %(service)s.", service=names),
                "href": address(words),
                "link": _("Search for “%(words)s” by itself", words=words),
            }
        )
    return told


def answers(parsed: ParsedQuery) -> list[Explanation]:
    """The pages that answer the questions in a query."""
    names = dict.fromkeys(read_words().answers[key].page for key in parsed.answers)
    return [page for name in names for ask in explaining if (page := ask(name)) is not None]


def context(found: Found, language: str, piloted: Collection[str], address: Address) -> dict[str, Any]:
    """What the template shows of the query."""
    return {
        "read_chips": chips(found, language, address),
        "left_out": sentences(found, language, piloted),
        "corrections": corrections(found, address),
        "other_needs": other_needs(found, language, address),
        "answers": answers(found.parsed),
    }
