"""Finding the companies that have to do with an organisation, and reading everything about one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.accounts.models import RoleGrant, User
from marketplace.applications import queries as applications
from marketplace.applications.models import Application, Correction, Decision
from marketplace.applications.rules import APPLICATION
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.errors import NotFound
from marketplace.offers.models import Offer
from marketplace.offers.queries import offers_of
from marketplace.paging import contains
from marketplace.permissions import Permission
from marketplace.pilots.models import Pilot
from marketplace.providers.company.models import AccountChange
from marketplace.providers.company.rules import AccountChangeState
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.queries import approvals_of
from marketplace.providers.rules import APPROVAL
from marketplace.sorting import by_name
from marketplace.text import whole_number
from marketplace.work import UnitOfWork

MOST_FOUND: Final = 50
"""How many companies and applications a search shows at most."""

_PHONE: Final = re.compile(r"[+\d][\d ()\-]{4,}")
_PHONES: Final = (Provider.phone, Provider.contact_phone, Provider.invoicing_phone)
_ADDRESSES: Final = (Provider.email, Provider.contact_email, Provider.invoicing_email)


@dataclass(frozen=True, slots=True)
class CompaniesFound:
    """What a search finds: companies, people of companies (each with the company) and applications."""

    companies: Sequence[Provider]
    people: Sequence[tuple[User, Provider]]
    applications: Sequence[Application]

    def __bool__(self) -> bool:
        return bool(self.companies or self.people or self.applications)


def search(work: UnitOfWork, organisation: str, words: str) -> CompaniesFound:
    """What the words name among the companies of the organisation, and nothing of those that the actor may not look at.

    The words are a part of a company's name, its business ID, a telephone number or an e-mail address of it, a part of
    the name or the address of a person who acts for it, or the number of an application, a decision, a measure or a
    correction.
    """
    own = _of(organisation)
    barred = sorted({*work.actor.disqualified, *work.actor.providers})
    companies = work.session.scalars(
        sa.select(Provider)
        .where(Provider.id.in_(own), Provider.id.not_in(barred), sa.or_(*_named(words)))
        .order_by(by_name(Provider.official_name))
        .limit(MOST_FOUND)
    ).all()
    people = work.session.execute(
        sa.select(User, Provider)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Provider, Provider.id == RoleGrant.provider_id)
        .where(
            Provider.id.in_(own),
            Provider.id.not_in(barred),
            User.active.is_(True),
            sa.or_(contains(User.name, words), contains(User.email, words)),
        )
        .order_by(by_name(User.name), Provider.id)
        .limit(MOST_FOUND)
    )
    return CompaniesFound(
        companies,
        [(row[0], row[1]) for row in people],
        _applications(work.session, organisation, words, barred),
    )


def _of(organisation: str) -> sa.Select[int]:
    """The companies that the organisation has approved for something or that have applied to it."""
    approved = (
        sa.select(ServiceApproval.provider_id)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(Pilot.organisation_key == organisation, ServiceApproval.state.not_in(APPROVAL.private))
    )
    applied = (
        sa.select(Application.provider_id)
        .join(Pilot, Pilot.key == Application.pilot_key)
        .where(Pilot.organisation_key == organisation, Application.submitted_at.is_not(None))
    )
    return sa.select(approved.union(applied).subquery().c.provider_id)


def account_changes_count(organisation: str) -> sa.ScalarSelect[int]:
    """A subquery that counts the account numbers that wait and concern the organisation (`company.changes_for`)."""
    approved = (
        sa.select(ServiceApproval.provider_id)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(Pilot.organisation_key == organisation, ServiceApproval.state.in_(APPROVAL.answered_for))
    )
    considered = (
        sa.select(Application.provider_id)
        .join(Pilot, Pilot.key == Application.pilot_key)
        .where(Pilot.organisation_key == organisation, Application.state.in_(APPLICATION.waiting))
    )
    return (
        sa.select(sa.func.count(AccountChange.id))
        .where(
            AccountChange.state == AccountChangeState.WAITING,
            AccountChange.provider_id.in_(approved.union(considered)),
        )
        .scalar_subquery()
    )


def _named(words: str) -> list[sa.ColumnElement[bool]]:
    found = [
        contains(Provider.official_name, words),
        contains(Provider.trade_name, words),
        Provider.business_id == words,
        sa.func.replace(Provider.business_id, "-", "") == words,
        *(contains(column, words) for column in _ADDRESSES if "@" in words),
    ]
    if _PHONE.fullmatch(words):
        digits = re.sub(r"^(?:00)?358|^0", "", re.sub(r"\D", "", words.replace("(0)", "")))
        found += [_bare(column).contains(digits) for column in _PHONES]
    return found


def _bare(column: sa.ColumnElement[str] | object) -> sa.ColumnElement[str]:
    """A telephone number without the signs between its digits."""
    bare: sa.ColumnElement[str] = sa.func.replace(sa.func.replace(column, " ", ""), "-", "")
    return bare


def _applications(
    session: Session, organisation: str, words: str, barred: Sequence[int]
) -> Sequence[Application]:
    """Applications that the words name by their own number or that of a decision, a measure or a correction of one."""
    corrections = contains(Correction.number, words)
    decided = sa.select(Decision.application_id).where(
        sa.or_(
            contains(Decision.number, words),
            Decision.id.in_(sa.select(Correction.decision_id).where(corrections)),
        )
    )
    measured = (
        sa.select(ServiceApproval.provider_id)
        .join(ApprovalMeasure, ApprovalMeasure.approval_id == ServiceApproval.id)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(
            Pilot.organisation_key == organisation,
            sa.or_(
                contains(ApprovalMeasure.number, words),
                ApprovalMeasure.id.in_(sa.select(Correction.measure_id).where(corrections)),
            ),
        )
    )
    named: list[sa.ColumnElement[bool]] = [
        Application.id.in_(decided),
        Application.provider_id.in_(measured),
    ]
    if (number := whole_number(words)) is not None:
        named.append(Application.id == number)
    return session.scalars(
        sa.select(Application)
        .join(Pilot, Pilot.key == Application.pilot_key)
        .where(
            Pilot.organisation_key == organisation,
            Application.submitted_at.is_not(None),
            Application.provider_id.not_in(barred),
            sa.or_(*named),
        )
        .options(joinedload(Application.provider))
        .order_by(Application.id.desc())
        .limit(MOST_FOUND)
    ).all()


def company(work: UnitOfWork, organisation: str, provider_id: int) -> Provider:
    """A company that the organisation has approved or that has applied to it. Raises NotFound and Disqualified."""
    own = work.session.scalar(
        sa.select(Provider).where(Provider.id == provider_id, Provider.id.in_(_of(organisation)))
    )
    if own is None or not work.actor.may(Permission.VIEW_APPLICATIONS, organisation=organisation):
        raise NotFound()
    demand_impartial(work.actor, provider_id)
    return own


@dataclass(frozen=True, slots=True)
class InOrganisation:
    """What a company has in the pilots of one organisation, the newest first."""

    applications: Sequence[Application]
    approvals: Sequence[ServiceApproval]
    offers: Sequence[Offer]
    measures: Sequence[ApprovalMeasure]


def of_company(session: Session, organisation: str, provider_id: int) -> InOrganisation:
    """What the company has in the pilots of the organisation; a draft of an application is its own until it is sent."""
    keys = set(session.scalars(sa.select(Pilot.key).where(Pilot.organisation_key == organisation)))
    approvals = [each for each in approvals_of(session, provider_id) if each.pilot_key in keys]
    return InOrganisation(
        applications=[
            each
            for each in applications.of_provider(session, provider_id)
            if each.pilot_key in keys and each.submitted_at is not None
        ],
        approvals=approvals,
        offers=[each for each in offers_of(session, provider_id) if each.pilot_key in keys],
        measures=session.scalars(
            sa.select(ApprovalMeasure)
            .where(ApprovalMeasure.approval_id.in_([each.id for each in approvals]))
            .order_by(ApprovalMeasure.id.desc())
        ).all(),
    )
