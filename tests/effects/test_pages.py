"""The pages: a client agrees and answers one question at a time; the counsellor sees that, and never an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader

from marketplace.accounts.models import User
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.db import Database
from marketplace.effects import own, queries
from marketplace.effects.models import EffectAnswer, EffectSheet
from marketplace.effects.rules import OPEN_FOR, AskingState, Way
from marketplace.effects.service import ask_due
from tests.clients.conftest import Enter, Scene
from tests.effects.conftest import make_taking_part
from tests.factories import NOW
from tests.forms import post_form

INDEX = "/fi/client/questions"


@pytest.fixture
def kept(app: Flask, database: Database) -> Scene:
    """The scene in the portal's own database."""
    with app.app_context(), database.transaction() as session:
        return make_taking_part(session)


def asked(database: Database, scene: Scene) -> int:
    with database.read() as session:
        [asking] = queries.waiting_askings(session, scene.aino.id)
        return asking.id


def agree(enter: Enter, database: Database, kept: Scene) -> int:
    post_form(enter(kept.citizen), f"{INDEX}/agree", {}, page=INDEX)
    return asked(database, kept)


def test_a_client_answers_one_question_at_a_time_and_skips_some(
    database: Database, kept: Scene, enter: Enter
) -> None:
    asking, browser = agree(enter, database, kept), enter(kept.citizen)
    page = browser.get(f"{INDEX}/{asking}/1").text
    assert "Miten arki sujuu?" in page
    assert "Nämä kysymykset on keksitty" in page
    assert "10 – Hyvin" in page
    first = post_form(browser, f"{INDEX}/{asking}/1", {"answer": "8"})
    assert first.location == f"{INDEX}/{asking}/2"
    refused = post_form(browser, f"{INDEX}/{asking}/2", {})
    assert refused.status_code == 422
    assert "Valitse vastaus tai ohita kysymys." in refused.text
    post_form(browser, f"{INDEX}/{asking}/2", {"skip": "1"})
    for number in range(3, 7):
        last = post_form(browser, f"{INDEX}/{asking}/{number}", {"answer": "5"})
    assert last.location == f"{INDEX}/{asking}"
    check = browser.get(last.location).text
    assert "Ohitit tämän kysymyksen" in check
    post_form(browser, f"{INDEX}/{asking}", {"helped": "y"})
    with database.read() as session:
        sheet = session.scalars(sa.select(EffectSheet)).one()
        assert sheet.helped
        assert queries.asking_of(session, kept.aino.id, asking).state is AskingState.ANSWERED
    assert "10 – Hyvin" not in browser.get(INDEX).text
    assert browser.get(f"{INDEX}/{asking}").status_code == 200
    assert browser.get(f"{INDEX}/{asking}/1").status_code == 404


def test_who_goes_on_comes_to_what_is_open_and_a_changed_answer_leads_back_to_all(
    database: Database, kept: Scene, enter: Enter
) -> None:
    asking, browser = agree(enter, database, kept), enter(kept.citizen)
    for number in (1, 2):
        post_form(browser, f"{INDEX}/{asking}/{number}", {"answer": "5"})
    assert f'href="{INDEX}/{asking}/3"' in browser.get(INDEX).text
    for number in (4, 5, 6):
        last = post_form(browser, f"{INDEX}/{asking}/{number}", {"answer": "5"})
    assert last.location == f"{INDEX}/{asking}/3"
    post_form(browser, f"{INDEX}/{asking}/3", {"skip": "1"})
    changed = post_form(browser, f"{INDEX}/{asking}/1", {"answer": "9"})
    assert changed.location == f"{INDEX}/{asking}"
    assert f'href="{INDEX}/{asking}"' in browser.get(INDEX).text


def test_a_client_reads_what_was_answered_before_the_time_was_over(
    database: Database, kept: Scene, enter: Enter, app: Flask
) -> None:
    asking, browser = agree(enter, database, kept), enter(kept.citizen)
    assert "Katso vastauksesi" not in browser.get(INDEX).text
    post_form(browser, f"{INDEX}/{asking}/1", {"answer": "8"})
    with app.app_context():
        ask_due(database, now=NOW + OPEN_FOR + timedelta(days=1))
    assert f'href="{INDEX}/{asking}"' in browser.get(INDEX).text


def test_the_counsellor_writes_down_what_the_client_wants_done(
    database: Database, kept: Scene, enter: Enter
) -> None:
    agree(enter, database, kept)
    page = enter(kept.olga).get(f"/fi/counsellor/clients/{kept.aino.id}/questions/stop").text
    assert "vastaukseni" not in page, "these are not the counsellor's answers"
    assert "Vastaukset poistetaan" in page


def test_taking_the_consent_back_deletes_or_keeps_as_the_client_chooses(
    database: Database, kept: Scene, enter: Enter
) -> None:
    asking, browser = agree(enter, database, kept), enter(kept.citizen)
    for number in range(1, 7):
        post_form(browser, f"{INDEX}/{asking}/{number}", {"answer": "5"})
    post_form(browser, f"{INDEX}/{asking}", {})
    assert post_form(browser, f"{INDEX}/stop", {}).status_code == 422
    post_form(browser, f"{INDEX}/stop", {"keeping": "keep"})
    page = browser.get(INDEX).text
    assert "Aikaisemmat vastauksesi säilytetään ilman nimeäsi." in page
    post_form(browser, f"{INDEX}/delete", {}, page=INDEX)
    with database.read() as session:
        assert session.scalars(sa.select(EffectAnswer)).all() == []
    assert "Aikaisemmat vastauksesi" not in browser.get(INDEX).text


def test_the_page_of_ones_data_leads_to_the_questions(database: Database, kept: Scene, enter: Enter) -> None:
    page = enter(kept.citizen).get("/fi/client/data").text
    assert "/fi/client/data/consents/effects" not in page
    assert f'href="{INDEX}"' in page


@pytest.mark.parametrize(("scope", "status"), [(Scope.ACT, 200), (Scope.SEE, 403)])
def test_a_helper_answers_with_the_client_and_it_is_noted(
    database: Database, kept: Scene, enter: Enter, scope: Scope, status: int
) -> None:
    asking = agree(enter, database, kept)
    with database.transaction() as session:
        session.add(
            Mandate(
                client_id=kept.aino.id, helper_id=kept.helper.id, source=Source.PORTAL, scope=scope,
                name="Helmi", email="helmi@example.fi", expires_at=NOW, given_at=NOW,
                given_by_id=kept.citizen.id, accepted_at=NOW,
            )
        )  # fmt: skip
    helper = enter(kept.helper)
    assert helper.get(f"{INDEX}/{asking}/1").status_code == status
    assert helper.get(f"{INDEX}/{asking}").status_code == (200 if scope is Scope.ACT else 404)
    if scope is Scope.ACT:
        post_form(helper, f"{INDEX}/{asking}/1", {"answer": "3"})
        post_form(helper, f"{INDEX}/{asking}", {})
        with database.read() as session:
            assert session.scalars(sa.select(EffectSheet.helped)).one()
        assert helper.get(f"{INDEX}/{asking}").status_code == 404  # what was sent only the client reads again


def test_the_counsellor_prints_types_in_and_reads_nothing_back(
    database: Database, kept: Scene, enter: Enter
) -> None:
    olga = enter(kept.olga)
    base = f"/fi/counsellor/clients/{kept.aino.id}/questions"
    post_form(olga, f"{base}/agree", {}, page=base)
    asking = asked(database, kept)
    pdf = olga.get(f"{base}/{asking}.pdf")
    pages = PdfReader(BytesIO(pdf.data)).pages
    words = pages[0].extract_text()
    assert "Adress: Keusote" in pages[-1].extract_text(), "where the paper is sent"
    assert "Hur går det i vardagen?" in words  # Aino's letters are in Swedish
    assert "Aino" not in words
    answers = {f"answer_{number}": "4" for number in range(5)} | {"answer_5": "", "helped": "y"}
    done = post_form(olga, f"{base}/{asking}", answers)
    assert done.location == base
    page = olga.get(base).text
    assert "On vastannut" in page
    assert olga.get(f"{base}/{asking}").status_code == 404
    with database.read() as session:
        assert session.scalars(sa.select(EffectSheet.way)).one() is Way.PAPER
        given = own.answers_to(session, queries.asking_of(session, kept.aino.id, asking))
        assert sorted(value for value in given.values() if value is not None) == [4] * 5


def _who(name: str) -> Callable[[Scene], User]:
    return lambda scene: getattr(scene, name)


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("citizen", "/fi/counsellor/clients/{client}/questions", 403),
        ("stranger", "/fi/counsellor/clients/{client}/questions", 404),
        ("stranger", "/fi/counsellor/clients/{client}/questions/{asking}.pdf", 404),
        ("stranger", "/fi/counsellor/clients/{client}/questions/{asking}", 404),
        ("decider", "/fi/counsellor/clients/{client}/questions/{asking}", 403),
        ("olga", "/fi/client/questions/{asking}/1", 403),
        ("helper", "/fi/client/questions/{asking}/1", 404),
    ],
)
def test_other_people_s_questions_are_closed(
    database: Database, kept: Scene, enter: Enter, who: str, path: str, status: int
) -> None:
    asking = agree(enter, database, kept)
    address = path.format(client=kept.aino.id, asking=asking)
    assert enter(_who(who)(kept)).get(address).status_code == status


def test_who_cannot_be_mailed_stands_on_the_counsellors_list(
    database: Database, kept: Scene, enter: Enter
) -> None:
    olga = enter(kept.olga)
    base = f"/fi/counsellor/clients/{kept.eino.id}"
    post_form(olga, f"{base}/why", {"ground": "standing_in"})
    post_form(olga, f"{base}/questions/agree", {}, page=f"{base}/questions")
    page = olga.get("/fi/counsellor/questions").text
    assert "Eino Ek" in page
    assert "Aino" not in page
    with database.read() as session:
        [asking] = queries.waiting_askings(session, kept.eino.id)
    post_form(olga, f"{base}/questions/{asking.id}/skip", {})
    assert "Eino Ek" not in olga.get("/fi/counsellor/questions").text
    post_form(olga, f"{base}/questions/stop", {"keeping": "delete"})
    assert "Asiakas ei halua kysymyksiä" in olga.get(base).text
