"""What a query says in digits: a price, ages, an hour, numbers of a provider, a postal code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from marketplace.language.thesaurus import STRONG, WEAK
from marketplace.money import Money, MoneyError
from marketplace.pilots.vocabulary import AGES, OF_AGE
from marketplace.search import places
from marketplace.search.parsed_query import PROVIDER, SIGN, Match, QueryPart, Token

PERSONS: Final = frozenset({"!child", "!relative", "!parent", "!young"})
GROWN_UP: Final = "!adult"
OF_CHILDREN: Final = frozenset({"!child", "!school"})
"""Signs of persons, of one that is of age, and what such a one is not: the son of 23 years."""

_AMOUNT: Final = r"(\d{1,4}(?:[.,]\d{1,2})?)"
_UNIT: Final = r"(?:\s*(?:€|eur\w*|e\b))?(?:\s*(?:/|per|i)?\s*(?:h|t|tunt\w+|tim\w+)\b)?"
_NOT_YEARS: Final = r"(?![\d.,]*\s*-?\s*(?:v\b|vuot|vuod|år|km\b|kilom|kg\b))"
_PRICE: Final = re.compile(
    rf"(?:\b(?:alle|enintään|korkeintaan|maksimissaan|max|maks|under|högst|max|upp till|billigare än|halvempi kuin)"
    rf"\.?|<)\s*{_AMOUNT}{_NOT_YEARS}{_UNIT}|{_AMOUNT}\s*(?:€|eur\w*)\s*(?:max|enintään|eller mindre|tai alle)\b",
    re.IGNORECASE,
)
_AGE: Final = re.compile(
    r"\b(\d{1,3})\s*-?\s*(?:v\b|vuotia\w*|år(?:ing\w*|ig\w*)\b|år\b(?=\s*gam)|år\s*$)", re.IGNORECASE
)
_OLD: Final = 65
_OLDEST: Final = 120
_COUNTED: Final = frozenset(
    [
        *("h", "t", "e", "eur", "euro", "euroa", "km", "kg", "min", "krt", "kertaa", "kpl", "gånger", "ggr"),
        *("lasta", "barn", "tuntia", "timmar", "päivää", "dagar"),
    ]
)
"""What a number that is no age counts."""

_CLOCK: Final = re.compile(r"\b(?:klo|kello|kl|klockan)\.?\s*\d{1,2}(?:[.:]\d{2})?", re.IGNORECASE)
_BUSINESS_ID: Final = re.compile(r"\b\d{7}-\d\b")
_PHONE: Final = re.compile(r"(?<![\d-])(?:\+|00)?\d(?:[\s()-]?\d){6,13}(?![\d-])")
_POSTAL_CODE: Final = re.compile(r"\b\d{5}\b")


def ages(text: str, tokens: Sequence[Token]) -> tuple[list[QueryPart], list[Match]]:
    """The ages in a query, and whom they say that it is for: a child, or an old person."""
    parts: list[QueryPart] = []
    told: list[Match] = []
    for match in _AGE.finditer(text):
        start, end = match.span()
        within = frozenset(at for at, token in enumerate(tokens) if token.start >= start and token.end <= end)
        if within and (read := _age(int(match[1]), within)):
            parts.append(read[0])
            told.append(read[1])
    return parts, told


def ages_of_persons(
    text: str, tokens: Sequence[Token], named: Iterable[Match], free: Sequence[int]
) -> tuple[list[QueryPart], list[Match]]:
    """The ages that stand behind a person without a word for years: `pojke 12`, `äiti, 84`."""
    parts: list[QueryPart] = []
    told: list[Match] = []
    for at in dict.fromkeys(max(match.positions) + 1 for match in named if match.key in PERSONS):
        if at not in free or not re.fullmatch(r"\d{1,3}", tokens[at].word):
            continue
        counted = "€" in text[tokens[at].end :][:2] or (
            at + 1 < len(tokens) and tokens[at + 1].word in _COUNTED
        )
        if not counted and (read := _age(int(tokens[at].word), frozenset({at}))):
            parts.append(read[0])
            told.append(read[1])
    return parts, told


def _age(years: int, within: frozenset[int]) -> tuple[QueryPart, Match] | None:
    """An age, and whom it says that it is for: a child, a grown-up or an old person."""
    keys = tuple(key for key, age in AGES.items() if age.holds(years))
    if not keys or years > _OLDEST:
        return None
    if years < OF_AGE:
        told = Match(f"{SIGN}child", within, STRONG)
    elif years < _OLD:
        told = Match(GROWN_UP, within, STRONG)
    else:
        told = Match("#group:older_people", within, WEAK)
    return QueryPart("age", keys, within), told


def patterns(text: str, tokens: Sequence[Token]) -> tuple[list[QueryPart], set[int]]:
    """What is read from signs and digits: a price, an hour, numbers of a provider, a postal code."""
    parts: list[QueryPart] = []
    taken: set[int] = set()

    def take(match: re.Match[str]) -> frozenset[int]:
        start, end = match.span()
        within = frozenset(at for at, token in enumerate(tokens) if token.start >= start and token.end <= end)
        taken.update(within)
        return within

    for match in _PRICE.finditer(text):
        try:
            cents = Money.parse(match[1] or match[2]).cents
        except MoneyError:
            continue
        parts.append(QueryPart("price", (str(cents),), take(match)))
    for match in _CLOCK.finditer(text):
        take(match)
    parts += [
        QueryPart("provider", (PROVIDER + match[0],), take(match)) for match in _BUSINESS_ID.finditer(text)
    ]
    parts += [
        QueryPart("provider", (PROVIDER + phone_digits(match[0]),), take(match))
        for match in _PHONE.finditer(text)
        if not _BUSINESS_ID.search(match[0])
    ]
    parts += [
        QueryPart("place", (code,), take(match))
        for match in _POSTAL_CODE.finditer(text)
        if (code := places.by_postal_code().get(match[0]))
    ]
    return parts, taken


def phone_digits(text: str) -> str:
    """A telephone number as it is compared: its digits without the country's and the trunk's prefix."""
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    return re.sub(r"^(?:00)?358|^0", "", digits)
