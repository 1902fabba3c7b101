"""Which key holds what, and giving former keys up as far as that can be done.

* What SECRET_KEY signs (cookies, tokens of forms and of files) runs out by itself, at most within a year. The secrets
  of apps are sealed anew by `renew`.
* What AUDIT_KEY sealed stays as it is, so a former key is needed for proving it; but `renew` writes a checkpoint after
  which a seal of a former key does not hold.
* What CLIENT_KEY hashed is made anew when its owner brings it again; the links to answers about effects by `renew`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.second_factor.models import AppSecret
from marketplace.accounts.second_factor.sealing import Sealer
from marketplace.audit.anchors import write_checkpoint
from marketplace.audit.models import AuditRoot, AuditSeal
from marketplace.audit.rules import FIRST_RELEASE, key_id
from marketplace.audit.service import keys_of
from marketplace.clients.keys import client_keys
from marketplace.clients.letters.models import ClientLetter
from marketplace.clients.models import Client
from marketplace.config import Settings
from marketplace.db import Database
from marketplace.effects import linking
from marketplace.effects.models import EffectLink
from marketplace.keys.audit_actions import KeyAudit
from marketplace.permissions import SYSTEM
from marketplace.work import UnitOfWork

UNKNOWN: Final = "unknown"
"""Instead of the name of the key of what no key of the settings opens."""

UNNAMED: Final = "unnamed"
"""Instead of the name of the key of what was hashed before keys had names: a former one or the present one."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How much a key holds: `number` of `things`. `rank`: 0 the present key, then former ones; None: not known."""

    setting: str
    key: str
    rank: int | None
    number: int
    things: str


def uses(session: Session, settings: Settings, *, now: datetime) -> Iterator[KeyUse]:
    """What each key of the settings holds, and what keys hold that are not in them."""
    secrets = (settings.secret_key, *settings.former_secrets)
    names = [key_id(secret.encode()) for secret in secrets]
    sealed_by = [
        next(
            (key for key, secret in zip(names, secrets, strict=True) if Sealer([secret]).open(sealed)),
            UNKNOWN,
        )
        for sealed in session.scalars(sa.select(AppSecret.sealed))
    ]
    counts: dict[str, int] = {key: sealed_by.count(key) for key in {*names, *sealed_by}}
    yield from _listed("SECRET_KEY", names, counts, "secrets of apps")
    yield from _listed(
        "AUDIT_KEY",
        [key_id(key) for key in keys_of(session)],
        _counted(session, AuditSeal.key_id, AuditSeal.chain != FIRST_RELEASE),
        "seals of the audit trail",
    )
    clients = [key_id(key) for key in client_keys(session)]
    known = _counted(session, Client.identity_key_id, Client.identity_hash.is_not(None))
    letters = _counted(
        session,
        ClientLetter.key_id,
        ClientLetter.ended_at.is_(None),
        ClientLetter.expires_at > now,
    )
    yield from _listed("CLIENT_KEY", clients, known, "personal identity codes")
    links = _counted(session, EffectLink.key_id)
    yield from _listed("CLIENT_KEY", clients, links, "links to answers about effects")
    yield from _listed("CLIENT_KEY", clients, letters, "letters with codes")


def _counted(
    session: Session,
    column: sa.orm.InstrumentedAttribute[str] | sa.orm.InstrumentedAttribute[str | None],
    *where: sa.ColumnElement[bool],
) -> Mapping[str, int]:
    """The number of rows for each name of a key."""
    rows = session.execute(sa.select(column, sa.func.count()).where(*where).group_by(column))
    return {key or UNNAMED: number for key, number in rows}


def _listed(setting: str, keys: Sequence[str], counts: Mapping[str, int], things: str) -> Iterator[KeyUse]:
    for rank, key in enumerate(keys):
        yield KeyUse(setting, key, rank, counts.get(key, 0), things)
    for key in sorted(counts.keys() - set(keys)):
        yield KeyUse(setting, key, None, counts[key], things)


def renew(database: Database, settings: Settings, *, now: datetime) -> tuple[int, bool]:
    """Give former keys up: how many secrets of apps were sealed anew, and whether the trail's former keys ended now.

    Only when no process works with the former settings any more: what it would seal would not hold. Doing it again
    changes nothing.
    """
    with database.transaction() as session:
        resealed = _reseal(session, settings)
        linking.renew(session)
        ends = _has_former_keys(session)
        if ends:
            UnitOfWork(session, SYSTEM, now).record(KeyAudit.RENEW, ("Key", key_id(keys_of(session)[0])))
    if ends:
        write_checkpoint(database, settings.audit_anchor_url, now, ends_former_keys=True)
    return resealed, ends


def _reseal(session: Session, settings: Settings) -> int:
    present, every = Sealer([settings.secret_key]), Sealer([settings.secret_key, *settings.former_secrets])
    count = 0
    for held in session.scalars(sa.select(AppSecret).order_by(AppSecret.user_id).with_for_update()):
        if present.open(held.sealed) is None and (secret := every.open(held.sealed)) is not None:
            held.sealed = present.seal(secret)
            count += 1
    return count


def _has_former_keys(session: Session) -> bool:
    """Whether the trail has former keys that no checkpoint has ended yet."""
    present, *former = keys_of(session)
    ended = sa.select(AuditRoot.number).where(AuditRoot.ends_former_keys, AuditRoot.key_id == key_id(present))
    return bool(former) and session.scalars(ended.limit(1)).first() is None
