"""Finding a company by whatever is known of it, and its page: for its own organisation only, and for the impartial."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.rules import Disqualified
from marketplace.accounts.models import User
from marketplace.applications.models import Correction
from marketplace.approvals.companies import queries
from marketplace.audit.models import AuditEvent
from marketplace.decisions.rules import CorrectionState
from marketplace.errors import NotFound
from marketplace.providers.company.models import AccountChange
from marketplace.providers.company.rules import AccountChangeState
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import make_standing, open_measure
from tests.factories import NOW, make_application, make_approval, make_provider, make_provider_admin
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def known(session: Session, cast: Cast) -> Provider:
    """A company of Keusote with a person, and one of which Keusote knows nothing."""
    provider = make_provider(
        session,
        official_name="Hoiva-Öljy Oy",
        trade_name="Lyhty",
        phone="+358401234567",
        email="hoiva@oljy.fi",
    )
    make_provider_admin(session, provider, name="Aune Älytön", email="aune@oljy.fi")
    make_approval(session, provider)
    stranger = make_provider(session, official_name="Hoiva-Öljy Toinen Oy", phone="+358401234567")
    make_provider_admin(session, stranger, name="Aune Toinen")
    return provider


@pytest.mark.parametrize(
    "words", ["hoiva-öl", "LYHTY", "040 123 4567", "+358 40 1234567", "401234567", "hoiva@oljy.fi"]
)
def test_a_company_of_the_organisation_is_found_by_what_is_known_of_it(
    session: Session, cast: Cast, known: Provider, words: str
) -> None:
    work = work_of(session, cast.actor("reviewer"))
    assert queries.search(work, "keusote", words).companies == [known]


def test_its_business_id_is_read_with_and_without_the_dash(
    session: Session, cast: Cast, known: Provider
) -> None:
    work = work_of(session, cast.actor("reviewer"))
    for words in (known.business_id, known.business_id.replace("-", "")):
        assert queries.search(work, "keusote", words).companies == [known]


def test_a_person_leads_to_the_company(session: Session, cast: Cast, known: Provider) -> None:
    found = queries.search(work_of(session, cast.actor("reviewer")), "keusote", "aune")
    assert [(person.name, company) for person, company in found.people] == [("Aune Älytön", known)]


def test_numbers_lead_to_the_application(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="decided")
    work = work_of(session, cast.actor("reviewer"))
    for words in (str(application.id), application.decisions[0].number):
        assert queries.search(work, "keusote", words).applications == [application]
    assert not queries.search(
        work_of(session, cast.actor("stranger")), "soite", application.decisions[0].number
    )
    assert not queries.search(work, "keusote", "99999999999999999999")


def test_the_number_of_a_correction_leads_to_the_application_or_the_company(
    session: Session, cast: Cast
) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="decided")
    decision = application.decisions[0]
    approval = session.scalars(sa.select(ServiceApproval).limit(1)).one()
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    facts = {
        "state": CorrectionState.MADE, "wrong": "4", "right": "5", "corrected_on": NOW.date(), "file": decision.file,
    }  # fmt: skip
    session.add(Correction(decision=decision, number=f"{decision.number}-1", **facts))
    session.add(Correction(measure_id=measure.id, number="KEUSOTE-2026/M7-1", **facts))
    session.flush()
    work = work_of(session, cast.actor("reviewer"))
    assert queries.search(work, "keusote", f"{decision.number}-1").applications == [application]
    assert application in queries.search(work, "keusote", "KEUSOTE-2026/M7-1").applications
    assert not queries.search(work, "keusote", f"{decision.number}-2")


def test_nobody_finds_or_opens_a_company_in_whose_matters_they_are_disqualified(
    session: Session, cast: Cast, known: Provider
) -> None:
    barred = replace(cast.actor("reviewer"), disqualified=frozenset({known.id}))
    work = work_of(session, barred)
    assert not queries.search(work, "keusote", "hoiva")
    with pytest.raises(Disqualified):
        queries.company(work, "keusote", known.id)


def test_a_company_of_others_is_not_there(session: Session, cast: Cast, known: Provider) -> None:
    with pytest.raises(NotFound):
        queries.company(work_of(session, cast.actor("stranger")), "soite", known.id)


def test_the_page_shows_everything_and_that_it_was_opened_is_recorded(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        approval = make_standing(session, cast)
        open_measure(session, approval, cast, ApprovalAction.SUSPEND)
        application = make_application(
            session, cast.provider, cast.applicant, state="submitted", submitted_at=NOW - timedelta(days=1)
        )
        own = f"/fi/office/companies/{cast.provider.id}"
        proof = f"/fi/office/proofs/{cast.provider.id}/"
    sign_in(client, cast.reviewer)
    page = client.get(own).text
    for shown in (
        f"/fi/office/approvals/{approval.id}",
        f"/fi/office/applications/{application.id}",
        proof,
        "Päivätoimintaa metsän reunassa",
        "Hyväksymisen keskeyttäminen",
        "Aino Hakija",
        "0 asiakkaalla",
        'data-label="Päätös">Ei päätöstä<',
    ):
        assert shown in page, shown
    assert own in client.get(f"/fi/office/companies?words={cast.provider.business_id}").text
    assert "empty-state" in client.get("/fi/office/companies?words=eiole").text
    assert client.get("/fi/office/companies?words=x").status_code == 200
    with app.extensions["database"].read() as session:
        assert "provider.view" in session.scalars(sa.select(AuditEvent.action)).all()
    other = app.test_client()
    sign_in(other, cast.stranger)
    assert other.get(own).status_code == 404


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"street": "", "postal_code": "", "city": ""}, None),
        ({"street": "", "postal_code": "", "city": "Tuusula"}, "Tuusula"),
        ({"street": "Rantatie 1", "postal_code": "04310", "city": "Tuusula"}, "Rantatie 1, 04310 Tuusula"),
    ],
)
def test_of_an_address_only_what_is_known_is_shown(
    app: Flask, sign_in: SignIn, facts: dict[str, str], shown: str | None
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as setup:
        cast = make_cast(setup)
        provider = make_provider(setup, **facts)
        make_approval(setup, provider)
        number = provider.id
    office = app.test_client()
    sign_in(office, cast.reviewer)
    for page in (
        office.get(f"/fi/office/companies/{number}"),
        app.test_client().get(f"/fi/providers/{number}"),
    ):
        rows = [" ".join(row.split()) for row in re.findall(r"<dd>(.*?)</dd>", page.text, re.DOTALL)]
        assert "" not in rows
        assert not [row for row in rows if row.startswith(",")]
        assert [row for row in rows if shown and row.split("<br>")[0] == shown] or shown is None
        assert "geo:0,0?q=%2C" not in page.text


def test_account_numbers_that_wait_are_counted_for_the_offices_they_concern(
    session: Session, known: Provider
) -> None:
    def count(organisation: str) -> int:
        return session.scalar(sa.select(queries.account_changes_count(organisation))) or 0

    assert (count("keusote"), count("soite")) == (0, 0)
    person = make_provider_admin(session, known)
    session.add(
        AccountChange(
            provider_id=known.id,
            iban="FI2112345600000785",
            bic="",
            requested_by_id=person.id,
            requested_at=NOW,
            state=AccountChangeState.WAITING,
        )
    )
    session.flush()
    assert (count("keusote"), count("soite")) == (1, 0)


def test_the_page_of_a_company_counts_questions_and_leads_to_messages(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        number = make_application(session, cast.provider, cast.applicant, state="in_review").id
        make_approval(session, cast.provider)
    sign_in(client, cast.reviewer)
    page = client.get(f"/fi/office/companies/{cast.provider.id}").text
    assert "Asiakkailta on tullut 0" in page.replace("\xa0", " ")
    assert f"/fi/office/applications/{number}/messages" in page


@pytest.mark.parametrize("name", ["words", "q"])
def test_the_search_of_the_office_has_an_address_of_its_own(
    app: Flask, client: FlaskClient, sign_in: SignIn, name: str
) -> None:
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        make_approval(session, cast.provider)
    sign_in(client, cast.reviewer)
    answer = client.get(f"/fi/office/search?{name}={cast.provider.business_id}")
    assert answer.location == f"/fi/office/companies?words={cast.provider.business_id}"
    assert f"/fi/office/companies/{cast.provider.id}" in client.get(answer.location).text
    assert client.get("/fi/office/search").location == "/fi/office/companies"
