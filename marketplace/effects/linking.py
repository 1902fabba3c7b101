"""The one place that leads from a client to the pseudonym of the answers.

The client's own pages follow it, the counsellor who types in what came on paper (and reads nothing back), a copy of the
client's data, and erasure. Nothing else imports this module (tests/effects/test_apart.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.audit.rules import key_id
from marketplace.clients.keys import client_keys, keyed_hash
from marketplace.clients.models import Participation
from marketplace.effects.models import EffectLink


def pseudonym_of(session: Session, client_id: int, pilot_key: str) -> str | None:
    """The pseudonym of a client's answers in a pilot; None when there are none."""
    link = _link(session, client_id, pilot_key)
    return None if link is None else link.pseudonym


def pseudonym_for(session: Session, client_id: int, pilot_key: str) -> str:
    """The pseudonym under which a client's answers in a pilot are kept; a new one at the first time."""
    link = _link(session, client_id, pilot_key)
    if link is None:
        key = client_keys(session)[0]
        link = EffectLink(
            holder=holder_hash(key, client_id, pilot_key), key_id=key_id(key), pseudonym=secrets.token_hex(16)
        )
        session.add(link)
        session.flush()
    return link.pseudonym


def pseudonyms_of(session: Session, client_id: int) -> Iterator[tuple[str, str]]:
    """The pilots in which a client has answers, each with the pseudonym."""
    for pilot_key in _pilots(session, client_id):
        pseudonym = pseudonym_of(session, client_id, pilot_key)
        if pseudonym is not None:
            yield pilot_key, pseudonym


def cut(session: Session, client_id: int) -> None:
    """Delete the links of a client: nothing leads to the answers any more."""
    for pilot_key in _pilots(session, client_id):
        link = _link(session, client_id, pilot_key)
        if link is not None:
            session.delete(link)
    session.flush()


def renew(session: Session) -> int:
    """Hash every link that a former key made with the present one; how many there were."""
    present = client_keys(session)[0]
    old = {each.holder: each for each in session.scalars(_made_by_others(key_id(present)))}
    if not old:
        return 0
    count = 0
    for client_id, pilot_key in session.execute(
        sa.select(Participation.client_id, Participation.pilot_key).distinct()
    ):
        for key in client_keys(session)[1:]:
            link = old.get(holder_hash(key, client_id, pilot_key))
            if link is not None:
                link.holder, link.key_id = holder_hash(present, client_id, pilot_key), key_id(present)
                count += 1
    return count


def _made_by_others(present: str) -> sa.Select[EffectLink]:
    return sa.select(EffectLink).where(EffectLink.key_id != present).with_for_update()


def _pilots(session: Session, client_id: int) -> list[str]:
    return list(
        session.scalars(
            sa.select(Participation.pilot_key)
            .where(Participation.client_id == client_id)
            .distinct()
            .order_by(Participation.pilot_key)
        )
    )


def _link(session: Session, client_id: int, pilot_key: str) -> EffectLink | None:
    """The link, by whichever key made it."""
    holders = [holder_hash(key, client_id, pilot_key) for key in client_keys(session)]
    return session.scalars(sa.select(EffectLink).where(EffectLink.holder.in_(holders))).first()


def holder_hash(key: bytes, client_id: int, pilot_key: str) -> str:
    """What stands in a link for a client in a pilot: without the key nobody makes it of the client's number."""
    return keyed_hash(key, "effects", client_id, pilot_key)
