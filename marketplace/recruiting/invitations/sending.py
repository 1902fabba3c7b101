"""Sending: a round is ordered once, and its letters are written to the outbox one by one, each in a transaction.

A crash between two letters loses and doubles nothing: what has been written is marked in the transaction that wrote
it, the rest still waits, and the worker goes on with it. An invitation has at most one letter in a round, which the
database itself enforces.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from marketplace.db import Database, for_change
from marketplace.duties import each_by_itself
from marketplace.errors import Invalid
from marketplace.i18n import _l
from marketplace.permissions import SYSTEM
from marketplace.pilots.trail import record_in_pilot
from marketplace.recruiting.audit_actions import InvitationAudit
from marketplace.recruiting.invitations import queries, rules
from marketplace.recruiting.invitations.addresses import Reading
from marketplace.recruiting.invitations.mails import LETTERS
from marketplace.recruiting.invitations.models import Invitation, InvitationLetter, InvitationRound
from marketplace.recruiting.invitations.rules import InvitationAction, LetterAction, LetterKind, LetterState
from marketplace.recruiting.invitations.service import add, locked_pilot, require
from marketplace.work import UnitOfWork

BATCH = 50
"""How many letters the worker writes before it looks after its other work."""


def order(
    work: UnitOfWork, pilot_key: str, kind: LetterKind, *, among: Collection[int] | None = None
) -> tuple[InvitationRound, int]:
    """Order a round: the round and the number of its letters. `among` narrows it to these invitations.

    Raises Invalid when there is nobody to write to.
    """
    pilot = locked_pilot(work.session, pilot_key)
    require(work, pilot)
    ids = queries.addressed(work.session, pilot_key, kind, at=work.now, among=among)
    if not ids:
        raise NobodyToWriteTo()
    ordered = InvitationRound(
        pilot_key=pilot_key, kind=kind, ordered_by_id=work.actor.user_id, ordered_at=work.now
    )
    work.session.add(ordered)
    work.session.flush()
    work.session.add_all(
        InvitationLetter(invitation_id=each, round_id=ordered.id, state=rules.LETTER.initial) for each in ids
    )
    record_in_pilot(work, InvitationAudit.ORDER, ordered, after={"kind": kind, "letters": len(ids)})
    return ordered, len(ids)


class NobodyToWriteTo(Invalid):
    """The round would be empty."""

    def __init__(self) -> None:
        super().__init__(_l("There is nobody to write to now."))


@dataclass(frozen=True, slots=True)
class Invited:
    """What inviting a file's providers comes to, in numbers of addressees."""

    letters: int
    added: int
    known: int


def invite(work: UnitOfWork, pilot_key: str, reading: Reading) -> Invited:
    """Put a file's good rows on the pilot's list and order the invitation for those of them who have none yet.

    For the command line, as the portal itself. Doing it again with the same file orders nothing twice. Raises
    NotFound for an unknown pilot.
    """
    listing = add(work, pilot_key, [row.addressee for row in reading.rows])
    ids = [each.id for each in (*listing.added, *listing.known)]
    try:
        _ordered, letters = order(work, pilot_key, LetterKind.INVITATION, among=ids)
    except NobodyToWriteTo:
        letters = 0
    return Invited(letters, len(listing.added), len(listing.known))


def write_letters(
    database: Database, *, now: datetime, limit: int = BATCH, pilot_key: str | None = None
) -> int:
    """Write at most `limit` waiting letters to the outbox, the oldest first; how many were settled.

    Needs an application context for the templates. Several may run at once: each takes other letters.
    """
    waiting = (
        sa.select(InvitationLetter.id)
        .where(InvitationLetter.state == LetterState.WAITING)
        .order_by(InvitationLetter.id)
    )
    if pilot_key is not None:
        of_pilot = sa.select(InvitationRound.id).where(InvitationRound.pilot_key == pilot_key)
        waiting = waiting.where(InvitationLetter.round_id.in_(of_pilot))
    with database.read() as session:
        ids = session.scalars(waiting).all()

    def do(letter_id: int) -> bool:
        with database.transaction() as session:
            letter = session.scalar(
                sa.select(InvitationLetter)
                .where(InvitationLetter.id == letter_id, InvitationLetter.state == LetterState.WAITING)
                .with_for_update(skip_locked=True)
            )
            if letter is not None:
                _settle(UnitOfWork(session, SYSTEM, now), letter)
            return letter is not None

    return sum(each_by_itself(database, "write an invitation", ids, do, now=now, limit=limit))


def _settle(work: UnitOfWork, letter: InvitationLetter) -> None:
    """Write a letter, or drop it when the addressee has answered, applied or been taken off the list meanwhile."""
    invitation = work.session.get_one(
        Invitation, letter.invitation_id, with_for_update=for_change(Invitation)
    )
    ordered = letter.round
    takes_part = work.session.scalar(queries.taking_part_ids(invitation.pilot_key, invitation.id).limit(1))
    still = rules.gets_letter(
        ordered.kind,
        invitation.state,
        takes_part=takes_part is not None,
        last_letter_at=work.session.scalar(
            sa.select(sa.func.max(InvitationLetter.written_at)).where(
                InvitationLetter.invitation_id == invitation.id
            )
        ),
        ordered_at=ordered.ordered_at,
    )
    if not still:
        letter.state = rules.LETTER.next(letter.state, LetterAction.DROP)
        return
    token = secrets.token_urlsafe(24)
    message = LETTERS[ordered.kind](work, invitation, token)
    work.session.flush()
    letter.state = rules.LETTER.next(letter.state, LetterAction.WRITE)
    letter.recipient, letter.token_hash = invitation.email, queries.token_hash(token)
    letter.message_id, letter.written_at = message.id, work.now
    before = {"state": invitation.state}
    invitation.state = rules.INVITATION.next(invitation.state, InvitationAction.SEND)
    record_in_pilot(
        work,
        InvitationAudit.of(f"send_{ordered.kind}"),
        invitation,
        before=before,
        after={"state": invitation.state, "round": ordered.id},
    )


def note_bounces(database: Database, *, now: datetime) -> int:
    """Mark the invitations whose letter no mail server has taken; how many there were."""
    with database.read() as session:
        ids = queries.given_up(session)

    def do(invitation_id: int) -> None:
        with database.transaction() as session:
            invitation = session.get_one(Invitation, invitation_id, with_for_update=for_change(Invitation))
            if not rules.INVITATION.allows(invitation.state, InvitationAction.BOUNCE):
                return
            before = {"state": invitation.state}
            invitation.state = rules.INVITATION.next(invitation.state, InvitationAction.BOUNCE)
            record_in_pilot(
                UnitOfWork(session, SYSTEM, now),
                InvitationAudit.BOUNCE,
                invitation,
                before=before,
                after={"state": invitation.state},
            )

    return len(each_by_itself(database, "note a letter that nobody took", ids, do, now=now))
