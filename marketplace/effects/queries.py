"""Reading who has been asked, and counts of what was answered. Nothing here leads from a client to an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.clients.models import Client, Consent, Participation
from marketplace.clients.queries import consents_of
from marketplace.clients.rules import ConsentKind
from marketplace.db import for_change
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectSheet
from marketplace.effects.rules import (
    ASKING,
    OPEN_FOR,
    REMINDED_AFTER,
    START,
    AskingState,
    begins_on,
    due_waves,
)
from marketplace.effects.sets import waves_of
from marketplace.errors import NotFound
from marketplace.i18n import helsinki_date
from marketplace.paging import Page, page_of


def consent_of(session: Session, client_id: int) -> Consent | None:
    """The latest consent to questions about effects, in force or taken back; None when there never was one."""
    return next((each for each in consents_of(session, client_id) if each.kind is ConsentKind.EFFECTS), None)


def agrees(session: Session, client_id: int) -> bool:
    """Whether a client agrees to be asked now."""
    consent = consent_of(session, client_id)
    return consent is not None and consent.withdrawn_at is None


def askings_of(session: Session, client_id: int, *, lock: bool = False) -> Sequence[EffectAsking]:
    """Everything that a client has been asked, the latest first; `lock` for a change, of whatever state."""
    query = sa.select(EffectAsking).where(EffectAsking.client_id == client_id)
    if lock:
        held = query.order_by(EffectAsking.id).with_for_update(**for_change(EffectAsking))
        session.scalars(held).all()
    return session.scalars(
        query.order_by(EffectAsking.asked_on.desc(), EffectAsking.wave.desc(), EffectAsking.id.desc())
    ).all()


def asking_of(session: Session, client_id: int, asking_id: int, *, lock: bool = False) -> EffectAsking:
    """One asking of a client. Raises NotFound for another client's."""
    found = session.get(EffectAsking, asking_id, with_for_update=for_change(EffectAsking) if lock else None)
    if found is None or found.client_id != client_id:
        raise NotFound()
    return found


def is_answered(session: Session, sheet: EffectSheet) -> bool:
    """Whether anything on a sheet has been answered, and not all of it skipped."""
    answered = sa.exists().where(
        EffectAnswer.pseudonym == sheet.pseudonym,
        EffectAnswer.wave == sheet.wave,
        EffectAnswer.value.is_not(None),
    )
    return session.scalar(sa.select(answered)) is True


def waiting_askings(session: Session, client_id: int, *, lock: bool = False) -> Sequence[EffectAsking]:
    """Those that a client can answer now, the earliest first; `lock` for a change."""
    found = askings_of(session, client_id, lock=lock)
    return [each for each in reversed(found) if each.state in ASKING.waiting]


def to_send_on_paper(session: Session, organisation: str, page: int) -> Page[EffectAsking]:
    """Those of an organisation that no mail has told and that can still be answered: first those that have got no paper
    yet, the earliest first.
    """
    return page_of(session, _on_paper(organisation).options(joinedload(EffectAsking.client)), page)


def count_on_paper(session: Session, organisation: str) -> int:
    """How many of them have got no paper yet."""
    waiting = _on_paper(organisation).where(EffectAsking.paper_on.is_(None))
    return session.scalar(sa.select(sa.func.count()).select_from(waiting.subquery())) or 0


def _on_paper(organisation: str) -> sa.Select[EffectAsking]:
    return (
        sa.select(EffectAsking)
        .join(EffectAsking.client)
        .where(
            Client.organisation_key == organisation,
            ~EffectAsking.mailed,
            EffectAsking.state.in_(ASKING.waiting),
        )
        .order_by(EffectAsking.paper_on.is_not(None), EffectAsking.asked_on, EffectAsking.id)
    )


# --- what the worker looks for ----------------------------------------------------------------------------------------


def to_ask(session: Session, today: date) -> Sequence[int]:
    """The clients who have agreed to be asked, take part in a pilot today and go on, and have a wave that is due."""
    asked: defaultdict[tuple[int, str], dict[int, date]] = defaultdict(dict)
    for client_id, pilot, wave, due_on in session.execute(
        sa.select(
            EffectAsking.client_id, EffectAsking.pilot_key, EffectAsking.wave, EffectAsking.due_on
        ).where(EffectAsking.state != AskingState.STOPPED)
    ):
        asked[client_id, pilot][wave] = due_on
    found: dict[int, None] = {}
    for client_id, organisation, pilot, joined_on, given_at in session.execute(_agreeing(today)):
        before = asked[client_id, pilot]
        begins = begins_on(joined_on, helsinki_date(given_at), before.get(START))
        if any(due_waves(waves_of(session, organisation), begins, before, today)):
            found[client_id] = None
    return list(found)


def _agreeing(today: date) -> sa.Select[int, str, str, date, datetime]:
    return (
        sa.select(
            Client.id,
            Client.organisation_key,
            Participation.pilot_key,
            Participation.joined_on,
            Consent.given_at,
        )
        .join(Client.participations)
        .join(Consent, sa.and_(Consent.client_id == Client.id, Consent.kind == ConsentKind.EFFECTS))
        .where(
            Client.erased_at.is_(None),
            Consent.withdrawn_at.is_(None),
            Participation.joined_on <= today,
            sa.or_(Participation.ended_on.is_(None), Participation.ended_on > today),
        )
        .order_by(Client.id)
    )


def of_who_left(session: Session, today: date) -> Sequence[int]:
    """Those that wait for somebody who takes part in the pilot no more."""
    takes_part = sa.exists().where(
        Participation.client_id == EffectAsking.client_id,
        Participation.pilot_key == EffectAsking.pilot_key,
        sa.or_(Participation.ended_on.is_(None), Participation.ended_on >= today),
    )
    return session.scalars(
        sa.select(EffectAsking.id)
        .where(EffectAsking.state.in_(ASKING.waiting), ~takes_part)
        .order_by(EffectAsking.id)
    ).all()


def to_remind(session: Session, today: date) -> Sequence[int]:
    """Those that wait long enough for a reminder and have had none."""
    return session.scalars(
        sa.select(EffectAsking.id)
        .where(
            EffectAsking.state.in_(ASKING.waiting),
            EffectAsking.mailed,
            EffectAsking.reminded_on.is_(None),
            EffectAsking.asked_on <= today - REMINDED_AFTER,
        )
        .order_by(EffectAsking.id)
    ).all()


def too_old(session: Session, today: date) -> Sequence[int]:
    """Those whose time to answer is over."""
    return session.scalars(
        sa.select(EffectAsking.id)
        .where(EffectAsking.state.in_(ASKING.waiting), EffectAsking.asked_on < today - OPEN_FOR)
        .order_by(EffectAsking.id)
    ).all()
