"""Units: added, changed by one person at a time, closed and opened again."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.errors import Invalid, NotFound
from marketplace.i18n import LocalizedText
from marketplace.permissions import Actor
from marketplace.providers.models import Provider
from marketplace.providers.service import Overtaken
from marketplace.providers.units import queries
from marketplace.providers.units.models import ServiceUnit
from marketplace.providers.units.rules import UNIT, UnitAction, UnitState
from marketplace.providers.units.service import UnitFacts, add_unit, move_unit, update_unit
from marketplace.workflow import NoSuchTransition
from tests.factories import make_provider, make_provider_admin
from tests.forms import post_form
from tests.work import work_of

ENTRIES = {
    "name": "Päiväkeskus Polku",
    "street": "Hyryläntie 1",
    "postal_code": "04300",
    "city": "Tuusula",
    "responsible_person": "Maija Malli",
}


@pytest.fixture
def provider(session: Session) -> Provider:
    return make_provider(session)


@pytest.fixture
def actor(session: Session, provider: Provider) -> Actor:
    return actor_of(make_provider_admin(session, provider))


def facts(**given: Any) -> UnitFacts:
    return UnitFacts(**(ENTRIES | given))


def add(session: Session, actor: Actor, provider: Provider, **given: Any) -> ServiceUnit:
    return add_unit(work_of(session, actor), provider_id=provider.id, facts=facts(**given))


def test_a_unit_keeps_all_that_is_told_of_it(session: Session, actor: Actor, provider: Provider) -> None:
    hours = LocalizedText("Ma–pe 8–16", "Mån–fre 8–16")
    unit = add(session, actor, provider, opening_hours=hours, languages=["fi", "sv"], soteri_reference="123")
    session.expire_all()
    assert (unit.state, unit.opening_hours, unit.languages) == ("open", hours, ["fi", "sv"])
    assert unit.soteri_reference == "123"


@pytest.mark.parametrize("given", [{"languages": ["klingon"]}, {"features": ["teleport"]}])
def test_unknown_languages_and_features_are_refused(
    session: Session, actor: Actor, provider: Provider, given: dict[str, list[str]]
) -> None:
    with pytest.raises(Invalid) as refusal:
        add(session, actor, provider, **given)
    assert refusal.value.field == next(iter(given))


def test_the_second_of_two_people_does_not_overwrite_the_first(
    session: Session, actor: Actor, provider: Provider
) -> None:
    unit = add(session, actor, provider)
    known = {"provider_id": provider.id, "unit_id": unit.id, "seen": "1"}
    update_unit(work_of(session, actor), **known, facts=facts(phone="1"))  # type: ignore[arg-type]
    with pytest.raises(Overtaken):
        update_unit(work_of(session, actor), **known, facts=facts(phone="2"))  # type: ignore[arg-type]
    assert unit.phone == "1"


def test_a_closed_unit_stays_and_can_be_opened_again(
    session: Session, actor: Actor, provider: Provider
) -> None:
    unit, other = add(session, actor, provider), add(session, actor, provider, name="Aamu")
    known = {"provider_id": provider.id, "unit_id": other.id}
    move_unit(work_of(session, actor), **known, action=UnitAction.CLOSE)
    assert list(queries.units_of(session, provider.id)) == [unit, other]
    with pytest.raises(NoSuchTransition):
        move_unit(work_of(session, actor), **known, action=UnitAction.CLOSE)
    move_unit(work_of(session, actor), **known, action=UnitAction.REOPEN)
    assert list(queries.units_of(session, provider.id)) == [other, unit]


def test_another_companys_units_do_not_exist(session: Session, actor: Actor, provider: Provider) -> None:
    unit = add(session, actor, provider)
    other = make_provider(session)
    outsider = actor_of(make_provider_admin(session, other))
    for provider_id in (provider.id, other.id):
        with pytest.raises(NotFound):
            queries.my_unit(work_of(session, outsider), provider_id, unit.id)


@pytest.mark.parametrize("state", UNIT.states)
def test_a_unit_has_one_way_on_from_each_state(state: UnitState) -> None:
    assert len(UNIT.actions(state)) == 1


@pytest.fixture
def person(app: Flask, client: FlaskClient, sign_in: Any) -> User:
    with app.extensions["database"].transaction() as session:
        person = make_provider_admin(session, make_provider(session))
    sign_in(client, person)
    return person


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_unit_is_added_changed_and_closed_on_the_pages(
    app: Flask, client: FlaskClient, person: User, language: str
) -> None:
    path = f"/{language}/provider/{actor_of(person).providers[0]}/units"
    refused = post_form(client, f"{path}/add", {"name": "Polku", "postal_code": "43"})
    assert refused.status_code == 422
    for name in ("street", "postal_code", "city", "responsible_person"):
        assert f'href="#{name}"' in refused.text
    assert post_form(client, f"{path}/add", ENTRIES).status_code == 303
    assert "Päiväkeskus Polku" in client.get(path).text
    page = f"{path}/1"
    assert post_form(client, page, ENTRIES | {"revision": "1", "phone": "09 111 222"}).status_code == 303
    late = post_form(client, page, ENTRIES | {"revision": "1", "phone": "09 222 333"})
    assert late.status_code == 409
    assert "09 1" in late.text
    assert post_form(client, f"{path}/1/state", {"action": "close"}, page=path).status_code == 303
    with app.extensions["database"].read() as session:
        assert session.get_one(ServiceUnit, 1).state == "closed"
