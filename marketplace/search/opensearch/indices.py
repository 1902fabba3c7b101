"""The portal's indices on a search server: which there are, what they say of themselves, changes, and which is served.

Every rebuild makes an index of its own, `NAME-FINGERPRINT-TIME`, which is served from the moment when the alias
`NAME-FINGERPRINT` is put on it. The fingerprint is that of the rules and words by which documents were made: while
machines are upgraded one after the other, each version of the program follows and asks its own.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from marketplace.backends import SearchServer
from marketplace.search import documents as rules
from marketplace.search.engine import DamagedIndex, Document, Position, SearchAway
from marketplace.search.opensearch import mapping
from marketplace.search.opensearch.client import WRITES_WITHIN, Json, SearchClient, ServerRefusal

AT_ONCE: Final = 400
"""Documents in one request, some 2 MB."""

_LOOKED_AT: Final = "*.aliases,*.mappings._meta"


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One index: its name, its aliases, and what it says of itself (`mapping.meta`)."""

    name: str
    aliases: Sequence[str]
    meta: Mapping[str, Any]


class Indices:
    """The indices of one portal on one server."""

    def __init__(self, server: SearchServer) -> None:
        self.client = SearchClient(server)
        self._name = server.name

    @property
    def alias(self) -> str:
        """What the index that this program's rules have made is called."""
        return f"{self._name}-{rules.fingerprint()}"

    def all(self) -> list[IndexEntry]:
        """Every index of the portal, those in the making too."""
        found = self.client.ask("GET", f"{self._name}-*", filter_path=_LOOKED_AT, allow_no_indices="true")
        return [
            IndexEntry(name, tuple(told.get("aliases", ())), told["mappings"]["_meta"])
            for name, told in found.items()
            if "_meta" in told.get("mappings", {})
        ]

    def served(self) -> IndexEntry:
        """The index of these rules or, until there is one, the newest of others. DamagedIndex when there is none."""
        served = [entry for entry in self.all() if entry.aliases]
        own = [entry for entry in served if self.alias in entry.aliases]
        if not served:
            raise DamagedIndex("there is no index yet")
        return max(own or served, key=lambda entry: entry.meta["at"])

    def create(self, position: Position) -> str:
        """Make an empty index that is not served yet; its name."""
        name = f"{self.alias}-{time.time_ns()}"
        self.client.ask("PUT", name, mapping.index_body(position), within=WRITES_WITHIN)
        return name

    def send(self, index: str, changes: Iterable[list[Json]], **parameters: str) -> None:
        """Send changes some at a time. DamagedIndex when the index is gone, SearchAway when it does not take them."""
        remaining = iter(changes)
        while some := list(islice(remaining, AT_ONCE)):
            try:
                told = self.client.ask_many(
                    f"{index}/_bulk",
                    (line for change in some for line in change),
                    within=WRITES_WITHIN,
                    filter_path="errors,items.*.status,items.*.error",
                    **parameters,
                )
            except ServerRefusal as error:
                raise SearchAway(f"the search server does not take changes: {error}") from error
            if told["errors"]:
                _look_at(told["items"])

    def remember(self, index: str, position: Position, commit: int) -> None:
        """Let an index say how far it has come, and that it is followed."""
        told = mapping.meta(position, commit, time.time())
        self.client.ask("PUT", f"{index}/_mapping", {"_meta": told}, within=WRITES_WITHIN)

    def serve(self, index: str) -> None:
        """Put the alias on an index in one step, and remove those of the same rules that stood before it."""
        alias = index.rpartition("-")[0]
        before = [entry for entry in self.all() if entry.name.startswith(f"{alias}-") and entry.name < index]
        actions: list[Json] = [
            {"remove": {"index": entry.name, "alias": alias}} for entry in before if alias in entry.aliases
        ]
        actions.append({"add": {"index": index, "alias": alias}})
        self.client.ask("POST", "_aliases", {"actions": actions}, within=WRITES_WITHIN)
        self.remove(entry.name for entry in before)

    def remove(self, names: Iterable[str]) -> None:
        """Remove indices; one that is gone already is as it should be."""
        for name in names:
            with contextlib.suppress(DamagedIndex):
                self.client.ask("DELETE", name, within=WRITES_WITHIN)


class ServerRebuild:
    """An index in the making. Nothing that is served changes before `swap`; one that dies leaves rubbish."""

    def __init__(self, indices: Indices, documents: Iterable[Document], position: Position) -> None:
        self._indices = indices
        self.name = indices.create(position)
        indices.send(self.name, changes(documents, (), position))
        self._position = position

    def apply(self, documents: Iterable[Document], removed: Iterable[int], position: Position) -> None:
        """Catch up with changes that were made while it was built."""
        self._indices.send(self.name, changes(documents, removed, position))
        self._position = position

    def swap(self) -> None:
        """Serve this index from now on, in one step, and remove those of the same rules that stood before it."""
        self._indices.client.ask("POST", f"{self.name}/_refresh", within=WRITES_WITHIN)
        self._indices.remember(self.name, self._position, commit_number())
        self._indices.serve(self.name)


def changes(
    documents: Iterable[Document], removed: Iterable[int], position: Position
) -> Iterator[list[Json]]:
    """Changes as the server takes them. A follower that was thought dead cannot put an older document over a newer."""
    version = {"version": position.highest + 1, "version_type": "external_gte"}
    for document in documents:
        yield [{"index": {"_id": str(document.id), **version}}, mapping.source(document)]
    for identity in removed:
        yield [{"delete": {"_id": str(identity), **version}}]


def commit_number() -> int:
    """A number that is higher than those of the commits before."""
    return time.time_ns() // 1000


def _look_at(items: Iterable[Mapping[str, Any]]) -> None:
    """Raise what went wrong with a change; one that was gone already, or a newer one there, is as it should be."""
    for item in items:
        for kind, told in item.items():
            status = told["status"]
            if status == 404 and "index_not_found" in str(told.get("error")):
                raise DamagedIndex("the index is gone")
            if status < 300 or status == 409 or (status == 404 and kind == "delete"):
                continue
            raise SearchAway(f"the search server does not take a change: {status} {str(told['error'])[:300]}")
