"""Different verbs that share a company come out as one after the other, too: who acts for it, by what, and its account.

The pairs of one workflow are in `test_two_at_once`; here are those of several that take the same row of a company.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.db import Database
from marketplace.permissions import Actor, Role
from marketplace.providers.authority import service as authority
from marketplace.providers.authority.mandates import ChosenCompany
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.queries import right_of
from marketplace.providers.authority.rules import RIGHT
from marketplace.providers.company import account, people
from marketplace.providers.company.models import AccessRequest, PersonInvitation
from marketplace.providers.company.queries import waiting_change
from marketplace.providers.queries import my_provider
from tests.conftest import ENGINES
from tests.factories import make_provider, make_provider_admin, make_user
from tests.races.conftest import ROLE
from tests.races.outcomes import out_of_order
from tests.races.play import Play, two_of_the_office, verb
from tests.work import work_of

ACCOUNT: Final = "FI8847304720017517"


@dataclass
class Company:
    """A company of which nobody has shown a right: its two admins, and one who waits for access; the office."""

    provider: int
    business_id: str
    admins: tuple[Actor, Actor]
    asker: int
    request: int
    letter: str
    office: Actor


def _stage(session: Session, _state: object) -> Company:
    provider = make_provider(session, proven=False)
    first, second = (actor_of(make_provider_admin(session, provider)) for _each in range(2))
    office, _other = two_of_the_office(session, Role.COORDINATOR)
    asker = make_user(session)
    asked = people.ask_access(work_of(session, actor_of(asker)), user=asker, business_id=provider.business_id)
    letter = authority.send_letter(work_of(session, office), provider_id=provider.id)
    return Company(provider.id, provider.business_id, (first, second), asker.id, asked.id, letter, office)


def _asker(session: Session, scene: Company) -> Actor:
    return actor_of(session.get_one(User, scene.asker))


def _ask_for_account(session: Session, scene: Company, _hand: int) -> object:
    work = work_of(session, scene.admins[0])
    return account.ask_for_account(work, my_provider(work, scene.provider, lock=True), ACCOUNT)


def _stand(session: Session, scene: Company) -> tuple[object, ...]:
    """Who acts for the company by which role, what shows the right, and what waits."""
    known = {each.user_id: f"admin {number}" for number, each in enumerate(scene.admins)}
    known[scene.asker] = "asker"
    grants = session.scalars(sa.select(RoleGrant).where(RoleGrant.provider_id == scene.provider))
    right = right_of(session, scene.provider)
    invited = sa.select(PersonInvitation.state).where(PersonInvitation.provider_id == scene.provider)
    return (
        sorted((known[each.user_id], each.role.value) for each in grants),
        (right.state, right.shown_by, right.codes) if right else None,
        session.get_one(AccessRequest, scene.request).state,
        sorted(session.scalars(invited)),
        waiting_change(session, scene.provider) is not None,
    )


DEEDS: Final[dict[Any, Any]] = {
    "take over": verb(
        lambda session, scene, _hand: authority.take_over(
            work_of(session, _asker(session, scene)),
            request_id=scene.request,
            found=[ChosenCompany(scene.business_id, (ROLE,))],
        )
    ),
    "show by the register": verb(
        lambda session, scene, _hand: authority.show_by_register(
            work_of(session, scene.admins[0]),
            provider_id=scene.provider,
            found=[ChosenCompany(scene.business_id, (ROLE,))],
        )
    ),
    "approve": verb(
        lambda session, scene, _hand: authority.approve(
            work_of(session, scene.office), provider_id=scene.provider, reason="Soitettu."
        )
    ),
    "type the code": verb(
        lambda session, scene, _hand: authority.enter_code(
            work_of(session, scene.admins[1]), provider_id=scene.provider, code=scene.letter
        )
    ),
    "hand over": verb(
        lambda session, scene, _hand: authority.hand_over(
            work_of(session, scene.office),
            provider_id=scene.provider,
            email=f"oikea{scene.provider}@example.fi",
            language="fi",
            reason="Soitettu.",
        )
    ),
    "let in": verb(
        lambda session, scene, _hand: people.accept(
            work_of(session, scene.admins[0]),
            provider_id=scene.provider,
            request_id=scene.request,
            role=Role.PROVIDER_EDITOR,
        )
    ),
    "leave": verb(
        lambda session, scene, _hand: people.remove(
            work_of(session, scene.admins[1]), provider_id=scene.provider, user_id=scene.admins[1].user_id
        )
    ),
    "invite": verb(
        lambda session, scene, _hand: people.invite(
            work_of(session, scene.admins[0]),
            provider_id=scene.provider,
            email=f"uusi{scene.provider}@example.fi",
            role=Role.PROVIDER_EDITOR,
            language="fi",
        )
    ),
    "give another account": verb(_ask_for_account),
}
"""Verbs of four workflows that change something of the same company."""

COMPANY: Final = Play(RIGHT, ProviderRight, _stage, DEEDS, _stand)


@pytest.mark.parametrize("engine_name", ENGINES[-1:], scope="session", indirect=True)
@pytest.mark.parametrize("first", list(DEEDS)[:-1])
def test_verbs_of_one_company_come_out_as_one_after_the_other(
    first: str, races: Database, wired_app: Flask
) -> None:
    pairs = [pair for pair in combinations(DEEDS, 2) if pair[0] == first]
    found = [out_of_order(COMPANY, RIGHT.initial, pair, races, wired_app) for pair in pairs]
    assert [each for each in found if each] == []
