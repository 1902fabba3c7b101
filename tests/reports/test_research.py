"""Extracts for research: who is in them, that it is written down to whom they were given, and the page."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.clients.keys import DEVELOPMENT_KEY
from marketplace.clients.models import Client, ClientAccess, Consent, Participation
from marketplace.clients.rules import ConsentKind, Ground, Part
from marketplace.db import Database
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryKind, DeliveryState
from marketplace.errors import Conflict, Invalid
from marketplace.money import Money
from marketplace.permissions import Role
from marketplace.pilots.queries import pilot
from marketplace.reports.commands import reports
from marketplace.reports.disclosure import FEWEST
from marketplace.reports.research.models import ResearchExtract, ResearchMember
from marketplace.reports.research.rules import (
    GIVEN,
    ExtractDatum,
)
from marketplace.reports.research.service import FETCHED_FOR, Wanted, count, count_apart, give, pseudonym
from marketplace.reports.rules import past_quarters
from marketplace.reports.service import keep, missing_editions
from tests.factories import (
    NOW,
    make_agreement,
    make_approval,
    make_client,
    make_offer,
    make_provider,
    make_user,
)
from tests.forms import hidden_on, post_form
from tests.work import work_of

SignIn = Callable[..., object]
PAGE = "/fi/office/reports/research"
LAST = past_quarters(NOW.date(), 1)[0]
WANTED = Wanted(LAST, LAST, "Tutkimuslaitos", "L/12/2026")


# --- who is in it ----------------------------------------------------------------------------------------------------


def agreeing(session: Session, person: User, number: int = 6, **facts: object) -> list[Client]:
    """Clients of a pilot who agree to research, each with a delivery in the last quarter that is over."""
    offer = make_offer(
        session,
        make_approval(session, make_provider(session), approved_on=LAST.first),
        version={"valid_from": LAST.first},
    )
    found = []
    for _number in range(number):
        client = make_client(session, **facts)
        session.add(
            Participation(
                client_id=client.id,
                pilot_key="keusote-2022",
                joined_on=LAST.first,
                recorded_by_id=person.id,
                recorded_at=NOW,
            )
        )
        session.add(
            Consent(client_id=client.id, kind=ConsentKind.RESEARCH, given_at=NOW, given_by_id=person.id)
        )
        agreement = make_agreement(session, offer, person, client_number=client.number)
        session.add(
            Delivery(
                agreement_id=agreement.id, provider_id=offer.provider_id, organisation_key="keusote",
                client_number=client.number, kind=DeliveryKind.GIVEN, state=DeliveryState.CONFIRMED,
                day=LAST.first, activity="Käynti", amount=Money(123_45), lines=[], recorded_by_id=person.id,
                recorded_at=NOW,
            )
        )  # fmt: skip
        found.append(client)
    session.flush()
    return found


def given_to(session: Session, person: User) -> tuple[ResearchExtract, bytes]:
    """An extract, with the reports that are due made before."""
    found = pilot(session, "keusote-2022")
    keep(session, missing_editions(session, found.key, NOW.date()), now=NOW)
    return give(work_of(session, actor_of(person)), found, count(session, found, WANTED))


def tables(content: bytes) -> dict[str, list[dict[str, str]]]:
    """The tables of an extract, by the names of their files."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")), delimiter=";"))
            for name in archive.namelist()
            if name.endswith(".csv")
        }


def schema(content: bytes) -> dict[str, object]:
    """What an extract says of itself."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return dict(json.loads(archive.read("schema.json")))


def test_an_extract_tells_of_those_who_agree_and_names_nobody(session: Session) -> None:
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    clients = agreeing(session, person)
    taken_back = agreeing(session, person, FEWEST - 1)
    for consent in session.scalars(
        sa.select(Consent).where(Consent.client_id.in_([client.id for client in taken_back]))
    ):
        consent.withdrawn_at, consent.withdrawn_by_id = NOW, person.id
    [hidden] = agreeing(session, person, 1, protected=True, municipality=None, address="")
    extract, content = given_to(session, person)
    told = tables(content)
    keys = {pseudonym(DEVELOPMENT_KEY, extract.id, client.id) for client in clients}
    assert {row["person"] for row in told["people.csv"]} == keys
    assert {row["person"] for row in told["given.csv"]} == keys
    assert {row["municipality"] for row in told["people.csv"]} == {"858"}
    assert {(row["service"], row["spent"]) for row in told["given.csv"]} == {("day_activity", "120,00")}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for client in (*clients, *taken_back, hidden):
        assert client.number not in whole
        assert client.name not in whole
    assert (extract.people, extract.left_out) == (6, 0)


def test_reports_beside_an_extract_give_nobody_away(session: Session) -> None:
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    agreeing(session, person, 10)
    for client in agreeing(session, person, 2):
        consent = session.scalars(sa.select(Consent).where(Consent.client_id == client.id)).one()
        consent.withdrawn_at, consent.withdrawn_by_id = NOW, person.id
    extract, content = given_to(session, person)
    told = tables(content)
    assert len(told["people.csv"]) == 10
    assert len(told["given.csv"]) == 12 - FEWEST, "the reports tell of twelve"
    members = session.scalars(sa.select(ResearchMember).where(ResearchMember.extract_id == extract.id)).all()
    assert Counter(each.quarters for each in members) == {LAST.name: 12 - FEWEST, "": 3}
    _second, content = given_to(session, person)
    assert len(tables(content)["given.csv"]) == 12 - FEWEST, "the next one tells of no others"


def test_the_same_person_has_another_pseudonym_in_each_extract(session: Session) -> None:
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    agreeing(session, person)
    first, second = (
        {row["person"] for row in tables(given_to(session, person)[1])["people.csv"]} for _number in range(2)
    )
    assert not first & second


def test_two_extracts_are_the_same_but_for_nobody_or_five(session: Session) -> None:
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    clients = agreeing(session, person, 14)
    for number, client in enumerate(clients):  # everybody is known by what they were given
        delivery = session.scalars(sa.select(Delivery).where(Delivery.client_number == client.number)).one()
        delivery.amount = Money(100_00 * (number + 1))

    def spent() -> set[str]:
        _extract, content = given_to(session, person)
        return {row["spent"] for row in tables(content)["given.csv"]}

    first = spent()
    assert spent() == first
    consent = session.scalars(sa.select(Consent).where(Consent.client_id == clients[0].id)).one()
    consent.withdrawn_at, consent.withdrawn_by_id = NOW, person.id
    agreeing(session, person, 1)
    second = spent()
    assert second < first, "nobody who has come alone"
    assert len(first - second) == FEWEST, "not only who has gone"
    agreeing(session, person, FEWEST - 1)
    third = spent()
    assert "120,00" in third, "five who have come since"
    assert third - {"120,00"} == second


def test_columns_are_described_in_both_languages(session: Session) -> None:
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    agreeing(session, person)
    _extract, content = given_to(session, person)
    said = schema(content)
    dialect = said["dialect"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("given.csv").decode(dialect["encoding"])  # type: ignore[index]
    heads = text.splitlines()[0].split(dialect["delimiter"])  # type: ignore[index]
    assert heads == [column.value for column in GIVEN], "read as the description says"
    assert (said["recipient"], said["permit"]) == ("Tutkimuslaitos", "L/12/2026")
    for name, rows in tables(content).items():
        described = said["tables"][name]  # type: ignore[index]
        assert [each["name"] for each in described] == list(rows[0])
        assert all(each["text"]["fi"] and each["text"]["sv"] for each in described)
    assert {each["name"] for own in said["tables"].values() for each in own} == set(ExtractDatum)  # type: ignore[attr-defined]


def test_it_is_written_down_to_whom_it_was_given(session: Session) -> None:
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    clients = agreeing(session, person)
    few = agreeing(session, person, 1, municipality="186", language="sv", group="informal_carers")
    extract, _content = given_to(session, person)
    logged = session.scalars(sa.select(ClientAccess).where(ClientAccess.recipient == "Tutkimuslaitos")).all()
    assert {line.client_id for line in logged} == {client.id for client in clients}
    assert few[0].id not in {line.client_id for line in logged}
    assert {line.ground for line in logged} == {Ground.CONSENT}
    assert (extract.people, extract.left_out) == (6, 1)
    assert {line.part for line in logged} == {Part.FACTS}, "the quarter tells of nobody beside the reports"
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "research_extract.give")).one()
    assert event.after is not None
    assert event.after["recipient"] == "Tutkimuslaitos"
    assert all(client.number not in str(event.after) for client in clients)


def test_a_client_reads_in_the_log_what_was_given_and_no_more(session: Session) -> None:
    """Twelve had a service in the quarter and two do not agree, so that the extract has rows of seven of the ten."""
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    agreeing(session, person, 10)
    for client in agreeing(session, person, 2):
        consent = session.scalars(sa.select(Consent).where(Consent.client_id == client.id)).one()
        consent.withdrawn_at, consent.withdrawn_by_id = NOW, person.id
    extract, content = given_to(session, person)
    assert len(tables(content)["given.csv"]) == 12 - FEWEST
    with_rows = set(
        session.scalars(
            sa.select(ResearchMember.client_id).where(
                ResearchMember.extract_id == extract.id, ResearchMember.quarters != ""
            )
        )
    )
    logged: defaultdict[int, set[Part]] = defaultdict(set)
    for line in session.scalars(sa.select(ClientAccess).where(ClientAccess.recipient == "Tutkimuslaitos")):
        logged[line.client_id].add(line.part)
    assert len(logged) == 10
    for client_id, parts in logged.items():
        more = {Part.DELIVERIES, Part.AGREEMENTS} if client_id in with_rows else set()
        assert parts == {Part.FACTS, *more}


def test_who_takes_consent_back_while_it_is_counted_is_not_in_it(session: Session) -> None:
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    [gone, *_others] = agreeing(session, person, 2 * FEWEST)
    found = pilot(session, "keusote-2022")
    counted = count(session, found, WANTED)
    assert gone.id in counted.people
    consent = session.scalars(sa.select(Consent).where(Consent.client_id == gone.id)).one()
    consent.withdrawn_at, consent.withdrawn_by_id = NOW, person.id
    session.flush()
    extract, _content = give(work_of(session, actor_of(person)), found, counted)
    members = sa.select(ResearchMember.client_id).where(ResearchMember.extract_id == extract.id)
    assert gone.id not in session.scalars(members).all()


def test_so_few_that_nobody_can_be_told_of_is_refused(session: Session) -> None:
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    agreeing(session, person, FEWEST - 1)
    with pytest.raises(Conflict):
        given_to(session, person)
    assert session.scalars(sa.select(ResearchExtract)).all() == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(LAST, LAST.following, "A", "B"), "last"),
        (Wanted(LAST, past_quarters(LAST.first, 1)[0], "A", "B"), "last"),
        (Wanted(LAST, LAST, " ", "B"), "recipient"),
        (Wanted(LAST, LAST, "A", ""), "permit"),
        (Wanted(LAST, LAST, "131052-308T", "B"), "recipient"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(database: Database, wanted: Wanted, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        count_apart(database, "keusote-2022", wanted, now=NOW)
    assert refused.value.field == field


# --- the page and the command ----------------------------------------------------------------------------------------


def posted(**more: str) -> dict[str, str]:
    """What the form sends."""
    return {
        "pilot": "keusote-2022",
        "first": LAST.name,
        "last": LAST.name,
        "recipient": "Tutkimuslaitos",
        "permit": "L/12/2026",
        **more,
    }


def test_a_coordinator_gives_an_extract_and_sees_what_was_given(
    database: Database, client: FlaskClient, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        person = make_user(session, Role.COORDINATOR, organisation="keusote")
        agreeing(session, person)
    sign_in(client, person)
    led = post_form(client, PAGE, posted())
    assert (led.status_code, led.location) == (303, f"{PAGE}/1.zip")
    made = client.get(led.location)
    assert (made.status_code, made.mimetype) == (200, "application/zip")
    assert len(tables(made.data)["people.csv"]) == 6
    page = client.get(PAGE)
    assert "Tutkimuslaitos" in page.text
    assert "L/12/2026" in page.text
    assert person.name in page.text.partition('id="given"')[2], "who gave it"
    assert "keusote-2022-1.zip" in page.text, "the file tells by its name which of them it is"


def coordinator_with_six(session: Session) -> User:
    """A coordinator, and six clients who agree."""
    person = make_user(session, Role.COORDINATOR, organisation="keusote")
    agreeing(session, person)
    return person


def extracts_in(database: Database) -> list[int]:
    """The numbers of all extracts."""
    with database.read() as session:
        return list(session.scalars(sa.select(ResearchExtract.id)))


def test_the_form_pressed_twice_makes_one_extract(
    database: Database, client: FlaskClient, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        person = coordinator_with_six(session)
    sign_in(client, person)
    sent = {**posted(), **hidden_on(client.get(PAGE).text)}
    first, second = (client.post(PAGE, data=sent) for _number in range(2))
    assert first.location == second.location == f"{PAGE}/1.zip"
    assert extracts_in(database) == [1]
    assert client.get(f"{PAGE}/1.zip").data == client.get(f"{PAGE}/1.zip").data
    with database.read() as session:
        logged = sa.select(ClientAccess.client_id, ClientAccess.part).where(
            ClientAccess.recipient == "Tutkimuslaitos"
        )
        lines = session.execute(logged).all()
        assert len(lines) == len(set(lines)) > 0, "the log of each client has it once"


def test_the_file_is_fetched_as_long_as_it_is_the_same_and_by_who_made_it(
    app: Flask, database: Database, client: FlaskClient, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        person = coordinator_with_six(session)
        colleague = make_user(session, Role.COORDINATOR, organisation="keusote")
    sign_in(client, person)
    address = post_form(client, PAGE, posted()).location
    assert address in client.get(PAGE).text
    other = app.test_client()
    sign_in(other, colleague)
    assert other.get(address).status_code == 404
    assert address not in other.get(PAGE).text
    with database.transaction() as session:
        consent = session.scalars(sa.select(Consent)).first()
        assert consent is not None
        consent.withdrawn_at, consent.withdrawn_by_id = NOW, person.id
    assert client.get(address).status_code == 409
    with database.transaction() as session:
        session.execute(sa.update(Consent).values(withdrawn_at=None, withdrawn_by_id=None))
    assert client.get(address).status_code == 200
    app.extensions["clock"] = lambda: NOW + FETCHED_FOR
    assert client.get(address).status_code == 404


def test_it_is_counted_while_others_write(
    database: Database, client: FlaskClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes while it is counted. A consent that is taken back has it counted once more, while it is held:
    of the five that are left nobody can be told.
    """
    with database.transaction() as session:
        person = coordinator_with_six(session)
    sign_in(client, person)
    takes_back = iter([False, True])

    def meanwhile(*given: Any, **more: Any) -> Any:
        counted = count(*given, **more)
        taking = next(takes_back, None)
        if taking is None:
            return counted
        with database.transaction(briefly=True) as session:
            make_user(session)
            if taking:
                consent = session.scalars(sa.select(Consent)).first()
                assert consent is not None
                consent.withdrawn_at, consent.withdrawn_by_id = NOW, person.id
        return counted

    monkeypatch.setattr("marketplace.reports.research.service.count", meanwhile)
    assert post_form(client, PAGE, posted()).status_code == 303
    assert post_form(client, PAGE, posted()).status_code == 409
    assert extracts_in(database) == [1]


def test_what_is_missing_is_told_and_nothing_typed_is_lost(
    database: Database, client: FlaskClient, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        person = make_user(session, Role.COORDINATOR, organisation="keusote")
    sign_in(client, person)
    page = post_form(client, PAGE, posted(permit=""))
    assert page.status_code == 422
    assert 'value="Tutkimuslaitos"' in page.text
    assert post_form(client, PAGE, posted()).status_code == 409  # nobody has agreed
    assert post_form(client, PAGE, posted(pilot="soite-2018")).status_code == 422


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.COUNSELLOR, Role.AUDITOR])
def test_nobody_else_gives_data_for_research(
    database: Database, client: FlaskClient, sign_in: SignIn, role: Role
) -> None:
    with database.transaction() as session:
        person = make_user(session, role, organisation="keusote")
    sign_in(client, person)
    assert client.get(PAGE).status_code in (403, 404)
    assert "/office/reports/research" not in client.get("/fi/office/reports").text


def test_the_command_gives_an_extract(app: Flask, tmp_path: Path) -> None:
    with app.extensions["database"].transaction() as session:
        agreeing(session, make_user(session, Role.COORDINATOR, organisation="keusote"))
    target = tmp_path / "extract.zip"
    quarter = past_quarters(date.today(), 1)[0]  # noqa: DTZ011 - the command has the clock of the machine
    early = past_quarters(date.today() - timedelta(days=900), 1)[0]  # noqa: DTZ011
    options = ["--recipient", "Tutkimuslaitos", "--permit", "L/12/2026", "--out", str(target)]
    with app.app_context():
        span = ["--first", early.name, "--last", quarter.name]
        done = CliRunner().invoke(reports, ["research", "keusote-2022", *span, *options])
        assert (done.exit_code, len(tables(target.read_bytes())["people.csv"])) == (0, 6)
        wrong = ["--first", "2026-1", "--last", quarter.name]
        refused = CliRunner().invoke(reports, ["research", "keusote-2022", *wrong, *options])
        assert refused.exit_code == 1
        assert "no quarter that is told" in refused.output
