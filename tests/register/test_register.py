"""Approved services in the register: made, changed and taken away over real HTTP, never twice, every answer kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
import sqlalchemy as sa
from flask import Flask

from marketplace import outbox
from marketplace.db import Database
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.register import queries, service
from marketplace.register.commands import register as commands
from marketplace.register.double import REQUIRED, RegisterDouble
from marketplace.register.gateway import NationalRegister
from marketplace.register.models import RegisterEntry, RegisterSending
from marketplace.register.rules import FIRST_REST, PATHS, RegisterPart, Sending, rests_until, sending_of
from marketplace.register.shape import LONGEST_NAME
from tests.factories import NOW, make_approval, make_provider

IDS = {"keusote": "00000000-0000-4000-8000-000000000001"}
"""As the shipped data have it, which is invented."""
HOUR = timedelta(hours=1)


@pytest.fixture
def double() -> Iterator[RegisterDouble]:
    """A stand-in for the register that listens on this machine."""
    server = RegisterDouble("secret")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def register(double: RegisterDouble) -> NationalRegister:
    return NationalRegister(double.address, "secret")


@pytest.fixture
def approval(app: Flask, database: Database) -> int:
    """A company that is approved for transport and for a service that the register has no class for."""
    with database.transaction() as session:
        provider = make_provider(session, official_name="Kyytipojat Oy", trade_name="")
        made = make_approval(session, provider, "transport", municipalities=["106", "186"])
        make_approval(session, provider, "escort")
        return made.id


def send(
    database: Database, register: NationalRegister, *, hours: int = 0, resting: bool = False
) -> dict[str, int]:
    outcome = service.send_due(
        database, register, outbox.address, now=NOW + hours * HOUR, ids=IDS, resting=resting
    )
    return dict(outcome)


def test_an_approved_service_and_its_provider_are_made_once(
    app: Flask, database: Database, approval: int, double: RegisterDouble, register: NationalRegister
) -> None:
    with app.app_context():
        assert send(database, register) == {"create": 2}
        assert send(database, register, hours=1) == {}
    assert [method for method, _path in double.calls] == ["POST", "POST"]
    kept = double.kept["Service", f"palvelutori-service-{approval}"]
    assert kept["serviceClasses"] == [
        "http://uri.suomi.fi/codelist/ptv/ptvserclass2/code/P4.2",
        "http://uri.suomi.fi/codelist/ptv/ptvserclass2/code/P4.4",
    ]
    assert kept["ontologyTerms"] == ["http://www.yso.fi/onto/koko/p7545"]
    assert kept["mainResponsibleOrganization"] == IDS["keusote"]
    assert kept["areas"] == [{"type": "Municipality", "areaCodes": ["106", "186"]}]
    assert [each["value"] for each in kept["serviceNames"]] == [
        "Liikkumisen tuki: kuljetuspalvelu: Kyytipojat Oy",
        "Stöd för rörligheten: färdtjänst: Kyytipojat Oy",
    ]
    assert {each["type"] for each in kept["serviceDescriptions"]} == {"Summary", "Description"}
    [channel] = [entry for (place, _source), entry in double.kept.items() if place != "Service"]
    assert channel["services"] == [f"palvelutori-service-{approval}"]
    assert channel["webPages"][1]["url"].endswith("/sv/providers/1")


def test_a_change_is_told_and_the_end_of_an_approval_takes_it_away(
    app: Flask, database: Database, approval: int, double: RegisterDouble, register: NationalRegister
) -> None:
    with app.app_context():
        send(database, register)
        with database.transaction() as session:
            session.get_one(ServiceApproval, approval).municipalities = ["106"]
        assert send(database, register, hours=1) == {"update": 1}
        with database.transaction() as session:
            session.get_one(ServiceApproval, approval).state = ApprovalState.WITHDRAWN
        assert send(database, register, hours=2) == {"withdraw": 2}
        assert {entry["publishingStatus"] for entry in double.kept.values()} == {"Deleted"}
        assert send(database, register, hours=3) == {}
        with database.transaction() as session:
            session.get_one(ServiceApproval, approval).state = ApprovalState.APPROVED
        assert send(database, register, hours=4) == {"update": 2}
    assert {entry["publishingStatus"] for entry in double.kept.values()} == {"Published"}
    assert [method for method, _path in double.calls].count("POST") == 2
    with database.read() as session:
        told = session.execute(sa.select(RegisterSending.action, RegisterSending.status)).all()
    assert [status for _action, status in told] == [200] * 7


def test_what_may_have_arrived_is_not_made_a_second_time(
    app: Flask, database: Database, approval: int, double: RegisterDouble, register: NationalRegister
) -> None:
    double.silent = True  # it keeps what comes, and the answer is lost on the way
    with app.app_context():
        assert send(database, register) == {"refused": 1}
        double.silent = False
        assert send(database, register, hours=0, resting=True) == {
            "create": 1
        }  # the other one; this one rests
        assert send(database, register, hours=1) == {"create": 1}
    assert len(double.kept) == 2
    service_calls = [call for call in double.calls if call[1].startswith("/api/v11/Service")]
    assert [method for method, path in service_calls if "Channel" not in path] == ["POST", "PUT"]


def test_an_answer_is_kept_without_what_no_database_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = requests.Response()
    told.status_code, told.raw, told.encoding = 400, io.BytesIO(b"Bad\0 content"), "utf-8"
    monkeypatch.setattr(requests, "request", lambda *_args, **_kept: told)
    answer = NationalRegister("http://127.0.0.1", "secret").send(
        RegisterPart.SERVICE, "1", Sending.CREATE, {}, tried=False
    )
    assert answer.text == "Bad content"


def test_a_refusal_is_kept_and_tried_again_later_and_later(
    app: Flask,
    database: Database,
    approval: int,
    register: NationalRegister,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with app.app_context():
        with monkeypatch.context() as stricter:
            for path in PATHS.values():
                stricter.setitem(REQUIRED, path, ("keywords",))
            assert send(database, register) == {"refused": 2}
            soon = service.send_due(database, register, outbox.address, now=NOW + FIRST_REST / 2, ids=IDS)
            assert dict(soon) == {}
            assert send(database, register, hours=1) == {"refused": 2}
            with database.read() as session:
                assert [each.failures for each in queries.failing(session)] == [2, 2]
                assert {each.status for each in queries.journal(session)} == {400}
        assert send(database, register, hours=24) == {"create": 2}
        with database.read() as session:
            assert list(queries.failing(session)) == []
    assert rests_until(NOW, 3) - NOW == 4 * FIRST_REST


def test_who_is_not_let_in_asks_once_and_the_others_wait(
    app: Flask, database: Database, approval: int, double: RegisterDouble, register: NationalRegister
) -> None:
    with app.app_context():
        assert send(database, NationalRegister(double.address, "wrong")) == {"refused": 1}
        assert len(double.calls) == 1
        assert send(database, register, hours=0, resting=True) == {"create": 1}, "the first one rests"
        assert send(database, register, hours=1) == {"create": 1}


def test_what_the_register_has_lost_is_made_again_and_need_not_be_taken_away(
    app: Flask, database: Database, approval: int, double: RegisterDouble, register: NationalRegister
) -> None:
    with app.app_context():
        assert send(database, register) == {"create": 2}
        double.kept.clear()
        assert service.send_again(database, f"palvelutori-service-{approval}")
        assert send(database, register, hours=1) == {"update": 1}
        assert {source for _place, source in double.kept} == {f"palvelutori-service-{approval}"}
        double.kept.clear()
        with database.transaction() as session:
            session.get_one(ServiceApproval, approval).state = ApprovalState.WITHDRAWN
        assert send(database, register, hours=2) == {"withdraw": 2}
        with database.read() as session:
            assert list(queries.failing(session)) == []
    assert double.kept == {}


def test_an_entry_is_sent_once_more_when_somebody_asks(
    app: Flask, database: Database, approval: int, double: RegisterDouble, register: NationalRegister
) -> None:
    source = f"palvelutori-service-{approval}"
    with app.app_context():
        assert not service.send_again(database, source)
        send(database, register)
        assert service.send_again(database, source)
        assert send(database, register, hours=1) == {"update": 1}
        assert send(database, register, hours=2) == {}


def test_companies_that_have_left_and_organisations_without_an_id_are_not_sent(
    app: Flask, database: Database, approval: int
) -> None:
    with app.app_context(), database.transaction() as session:
        assert queries.wanted(session, outbox.address, ids={}) == {}
        assert (
            queries.wanted(session, outbox.address).keys()
            == queries.wanted(session, outbox.address, ids=IDS).keys()
        )
        session.scalars(sa.select(Provider)).one().state = ProviderState.LEFT
        session.flush()
        assert queries.wanted(session, outbox.address, ids=IDS) == {}


@pytest.mark.parametrize(
    ("wanted", "accepted", "withdrawn", "action"),
    [
        (None, None, False, None),
        (None, "a", False, Sending.WITHDRAW),
        (None, "a", True, None),
        ("a", None, False, Sending.CREATE),
        ("a", "a", False, None),
        ("b", "a", False, Sending.UPDATE),
        ("a", "a", True, Sending.UPDATE),
    ],
)
def test_what_is_sent_by_what_the_register_knows(
    wanted: str | None, accepted: str | None, withdrawn: bool, action: Sending | None
) -> None:
    assert sending_of(wanted, accepted, withdrawn=withdrawn) is action


def test_names_are_cut_where_the_register_takes_no_more(app: Flask, database: Database) -> None:
    with app.app_context(), database.transaction() as session:
        provider = make_provider(session, official_name="Pitkänimisten Palveluntuottajien Yhdistys " * 4)
        make_approval(session, provider, "home_care")
        entries = queries.wanted(session, outbox.address, ids=IDS).values()
    names = [
        each["value"]
        for entry in entries
        if entry.kind is RegisterPart.SERVICE
        for each in entry.content["serviceNames"]
    ]
    assert names
    assert all(len(name) <= LONGEST_NAME and name.endswith("…") for name in names)


def test_no_code_is_made_up() -> None:
    """A service without a class in the register carries no other code either."""
    for entry in SERVICES.values():
        codes = entry.national
        assert codes.classes or not (codes.concepts or codes.groups or codes.general_description)
        assert codes.thl == ""


def test_the_commands_export_send_and_tell(
    app: Flask, database: Database, approval: int, double: RegisterDouble
) -> None:
    with app.app_context():
        runner = app.test_cli_runner()
        nothing = runner.invoke(commands, ["export", "--organisation", "siunsote"])
        assert nothing.exit_code == 0, nothing.output
        assert '"services": []' in nothing.output
        exported = runner.invoke(commands, ["export"])
        assert f"palvelutori-service-{approval}" in exported.output
        refused = runner.invoke(commands, ["send"])
        assert refused.exit_code == 1
        assert "REGISTER_URL" in refused.output
        told = runner.invoke(commands, ["status"])
        assert told.exit_code == 0
        assert "0 entries stand in the register, 2 wait" in told.output
    with database.read() as session:
        assert session.scalars(sa.select(RegisterEntry)).all() == []
