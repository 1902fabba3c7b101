"""The trail by company and by client: things in words with a link, files of what is shown, bounded lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit import queries
from marketplace.audit.audit_actions import TrailAudit
from marketplace.audit.models import AuditEvent
from marketplace.audit.subjects import describe, every_kind
from marketplace.clients.models import ClientAccess
from marketplace.clients.rules import Ground, Part
from marketplace.db import Database
from marketplace.offers.audit_actions import OfferAudit
from marketplace.permissions import Role
from marketplace.providers.audit_actions import ApprovalAudit, ProviderAudit
from marketplace.sheets import read_tables
from marketplace.vouchers.audit_actions import AgreementAudit
from tests.audit.test_names import NAMES
from tests.factories import (
    NOW,
    make_agreement,
    make_approval,
    make_client,
    make_offer,
    make_provider,
    make_user,
)
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
PAGE = "/fi/office/audit"


@dataclass(frozen=True)
class Trail:
    """Two companies with an event each, one of them with a client's agreement; the numbers of what is there."""

    auditor: int
    company: int
    approval: int
    agreement: int
    client: int
    number: str
    business_id: str


@pytest.fixture
def trail(app: Flask, database: Database, sign_in: SignIn, client: FlaskClient) -> Trail:
    with database.transaction() as session:
        auditor = make_user(session, Role.AUDITOR, organisation="keusote")
        reviewer = make_user(session, Role.REVIEWER, organisation="keusote", name="Aino Eka")
        work = work_of(session, actor_of(reviewer))
        company = make_provider(session, official_name="Stödringen i Karlebynejden r.f.")
        other = make_provider(session, official_name="Ääni ja kuva Oy")
        approval = make_approval(session, company, service_key="day_activity")
        person = make_client(session)
        agreement = make_agreement(
            session, make_offer(session, approval), reviewer, client_number=person.number
        )
        work.record(ApprovalAudit.END, approval, organisation="keusote")
        work.record(AgreementAudit.RECORD, agreement, organisation="keusote")
        work.record(ProviderAudit.VIEW, other, organisation="keusote")
        held = Trail(
            auditor.id,
            company.id,
            approval.id,
            agreement.id,
            person.id,
            person.number,
            company.business_id,
        )
    sign_in(client, auditor)
    return held


def shown(text: str) -> set[str]:
    """The things of the rows, as they stand on the page."""
    cells = re.findall(r'<td data-label="Kohde">(.*?)</td>', text, re.DOTALL)
    return {" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells}


def test_a_thing_is_told_in_words_with_its_company_and_leads_to_its_page(
    trail: Trail, client: FlaskClient
) -> None:
    text = client.get(PAGE).text
    assert f"Hyväksyminen {trail.approval}: Päivätoiminta Stödringen i Karlebynejden r.f." in shown(text)
    assert f'href="/fi/office/approvals/{trail.approval}"' in text
    assert f'href="/fi/counsellor/agreements/{trail.agreement}"' in text


def test_no_page_is_linked_that_the_reader_may_not_open(
    trail: Trail, database: Database, client: FlaskClient
) -> None:
    with database.transaction() as session:
        work_of(session).record(AgreementAudit.VIEW, ("Client", trail.client), organisation="keusote")
    text = client.get(PAGE).text
    assert f"Asiakas {trail.client}" in shown(text)
    assert "/counsellor/clients/" not in text


@pytest.mark.parametrize("words", ["stödringen", "STÖDRINGEN", "karleby", "{id}", "{bare}"])
def test_the_trail_is_found_by_company(trail: Trail, client: FlaskClient, words: str) -> None:
    asked = words.format(id=trail.business_id, bare=trail.business_id.replace("-", ""))
    found = shown(client.get(PAGE, query_string={"company": asked}).text)
    assert {each.partition(" ")[0] for each in found} == {"Hyväksyminen", "Sopimus"}
    assert all("Stödringen" in each for each in found)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("x", "aria-invalid"),
        ("%%", "Näillä rajauksilla ei löytynyt mitään"),
        ("9999999-9", "Näillä rajauksilla ei löytynyt mitään"),
    ],
)
def test_a_company_that_is_not_found_is_told(
    trail: Trail, client: FlaskClient, words: str, told: str
) -> None:
    assert told in client.get(PAGE, query_string={"company": words}).text


def test_the_trail_of_a_client_is_found_by_number_and_the_look_is_written_down(
    trail: Trail, database: Database, client: FlaskClient
) -> None:
    text = client.get(PAGE, query_string={"client": f" {trail.number.lower()} "}).text
    assert len(shown(text)) == 1
    assert f"Sopimus {trail.agreement}" in shown(text).pop()
    with database.read() as session:
        look = session.scalars(sa.select(ClientAccess)).one()
    assert (look.client_id, look.user_id, look.part, look.ground) == (
        trail.client,
        trail.auditor,
        Part.EVERYTHING,
        Ground.OVERSIGHT,
    )


def test_without_asking_for_a_client_no_number_of_one_is_shown_and_nothing_is_a_look(
    trail: Trail, database: Database, client: FlaskClient
) -> None:
    assert trail.number not in client.get(PAGE).text
    with database.read() as session:
        assert session.scalars(sa.select(ClientAccess)).all() == []


def test_a_number_that_nobody_has_finds_nothing_and_is_no_look(
    trail: Trail, database: Database, client: FlaskClient
) -> None:
    assert shown(client.get(PAGE, query_string={"client": "B-1"}).text) == set()
    with database.read() as session:
        assert session.scalars(sa.select(ClientAccess)).all() == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_shown_is_downloaded_and_the_download_is_an_event(
    trail: Trail, database: Database, client: FlaskClient, kind: str
) -> None:
    address = f"{PAGE}/list.{kind}?company=karleby&client={trail.number}"
    assert address.replace("&", "&amp;") in client.get(address.replace(f"/list.{kind}", "")).text
    [rows, *_others] = read_tables(client.get(address).data)
    assert "Stödringen i Karlebynejden r.f." in rows.rows[1]
    assert trail.number not in str(rows.rows)
    with database.read() as session:
        event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == TrailAudit.DOWNLOAD)).one()
    assert event.after == {"events": 1, "narrowed": {"company": "karleby", "client": trail.client}}
    assert event.actor_id == trail.auditor
    told = client.get(f"{PAGE}?action=trail.download").text
    assert f"numero {trail.client}" in told
    assert "karleby" in told


def test_the_list_has_an_end_and_says_so(
    trail: Trail, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST", 2)
    text = client.get(PAGE).text
    assert len(shown(text)) == 2
    assert "2 uusinta tapahtumaa" in text
    assert client.get(f"{PAGE}?page=7").status_code == 200


def test_the_newest_events_are_those_of_the_latest_moment(session: Session) -> None:
    for days in (1, 3, 2):
        work_of(session, now=NOW + timedelta(days=days)).record(
            OfferAudit.END, ("Offer", days), organisation="keusote"
        )
    found = queries.events(session, "keusote", queries.TrailFilter()).page.rows
    assert [event.subject_id for event in found][:3] == ["3", "2", "1"]


def test_a_page_is_described_in_a_query_for_each_kind(session: Session) -> None:
    company = make_provider(session)
    approvals = [make_approval(session, make_provider(session)) for _ in range(4)]
    for each in [company, *approvals]:
        work_of(session).record(ProviderAudit.VIEW, each, organisation="keusote")
    asked: list[str] = []
    sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    found = queries.events(session, "keusote", queries.TrailFilter()).page.rows
    before = len(asked)
    assert len(describe(session, found)) == 5
    assert len(asked) - before == 3


def test_numbers_that_no_row_can_have_are_described_as_nothing(session: Session) -> None:
    for identity in ("99999999999999999999", "-1", "abc", ""):
        work_of(session).record(ProviderAudit.VIEW, ("Provider", identity), organisation="keusote")
    assert describe(session, queries.events(session, "keusote", queries.TrailFilter()).page.rows) == {}


def test_every_kind_is_a_table_of_the_trail_and_its_page_exists(app: Flask) -> None:
    for kind in every_kind().values():
        assert kind.name in NAMES.values()
        if kind.page:
            rules = list(app.url_map.iter_rules(kind.page))
            assert any(set(kind.values) == rule.arguments - {"lang"} for rule in rules), kind.name


def test_the_lists_go_along_an_index(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by how many rows there are")
    for column in ("action", "actor_name"):
        step = f"SELECT min({column}) FROM audit_events WHERE organisation_key = 'keusote' AND {column} > 'a'"
        plan = session.execute(sa.text(f"EXPLAIN QUERY PLAN {step}")).all()
        assert any("SEARCH audit_events USING COVERING INDEX" in row[3] for row in plan), plan
    newest = (
        "SELECT * FROM audit_events WHERE organisation_key = 'keusote' ORDER BY at DESC, id DESC LIMIT 50"
    )
    plan = session.execute(sa.text(f"EXPLAIN QUERY PLAN {newest}")).all()
    assert all("TEMP B-TREE" not in row[3] for row in plan), plan


@pytest.mark.parametrize("most", [queries.MOST, 1, 0])
def test_few_events_are_gathered_and_many_met_on_the_way_with_the_same_outcome(
    trail: Trail, database: Database, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(queries, "MOST", most)
    company = queries.TrailFilter(company="Stödringen")
    both = replace(company, client=trail.number)
    with database.read() as session:
        kinds = [
            [each.subject_type for each in found.page.rows]
            for found in (queries.events(session, "keusote", wanted) for wanted in (company, both))
        ]
        more = queries.events(session, "keusote", company).more
    assert kinds == [["Agreement", "ServiceApproval"][:most], ["Agreement"][:most]]
    assert more is (most < 2)
