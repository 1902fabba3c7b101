"""A company, its units, its account number and its people."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.i18n import LocalizedText
from marketplace.outbox import OutboxMessage
from marketplace.permissions import SYSTEM, Actor, Role
from marketplace.providers.authority import service as authority
from marketplace.providers.authority.mandates import ChosenCompany
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.queries import right_of
from marketplace.providers.authority.rules import RIGHT, RightAction, RightState
from marketplace.providers.company import account, people
from marketplace.providers.company.models import AccessRequest, AccountChange, PersonInvitation
from marketplace.providers.company.queries import grants_of, waiting_change
from marketplace.providers.company.rules import (
    ACCESS_REQUEST,
    ACCOUNT_CHANGE,
    INVITATION,
    AccessRequestAction,
    AccountChangeAction,
    AccountChangeState,
    PersonInvitationAction,
    PersonInvitationState,
)
from marketplace.providers.models import Provider
from marketplace.providers.participation import service as participation
from marketplace.providers.queries import my_provider
from marketplace.providers.rules import PROVIDER, ProviderAction, ProviderState
from marketplace.providers.units.models import ServiceUnit
from marketplace.providers.units.rules import UNIT, UnitAction, UnitState
from marketplace.providers.units.service import move_unit
from tests.factories import NOW, make_approval, make_provider, make_provider_admin, make_user
from tests.races.conftest import ROLE
from tests.races.play import Deed, Play, two_of_the_office, verb
from tests.work import work_of

OLD, NEW, OTHERS = "FI2112345600000785", "FI8847304720017517", ("FI1410093000123458", "FI4950009420028730")


@dataclass
class Company:
    """A company with two admins and two of the office.

    `subject` is the number of the thing that is fought over, `token` the key of its link or letter.
    """

    provider: int
    admins: tuple[Actor, Actor]
    payers: tuple[Actor, Actor]
    newcomers: tuple[int, int]
    subject: int = 0
    token: str = ""


def company(session: Session, state: ProviderState = ProviderState.ACTIVE) -> Company:
    """A company that takes part in a pilot."""
    provider = make_provider(session, iban=OLD, bic="NDEAFIHH", state=state)
    if state is not ProviderState.LEFT:
        make_approval(session, provider)
    first, second = (actor_of(make_provider_admin(session, provider)) for _each in range(2))
    one, two = (make_user(session).id for _each in range(2))
    return Company(
        provider.id, (first, second), two_of_the_office(session, Role.PAYER), (one, two), subject=provider.id
    )


def _provider_state(session: Session, scene: Company) -> ProviderState:
    return session.get_one(Provider, scene.provider).state


def _move(do: Callable[..., object]) -> Deed:
    return verb(
        lambda session, scene, hand: do(work_of(session, scene.admins[hand]), provider_id=scene.provider)
    )


TAKING_PART = Play(
    PROVIDER,
    Provider,
    company,
    {
        ProviderAction.PAUSE: _move(partial(participation.pause, until=NOW.date() + timedelta(days=30))),
        ProviderAction.RESUME: _move(participation.resume),
        ProviderAction.LEAVE: _move(participation.leave_portal),
        ProviderAction.RETURN: _move(participation.come_back),
    },
    _provider_state,
)


def _unit(session: Session, state: UnitState) -> Company:
    scene = company(session)
    unit = ServiceUnit(
        provider_id=scene.provider,
        name="Pihlajakoti",
        street="Hyryläntie 1",
        postal_code="04300",
        city="Tuusula",
        responsible_person="Anna Ek",
        phone="",
        email="",
        languages=["fi"],
        features=[],
        opening_hours=LocalizedText(),
        soteri_reference="",
        state=state,
        created_at=NOW,
    )
    session.add(unit)
    session.flush()
    scene.subject = unit.id
    return scene


UNITS = Play(
    UNIT,
    ServiceUnit,
    _unit,
    {
        action: verb(
            lambda session, scene, hand, action=action: move_unit(  # type: ignore[misc]
                work_of(session, scene.admins[hand]),
                provider_id=scene.provider,
                unit_id=scene.subject,
                action=action,
            )
        )
        for action in UnitAction
    },
    lambda session, scene: session.get_one(ServiceUnit, scene.subject).state,
)


def _new_account(session: Session, _state: AccountChangeState) -> Company:
    scene = company(session)
    _ask(session, scene, NEW)
    change = waiting_change(session, scene.provider)
    assert change is not None
    scene.subject = change.id
    return scene


def _ask(session: Session, scene: Company, iban: str, hand: int = 0) -> None:
    work = work_of(session, scene.admins[hand])
    account.ask_for_account(work, my_provider(work, scene.provider, lock=True), iban)


def _accounts(session: Session, scene: Company) -> tuple[str, ...]:
    return (
        session.get_one(AccountChange, scene.subject).state,
        session.get_one(Provider, scene.provider).iban,
    )


ACCOUNTS = Play(
    ACCOUNT_CHANGE,
    AccountChange,
    _new_account,
    {
        AccountChangeAction.CONFIRM: verb(
            lambda session, scene, hand: account.confirm(
                work_of(session, scene.payers[hand]), change_id=scene.subject
            )
        ),
        AccountChangeAction.REFUSE: verb(
            lambda session, scene, hand: account.refuse(
                work_of(session, scene.payers[hand]), change_id=scene.subject, reason="Ei vastaa puhelimeen."
            )
        ),
        AccountChangeAction.TAKE_BACK: verb(
            lambda session, scene, hand: account.take_back(
                work_of(session, scene.admins[hand]), provider_id=scene.provider
            )
        ),
        AccountChangeAction.REPLACE: verb(lambda session, scene, hand: _ask(session, scene, OTHERS[0], hand)),
    },
    _accounts,
)


def _invited(session: Session, _state: PersonInvitationState) -> Company:
    scene = company(session)
    invitation = people.invite(
        work_of(session, scene.admins[0]),
        provider_id=scene.provider,
        email=f"uusi{scene.provider}@example.fi",
        role=Role.PROVIDER_ADMIN,
        language="fi",
    )
    session.flush()
    letter = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()
    found = re.search(r"/provider/join\?key=(\S+)", letter.body)
    assert found is not None
    scene.subject, scene.token = invitation.id, found[1]
    return scene


PEOPLE = Play(
    INVITATION,
    PersonInvitation,
    _invited,
    {
        PersonInvitationAction.ACCEPT: verb(
            lambda session, scene, hand: people.join(
                work_of(session), user=session.get_one(User, scene.newcomers[hand]), token=scene.token
            )
        ),
        PersonInvitationAction.CANCEL: verb(
            lambda session, scene, hand: people.cancel(
                work_of(session, scene.admins[hand]),
                provider_id=scene.provider,
                invitation_id=scene.subject,
            )
        ),
    },
    lambda session, scene: session.get_one(PersonInvitation, scene.subject).state,
)


def _asked(session: Session, _state: object) -> Company:
    scene = company(session)
    scene.subject = people.ask_access(
        work_of(session),
        user=session.get_one(User, scene.newcomers[0]),
        business_id=session.get_one(Provider, scene.provider).business_id,
    ).id
    return scene


REQUESTS = Play(
    ACCESS_REQUEST,
    AccessRequest,
    _asked,
    {
        AccessRequestAction.ACCEPT: verb(
            lambda session, scene, hand: people.accept(
                work_of(session, scene.admins[hand]),
                provider_id=scene.provider,
                request_id=scene.subject,
                role=Role.PROVIDER_EDITOR,
            )
        ),
        AccessRequestAction.REFUSE: verb(
            lambda session, scene, hand: people.refuse(
                work_of(session, scene.admins[hand]), provider_id=scene.provider, request_id=scene.subject
            )
        ),
    },
    lambda session, scene: session.get_one(AccessRequest, scene.subject).state,
)


def _right(session: Session, state: RightState) -> Company:
    provider = make_provider(session, proven=state is RightState.PROVEN)
    first, second = (actor_of(make_provider_admin(session, provider)) for _each in range(2))
    coordinators = two_of_the_office(session, Role.COORDINATOR)
    scene = Company(provider.id, (first, second), coordinators, (0, 0))
    if (right := right_of(session, provider.id)) is not None:
        right.shown_by, right.codes = RightAction.ASK_REGISTER, ROLE
        right.checked_until = NOW.date()
    if state is RightState.LETTER_SENT:
        scene.token = authority.send_letter(work_of(session, coordinators[0]), provider_id=provider.id)
    return scene


def _found(session: Session, scene: Company) -> list[ChosenCompany]:
    """What the register of mandates tells, which is enough (`conftest`)."""
    return [ChosenCompany(session.get_one(Provider, scene.provider).business_id, (ROLE,))]


def _state_of_right(session: Session, scene: Company) -> tuple[object, int]:
    right = right_of(session, scene.provider)
    return (right.state if right else None, len(grants_of(session, scene.provider)))


RIGHTS = Play(
    RIGHT,
    ProviderRight,
    _right,
    {
        RightAction.SEND_LETTER: verb(
            lambda session, scene, hand: authority.send_letter(
                work_of(session, scene.payers[hand]), provider_id=scene.provider
            )
        ),
        RightAction.APPROVE: verb(
            lambda session, scene, hand: authority.approve(
                work_of(session, scene.payers[hand]), provider_id=scene.provider, reason="Soitettu."
            )
        ),
        RightAction.ENTER_CODE: verb(
            lambda session, scene, hand: authority.enter_code(
                work_of(session, scene.admins[hand]), provider_id=scene.provider, code=scene.token
            )
        ),
        RightAction.HAND_OVER: verb(
            lambda session, scene, hand: authority.hand_over(
                work_of(session, scene.payers[hand]),
                provider_id=scene.provider,
                email=f"oikea{scene.provider}@example.fi",
                language="fi",
                reason="Soitettu.",
            )
        ),
        RightAction.ASK_REGISTER: verb(
            lambda session, scene, hand: authority.show_by_register(
                work_of(session, scene.admins[hand]),
                provider_id=scene.provider,
                found=_found(session, scene),
            )
        ),
        RightAction.REVOKE: verb(
            lambda session, scene, hand: authority.revoke(
                work_of(session, scene.payers[hand]), provider_id=scene.provider, reason="Soitettu."
            )
        ),
        RightAction.LAPSE: verb(
            lambda session, scene, _hand: authority.look_again_at(
                work_of(session, SYSTEM, now=NOW + timedelta(days=1)), scene.provider
            )
        ),
    },
    _state_of_right,
)

PLAYS = (TAKING_PART, UNITS, ACCOUNTS, PEOPLE, REQUESTS, RIGHTS)
