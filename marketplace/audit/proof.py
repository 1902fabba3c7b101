"""Proving that nobody has touched the trail: the chains, their ends, the checkpoints, and what was shipped outside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditChain, AuditEvent, AuditRoot, AuditSeal
from marketplace.audit.rules import FIRST_RELEASE, GENESIS, key_id, merkle_root, seal, seal_root
from marketplace.audit.service import content_of, keys_of
from marketplace.db import Database

Heads = Mapping[str, Sequence[Any]]
"""Chain → its last number and hash."""


@dataclass(frozen=True, slots=True)
class TrailVerdict:
    """How many seals were read, and what is wrong first, in English and naming the row; None when all is well."""

    seals: int
    problem: str | None


class Broken(Exception):
    """Something in the trail does not hold; the message names it."""


def verify(database: Database, *, whole: bool = True, shipped: Iterable[str] = ()) -> TrailVerdict:
    """Walk the chains and the checkpoints.

    `whole=False` goes on from the last checkpoint, whose seals have been walked before: the time then depends on what
    has happened since and not on the age of the trail. `shipped` are lines of `anchor_line` that were kept outside:
    each must be among the checkpoints as it was, which finds also a trail that was rebuilt with the portal's own key.
    """
    with database.reading_session() as session:
        if database.url.get_backend_name() == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return verdict(session, whole=whole, shipped=shipped)


def verdict(session: Session, *, whole: bool = True, shipped: Iterable[str] = ()) -> TrailVerdict:
    """The result of `verify`, in a session that sees one state of the database."""
    counted = 0
    try:
        ended = _roots_hold(session)
        _shipped_hold(session, shipped)
        last = session.scalars(sa.select(AuditRoot).order_by(AuditRoot.number.desc()).limit(1)).first()
        begin: Heads = {} if whole or last is None else last.heads
        for counted in _walk(session, begin, ended):  # noqa: B007 - the last number is wanted also when it breaks
            pass
        _every_event_is_sealed(session, None if whole or last is None else last.at)
        _ends_hold(session, last)
    except Broken as problem:
        return TrailVerdict(counted, str(problem))
    return TrailVerdict(counted, None)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A checkpoint from which on no key counts but that of the checkpoint, its `keys`, and later ones."""

    heads: Heads
    keys: frozenset[str]

    def forbids(self, sealed: AuditSeal) -> bool:
        """Whether the seal stands after the checkpoint and was made with an earlier key."""
        end = self.heads.get(sealed.chain, (0, GENESIS))[0]
        return sealed.number > end and sealed.key_id not in self.keys


def _walk(session: Session, begin: Heads, ended: Sequence[_Ended]) -> Iterator[int]:
    """Every seal after `begin` in the order of its chain, recomputed; yields how many have been read."""
    keys = {key_id(key): key for key in keys_of(session)}
    ends = {chain: (number, hash) for chain, (number, hash) in begin.items()}
    after = sa.and_(
        sa.true(),
        *(sa.or_(AuditSeal.chain != chain, AuditSeal.number > end[0]) for chain, end in ends.items()),
    )
    for chain, (number, hash) in ends.items():
        found = session.scalar(
            sa.select(AuditSeal.hash).where(AuditSeal.chain == chain, AuditSeal.number == number)
        )
        if found != hash:
            raise Broken(f"row {number} of {chain} is not as it was at the last checkpoint")
    rows = session.execute(
        sa.select(AuditSeal, AuditEvent)
        .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .where(after)
        .order_by(AuditSeal.chain, AuditSeal.number)
        .execution_options(yield_per=1000)
    )
    count = 0
    with closing(rows):
        for sealed, event in rows:
            count += 1
            yield count
            number, previous = ends.get(sealed.chain, (0, GENESIS))
            where = f"row {number + 1} of {sealed.chain}"
            if sealed.number != number + 1 or event is None:
                raise Broken(f"{where} is missing")
            if sealed.key_id and sealed.key_id not in keys:
                raise Broken(
                    f"{where} was sealed with a key that this portal does not have ({sealed.key_id})"
                )
            if not sealed.key_id and sealed.chain != FIRST_RELEASE:
                raise Broken(f"{where} was sealed without a key")
            if any(end.forbids(sealed) for end in ended):
                raise Broken(f"{where} was sealed with a key that had been given up ({sealed.key_id})")
            made = seal(
                keys.get(sealed.key_id),
                content_of(event),
                chain=sealed.chain,
                number=sealed.number,
                previous_hash=previous,
            )
            if sealed.previous_hash != previous or sealed.hash != made:
                raise Broken(f"{where} has been changed (event {event.id})")
            ends[sealed.chain] = (sealed.number, sealed.hash)


def _every_event_is_sealed(session: Session, since: datetime | None) -> None:
    bare = sa.select(sa.func.min(AuditEvent.id)).where(
        ~sa.select(AuditSeal.event_id).where(AuditSeal.event_id == AuditEvent.id).exists()
    )
    found = session.scalar(bare if since is None else bare.where(AuditEvent.at >= since))
    if found is not None:
        raise Broken(f"event {found} has no seal")


def _ends_hold(session: Session, last: AuditRoot | None) -> None:
    """The end of each chain is its last seal, and no chain is shorter than at the last checkpoint."""
    newest = (
        sa.select(AuditSeal.chain, sa.func.max(AuditSeal.number).label("number"))
        .group_by(AuditSeal.chain)
        .subquery()
    )
    ends = {
        chain: (number, hash)
        for chain, number, hash in session.execute(
            sa.select(AuditSeal.chain, AuditSeal.number, AuditSeal.hash).join(
                newest, sa.and_(AuditSeal.chain == newest.c.chain, AuditSeal.number == newest.c.number)
            )
        )
    }
    kept = {row.key: (row.last_number, row.last_hash) for row in session.scalars(sa.select(AuditChain))}
    for chain in sorted(ends.keys() | kept.keys()):
        number = ends.get(chain, (0, GENESIS))[0]
        if ends.get(chain) != kept.get(chain):
            raise Broken(f"row {number + 1} of {chain} is missing at the end")
    for chain, (number, _hash) in (last.heads if last else {}).items():
        if ends.get(chain, (0, GENESIS))[0] < number:
            raise Broken(f"{chain} is shorter than at the last checkpoint")


def _roots_hold(session: Session) -> list[_Ended]:
    """Walk the checkpoints; those of them that ended former keys."""
    keys = {key_id(key): key for key in keys_of(session)}
    order = list(keys)
    previous = GENESIS
    ended: list[_Ended] = []
    for count, root in enumerate(session.scalars(sa.select(AuditRoot).order_by(AuditRoot.number)), start=1):
        if root.number != count:
            raise Broken(f"checkpoint {count} is missing")
        if root.key_id not in keys:
            raise Broken(
                f"checkpoint {count} was sealed with a key that this portal does not have ({root.key_id})"
            )
        if any(root.key_id not in end.keys for end in ended):
            raise Broken(f"checkpoint {count} was sealed with a key that had been given up ({root.key_id})")
        made = seal_root(
            keys[root.key_id],
            number=root.number,
            at=root.at,
            heads=root.heads,
            previous_hash=previous,
            ends_former_keys=root.ends_former_keys,
        )
        if root.previous_hash != previous or root.hash != made or root.root != merkle_root(root.heads):
            raise Broken(f"checkpoint {count} has been changed")
        previous = root.hash
        if root.ends_former_keys:
            ended.append(_Ended(root.heads, frozenset(order[: order.index(root.key_id) + 1])))
    return ended


def _shipped_hold(session: Session, shipped: Iterable[str]) -> None:
    for line in shipped:
        said = json.loads(line)
        kept = session.get(AuditRoot, said["number"])
        if kept is None or anchor(kept) != said:
            raise Broken(f"checkpoint {said['number']} is not as it was shipped outside")


def checkpoint(session: Session, now: datetime, *, ends_former_keys: bool = False) -> AuditRoot | None:
    """Write a checkpoint of the ends of all chains; None when nothing has happened since the last one.

    With `ends_former_keys` nothing that is sealed after it with an earlier key than the present one will hold, so that
    who has got hold of such a key can add nothing.
    """
    last = session.scalars(sa.select(AuditRoot).order_by(AuditRoot.number.desc()).limit(1)).first()
    chains = session.scalars(sa.select(AuditChain).order_by(AuditChain.key).with_for_update(read=True))
    heads = {row.key: [row.last_number, row.last_hash] for row in chains}
    if not heads or (last is not None and last.heads == heads):
        return None
    key = keys_of(session)[0]
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    root = AuditRoot(
        number=number,
        at=now,
        heads=heads,
        root=merkle_root(heads),
        key_id=key_id(key),
        previous_hash=previous,
        ends_former_keys=ends_former_keys,
        hash=seal_root(
            key,
            number=number,
            at=now,
            heads=heads,
            previous_hash=previous,
            ends_former_keys=ends_former_keys,
        ),
    )
    session.add(root)
    session.flush()
    return root


def anchor(root: AuditRoot) -> dict[str, Any]:
    """What of a checkpoint is kept outside: enough to find any other trail, nothing of what happened."""
    return {
        "number": root.number,
        "at": root.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "root": root.root,
        "hash": root.hash,
    }


def anchor_line(root: AuditRoot) -> str:
    """A checkpoint as one line of JSON."""
    return json.dumps(anchor(root), sort_keys=True)
