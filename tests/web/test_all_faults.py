"""Every form of a provider and a counsellor tells all its faults at once: those of its fields and those of the room.

Each case sends a page with something that the form itself refuses and something that only the room knows to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.db import Database
from marketplace.permissions import Role
from tests import factories
from tests.forms import post_form
from tests.providers.home import seen_on

SignIn = Callable[[FlaskClient, User], None]


@dataclass(frozen=True)
class Case:
    """`open` makes what the page is about, and gives who opens it and its address; `wrong`: the fields told of."""

    name: str
    open: Callable[[Session], tuple[User | None, str]]
    entries: dict[str, Any]
    wrong: frozenset[str]
    seen: bool = False


def _home(page: str) -> Callable[[Session], tuple[User, str]]:
    def opened(session: Session) -> tuple[User, str]:
        provider = factories.make_provider(session)
        return factories.make_provider_admin(session, provider), f"/fi/provider/{provider.id}/{page}"

    return opened


def _offer(page: str) -> Callable[[Session], tuple[User, str]]:
    def opened(session: Session) -> tuple[User, str]:
        provider = factories.make_provider(session)
        approval = factories.make_approval(session, provider, "carer_leave_home")
        offer = factories.make_offer(session, approval)
        person = factories.make_provider_admin(session, provider)
        return person, f"/fi/provider/{provider.id}/offers/{offer.id}{page}"

    return opened


def _application(page: str) -> Callable[[Session], tuple[User, str]]:
    def opened(session: Session) -> tuple[User, str]:
        provider = factories.make_provider(session)
        person = factories.make_provider_admin(session, provider)
        application = factories.make_application(session, provider, person)
        return person, f"/fi/provider/{application.provider_id}/applications/{application.id}/{page}"

    return opened


def _delivery(session: Session) -> tuple[User, str]:
    provider = factories.make_provider(session)
    offer = factories.make_offer(session, factories.make_approval(session, provider, "carer_leave_home"))
    counsellor = factories.make_user(session, Role.COUNSELLOR, organisation="keusote")
    number = factories.make_client(session).number
    agreement = factories.make_agreement(session, offer, counsellor, client_number=number)
    person = factories.make_provider_admin(session, provider)
    return person, f"/fi/provider/{provider.id}/deliveries/new/{agreement.id}"


def _agreement(session: Session) -> tuple[User, str]:
    approval = factories.make_approval(session, factories.make_provider(session))
    factories.make_required_evidence(session, approval)
    offer = factories.make_offer(session, approval)
    counsellor = factories.make_user(session, Role.COUNSELLOR, organisation="keusote")
    return counsellor, f"/fi/counsellor/agreements/new/{offer.id}"


def _stranger(_session: Session) -> tuple[None, str]:
    return None, "/fi/provider/register"


CASES = (
    Case(
        "registering",
        _stranger,
        {
            "email": "no address",
            "name": "Aku Kuljettaja",
            "business_id": "1234567-0",
            "official_name": "",
            "phone": "soita illalla",
            "password": "kyyti",
        },
        frozenset({"email", "business_id", "official_name", "phone", "legal_form", "password"}),
    ),
    Case(
        "company",
        _home("company"),
        {
            "official_name": "",
            "legal_form": "oy",
            "phone": "soita illalla",
            "email": "",
            "iban": "FI00",
            "einvoice_operator": "X",
        },
        frozenset(
            {"official_name", "phone", "email", "iban", "einvoice_operator", "einvoice_address"},
        ),
    ),
    Case(
        "proof of insurance",
        _home("evidence/add/liability_insurance"),
        {"issued_on": "1.11.2026", "valid_until": "1.10.2026", "insured_sum": "paljon"},
        frozenset({"document", "valid_until", "insured_sum"}),
    ),
    Case(
        "proof in an application",
        _application("evidence/liability_insurance"),
        {"issued_on": "1.11.2026", "valid_until": "1.10.2026", "insured_sum": "paljon"},
        frozenset({"document", "valid_until", "insured_sum"}),
    ),
    Case(
        "offer",
        _offer(""),
        {
            "title-fi": "x" * 200,
            "valid_from": "joskus",
            "vat_code": "S",
            "minimum_minutes": "9000",
            "municipalities": "091",
            "price_weekday_day": "9999",
        },
        frozenset({"title", "valid_from", "minimum_minutes", "municipalities", "price_weekday_day"}),
        seen=True,
    ),
    Case(
        "several prices",
        _offer("/coefficients"),
        {
            "base": "halpa",
            "coefficient_weekday_day": "0",
            "coefficient_saturday": "99",
        },
        frozenset({"base", "coefficient_weekday_day", "coefficient_saturday"}),
        seen=True,
    ),
    Case(
        "delivery",
        _delivery,
        {"kind": "given", "day": "1.1.2026", "start": "8.00", "end": "10.00", "activity": ""},
        frozenset({"activity", "day"}),
    ),
    Case(
        "agreement",
        _agreement,
        {"client_number": "", "starts_on": "1.1.2028", "ends_on": "x"},
        frozenset({"client_number", "starts_on", "ends_on"}),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_page_tells_all_its_faults_at_once(
    app: Flask, client: FlaskClient, sign_in: SignIn, case: Case
) -> None:
    database: Database = app.extensions["database"]
    with app.app_context(), database.transaction() as session:
        person, path = case.open(session)
    if person is not None:
        sign_in(client, person)
    seen = {"seen": seen_on(client, path)} if case.seen else {}
    answer = post_form(client, path, case.entries | seen)
    assert answer.status_code == 422
    assert case.wrong - wrong_on(answer.text) == set()


def wrong_on(page: str) -> set[str]:
    """The fields to which the summary of what is wrong leads."""
    summary = re.search(r'id="error-summary".*?</ul>', page, re.DOTALL)
    assert summary is not None
    return {re.split(r"[-]", field)[0] for field in re.findall(r'href="#([^"]+)"', summary[0])}
