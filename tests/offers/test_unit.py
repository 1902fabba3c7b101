"""The unit in which a service is given: chosen in the editor, shown to clients, told apart from a place in words."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.i18n import LocalizedText
from marketplace.offers.content import ChosenUnit, content_of, content_problems
from marketplace.offers.models import Offer, OfferVersion
from marketplace.pilots.queries import kept_definition
from marketplace.providers.models import Provider
from marketplace.providers.units.models import ServiceUnit
from marketplace.providers.units.rules import UnitState
from tests.factories import NOW, make_approval, make_offer, make_provider
from tests.forms import post_form
from tests.offers.test_pages import OFFER
from tests.providers.home import Home, problems, seen_on


def make_unit(session: Session, provider: Provider, **given: Any) -> ServiceUnit:
    facts: dict[str, Any] = {
        "provider_id": provider.id,
        "name": "Puutarhan yksikkö",
        "street": "Puutarhakatu 5",
        "postal_code": "04400",
        "city": "Järvenpää",
        "languages": ["fi"],
        "features": ["lift"],
        "opening_hours": LocalizedText("Arkisin klo 8–16", "Vardagar kl. 8–16"),
        "responsible_person": "Salla Vastaava",
        "state": "open",
        "created_at": NOW,
    }
    unit = ServiceUnit(**(facts | given))
    session.add(unit)
    session.flush()
    return unit


@pytest.fixture
def unit(database: Database, home: Home) -> ServiceUnit:
    with database.transaction() as session:
        return make_unit(session, home.provider)


def in_unit(database: Database, offer: Offer, unit: ServiceUnit) -> None:
    with database.transaction() as session:
        session.execute(
            sa.update(OfferVersion).where(OfferVersion.offer_id == offer.id).values(unit_id=unit.id)
        )


def editor_of(home: Home, offer: Offer) -> str:
    return f"{home.path}/offers/{offer.id}"


def test_a_unit_is_chosen_in_the_editor_and_stays_chosen(
    client: FlaskClient, database: Database, home: Home, offer: Offer, unit: ServiceUnit
) -> None:
    editor = editor_of(home, offer)
    entries = {**OFFER, "seen": seen_on(client, editor), "unit": str(unit.id), "valid_from": "1.2.2027"}
    assert post_form(client, editor, entries).status_code == 303
    with database.read() as session:
        versions = session.get_one(Offer, offer.id).versions
        assert [version.unit_id for version in versions] == [None, unit.id]
    assert f'<option selected value="{unit.id}">' in client.get(editor).text
    preview = client.get(f"{editor}/preview").text
    assert "Puutarhakatu 5, 04400 Järvenpää" in preview
    assert "Vardagar kl. 8–16" in preview


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_clients_see_address_opening_hours_and_accessibility(
    app: Flask, database: Database, home: Home, offer: Offer, unit: ServiceUnit, language: str
) -> None:
    in_unit(database, offer, unit)
    page = app.test_client().get(f"/{language}/services/{offer.id}").text
    said = {"fi": ("Arkisin klo 8–16", "Hissi"), "sv": ("Vardagar kl. 8–16", "Hiss")}[language]
    for words in ("Puutarhan yksikkö", "Puutarhakatu 5, 04400 Järvenpää", *said):
        assert words in page
    assert "Salla Vastaava" not in page, "who is in charge is for the office"


def test_a_closed_unit_is_not_shown_and_not_taken(
    app: Flask, client: FlaskClient, database: Database, home: Home, offer: Offer, unit: ServiceUnit
) -> None:
    in_unit(database, offer, unit)
    with database.transaction() as session:
        session.get_one(ServiceUnit, unit.id).state = UnitState.CLOSED
    assert "Puutarhakatu" not in app.test_client().get(f"/fi/services/{offer.id}").text
    editor = editor_of(home, offer)
    entries = {**OFFER, "seen": seen_on(client, editor), "unit": str(unit.id), "valid_from": "1.2.2027"}
    answer = post_form(client, editor, entries)
    assert answer.status_code == 422
    assert "Puutarhan yksikkö" in problems(answer)


def test_another_companys_unit_is_not_taken(session: Session) -> None:
    offer = make_offer(session, make_approval(session, make_provider(session)))
    foreign = make_unit(session, make_provider(session))
    version = offer.versions[0]
    version.unit = foreign
    content = content_of(version)
    assert content.unit == ChosenUnit(foreign.id)
    found = content_problems(
        offer, content, kept_definition(session, offer.approval.pilot_version_id, current_ceilings=True)
    )
    assert [problem.field for problem in found] == ["unit"]


def test_without_units_the_editor_leads_to_adding_one(client: FlaskClient, home: Home, offer: Offer) -> None:
    page = client.get(editor_of(home, offer)).text
    assert re.search(r'<button[^>]*name="then"[^>]*value="unit"', page)
    assert 'name="unit"' not in page
