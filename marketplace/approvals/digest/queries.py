"""What waits for a person of the office this morning, and who is written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.applications.messages.queries import unread_counts
from marketplace.applications.messages.rules import Side
from marketplace.applications.models import Application
from marketplace.applications.rules import APPLICATION
from marketplace.approvals.digest.models import MorningLetter, MutedMail
from marketplace.approvals.digest.rules import NEEDED, OfficeMail, kind_of
from marketplace.approvals.offer_changes import queries as changes
from marketplace.approvals.proofs import queries as proofs
from marketplace.approvals.queue import queries as office
from marketplace.approvals.standing import queries as standing
from marketplace.permissions import GRANTS
from marketplace.pilots.queries import current_definition


@dataclass(frozen=True, slots=True)
class Morning:
    """How much waits for a person: what is new, theirs and due in the organisation, and answers to them."""

    new: int
    own: int
    proposed: int
    late: int
    messages: int
    proofs: int
    changes: int
    conditions: int
    measures: int
    proposals: int
    decisions: int

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)


def to_write(session: Session, day: date) -> Sequence[int]:
    """The people of offices, by id, who handle or decide applications, want the letter and have not had the day's."""
    roles = [role for role, held in GRANTS.items() if held & NEEDED[OfficeMail.MORNING]]
    muted = sa.select(MutedMail.user_id).where(MutedMail.kind == OfficeMail.MORNING)
    return session.scalars(
        sa.select(User.id)
        .where(
            User.active.is_(True),
            User.grants.any(RoleGrant.role.in_(roles)),
            User.id.not_in(muted),
            User.id.not_in(sa.select(MorningLetter.user_id).where(MorningLetter.day == day)),
        )
        .order_by(User.id)
    ).all()


def morning_of(
    session: Session, user: User, organisation: str, day: date, *, decides: bool, reviews: bool
) -> Morning:
    """What waits for the person in the organisation on a day.

    `decides`: what is proposed waits for them, too; `reviews`: what is to be proposed does.
    """
    known = {
        pilot.key: current_definition(session, pilot.key)
        for pilot in office.organisation_pilots(session, organisation)
    }
    waiting = office.waiting(session, organisation, user.id, office.limits(known, day))
    own = session.scalars(
        sa.select(Application.id).where(
            Application.handler_id == user.id, Application.state.in_(APPLICATION.waiting)
        )
    ).all()
    unread = unread_counts(session, own, side=Side.OFFICE, user_id=user.id)
    needs = standing.attention(session, organisation, today=day)
    return Morning(
        new=waiting.submitted,
        own=waiting.own,
        proposed=waiting.proposed if decides else 0,
        late=waiting.late,
        messages=sum(unread.values()),
        proofs=proofs.waiting(session, organisation),
        changes=session.scalar(sa.select(changes.waiting_count(organisation))) or 0,
        conditions=needs["conditions"],
        measures=needs["measures"],
        proposals=needs["proposals"] if reviews else 0,
        decisions=needs["decisions"] if decides else 0,
    )


def muted_by(session: Session, user_id: int) -> frozenset[OfficeMail]:
    """The kinds of mail that the person has switched off."""
    return frozenset(session.scalars(sa.select(MutedMail.kind).where(MutedMail.user_id == user_id)))


def is_unwanted(session: Session, to: object, template: str) -> bool:
    """Whether the recipient has switched off mail of this template, for the slot `outbox.unwanted`."""
    kind = kind_of(template)
    if kind is None or not isinstance(to, User):
        return False
    return session.get(MutedMail, (to.id, kind)) is not None
