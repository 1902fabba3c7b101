"""What a client can take along, and what is gone when the data are erased: decisions, agreements and deliveries too."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.clients.models import Client, ClientAccess
from marketplace.clients.privacy.commands import privacy
from marketplace.clients.privacy.service import erase, export
from marketplace.clients.rules import Ground, Part
from marketplace.clients.service import interrupt
from marketplace.db import Base, Database
from marketplace.deliveries import service as deliveries
from marketplace.deliveries.models import Delivery, DeliveryMessage
from marketplace.deliveries.rules import DeliveryState
from marketplace.errors import Conflict
from marketplace.files.models import StoredFile
from marketplace.files.store import FileStore
from marketplace.permissions import SYSTEM
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.models import Agreement
from tests.budgets.conftest import Budgeted, make_budgeted
from tests.deliveries.scenes import visit
from tests.factories import NOW
from tests.work import work_of

CODE = "131052-308T"
WORDS = "Suihku jäi väliin, ja vesi oli kylmää."


IN_THE_COPY = {
    "agreements": "agreements",
    "client_accesses": "log",
    "client_consents": "consents",
    "client_letters": "letters_with_codes",
    "client_mandates": "mandates",
    "client_participations": "taking_part",
    "client_summaries": "monthly_summaries",
    "deliveries": "deliveries",
    "effect_askings": "questions_about_effects",
    "own_people": "own_people",
    "research_members": "research_extracts",
    "service_decisions": "service_decisions",
    "support_plans": "support_plans",
}
"""Table that knows a client → where a copy tells of it. A new one belongs into the copy, and into erasing."""


def objected(session: Session, scene: Budgeted) -> Delivery:
    """A visit to which the client has objected."""
    hours = scene.agreements[0]
    delivery = deliveries.record(
        work_of(session, actor_of(scene.admin)), scene.provider.id, hours.id, visit()
    )
    deliveries.dispute(
        work_of(session, actor_of(scene.citizen)), delivery, "Väärin.", owner_id=scene.office.olga.id
    )
    deliveries.answer(work_of(session, actor_of(scene.admin)), delivery, WORDS)
    return delivery


def left(session: Session, client_id: int) -> None:
    """The client has stopped taking part, and every agreement is over since the day on which it began."""
    client = session.get_one(Client, client_id)
    for part in client.participations:
        interrupt(work_of(session, SYSTEM), client, part.id, NOW.date())
        part.ended_on = part.joined_on
    for each in session.scalars(sa.select(Agreement).where(Agreement.client_number == client.number)):
        each.ends_on = each.starts_on
    session.flush()


def test_a_copy_holds_decisions_and_what_was_given_and_said(session: Session, store: FileStore) -> None:
    scene = make_budgeted(session, store)
    objected(session, scene)
    copied = json.loads(export(session, scene.client, now=scene.office.work(session).now))
    [decision] = copied["service_decisions"]
    assert decision["number"] == scene.decision.number
    assert decision["grounds"] == scene.decision.grounds
    assert [line["service"] for line in decision["lines"]] == ["carer_leave_home", "day_activity"]
    assert all(line["budgets"] for line in decision["lines"])
    [given] = copied["deliveries"]
    assert (given["what_was_done"], given["objection"]) == ("Suihku ja aamiainen", "Väärin.")
    assert [each["text"] for each in given["said"]] == [WORDS]


def test_every_table_that_knows_a_client_is_in_the_copy(session: Session, store: FileStore) -> None:
    knowing = {
        table.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name == "client_number"
        or any(key.column.table.name == "clients" for key in column.foreign_keys)
    }
    assert knowing == set(IN_THE_COPY)
    scene = make_budgeted(session, store)
    copied = json.loads(export(session, scene.client, now=NOW))
    assert set(IN_THE_COPY.values()) <= set(copied)


def test_erasing_waits_for_what_is_not_settled_and_takes_every_word_and_letter(
    session: Session, store: FileStore
) -> None:
    scene = make_budgeted(session, store)
    delivery = objected(session, scene)
    left(session, scene.client.id)
    with pytest.raises(Conflict):
        erase(work_of(session, SYSTEM), scene.client)
    deliveries.decide(scene.office.work(session), delivery, upheld=True, reason=WORDS)
    letters = {scene.decision.file_id, *(each.file_id for each in scene.agreements)} - {None}
    owed, number = delivery.amount, scene.client.number
    erase(work_of(session, SYSTEM), scene.client)
    session.flush()
    session.expire_all()
    assert (delivery.client_number, delivery.activity, delivery.dispute_reason) == (
        scene.client.number,
        "",
        "",
    )
    assert (delivery.amount, delivery.state) == (owed, DeliveryState.CONFIRMED), "what was paid for stays"
    assert session.scalars(sa.select(DeliveryMessage)).all() == []
    decision = session.get_one(ServiceDecision, scene.decision.id)
    assert (decision.grounds, decision.supporter, decision.file_id) == ("", "", None)
    assert {each.file_id for each in session.scalars(sa.select(Agreement))} == {None}
    assert letters
    assert session.scalars(sa.select(StoredFile.id).where(StoredFile.id.in_(letters))).all() == []
    assert number not in {each.client_number for each in session.scalars(sa.select(Agreement))}


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    """The command, as the data protection officer runs it."""

    def command(*words: str, said: str | None = None) -> Result:
        with app.app_context():
            return CliRunner().invoke(privacy, words, input=said)

    return command


def test_the_command_copies_corrects_and_erases(
    app: Flask, kept: Budgeted, database: Database, run: Callable[..., Result]
) -> None:
    name = f"keusote/{kept.client.number}"
    copied = run("export", name)
    assert copied.exit_code == 0, copied.output
    assert json.loads(copied.output)["client"]["name"] == kept.client.name
    done = run("correct", name, "--name", "Aino Uusinimi", "--municipality", "", "--phone", "040 000 1234")
    assert done.exit_code == 0, done.output
    with database.read() as session:
        client = session.get_one(Client, kept.client.id)
        assert (client.name, client.municipality, client.phone) == ("Aino Uusinimi", None, "+358400001234")
        gift = session.scalars(sa.select(ClientAccess).where(ClientAccess.part == Part.EVERYTHING)).one()
        assert gift.ground is Ground.LAW
    wrongs = (
        ["--municipality", "999"],
        ["--name", " "],
        ["--name", CODE],
        ["--phone", "xx"],
        ["--email", "x"],
    )
    for wrong in (*wrongs, []):
        refused = run("correct", name, *wrong)
        assert refused.exit_code != 0, wrong
        assert "Traceback" not in refused.output
    assert run("correct", "keusote/X-404", "--name", "Kuka").exit_code == 1
    assert "take" in run("erase", name, said="y\n").output, "the client still takes part"
    with app.app_context(), database.transaction() as session:
        left(session, kept.client.id)
    assert run("erase", name, said="n\n").exit_code == 1
    assert run("erase", name, said="y\n").output.endswith("erased\n")
    with database.read() as session:
        assert session.get_one(Client, kept.client.id).name == ""
