"""The catalogue's engine on a search server: one index for all machines, written by one follower at a time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from marketplace.backends import SearchServer
from marketplace.language.keys import QueryTerm
from marketplace.search import scoring
from marketplace.search.engine import (
    DamagedIndex,
    Document,
    Hit,
    IndexAnswer,
    Position,
    SearchAway,
    SearchQuery,
    Status,
)
from marketplace.search.opensearch import mapping, questions
from marketplace.search.opensearch.client import Json
from marketplace.search.opensearch.indices import Indices, ServerRebuild, changes, commit_number

LOOKED_FOR: Final = 0.5
"""Seconds for which a process does not ask the server again whether its index has changed."""

PAGE: Final = 10_000
"""Rows of one answer where all are wanted."""

MOST_KNOWN: Final = 5000
"""Answers about words that are remembered while the index stands still."""

TOUCHED_EVERY: Final = 600.0
"""Seconds after which an index that is followed says so again."""

FORGOTTEN_AFTER: Final = 3600.0
"""Seconds after which an index of other rules that nobody has followed is removed."""

_FOUND: Final = "took,hits.total,hits.hits._id,hits.hits._source,hits.hits.sort,aggregations"

Derived = TypeVar("Derived")


@dataclass(frozen=True, slots=True)
class _State:
    """One committed state of one index, and what has been reckoned of it.

    It is asked by its alias: that leads on to the next index at once when this one is replaced.
    """

    index: str
    alias: str
    meta: Mapping[str, Any]
    until: float
    known: dict[Any, Any] = field(default_factory=dict)

    @property
    def version(self) -> tuple[str, int]:
        return (self.index, self.meta["commit"])


class OpenSearchOffers:
    """The engine over one server. Every process has its own; threads share it."""

    shared = True

    def __init__(self, server: SearchServer) -> None:
        self._indices = Indices(server)
        self._client = self._indices.client
        self._kept: _State | None = None
        self._lock = threading.Lock()
        self._tidied = 0.0

    # Reading

    @property
    def exists(self) -> bool:
        """True when there is an index, of these rules or of others."""
        try:
            self.refresh()
        except SearchAway:
            raise
        except DamagedIndex:
            return False
        return True

    def refresh(self) -> None:
        """Look at the newest committed state now."""
        with self._lock:
            self._look()

    def _state(self) -> _State:
        kept = self._kept
        if kept is not None and time.monotonic() < kept.until:
            return kept
        if kept is not None and self._lock.locked():  # another thread looks already
            return kept
        with self._lock:
            kept = self._kept
            if kept is not None and time.monotonic() < kept.until:
                return kept
            return self._look()

    def _look(self) -> _State:
        """The state of the index that is served now; what was reckoned of it stays while it is the same."""
        entry = self._indices.served()
        alias = self._indices.alias if self._indices.alias in entry.aliases else entry.aliases[0]
        fresh = _State(entry.name, alias, entry.meta, time.monotonic() + LOOKED_FOR)
        if self._kept is not None and self._kept.version == fresh.version:
            fresh = replace(fresh, known=self._kept.known)
        self._kept = fresh
        return fresh

    def _reckoned(self, name: Any, make: Callable[[_State], Derived]) -> Derived:
        """Something of the present state, reckoned once."""
        state = self._state()
        if name not in state.known:
            state.known[name] = make(state)
        found: Derived = state.known[name]
        return found

    def search(self, question: SearchQuery) -> IndexAnswer:
        """Answer one question from the newest committed state."""
        if not question.limit and question.facets and not questions.conditions(question):
            return self._reckoned("everything", lambda state: self._answer(state, question))
        return self._answer(self._state(), question)

    def _answer(self, state: _State, question: SearchQuery) -> IndexAnswer:
        asked = (*question.terms, *question.ranking) if questions.needs_rarities(question) else ()
        answer = self._search(state.alias, questions.body(question, self._rarities(asked)))
        total = answer["hits"]["total"]["value"]
        hits = tuple(
            Hit(int(hit["_id"]), hit["_source"][mapping.BODY].encode())
            for hit in answer["hits"].get("hits", ())
        )
        facets = {
            facet: {bucket["key"]: bucket["doc_count"] for bucket in counted["of"]["buckets"]}
            for facet, counted in answer.get("aggregations", {}).items()
        }
        without = self._without(state.alias, question) if not total and question.limit else {}
        return IndexAnswer(total, hits, facets, without)

    def _search(self, alias: str, body: Json) -> Json:
        return self._client.ask(
            "POST",
            f"{alias}/_search",
            body,
            allow_partial_search_results="false",
            filter_path=_FOUND,
        )

    def _without(self, alias: str, question: SearchQuery) -> dict[str, int]:
        found = questions.conditions(question)
        names = sorted(found)
        return dict(
            zip(names, self._counts(alias, [questions.counting(found, name) for name in names]), strict=True)
        )

    def _counts(self, alias: str, bodies: Sequence[Json]) -> list[int]:
        """How many offers each of some questions finds, asked in one request."""
        if not bodies:
            return []
        lines = [line for body in bodies for line in ({"allow_partial_search_results": False}, body)]
        answers = self._client.ask_many(
            f"{alias}/_msearch", lines, filter_path="responses.hits.total,responses.error.type"
        )["responses"]
        for answer in answers:
            if "error" in answer:
                raise SearchAway(f"the search server did not answer a question: {answer['error']['type']}")
        return [answer["hits"]["total"]["value"] for answer in answers]

    def _rarities(self, terms: Sequence[QueryTerm]) -> dict[str, int]:
        """How much each word says, by how many offers it matches."""
        if not terms:
            return {}
        offers, *having = self._matching([None, *terms])
        return {term.word: scoring.rarity(offers, count) for term, count in zip(terms, having, strict=True)}

    def _matching(self, terms: Sequence[QueryTerm | None]) -> list[int]:
        """How many offers each word matches (None: how many there are), remembered while the index stands still."""
        state = self._state()
        names = [("matching", None if term is None else frozenset(term.keys)) for term in terms]
        found = {name: state.known[name] for name in names if name in state.known}
        new = {name: term for name, term in zip(names, terms, strict=True) if name not in found}
        asked = [
            questions.counting({} if term is None else {"q": questions.matching(term)})
            for term in new.values()
        ]
        counted = dict(zip(new, self._counts(state.alias, asked), strict=True))
        found.update(counted)
        if len(state.known) > MOST_KNOWN:
            state.known.clear()
        state.known.update(counted)
        return [found[name] for name in names]

    def matching(self, term: QueryTerm) -> int:
        """How many offers one word of a query matches."""
        return self._matching([term])[0]

    def offers_any(self, facet: str, keys: Iterable[str]) -> bool:
        """True when an offer has one of the values of a facet."""
        held = self.search(SearchQuery(limit=0)).facets
        return any(held[facet].get(key) for key in keys)

    def vocabulary(self) -> Mapping[str, int]:
        """Every index key with the number of offers that have it."""
        return self._reckoned("vocabulary", lambda state: dict(self._values(state.alias, mapping.SPELLED)))

    def names(self, kind: str) -> Mapping[str, int]:
        """The names that autocomplete offers of one kind, with the number of offers that bear each."""
        return self._reckoned(("names", kind), lambda state: dict(self._values(state.alias, f"w.{kind}")))

    def bands(self) -> frozenset[str]:
        """The price bands that any offer has."""
        return self._reckoned(
            "bands", lambda state: frozenset(band for band, _ in self._values(state.alias, mapping.BANDS))
        )

    def _values(self, alias: str, of: str) -> Iterator[tuple[str, int]]:
        """Every value of a field with its number of offers, page by page in the order of the values."""
        after: Json = {}
        while True:
            asked: Json = {"size": PAGE, "sources": [{"value": {"terms": {"field": of}}}], **after}
            answer = self._search(alias, {"size": 0, "aggs": {"all": {"composite": asked}}})
            found = answer.get("aggregations", {}).get("all", {})
            rows = found.get("buckets", ())
            yield from ((row["key"]["value"], row["doc_count"]) for row in rows)
            if len(rows) < PAGE:
                return
            after = {"after": found["after_key"]}

    def ids(self, question: SearchQuery | None = None) -> list[int]:
        """The ids of all offers, or of those that meet a question's words, filters and price, in order."""
        alias = self._state().alias
        held = questions.conditions(question) if question else {}
        asked = {
            **questions.counting(held),
            "size": PAGE,
            "track_total_hits": False,
            "_source": False,
            "sort": [{mapping.IDENTITY: "asc"}],
        }
        found: list[int] = []
        while True:
            rows = self._search(alias, asked).get("hits", {}).get("hits", ())
            found += (row["sort"][0] for row in rows)
            if len(rows) < PAGE:
                return found
            asked["search_after"] = [found[-1]]

    def version(self) -> tuple[str, int]:
        """Changes with every commit: what an ETag or a cache of derived things is made from."""
        return self._state().version

    def status(self) -> Status:
        """Counts for the office and for `readyz`."""
        state = self._state()
        told = self._client.ask("GET", f"{state.alias}/_stats/docs,store,segments")
        held, everywhere = told["_all"]["primaries"], told["_all"]["total"]
        return Status(
            held["docs"]["count"],
            held["segments"]["count"],
            held["docs"]["deleted"],
            state.index,
            everywhere["store"]["size_in_bytes"],
        )

    def problem(self) -> str | None:
        """What is wrong with the server beside the index itself, in a sentence for the operator."""
        try:
            alias = self._state().alias
            health = self._client.ask("GET", f"_cluster/health/{alias}")
            blocks = self._client.ask("GET", f"{alias}/_settings/index.blocks.*", flat_settings="true")
        except SearchAway as error:
            return f"{error}: is it running, and is SEARCH_URL right?"
        except DamagedIndex:
            return None  # the state of the index says so
        if health["status"] == "red":
            return f"the search server lacks a part of the index {alias}: bring its nodes back"
        if any(each["settings"] for each in blocks.values()):
            return f"the search server does not let the index {alias} be written: is its disk full?"
        return None

    # Writing

    def position(self) -> Position:
        """How far the served index has followed the change log."""
        return mapping.position(self._state().meta)

    def write(
        self, documents: Iterable[Document], removed: Iterable[int] = (), position: Position | None = None
    ) -> None:
        """Put documents in place of earlier ones with the same id, remove others, and remember the position."""
        state = self._state()
        held = mapping.position(state.meta) if position is None else position
        sent = changes(documents, removed, held)
        self._indices.send(self._indices.alias, sent, require_alias="true", refresh="true")
        self._indices.remember(state.index, held, max(state.meta["commit"] + 1, commit_number()))
        self.refresh()

    def keep_position(self, position: Position) -> None:
        """Remember a position without a commit: changes that touch no visible offer."""
        state = self._state()
        self._indices.remember(state.index, position, state.meta["commit"])
        self.refresh()

    def tidy(self) -> bool:
        """Say now and then that the index is followed, and remove those of other rules that nobody follows."""
        state = self._state()
        now = time.time()
        if now - state.meta["at"] > TOUCHED_EVERY:
            self.keep_position(mapping.position(state.meta))
        if now - self._tidied < TOUCHED_EVERY:
            return False
        self._tidied = now
        entries = [entry for entry in self._indices.all() if entry.name != state.index]
        old = [entry.name for entry in entries if now - entry.meta["at"] > FORGOTTEN_AFTER]
        self._indices.remove(old)
        return bool(old)

    def writing(self) -> AbstractContextManager[None]:
        """Nothing to hold: the follower has its turn (`search.turns`) for all that it does."""
        return contextlib.nullcontext()

    def rebuild(self, documents: Iterable[Document], position: Position) -> ServerRebuild:
        """Build a new index beside the served one; it is served after `ServerRebuild.swap`."""
        return ServerRebuild(self._indices, documents, position)
