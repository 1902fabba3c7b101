"""Reading invitations: a pilot's list and its numbers, the letters that wait, whom a personal link belongs to."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from marketplace.applications.models import Application
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.outbox import MAX_ATTEMPTS, OutboxMessage
from marketplace.paging import Page, page_of
from marketplace.permissions import Permission
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import pilots
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import COMPANY_FORMS, ApprovalState
from marketplace.recruiting.invitations import rules
from marketplace.recruiting.invitations.models import (
    Invitation,
    InvitationLetter,
    InvitationRound,
    InvitationText,
)
from marketplace.recruiting.invitations.rules import InvitationState, LetterKind, LetterState
from marketplace.sorting import by_name
from marketplace.work import UnitOfWork

PER_PAGE: Final = 50
RESULTS: Final = ("applied", "approved")
"""What the list can be narrowed to besides the states of an invitation."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the inviting of a pilot stands, in numbers of addressees."""

    listed: int = 0
    sent: int = 0
    opened: int = 0
    applied: int = 0
    approved: int = 0
    declined: int = 0
    wrong_address: int = 0
    bounced: int = 0


@dataclass(frozen=True, slots=True)
class ListedInvitation:
    """An addressee on a pilot's list: the invitation, and whether the provider has applied and been approved."""

    invitation: Invitation
    applied: bool
    approved: bool


def office_pilots(work: UnitOfWork) -> Sequence[Pilot]:
    """The pilots whose invitations the actor may see, by key."""
    return [
        pilot
        for pilot in pilots(work.session)
        if work.actor.may(Permission.VIEW_APPLICATIONS, organisation=pilot.organisation_key)
    ]


def office_pilot(work: UnitOfWork, pilot_key: str) -> Pilot:
    """A pilot of the actor's organisation. Raises NotFound for any other."""
    pilot = work.session.get(Pilot, pilot_key)
    if pilot is None or not work.actor.may(Permission.VIEW_APPLICATIONS, organisation=pilot.organisation_key):
        raise NotFound()
    return pilot


def office_invitation(
    work: UnitOfWork, pilot_key: str, invitation_id: int, *, lock: bool = False
) -> Invitation:
    """An invitation of a pilot of the actor's organisation; `lock` for a change. Raises NotFound for any other."""
    office_pilot(work, pilot_key)
    found = work.session.get(
        Invitation, invitation_id, with_for_update=for_change(Invitation) if lock else None
    )
    if found is None or found.pilot_key != pilot_key:
        raise NotFound()
    return found


def token_hash(token: str) -> str:
    """What is kept of a personal link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_of_token(session: Session, token: str, *, lock: bool = False) -> Invitation:
    """The invitation that a personal link belongs to. Raises NotFound for an unknown link.

    A link dies when the address it was sent to has been corrected: a stranger had it.
    """
    letter = session.scalar(
        sa.select(InvitationLetter).where(InvitationLetter.token_hash == token_hash(token))
    )
    if letter is None:
        raise NotFound()
    found = session.get(
        Invitation, letter.invitation_id, with_for_update=for_change(Invitation) if lock else None
    )
    if found is None or found.email != letter.recipient or found.state == InvitationState.REMOVED:
        raise NotFound()
    return found


def matches(pilot_key: str, invitation_id: int | None = None) -> sa.Subquery:
    """Pairs (invitation_id, provider_id) that belong together in a pilot; of one invitation when it is named.

    Either somebody went from the personal link to apply, or the business ID is the same, or the provider's e-mail
    address is.
    """
    wanted = Invitation.pilot_key == pilot_key
    if invitation_id is not None:
        wanted = wanted & (Invitation.id == invitation_id)
    by_link = sa.select(Invitation.id.label("invitation_id"), Invitation.provider_id.label("provider_id"))
    by_identity = sa.select(Invitation.id, Provider.id).join(
        Provider, (Provider.business_id == Invitation.business_id) & (Provider.business_id != "")
    )
    by_address = sa.select(Invitation.id, Provider.id).join(
        Provider,
        (sa.func.lower(Provider.email) == Invitation.email) & (Provider.legal_form.in_(COMPANY_FORMS)),
    )
    return sa.union(
        by_link.where(wanted, Invitation.provider_id.is_not(None)),
        by_identity.where(wanted),
        by_address.where(wanted),
    ).subquery("matches")


def applied_ids(pilot_key: str, invitation_id: int | None = None) -> sa.Select[int]:
    """The ids of the invitations whose provider has sent an application to the pilot; of one when it is named."""
    pairs = matches(pilot_key, invitation_id)
    return (
        sa.select(pairs.c.invitation_id)
        .join(Application, Application.provider_id == pairs.c.provider_id)
        .where(Application.pilot_key == pilot_key, Application.submitted_at.is_not(None))
    )


def approved_ids(pilot_key: str, invitation_id: int | None = None) -> sa.Select[int]:
    """The ids of the invitations whose provider is approved for some service of the pilot; of one when it is named."""
    pairs = matches(pilot_key, invitation_id)
    return (
        sa.select(pairs.c.invitation_id)
        .join(ServiceApproval, ServiceApproval.provider_id == pairs.c.provider_id)
        .where(ServiceApproval.pilot_key == pilot_key, ServiceApproval.state == ApprovalState.APPROVED)
    )


def taking_part_ids(pilot_key: str, invitation_id: int | None = None) -> sa.CompoundSelect[int]:
    """The ids of the invitations whose provider needs none: it has applied, or is approved without an application."""
    return sa.union(applied_ids(pilot_key, invitation_id), approved_ids(pilot_key, invitation_id))


def numbers(session: Session, pilot_key: str) -> Numbers:
    """The statistics of a pilot's invitations, in one query."""
    written = sa.select(InvitationLetter.invitation_id).where(InvitationLetter.state == LetterState.WRITTEN)
    counted = {
        "listed": Invitation.state != InvitationState.REMOVED,
        "sent": Invitation.id.in_(written),
        "opened": Invitation.opened_at.is_not(None),
        "applied": Invitation.id.in_(applied_ids(pilot_key)),
        "approved": Invitation.id.in_(approved_ids(pilot_key)),
        "declined": Invitation.state == InvitationState.DECLINED,
        "wrong_address": Invitation.state == InvitationState.WRONG_ADDRESS,
        "bounced": Invitation.state == InvitationState.BOUNCED,
    }
    columns = [
        sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0).label(name)
        for name, condition in counted.items()
    ]
    row = session.execute(sa.select(*columns).where(Invitation.pilot_key == pilot_key)).one()
    return Numbers(**{name: int(value) for name, value in row._mapping.items()})  # noqa: SLF001 - SQLAlchemy's own name


def invitations(session: Session, pilot_key: str, *, show: str = "", page: int = 1) -> Page[ListedInvitation]:
    """A page of the list by name. `show` is a state or one of RESULTS; empty: everybody but those removed.

    A page beyond the last gives the last.
    """
    chosen = sa.select(Invitation.id).where(Invitation.pilot_key == pilot_key)
    if show == "applied":
        chosen = chosen.where(Invitation.id.in_(applied_ids(pilot_key)))
    elif show == "approved":
        chosen = chosen.where(Invitation.id.in_(approved_ids(pilot_key)))
    else:
        chosen = chosen.where(
            Invitation.state == show if show else Invitation.state != InvitationState.REMOVED
        )
    query = (
        sa.select(Invitation)
        .where(Invitation.id.in_(chosen))
        .options(selectinload(Invitation.letters))
        .order_by(by_name(Invitation.name), Invitation.id)
    )
    found = page_of(session, query, page, PER_PAGE)
    ids = [each.id for each in found.rows]
    applied = frozenset(session.scalars(_among(applied_ids(pilot_key), ids)))
    approved = frozenset(session.scalars(_among(approved_ids(pilot_key), ids)))
    return found.showing(
        [ListedInvitation(each, each.id in applied, each.id in approved) for each in found.rows]
    )


def _among(query: sa.Select[int], ids: Collection[int]) -> sa.Select[int]:
    return query.where(query.selected_columns[0].in_(ids))


def by_email(session: Session, pilot_key: str, emails: Collection[str]) -> dict[str, Invitation]:
    """Those of the addresses that are on the pilot's list already, by address."""
    if len(emails) <= PER_PAGE:
        query = sa.select(Invitation).where(Invitation.pilot_key == pilot_key, Invitation.email.in_(emails))
    else:
        query = sa.select(Invitation).where(Invitation.pilot_key == pilot_key)
    return {each.email: each for each in session.scalars(query) if each.email in emails}


def addressed(
    session: Session, pilot_key: str, kind: LetterKind, *, at: datetime, among: Collection[int] | None = None
) -> list[int]:
    """The ids of the invitations that a round of the kind would go to at the moment `at`, in the order of the list.

    Somebody for whom a letter of an earlier round still waits is left out. `among` narrows it to these ids.
    """
    last = (
        sa.select(InvitationLetter.invitation_id, sa.func.max(InvitationLetter.written_at).label("at"))
        .where(InvitationLetter.state == LetterState.WRITTEN)
        .group_by(InvitationLetter.invitation_id)
        .subquery()
    )
    waits = sa.select(InvitationLetter.invitation_id).where(InvitationLetter.state == LetterState.WAITING)
    query = (
        sa.select(Invitation.id, Invitation.state, last.c.at)
        .outerjoin(last, last.c.invitation_id == Invitation.id)
        .where(
            Invitation.pilot_key == pilot_key,
            Invitation.state.in_((InvitationState.LISTED, *rules.INVITATION.remindable)),
            Invitation.id.not_in(waits),
        )
        .order_by(Invitation.id)
    )
    taking_part = set(session.scalars(taking_part_ids(pilot_key)))
    wanted = None if among is None else set(among)
    return [
        invitation_id
        for invitation_id, state, last_at in session.execute(query)
        if (wanted is None or invitation_id in wanted)
        and rules.gets_letter(
            kind, state, takes_part=invitation_id in taking_part, last_letter_at=last_at, ordered_at=at
        )
    ]


def waiting_letters(session: Session, pilot_key: str) -> int:
    """How many letters of the pilot's rounds have not been written yet."""
    query = (
        sa.select(sa.func.count())
        .select_from(InvitationLetter)
        .join(InvitationRound)
        .where(InvitationRound.pilot_key == pilot_key, InvitationLetter.state == LetterState.WAITING)
    )
    return session.scalar(query) or 0


def rounds(session: Session, pilot_key: str) -> list[tuple[InvitationRound, dict[str, int]]]:
    """The pilot's rounds, the newest first, with their letters by state; `delivered`: those a mail server has taken."""
    found = session.scalars(
        sa.select(InvitationRound)
        .where(InvitationRound.pilot_key == pilot_key)
        .options(joinedload(InvitationRound.ordered_by))
        .order_by(InvitationRound.id.desc())
    ).all()
    counts: dict[int, dict[str, int]] = {each.id: {} for each in found}
    grouped = (
        sa.select(
            InvitationLetter.round_id,
            InvitationLetter.state,
            sa.func.count(),
            sa.func.count(OutboxMessage.sent_at),
        )
        .outerjoin(OutboxMessage, OutboxMessage.id == InvitationLetter.message_id)
        .where(InvitationLetter.round_id.in_(counts))
        .group_by(InvitationLetter.round_id, InvitationLetter.state)
    )
    for round_id, state, number, delivered in session.execute(grouped):
        counts[round_id][state] = number
        counts[round_id]["delivered"] = counts[round_id].get("delivered", 0) + delivered
    return [(each, counts[each.id]) for each in found]


def given_up(session: Session) -> Sequence[int]:
    """The ids of the invitations whose last letter the outbox could not hand over to any server."""
    later = aliased(InvitationLetter)
    return session.scalars(
        sa.select(InvitationLetter.invitation_id)
        .join(OutboxMessage, OutboxMessage.id == InvitationLetter.message_id)
        .join(Invitation, Invitation.id == InvitationLetter.invitation_id)
        .where(
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.attempts >= MAX_ATTEMPTS,
            OutboxMessage.last_error.is_not(None),
            Invitation.state.in_(rules.INVITATION.remindable),
            InvitationLetter.recipient == Invitation.email,
            ~sa.exists().where(
                later.invitation_id == InvitationLetter.invitation_id,
                later.id > InvitationLetter.id,
                later.state == LetterState.WRITTEN,
            ),
        )
    ).all()


def text_of(session: Session, pilot_key: str) -> InvitationText | None:
    """The letter as the office has written it, or None while the portal's own text is in use."""
    return session.get(InvitationText, pilot_key)


def by_language(session: Session, pilot_key: str, ids: Collection[int]) -> dict[str, int]:
    """How many of the invitations are in each language."""
    wanted = set(ids)
    languages = session.execute(
        sa.select(Invitation.id, Invitation.language).where(Invitation.pilot_key == pilot_key)
    )
    return dict(Counter(language for invitation_id, language in languages if invitation_id in wanted))


def some_of(session: Session, pilot_key: str, ids: Sequence[int], number: int = 20) -> Sequence[Invitation]:
    """The first of the invitations, to be shown as examples."""
    return session.scalars(
        sa.select(Invitation)
        .where(Invitation.pilot_key == pilot_key, Invitation.id.in_(ids[:number]))
        .order_by(Invitation.id)
    ).all()
