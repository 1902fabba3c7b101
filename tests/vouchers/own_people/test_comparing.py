"""Whoever is paid never acts for the client and never handles the own payment, also when a name changes later."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.models import Disqualification
from marketplace.accounts.impartiality.queries import disqualified_in
from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of, grant_staff, save_account
from marketplace.clients.mandates.rules import Scope
from marketplace.errors import Conflict, Invalid
from marketplace.permissions import SYSTEM, Role
from marketplace.vouchers.own_people.privacy import correct_person
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_user
from tests.near_people import ORGANISATION, SISTER, Near, approved, mandate, proposed

LATER = NOW + timedelta(days=3_650)


def by_system(session: Session) -> UnitOfWork:
    return UnitOfWork(session, SYSTEM, NOW)


def rename(session: Session, user: User, name: str) -> None:
    save_account(UnitOfWork(session, actor_of(user), NOW), user, name=name, language="fi")


def helper(session: Session, scene: Near, scope: Scope, name: str) -> User:
    made = make_user(session, Role.HELPER, name=name)
    mandate(session, scene.client, scene.citizen, made, scope)
    return made


def test_a_helper_who_acts_takes_no_name_of_who_is_paid(session: Session, scene: Near) -> None:
    acting = helper(session, scene, Scope.ACT, "Joku Muu")
    seeing = helper(session, scene, Scope.SEE, "Näkijä Vain")
    proposed(session, scene)
    with pytest.raises(Conflict, match="asiakasohjaajalta"):
        rename(session, acting, " ".join(reversed(SISTER.upper().split())))
    rename(session, seeing, SISTER)
    assert seeing.name == SISTER


@pytest.mark.parametrize("change", ["name", "email"])
def test_a_person_is_not_corrected_into_one_who_acts(session: Session, scene: Near, change: str) -> None:
    acting = helper(session, scene, Scope.ACT, "Joku Muu")
    own = approved(session, scene)
    with pytest.raises(Invalid, match="valtuutuksella"):
        correct_person(by_system(session), own, {change: getattr(acting, change)})


def test_who_is_corrected_into_one_of_the_staff_is_noted_once(session: Session, scene: Near) -> None:
    payer = make_user(session, Role.PAYER, organisation=ORGANISATION, name="Maija Maksaja")
    own = approved(session, scene)
    assert own.offer is not None
    for name in ("Maija-Maksaja", "maksaja maija"):
        correct_person(by_system(session), own, {"name": name})
    assert disqualified_in(session, payer, LATER) == {own.offer.provider_id}
    assert session.scalar(sa.select(sa.func.count()).select_from(Disqualification)) == 1


@pytest.mark.parametrize("stage", [proposed, approved])
def test_staff_who_are_renamed_or_begin_later_are_compared(
    session: Session, scene: Near, stage: object
) -> None:
    renamed = make_user(session, Role.PAYER, organisation=ORGANISATION, name="Maija Maksaja")
    begins = make_user(session, name=SISTER)
    own = stage(session, scene)  # type: ignore[operator]
    rename(session, renamed, SISTER)
    grant_staff(by_system(session), begins, Role.DECIDER, organisation=ORGANISATION)
    paid = set() if own.offer is None else {own.offer.provider_id}
    for each in (renamed, begins):
        assert disqualified_in(session, each, LATER) == paid
