"""The provider's pages, through the browser's eyes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.allowances import Allowance, take
from marketplace.applications import rules
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.files import photographs
from marketplace.outbox import OutboxMessage
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, PDF, make_application, make_approval, make_evidence, make_provider
from tests.forms import post_form

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.extensions["database"].transaction() as session:
        return make_cast(session)


@pytest.fixture
def signed_in(client: FlaskClient, sign_in: SignIn, cast: Cast) -> FlaskClient:
    sign_in(client, cast.applicant)
    return client


def place(app: Flask, cast: Cast, **given: Any) -> str:
    """The address of a new application of the cast."""
    with app.extensions["database"].transaction() as session:
        made = make_application(session, session.merge(cast.provider), session.merge(cast.applicant), **given)
        return f"/fi/provider/{cast.provider.id}/applications/{made.id}"


def stored(app: Flask, page: str) -> Application:
    with app.extensions["database"].read() as session:
        found: Application = session.get_one(Application, int(page.rsplit("/", 1)[1]))
        assert found.lines is not None
        assert found.evidence is not None
        return found


def shown(client: FlaskClient, page: str) -> str:
    """The fingerprint that a page's form carries."""
    return client.get(page).text.split('name="seen"')[1].split('value="')[1].split('"')[0]


def test_a_pilot_is_chosen_and_the_application_begins(app: Flask, signed_in: FlaskClient, cast: Cast) -> None:
    home = f"/fi/provider/{cast.provider.id}/applications"
    answer = post_form(signed_in, f"{home}/start/keusote-2022", {}, page=home)
    again = post_form(signed_in, f"{home}/start/keusote-2022", {}, page=home)
    assert answer.status_code == again.status_code == 303
    assert answer.location == again.location
    assert "Keusoten henkilökohtainen budjetti 2022" in signed_in.get(answer.location).text


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize(
    "part",
    [
        "",
        "/company",
        "/services",
        "/services/transport",
        "/sections/operations",
        "/sections/capacity",
        "/evidence",
        "/evidence/tax",
        "/evidence/criminal_record",
        "/rulebook",
        "/check",
        "/withdraw",
    ],
)
def test_every_page_of_a_draft_opens_in_both_languages(
    app: Flask, signed_in: FlaskClient, cast: Cast, part: str, language: str
) -> None:
    page = place(app, cast).replace("/fi/", f"/{language}/")
    answer = signed_in.get(page + part)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


@pytest.mark.parametrize(
    ("cars", "accessible", "refused"),
    [("5", "9", True), ("5", "5", False), ("", "9", False), ("5", "", False)],
)
def test_a_part_of_a_number_is_no_more_than_the_number(
    app: Flask, signed_in: FlaskClient, cast: Cast, cars: str, accessible: str, refused: bool
) -> None:
    page = place(app, cast, services=("transport",), complete=False)
    section = f"{page}/sections/service-transport"
    answers = {"q-vehicle_count": cars, "q-accessible_vehicle_count": accessible}
    answer = post_form(signed_in, section, {**answers, "seen": shown(signed_in, section)})
    said = "Tässä voi olla enintään 5, koska vastasit niin kysymykseen ”Kuinka monta autoa sinulla on tähän palveluun?”"
    assert (said in unescape(answer.text)) is refused
    assert answer.status_code == (422 if refused else 303)


@pytest.mark.parametrize("state", rules.APPLICATION.sent)
def test_every_state_has_its_page(app: Flask, signed_in: FlaskClient, cast: Cast, state: str) -> None:
    assert signed_in.get(place(app, cast, state=state)).status_code == 200


@pytest.mark.parametrize("part", ["", "/services", "/sections/staff", "/evidence", "/check", "/receipt"])
def test_another_companys_application_does_not_exist(
    app: Flask, client: FlaskClient, sign_in: SignIn, cast: Cast, part: str
) -> None:
    page = place(app, cast)
    with app.extensions["database"].transaction() as session:
        stranger = make_cast(session).applicant
    sign_in(client, stranger)
    assert client.get(page + part).status_code == 404


def test_services_and_their_areas_are_chosen_page_by_page(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, complete=False, services=())
    seen = shown(signed_in, f"{page}/services")
    answer = post_form(signed_in, f"{page}/services", {"services": ["transport"], "seen": seen})
    assert answer.location.endswith("/services/transport")
    seen = shown(signed_in, answer.location)
    answer = post_form(signed_in, answer.location, {"municipalities": ["858", "186"], "seen": seen})
    assert answer.location == f"{page}/sections/operations"
    assert stored(app, page).lines[0].municipalities == ["186", "858"]


def test_an_area_left_empty_leads_to_the_task_list_and_stays_unfinished(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, complete=False, services=())
    seen = shown(signed_in, f"{page}/services")
    answer = post_form(signed_in, f"{page}/services", {"services": ["transport"], "seen": seen})
    seen = shown(signed_in, answer.location)
    answer = post_form(signed_in, answer.location, {"municipalities": [], "seen": seen})
    assert answer.location == page
    assert stored(app, page).lines[0].municipalities == []


def test_a_saved_page_leads_to_the_next_that_wants_something_and_at_the_end_to_the_check(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast)
    with app.extensions["database"].transaction() as session:
        application = session.get_one(Application, int(page.rsplit("/", 1)[1]))
        application.answers = {**application.answers, "staff_count": None, "feedback": None}
    entries = {"q-experience": "Kuljetuksia", "q-experience_years": "2", "q-service_languages": "fi"}
    section = f"{page}/sections/operations"
    answer = post_form(signed_in, section, {"seen": shown(signed_in, section), **entries})
    assert answer.location == f"{page}/sections/staff"
    answer = post_form(signed_in, answer.location, {"seen": shown(signed_in, answer.location)})
    assert answer.location == f"{page}/sections/quality"
    told = signed_in.get(answer.location).text
    assert "Tallentamastasi osasta puuttuu vielä tietoja" in told
    assert "Vastaa kysymykseen:" in told, "what is missing is named"
    complete = stored(app, place(app, cast, state="withdrawn")).answers
    with app.extensions["database"].transaction() as session:
        session.get_one(Application, int(page.rsplit("/", 1)[1])).answers = complete
    answer = post_form(signed_in, section, {"seen": shown(signed_in, section), **entries})
    assert answer.location == f"{page}/check"


def test_a_part_says_where_in_the_application_it_stands(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast)
    parts = [
        re.search(r"Osa (\d+)/(\d+)", signed_in.get(f"{page}/{part}").text)
        for part in (
            "company",
            "services",
            "services/transport",
            "sections/operations",
            "evidence",
            "rulebook",
        )
    ]
    numbers = [(int(found[1]), int(found[2])) for found in parts if found]
    count = numbers[0][1]
    assert numbers == [(each, count) for each in (1, 2, 2, 3, count - 1, count)]


def test_an_area_is_filled_at_once_and_kept_only_when_saved(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, complete=False, services=["transport", "day_activity"])
    first, second = f"{page}/services/transport", f"{page}/services/day_activity"
    post_form(signed_in, first, {"municipalities": ["858"], "seen": shown(signed_in, first)})
    filled = {
        wanted: re.findall(r'value="(\d{3})"[^>]* checked', signed_in.get(f"{second}?fill={wanted}").text)
        for wanted in ("all", "transport", "nonsense")
    }
    assert filled["transport"] == ["858"]
    assert len(filled["all"]) > 2
    assert filled["nonsense"] == []
    assert "fill=transport" in signed_in.get(second).text


def test_an_area_is_taken_from_an_approval_and_from_an_earlier_application(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, complete=False, services=["transport"])
    area = f"{page}/services/transport"
    with app.extensions["database"].transaction() as session:
        provider = session.merge(cast.provider)
        approval = make_approval(session, provider, municipalities=["858", "186"])
        other = make_approval(session, provider, pilot_key="keusote-2019", service_key="carer_leave_home")
        other.municipalities = ["858", "091"]
        stranger = make_approval(session, make_provider(session), municipalities=["106"])
        keys = [f"approval-{each.id}" for each in (approval, other, stranger)]
    text = unescape(signed_in.get(area).text)
    assert [each for each in keys if f"fill={each}" in text] == keys[:2]
    assert "Samat kunnat kuin palvelussa Päivätoiminta" in text
    filled = {
        wanted: re.findall(r'value="(\d{3})"[^>]* checked', signed_in.get(f"{area}?fill={wanted}").text)
        for wanted in keys
    }
    assert sorted(filled[keys[0]]) == ["186", "858"]
    assert filled[keys[1]] == ["858"], "cut to the area of the pilot"
    assert filled[keys[2]] == [], "nothing is taken from another company"
    assert "checked" not in text.partition('name="municipalities"')[2], (
        "nothing is chosen before it is asked for"
    )


def test_a_start_day_long_past_and_a_text_that_is_too_long_are_told(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast)
    start = f"{page}/sections/capacity"
    answer = post_form(signed_in, start, {"seen": shown(signed_in, start), "q-starts_on": "1.2.2026"})
    assert "1.2.2026 on mennyt jo kauan sitten" in signed_in.get(answer.location).text
    operations = f"{page}/sections/operations"
    answer = post_form(
        signed_in, operations, {"seen": shown(signed_in, operations), "q-experience": "x" * 6000}
    )
    assert "merkkiä, nyt 6\xa0000" in answer.text


def test_who_adds_a_report_that_is_too_old_reads_how_old_it_may_be(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, complete=False, services=["transport"])
    report = {"document": (io.BytesIO(PDF), "raportti.pdf"), "issued_on": "1.6.2026"}
    answer = post_form(signed_in, f"{page}/evidence/reliable_partner", report)
    told = signed_in.get(answer.location).text
    assert "Se saa hakiessasi olla enintään 3 kuukautta vanha" in told
    assert "Annettu 1.6.2026 (raportti.pdf); Enintään 3" in told.replace("\xa0", " "), (
        "the day of its renewal would say that it counts"
    )


def test_one_report_and_a_number_do_for_nine_proofs(app: Flask, signed_in: FlaskClient, cast: Cast) -> None:
    page = place(app, cast, complete=False, services=["transport"])
    report = {"document": (io.BytesIO(PDF), "raportti.pdf"), "issued_on": "1.11.2026"}
    assert post_form(signed_in, f"{page}/evidence/reliable_partner", report).location == f"{page}/evidence"
    permit = {"number": " 4711/2026 ", "issued_on": "1.3.2026"}
    assert (
        post_form(signed_in, f"{page}/evidence/vehicle_permit", {"issued_on": "1.3.2026"}).status_code == 422
    )
    assert post_form(signed_in, f"{page}/evidence/vehicle_permit", permit).location == f"{page}/evidence"
    assert "4711/2026" in signed_in.get(f"{page}/evidence").text
    insurance = {
        "document": (io.BytesIO(PDF), "vakuutus.pdf"),
        "issued_on": "1.3.2026",
        "valid_until": "28.2.2027",
        "insured_sum": "1000000",
    }
    answer = post_form(signed_in, f"{page}/evidence/liability_insurance", insurance)
    assert answer.location == f"{page}/rulebook", "nothing is lacking any more"
    assert [proof.file is not None for proof in stored(app, page).evidence] == [True, False, True]


def test_a_municipality_outside_the_pilot_is_named(app: Flask, signed_in: FlaskClient, cast: Cast) -> None:
    page = place(app, cast)
    seen = shown(signed_in, f"{page}/services/transport")
    answer = post_form(
        signed_in, f"{page}/services/transport", {"municipalities": ["858", "091"], "seen": seen}
    )
    assert answer.status_code == 422
    assert 'href="#municipalities"' in answer.text
    assert "Helsinki" in answer.text
    assert stored(app, page).lines[1].municipalities == ["858", "186"]


def test_a_section_is_saved_incomplete_and_what_is_wrong_is_kept_on_screen(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, complete=False)
    section = f"{page}/sections/operations"
    entries = {
        "seen": shown(signed_in, section),
        "q-experience": "Kuljetuksia",
        "q-experience_years": "kaksi",
    }
    answer = post_form(signed_in, section, entries)
    assert answer.status_code == 422
    assert 'href="#q-experience_years"' in answer.text
    assert 'value="kaksi"' in answer.text
    assert "Kuljetuksia" in answer.text
    assert stored(app, page).answers == {}
    entries |= {"q-experience_years": "2", "q-service_languages": "fi"}
    assert post_form(signed_in, section, entries).status_code == 303
    assert stored(app, page).answers == {
        "experience": "Kuljetuksia",
        "experience_years": 2,
        "service_languages": ["fi"],
        "languages_how": None,
    }


@pytest.mark.parametrize("years", ["-1", "101", "1,5"])
def test_a_number_outside_its_limits_is_refused(
    app: Flask, signed_in: FlaskClient, cast: Cast, years: str
) -> None:
    section = f"{place(app, cast)}/sections/operations"
    answer = post_form(signed_in, section, {"seen": shown(signed_in, section), "q-experience_years": years})
    assert answer.status_code == 422
    assert f'value="{years}"' in answer.text


def test_saved_answers_come_back_into_their_fields(app: Flask, signed_in: FlaskClient, cast: Cast) -> None:
    page = place(app, cast)
    section = signed_in.get(f"{page}/sections/capacity").text
    assert 'value="1.1.2027"' in section
    assert 'value="phone" id="q-contact_channels-0" checked' in section


def test_two_people_see_each_others_words_and_nothing_is_lost(
    app: Flask, signed_in: FlaskClient, cast: Cast, sign_in: SignIn
) -> None:
    page = place(app, cast, complete=False)
    section = f"{page}/sections/operations"
    seen = shown(signed_in, section)
    colleague = app.test_client()
    sign_in(colleague, cast.colleague)
    assert post_form(colleague, section, {"seen": seen, "q-experience": "Toisen sanat"}).status_code == 303
    answer = post_form(signed_in, section, {"seen": seen, "q-experience": "Omat sanat"})
    assert answer.status_code == 409
    assert "Toisen sanat" in answer.text
    assert "Omat sanat" in answer.text
    assert stored(app, page).answers["experience"] == "Toisen sanat"
    fresh = answer.text.split('name="seen"')[1].split('value="')[1].split('"')[0]
    assert post_form(signed_in, section, {"seen": fresh, "q-experience": "Omat sanat"}).status_code == 303
    assert stored(app, page).answers["experience"] == "Omat sanat"


def test_a_proof_is_added_on_the_way_and_belongs_to_the_company(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, complete=False)
    answer = post_form(
        signed_in,
        f"{page}/evidence/tax",
        {"document": (io.BytesIO(PDF), "verotodistus.pdf"), "issued_on": "1.11.2026", "valid_until": ""},
    )
    assert answer.status_code == 303
    [proof] = stored(app, page).evidence
    assert (proof.kind, proof.provider_id) == ("tax", cast.provider.id)
    assert "verotodistus.pdf" in signed_in.get(f"{page}/evidence").text
    with signed_in.get(f"{page}/files/{proof.file_id}") as file:
        assert file.data == PDF


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "tyhja.pdf"), (b"MZ\x90\x00 program", "todistus.pdf"), (PDF, "todistus.png")]
)
def test_a_file_that_is_not_what_it_says_is_refused_and_the_dates_are_kept(
    app: Flask, signed_in: FlaskClient, cast: Cast, content: bytes, name: str
) -> None:
    page = f"{place(app, cast, complete=False)}/evidence/tax"
    answer = post_form(signed_in, page, {"document": (io.BytesIO(content), name), "issued_on": "1.11.2026"})
    assert answer.status_code == 422
    assert 'href="#document"' in answer.text
    assert 'value="1.11.2026"' in answer.text


def test_nobody_waits_for_the_database_while_photographs_are_drawn(
    app: Flask, signed_in: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    def drawing(paths: Sequence[Path]) -> tuple[str, bytes]:
        """Somebody else sends a form meanwhile."""
        with app.extensions["database"].transaction() as another:
            take(another, Allowance("forms of others", 9, timedelta(days=1)), "somebody", now=NOW)
        drawn.append(len(paths))
        return "application/pdf", PDF

    monkeypatch.setattr(photographs, "as_document", drawing)
    page = place(app, cast, complete=False)
    for path in (f"{page}/evidence/tax", f"/fi/provider/{cast.provider.id}/evidence/add/tax"):
        sent = [(io.BytesIO(b"\xff\xd8\xff\xda picture \xff\xd9"), f"{number}.jpg") for number in range(2)]
        answer = post_form(signed_in, path, {"document": sent, "issued_on": "1.11.2026", "valid_until": ""})
        assert answer.status_code == 303
    assert drawn == [2, 2]


def test_a_criminal_record_extract_has_no_place_for_a_file(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = f"{place(app, cast, complete=False)}/evidence/criminal_record"
    assert 'type="file"' not in signed_in.get(page).text
    assert post_form(signed_in, page, {"issued_on": "1.11.2026"}).status_code == 303


def test_what_the_company_already_has_is_offered_ready_ticked(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    with app.extensions["database"].transaction() as session:
        make_evidence(session, session.merge(cast.provider), "reliable_partner")
    page = f"{place(app, cast, complete=False)}/evidence"
    assert 'name="proofs"' in signed_in.get(page).text
    assert 'id="proofs-0" checked' in signed_in.get(page).text


def test_the_rulebook_is_accepted_by_ticking_its_version(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, complete=False)
    assert post_form(signed_in, f"{page}/rulebook", {"version": "1.1"}).status_code == 422
    assert post_form(signed_in, f"{page}/rulebook", {"version": "0.1", "accepted": "y"}).status_code == 409
    assert post_form(signed_in, f"{page}/rulebook", {"version": "1.1", "accepted": "y"}).status_code == 303
    assert stored(app, page).rulebook_accepted_by_id == cast.applicant.id


def test_sending_an_incomplete_application_lists_what_is_missing_with_links(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, complete=False)
    answer = post_form(signed_in, f"{page}/check", {})
    assert answer.status_code == 422
    for part in ("/services/transport", "/sections/staff#q-staff_count", "/evidence/tax", "/rulebook"):
        assert f'href="{page}{part}"' in answer.text
    assert stored(app, page).state == ApplicationState.DRAFT


def test_sending_twice_and_going_back_answer_with_the_receipt(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast)
    first = post_form(signed_in, f"{page}/check", {})
    assert first.location == f"{page}/receipt"
    second = post_form(signed_in, f"{page}/check", {}, page=f"{page}/withdraw")
    assert second.location == f"{page}/receipt"
    assert signed_in.get(f"{page}/check").location == f"{page}/receipt"
    assert signed_in.get(f"{page}/receipt").status_code == 200
    back = signed_in.get(f"{page}/sections/staff")
    assert back.location == page
    with app.extensions["database"].read() as session:
        mails = session.scalars(sa.select(OutboxMessage)).all()
        assert [mail.template for mail in mails] == ["application_received"]
        assert f"http://localhost{page}" in mails[0].body


def test_a_sent_application_can_be_withdrawn_after_a_question(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, state="submitted")
    assert post_form(signed_in, f"{page}/withdraw", {}).status_code == 303
    assert stored(app, page).state == ApplicationState.WITHDRAWN
    assert signed_in.get(f"{page}/withdraw").location == page


def test_the_home_page_tells_of_applications(app: Flask, signed_in: FlaskClient, cast: Cast) -> None:
    page = place(app, cast, state="submitted")
    home = signed_in.get(f"/fi/provider/{cast.provider.id}/")
    assert home.status_code == 200
    assert f'href="{page}"' in home.text


def test_a_question_that_depends_on_another_says_so_and_is_not_missed_when_it_is_not_asked(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast)
    text = unescape(signed_in.get(f"{page}/sections/staff").text)
    assert "Vain jos vastaat ”Kyllä” kysymykseen: Käytätkö alihankkijoita?" in text
    assert 'data-only-if="{"q-subcontractors": "yes"}"' in text
    asked = "Alihankkijoiden nimet ja Y-tunnukset"
    for uses, told in ((False, False), (True, True)):
        with app.extensions["database"].transaction() as session:
            application = session.get_one(Application, int(page.rsplit("/", 1)[1]))
            application.answers = {"subcontractors": uses}
        assert (asked in signed_in.get(f"{page}/check").text) is told
