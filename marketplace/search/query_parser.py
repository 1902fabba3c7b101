"""What a query says: place, service, time, price, language, for whom, need, availability – and the words that remain.

Knows words and vocabularies, not the index: `service` decides what binds and what is let go when nothing is left.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from marketplace.i18n import LANGUAGES
from marketplace.language.keys import CONCEPT, KeyMaker, QueryTerm
from marketplace.language.reading import WordReading
from marketplace.language.tables import Over, QueryWords, Rule
from marketplace.language.thesaurus import EXACT, STRONG, WEAK, Thesaurus
from marketplace.language.words import MAX_QUERY_WORDS, MAX_WORD, all_stop_words, fold
from marketplace.pilots.entries import Synonyms
from marketplace.search import places
from marketplace.search.parsed_query import (
    ANSWER,
    BAND,
    FREE,
    NOISE,
    SIGN,
    Match,
    OtherNeed,
    ParsedQuery,
    QueryPart,
    Token,
)
from marketplace.search.query_digits import GROWN_UP, OF_CHILDREN, ages, ages_of_persons, patterns

IN_A_COMPOUND: Final = 0
"""How surely a part of a compound names a concept: less than a word that is asked with."""

_OVERRULED: Final = {Over.NONE: -1, Over.WEAK: WEAK, Over.ALL: EXACT}
"""How surely services may be named at most where a rule still says which are meant."""

NEAR: Final = 0.3
"""A concept that only comes near what was asked for, against one that is it."""

LIKELY: Final = 0.4
"""How much it counts to be the likeliest of the services that a rule reads, against a word of the title."""

NAMED_WEAKLY: Final = 9
NAMED_IN_PART: Final = 6
"""What a word that only may name a service weighs, and a part of a compound, beside the signs that lean to it (1–4)."""

LEANS_ENOUGH: Final = 3
LEANS_TOO: Final = 0.7
LEANS_TO: Final = 3
"""What must weigh together to say which services are likely, what part of the most others must weigh to be meant too,
and how many are meant.
"""

WORDS_OF_A_NEED: Final = 3
"""A longer clause tells a story, which the whole of the query is read for."""

TRANSPORT: Final = "transport"
ESCORT: Final = "escort"

_KEPT: Final = 1000
"""Queries that are remembered as they were read, some 4 kB each."""

_KEPT_PARTS: Final = 5000
"""Parts of compounds that are remembered with what they name, some 0.3 kB each."""

_WORD: Final = re.compile(r"[^\W_]+(?:[-'’:.][^\W_]+)*")
_QUOTED: Final = re.compile(r"[\"“”„»«]([^\"“”„»«]+)[\"“”„»«]")
_JOINING: Final = re.compile(r"[,;+&/]")
_ORIGIN: Final = re.compile(r"(?:st[aä]|lt[aä])$")


class QueryParser:
    """Reads queries in both languages at once; `language` is the one that the reader prefers."""

    def __init__(
        self,
        keys: KeyMaker,
        signs: Thesaurus,
        words: QueryWords,
        synonyms: Mapping[str, Synonyms],
    ) -> None:
        self._keys = keys
        self._lexicon = keys.lexicon
        self._concepts = keys.thesaurus
        self._signs = signs
        self._rules = words.rules
        self._leans = words.leans
        self._pictures = words.pictures
        self._joins = frozenset(fold(word) for word in (*words.joins.fi, *words.joins.sv))
        self._words = re.compile("|".join([_WORD.pattern, *map(re.escape, words.pictures)]))
        self._services = {f"#{key}": entry.services for key, entry in synonyms.items() if entry.services}
        self._near = {f"#{key}": entry.near for key, entry in synonyms.items() if entry.near}
        self.parse: Callable[[str, str], ParsedQuery] = lru_cache(_KEPT)(self._parse)
        self._parts_name = lru_cache(_KEPT_PARTS)(self._part_names)

    def knows(self, word: str) -> bool:
        """True for a word that a dictionary, a name of a place or a synonym has: it is no slip."""
        if self._is_named(word) or word in places.by_name():
            return True
        readings = [self._lexicon.read(language, word) for language in LANGUAGES]
        return any(reading.known and not reading.parts for reading in readings)

    def _is_named(self, word: str) -> bool:
        return word in self._concepts.single_words or word in self._signs.single_words

    def could_be_a_compound(self, word: str) -> bool:
        """True for a word that a dictionary has only as put together of others: it may also be a slip."""
        return any(self._lexicon.read(language, word).known for language in LANGUAGES)

    @property
    def names(self) -> set[str]:
        """Single words that a misspelt one may be: names of concepts and places."""
        known = {name for name in places.by_name() if name.isalpha()}
        return known | self._concepts.single_words | self._signs.single_words

    def _parse(self, text: str, language: str) -> ParsedQuery:
        composed = "".join(
            letter if letter.isprintable() else " " for letter in unicodedata.normalize("NFC", text)
        )
        tokens = tuple(self._tokens(composed))[: 2 * MAX_QUERY_WORDS]
        parts, taken = patterns(composed, tokens)
        of_years, told = ages(composed, tokens)
        parts += of_years
        taken.update(*(part.words for part in of_years))
        free = [at for at, token in enumerate(tokens) if at not in taken and not token.quoted]
        named = list(self._named(tokens, free))
        aged, told_of_them = ages_of_persons(composed, tokens, named, free)
        parts += aged
        taken.update(*(part.words for part in aged))
        found = _longest([*told, *told_of_them, *named, *self._places(tokens, free)])
        if any(match.key == GROWN_UP for match in found):
            found = [match for match in found if match.key not in OF_CHILDREN]
        covered = frozenset().union(*(match.positions for match in found)) if found else frozenset()
        found += self._in_compounds(tokens, [at for at in free if at not in covered])
        return self._understood(composed, tokens, parts, taken, found, language)

    def _tokens(self, text: str) -> Iterator[Token]:
        """The words of a text; a picture that says something stands for its word."""
        quoted = [range(*match.span(1)) for match in _QUOTED.finditer(text)]
        for match in self._words.finditer(text):
            word = self._pictures.get(match.group()) or fold(match.group())[:MAX_WORD]
            yield Token(word, *match.span(), any(match.start() in span for span in quoted))

    # What the words name

    def _named(self, tokens: Sequence[Token], free: Sequence[int]) -> Iterator[Match]:
        """The concepts, signs and answers that the words name, in either language."""
        for language in LANGUAGES:
            telling = [at for at in free if tokens[at].word not in all_stop_words()]
            for thesaurus, row in ((self._concepts, telling), (self._signs, free)):
                names = [tokens[at].word for at in row]
                for named in thesaurus.find(language, names, in_texts=False):
                    if not named.key.startswith("@"):
                        yield Match(named.key, frozenset(row[named.start : named.end]), named.strength)

    def _places(self, tokens: Sequence[Token], free: Sequence[int]) -> Iterator[Match]:
        """The places that the words name; the keys of a match are codes joined by commas."""
        for length in range(places.LONGEST_NAME, 0, -1):
            for start in range(len(free) - length + 1):
                row = free[start : start + length]
                if row[-1] - row[0] != length - 1:
                    continue
                head = [tokens[at].word for at in row[:-1]]
                for codes in self._codes(head, tokens[row[-1]].word):
                    yield Match("@" + ",".join(sorted(codes)), frozenset(row), STRONG)

    def _codes(self, head: Sequence[str], last: str) -> Iterator[frozenset[str]]:
        """The municipalities of a name whose last word may be inflected."""
        known = places.by_name()
        if not head and last in all_stop_words():
            return
        if not head and last not in known and self._is_named(last):
            return  # a word of its own, not the inflected name of a place: `loppis` and Loppi
        forms = {last, places.EXACTLY + last}
        readings = [(language, self._lexicon.read(language, last)) for language in LANGUAGES]
        for _language, reading in readings:
            forms |= reading.bases
        found = [known[name] for form in forms if (name := " ".join([*head, form])) in known]
        yield from dict.fromkeys(found)
        if not found and not head and not any(reading.known for _language, reading in readings):
            for language, reading in readings:
                if reading.stem and (codes := places.by_stem().get((language, reading.stem))):
                    yield codes
                    return

    def _in_compounds(self, tokens: Sequence[Token], free: Iterable[int]) -> Iterator[Match]:
        """What the parts of compounds name: services (the longest parts first, and only the first that names one),
        and signs that rules speak of.
        """
        for at in free:
            word = tokens[at].word
            if word in all_stop_words():
                continue
            for language in LANGUAGES:
                inner = _inner(self._lexicon.read(language, word))
                naming = next((part for part in inner if self._parts_name(language, part)[0]), "")
                services = self._parts_name(language, naming)[0] if naming else ()
                others = [part for part in inner if part == naming or part not in naming]
                signs = (sign for part in others for sign in self._parts_name(language, part)[1])
                yield from (Match(key, frozenset({at}), IN_A_COMPOUND) for key in (*services, *signs))

    def _part_names(self, language: str, part: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The keys of services, and of signs for rules, that a part of a compound names."""
        services = (
            named.key
            for named in self._concepts.find(language, [part], in_texts=False)
            if named.key.startswith("#service:") or named.key in self._services
        )
        signs = (
            named.key
            for named in self._signs.find(language, [part], in_texts=False)
            if named.key[0] == SIGN and "." not in named.key and named.key != NOISE
        )
        return tuple(services), tuple(signs)

    # What that means

    def _understood(
        self,
        text: str,
        tokens: tuple[Token, ...],
        parts: list[QueryPart],
        taken: set[int],
        found: Sequence[Match],
        language: str,
    ) -> ParsedQuery:
        services, likely = self._meant_services(found)
        if services:
            parts.append(services)
        parts += _read_places(tokens, found, transport=services is not None and "transport" in services.keys)
        extra = [likely] if likely else []
        for match in found:
            part = _simple_part(match)
            if part is not None:
                parts.append(part)
        for part in parts:
            if part.kind == "time":
                extra.append(QueryTerm("!time", dict.fromkeys((BAND + band for band in part.keys), 1.0)))
            elif part.kind == "soon":
                extra.append(QueryTerm("!free", {FREE: 1.0}))
        answers = tuple(
            dict.fromkeys(match.key.removeprefix(ANSWER) for match in found if match.key.startswith(ANSWER))
        )
        signs = [match for match in found if match.key[0] in (SIGN, ANSWER, "@")]
        silent = taken | {at for match in signs if match.strength > IN_A_COMPOUND for at in match.positions}
        content = {at for match in found if match.key.startswith("#") for at in match.positions}
        said = [
            at
            for at, token in enumerate(tokens)
            if (token.quoted or token.word not in all_stop_words()) and (at not in silent or at in content)
        ]
        terms = {at: self._term(tokens[at], at, found, language) for at in said[:MAX_QUERY_WORDS]}
        read = content | {at for match in signs for at in match.positions}
        unread = tuple(at for at in terms if at not in read and not tokens[at].quoted)
        in_names = frozenset(
            at
            for match in found
            if len(match.positions) > 1 and match.key[0] == "#"
            for at in match.positions
        )
        others = tuple(self._other_needs(text, tokens, found, services)) if services else ()
        return ParsedQuery(
            text, tokens, tuple(_merged(parts)), answers, terms, unread, in_names, tuple(extra), others
        )

    def _other_needs(
        self, text: str, tokens: Sequence[Token], found: Sequence[Match], meant: QueryPart
    ) -> Iterator[OtherNeed]:
        """What other clauses name: a ride and a cleaner are looked for one after the other, for they compare badly."""
        for clause in self._clauses(text, tokens):
            if clause.isdisjoint(meant.words) and len(clause) <= WORDS_OF_A_NEED:
                inside = [match for match in found if match.positions <= clause]
                named = self._named_services(inside)
                part, _likely = self._meant_services(inside)
                keys = tuple(
                    key
                    for key in (part.keys if part else ())
                    if key not in meant.keys and named.get(key, (IN_A_COMPOUND,))[0] >= WEAK
                )
                if keys:
                    yield OtherNeed(keys, clause)

    def _clauses(self, text: str, tokens: Sequence[Token]) -> list[frozenset[int]]:
        """The positions of words between words and signs that join; all of them where nothing does."""
        clauses: list[set[int]] = [set()]
        end = 0
        for at, token in enumerate(tokens):
            if _JOINING.search(text[end : token.start]):
                clauses.append(set())
            end = token.end
            if token.word in self._joins and not token.quoted:
                clauses.append(set())
            else:
                clauses[-1].add(at)
        return [frozenset(clause) for clause in clauses if clause]

    def _meant_services(self, found: Sequence[Match]) -> tuple[QueryPart | None, QueryTerm | None]:
        """The services that the query means with the words that say so, and what shows the likeliest first."""
        named = self._named_services(found)
        most = max((strength for strength, _positions in named.values()), default=-1)
        ruled = self._by_rule(found, most)
        if ruled is not None:
            return ruled, _likeliest(ruled.keys)
        if most < STRONG:
            meant = self._likely(found, named, most)
        else:
            meant = {key: positions for key, (strength, positions) in named.items() if strength == most}
        if TRANSPORT in meant and (others := meant.keys() - {TRANSPORT, ESCORT}):
            # a ride to somewhere, or a service that a ride belongs to: what is named first is meant
            rides_first = min(meant[TRANSPORT]) < min(min(meant[key]) for key in others)
            meant = {
                key: positions
                for key, positions in meant.items()
                if (key in (TRANSPORT, ESCORT)) == rides_first
            }
        if not meant:
            return None, None
        part = QueryPart("service", tuple(meant), frozenset().union(*meant.values()))
        return part, None if most == STRONG else _likeliest(part.keys)

    def _named_services(self, found: Iterable[Match]) -> dict[str, tuple[int, frozenset[int]]]:
        """The services that words name, each with how surely and by which words."""
        named: dict[str, tuple[int, frozenset[int]]] = {}
        for match in found:
            if match.key.startswith("#service:"):
                keys: Iterable[str] = (match.key.removeprefix("#service:"),)
                strength = match.strength
            elif match.key in self._services:
                keys, strength = self._services[match.key], min(match.strength, WEAK)
            else:
                continue
            for key in keys:
                before = named.get(key, (-1, frozenset()))
                named[key] = (max(strength, before[0]), before[1] | match.positions)
        return named

    def _by_rule(self, found: Sequence[Match], named: int) -> QueryPart | None:
        """The services of the first rule that holds where others are `named` as surely as that at most."""
        signs: dict[str, frozenset[int]] = {}
        for match in found:
            sign = match.key[1:]
            signs[sign] = signs.get(sign, frozenset()) | match.positions
        loose = signs.keys() - {match.key[1:] for match in found if match.strength > IN_A_COMPOUND}
        for rule in self._rules:
            # a part of a compound says nothing against a service that is surely named
            over = Over.WEAK if rule.over is Over.ALL and not loose.isdisjoint(rule.signs) else rule.over
            if named <= _OVERRULED[over] and _holds(rule, signs):
                said = frozenset().union(*(signs[sign] for sign in rule.signs))
                return QueryPart("service", rule.services, said)
        return None

    def _likely(
        self, found: Sequence[Match], named: Mapping[str, tuple[int, frozenset[int]]], most: int
    ) -> dict[str, frozenset[int]]:
        """What words that may mean a service and all signs together make likely, the likeliest first."""
        score: dict[str, int] = defaultdict(int)
        said: dict[str, frozenset[int]] = defaultdict(frozenset)
        for key, (strength, positions) in named.items():
            if strength == most:
                score[key] = (NAMED_WEAKLY if most == WEAK else NAMED_IN_PART) * len(positions)
                said[key] = positions
        sure = {(match.key[1:], match.positions) for match in found if match.strength > IN_A_COMPOUND}
        for sign, positions in sure:
            for service, weight in self._leans.get(sign, {}).items():
                score[service] += weight
                said[service] |= positions
        enough = max(LEANS_ENOUGH, LEANS_TOO * max(score.values(), default=0))
        likely = sorted(
            (key for key, weight in score.items() if weight >= enough), key=lambda key: -score[key]
        )
        return {key: said[key] for key in likely[:LEANS_TO]}

    def _term(self, token: Token, at: int, found: Iterable[Match], language: str) -> QueryTerm:
        """A word with the index keys that satisfy it: its own, and those of the concepts it names."""
        keys = self._keys.word_keys(token.word, language)
        close: dict[str, float] = {}
        for match in found:
            if at in match.positions and match.key.startswith("#"):
                weight = CONCEPT if match.strength > IN_A_COMPOUND else CONCEPT / 2
                keys[match.key] = max(weight, keys.get(match.key, 0.0))
                close |= {f"#{near}": NEAR for near in self._near.get(match.key, ())}
        return QueryTerm(token.word, keys, close)


def _longest(found: Sequence[Match]) -> list[Match]:
    """The matches that no longer one of another name covers: `omaishoidon vapaa` is not `omaishoito`.

    What is named by an exact form is meant alone.
    """
    return [
        match
        for match in dict.fromkeys(found)
        if not any(
            (match.positions < other.positions and _may_cover(other, match))
            or (match.positions <= other.positions and match.strength < EXACT == other.strength)
            for other in found
        )
    ]


def _may_cover(longer: Match, shorter: Match) -> bool:
    """A sign that only rules speak of says nothing against the concept that one of its words names."""
    return longer.key[0] != SIGN or "." in longer.key or shorter.key[0] == SIGN


def _inner(reading: WordReading) -> list[str]:
    return [*sorted(reading.pairs, key=len, reverse=True), *sorted(reading.parts, key=len, reverse=True)]


def _likeliest(services: Sequence[str]) -> QueryTerm | None:
    """What shows the offers of the first of some services first, where other words do not say more."""
    if len(services) < 2:
        return None
    weights = {f"#service:{key}": LIKELY * (1 - at / len(services)) for at, key in enumerate(services)}
    return QueryTerm("!likely", weights)


def _holds(rule: Rule, signs: Mapping[str, Any]) -> bool:
    return all(sign in signs for sign in rule.signs) and not any(sign in signs for sign in rule.unless)


def _read_places(tokens: Sequence[Token], found: Iterable[Match], *, transport: bool) -> list[QueryPart]:
    """The places. Of a journey the place where it begins binds: `från Kannus till Karleby`."""
    parts = [
        QueryPart("place", tuple(match.key[1:].split(",")), match.positions)
        for match in found
        if match.key.startswith("@")
    ]
    if transport and len(parts) > 1:
        origins = [part for part in parts if _is_origin(tokens, min(part.words))]
        if origins and len(origins) < len(parts):
            return [
                *origins,
                *(QueryPart("place", p.keys, p.words, binds=False) for p in parts if p not in origins),
            ]
    return parts


def _is_origin(tokens: Sequence[Token], at: int) -> bool:
    return bool(_ORIGIN.search(tokens[at].word)) or (at > 0 and tokens[at - 1].word == "från")


def _simple_part(match: Match) -> QueryPart | None:
    """The part that a match is by itself; None for one that says something only together with others."""
    mark, name = match.key[0], match.key[1:]
    if mark == SIGN:
        kind, _, key = name.partition(".")
        signs: dict[str, QueryPart] = {
            "time": QueryPart("time", (key,), match.positions, binds=False),
            "order": QueryPart("cheap", (), match.positions),
            "free": QueryPart("free", ("1",), match.positions)
            if key == "now"
            else QueryPart("soon", (), match.positions, binds=False),
        }
        return signs.get(kind) if key else None
    if mark != "#" or ":" not in name or match.strength == IN_A_COMPOUND:
        return None
    facet, _, key = name.partition(":")
    facets: dict[str, QueryPart] = {
        "language": QueryPart("language", (key,), match.positions),
        "feature": QueryPart("feature", (key,), match.positions, binds=match.strength == STRONG),
        "group": QueryPart("group", (key,), match.positions, binds=False),
    }
    return facets.get(facet)


def _merged(parts: Sequence[QueryPart]) -> Iterator[QueryPart]:
    """Parts of one kind that the same words say become one: a weekend is Saturday and Sunday."""
    together: dict[tuple[str, frozenset[int], bool], dict[str, None]] = {}
    for part in parts:
        together.setdefault((part.kind, part.words, part.binds), {}).update(dict.fromkeys(part.keys))
    for (kind, words, binds), keys in together.items():
        yield QueryPart(kind, tuple(keys), words, binds)  # type: ignore[arg-type]  # the kind comes from a part
