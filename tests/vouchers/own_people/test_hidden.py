"""A person near to a client stands in nothing that is made for the public: pages, API, files, the index, exports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import BuildError, Rule

from marketplace.db import Database
from marketplace.offers.models import Offer
from marketplace.register import queries as register
from marketplace.search import documents
from marketplace.search.catalogue import Catalogue
from marketplace.search.opensearch import mapping
from tests.factories import NOW, make_approval, make_offer, make_provider, make_required_evidence
from tests.near_people import FACTS, ORGANISATION, PILOT, SERVICE, SISTER, Near, approved, make_near

COMPANY: Final = "Vertailu-Yritys Oy"
TELLING: Final = ("Zetterholm", FACTS.street, FACTS.email, FACTS.phone, FACTS.phone[-7:])
"""What would give the person away."""


def _company(session: Session) -> Offer:
    """What a company offers in the same pilot: it stands wherever the person must not."""
    provider = make_provider(session, official_name=COMPANY)
    approval = make_approval(session, provider, SERVICE, pilot_key=PILOT)
    make_required_evidence(session, approval)
    return make_offer(session, approval)


def _person(session: Session) -> Offer:
    own = approved(session, make_near(session))
    assert own.offer is not None
    return own.offer


def _told(text: str) -> list[str]:
    return [each for each in TELLING if each.casefold() in text.casefold()]


def test_no_document_is_made_of_the_person_for_either_engine(session: Session, tmp_path: Path) -> None:
    company, person = _company(session), _person(session)
    keys = Catalogue(tmp_path, analyses=True).keys
    made = list(documents.documents(session, keys, [company.id, person.id], NOW.date()))
    assert [each.id for each in made] == [company.id]
    sent = json.dumps([mapping.source(each) for each in made], default=str, ensure_ascii=False)
    assert _told(sent) == []
    assert person.id not in {each for batch in documents.all_ids(session) for each in batch}
    public = list(documents.public_offers(session, [company.id, person.id], NOW.date()))
    assert [each.id for each in public] == [company.id]


def test_the_national_register_is_told_of_companies_only(session: Session) -> None:
    _company(session), _person(session)
    ids = {ORGANISATION: "00000000-0000-0000-0000-000000000000"}
    wanted = register.wanted(session, lambda *_place, **_facts: "https://portal.example/", ids=ids)
    text = json.dumps(register.exported(wanted), ensure_ascii=False)
    assert COMPANY in text
    assert _told(text) == []


def _addresses(app: Flask, person: Offer) -> list[str]:
    """Every address that can be opened, about everything, and about the person's own offer and provider."""
    values = {"lang": "fi", "offer_id": person.id, "provider_id": person.provider_id}
    adapter = app.url_map.bind("localhost")
    found = [_address(adapter.build, rule, values) for rule in app.url_map.iter_rules()]
    data = [
        f"/api/v1/opendata/{name}.{kind}"
        for name in ("supply", "prices", "days-to-paid")
        for kind in ("json", "csv")
    ]
    searches = [f"/{lang}/services?q={SISTER}" for lang in ("fi", "sv")]
    return [*filter(None, found), *data, *searches, f"/fi/providers?q={SISTER}", f"/api/v1/offers?q={SISTER}"]


def _address(build: Callable[..., str], rule: Rule, values: dict[str, object]) -> str:
    if "GET" not in (rule.methods or ()) or not rule.arguments <= values.keys():
        return ""
    try:
        return build(rule.endpoint, {name: values[name] for name in rule.arguments})
    except BuildError:
        return ""


def test_nothing_that_anybody_can_open_tells_of_the_person(
    app: Flask, client: FlaskClient, database: Database, kept: Near
) -> None:
    with app.app_context(), database.transaction() as session:
        own = approved(session, kept)
        person = own.offer
        assert person is not None
        addresses = _addresses(app, person)
    opened = 0
    for address in addresses:
        answer = client.get(address)
        opened += answer.status_code == 200
        told = _told(answer.get_data(as_text=True))
        assert [each for each in told if each not in address] == [], address
    assert opened > 20
