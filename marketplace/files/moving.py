"""Bringing contents from one place to another, and proving that all of them are what they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from marketplace.files import quarantine
from marketplace.files.contents import ContentStore
from marketplace.files.store import FileStore, is_named_right

AT_ONCE: Final = 8
"""Contents that are copied or read at the same time: a store on the network answers several as fast as one."""

Progress = Callable[[int], None]


@dataclass(slots=True)
class Copied:
    """What came of a copy: contents copied, there before, and those that are not what their name says."""

    copied: int = 0
    there_before: int = 0
    damaged: list[str] = field(default_factory=list)


def copy(source: ContentStore, target: ContentStore, *, progress: Progress) -> Copied:
    """Copy every content that `target` does not have. What is damaged is named and not copied.

    May be done again and while the portal runs: contents are only added.
    """
    there = {sha256 for sha256, _came in target.listed()}
    missing = sorted({sha256 for sha256, _came in source.listed()} - there)
    progress(len(missing))

    def take(sha256: str) -> bool:
        with source.open(sha256) as content:
            whole = is_named_right(content, sha256)
            if whole:
                content.seek(0)
                target.put(sha256, content)
        return whole

    found = Copied(there_before=len(there))
    for sha256, whole in _each(take, missing):
        progress(-1)
        found.copied += whole
        if not whole:
            found.damaged.append(sha256)
    return found


@dataclass(slots=True)
class Verified:
    """What a reading of all contents found: how many the database needs, those missing, those that have changed, and
    those in whose place no file lies (`obstructed`).
    """

    needed: int
    archived: int = 0
    missing: list[str] = field(default_factory=list)
    obstructed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def verify(session: Session, store: FileStore, *, progress: Progress) -> Verified:
    """Read every content that the database speaks of, and all of the archive, and compare each with its digest."""
    needed = quarantine.needed(session)
    held = store.held()
    obstructed = store.obstructed(sorted(needed - held))
    found = Verified(
        needed=len(needed), missing=sorted(needed - held - set(obstructed)), obstructed=obstructed
    )
    places: list[tuple[ContentStore, set[str]]] = [
        (store.contents, needed & {sha256 for sha256, _came in store.contents.listed()})
    ]
    if store.archive is not None:
        archived = {sha256 for sha256, _came in store.archive.listed()}
        found.archived = len(archived)
        places.append((store.archive, archived))
    progress(sum(len(digests) for _place, digests in places))
    for place, digests in places:

        def is_whole(sha256: str, place: ContentStore = place) -> bool:
            with place.open(sha256) as content:
                return is_named_right(content, sha256)

        for sha256, whole in _each(is_whole, sorted(digests)):
            progress(-1)
            if not whole:
                found.changed.append(sha256)
    return found


def _each(do: Callable[[str], bool], digests: Iterable[str]) -> Iterable[tuple[str, bool]]:
    asked = list(digests)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from zip(asked, pool.map(do, asked), strict=True)
