"""The office's pages, through the browser's eyes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications import rules
from marketplace.applications.models import Application
from marketplace.approvals.deciding.service import seen_mark
from marketplace.approvals.reviewing.models import ChecklistMark
from marketplace.approvals.reviewing.rules import Mark
from marketplace.files.models import StoredFile
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import ServiceApproval
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, PDF, make_application, make_provider
from tests.forms import post_form
from tests.look.markup import Markup

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.extensions["database"].transaction() as session:
        return make_cast(session)


@pytest.fixture
def reviewer(client: FlaskClient, sign_in: SignIn, cast: Cast) -> FlaskClient:
    sign_in(client, cast.reviewer)
    return client


@pytest.fixture
def decider(app: Flask, sign_in: SignIn, cast: Cast) -> FlaskClient:
    browser = app.test_client()
    sign_in(browser, cast.decider)
    return browser


def place(app: Flask, cast: Cast, state: str, **given: Any) -> str:
    """The office's address of a new application of the cast in `state`."""
    with app.extensions["database"].transaction() as session:
        made = make_application(
            session,
            session.merge(cast.provider),
            session.merge(cast.applicant),
            state=state,
            handler_id=None if state == "submitted" else cast.reviewer.id,
            **given,
        )
        return f"/fi/office/applications/{made.id}"


def read(app: Flask, page: str, look: Callable[[Session, Application], Any]) -> Any:
    with app.extensions["database"].read() as session:
        return look(session, session.get_one(Application, int(page.rsplit("/", 1)[1])))


def state_of(app: Flask, page: str) -> str:
    return str(read(app, page, lambda _session, application: application.state))


def seen(app: Flask, page: str) -> str:
    """The mark of the proposal that the decider's page carries."""
    return str(read(app, page, lambda _session, application: seen_mark(application)))


def line_ids(app: Flask, page: str) -> list[int]:
    return list(read(app, page, lambda _session, application: [line.id for line in application.lines]))


def test_the_queue_tells_provider_state_turn_and_what_is_missing(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, "submitted", complete=False)
    text = reviewer.get("/fi/office/applications").text
    assert f'href="{page}"' in text
    assert cast.provider.official_name in text
    assert "vastuuvakuutus" in text
    assert "5" in text


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("", True),
        ("?state=in_review", True),
        ("?state=decided", False),
        ("?handler=none", False),
        ("?pilot=keusote-2022", True),
        ("?state=nonsense", True),
        ("?page=x", True),
    ],
)
def test_filters_live_in_the_address(
    app: Flask, reviewer: FlaskClient, cast: Cast, query: str, there: bool
) -> None:
    page = place(app, cast, "in_review")
    answer = reviewer.get(f"/fi/office/applications{query}")
    assert answer.status_code == 200
    assert (f'href="{page}"' in answer.text) is there


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("state", rules.APPLICATION.sent)
def test_every_state_has_its_review_page_in_both_languages(
    app: Flask, reviewer: FlaskClient, cast: Cast, state: str, language: str
) -> None:
    page = place(app, cast, state).replace("/fi/", f"/{language}/")
    assert reviewer.get(page).status_code == 200


def test_another_organisations_people_do_not_find_the_application(
    app: Flask, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    page = place(app, cast, "in_review")
    sign_in(client, cast.stranger)
    for part in ("", "/completion", "/proposal"):
        assert client.get(page + part).status_code == 404
    assert f'href="{page}"' not in client.get("/fi/office/applications").text


def test_a_provider_does_not_enter_the_office(
    app: Flask, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    page = place(app, cast, "in_review")
    sign_in(client, cast.applicant)
    assert client.get("/fi/office/applications").status_code == 403
    assert client.get(page).status_code == 403


def test_a_proof_is_handed_out_as_a_download_to_the_own_office_only(
    app: Flask, reviewer: FlaskClient, cast: Cast, sign_in: SignIn
) -> None:
    page = place(app, cast, "in_review")
    received = FileStore.of(app.extensions["settings"]).put(
        PDF, media_type="application/pdf", name="vero.pdf"
    )
    with app.extensions["database"].transaction() as session:
        file = StoredFile(
            sha256=received.sha256,
            media_type=received.media_type,
            size=received.size,
            name=received.name,
            created_at=NOW,
        )
        session.get_one(Application, int(page.rsplit("/", 1)[1])).evidence[0].file = file
        session.flush()
        file_id = file.id
    with reviewer.get(f"{page}/files/{file_id}") as answer:
        assert answer.data == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert reviewer.get(f"{page}/files/{file_id + 100}").status_code == 404
    other = app.test_client()
    sign_in(other, cast.stranger)
    assert other.get(f"{page}/files/{file_id}").status_code == 404


def test_taking_twice_tells_that_it_is_taken(app: Flask, reviewer: FlaskClient, cast: Cast) -> None:
    page = place(app, cast, "submitted")
    assert post_form(reviewer, f"{page}/take", {}, page=page).status_code == 303
    assert state_of(app, page) == "in_review"
    assert post_form(reviewer, f"{page}/take", {}, page=f"{page}/completion").location == page
    assert read(app, page, lambda _s, application: application.handler_id) == cast.reviewer.id


def test_a_completion_request_reaches_the_provider_section_by_section(
    app: Flask, reviewer: FlaskClient, cast: Cast, sign_in: SignIn
) -> None:
    page = place(app, cast, "in_review")
    answer = post_form(
        reviewer,
        f"{page}/completion",
        {"sections": ["staff"], "text-staff": "Kerro koulutukset.", "due_on": "6.12.2026"},
    )
    assert answer.status_code == 303
    assert state_of(app, page) == "completion_requested"
    provider = app.test_client()
    sign_in(provider, cast.applicant)
    own = page.replace("/office/", f"/provider/{cast.provider.id}/")
    text = provider.get(own).text
    assert "Kerro koulutukset." in text
    assert "6.12.2026" in text
    assert f'href="{own}/sections/staff"' in text
    assert f'href="{own}/sections/quality"' not in text
    assert provider.get(f"{own}/sections/quality").location == own
    assert post_form(provider, f"{own}/check", {}).location == f"{own}/receipt"
    assert state_of(app, page) == "in_review"


@pytest.mark.parametrize(
    ("entries", "lacking"),
    [
        ({"sections": ["staff"], "text-staff": "Kerro.", "due_on": "21.11.2026"}, ["due_on"]),
        ({"sections": ["staff"], "text-staff": "", "due_on": "6.12.2026"}, ["text-staff"]),
        ({"due_on": "6.12.2026"}, ["sections"]),
        (
            {"sections": ["staff", "quality"], "text-quality": "Osoite.", "due_on": "31.2.2027"},
            ["text-staff", "due_on"],
        ),
        ({"due_on": "21.11.2026"}, ["sections", "due_on"]),
    ],
)
def test_an_impossible_completion_request_comes_back_filled_with_everything_it_lacks(
    app: Flask, reviewer: FlaskClient, cast: Cast, entries: dict[str, Any], lacking: list[str]
) -> None:
    page = place(app, cast, "in_review")
    answer = post_form(reviewer, f"{page}/completion", entries)
    assert answer.status_code == 422
    assert re.findall(r'class="ds-link" href="#([\w-]+)"', answer.text) == lacking
    assert entries["due_on"] in answer.text
    assert entries.get("text-quality", "") in answer.text
    assert state_of(app, page) == "in_review"


def test_a_proposal_without_grounds_comes_back_with_links_to_its_fields(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, "in_review")
    first, second = line_ids(app, page)
    answer = post_form(
        reviewer, f"{page}/proposal", {f"outcome-{first}": "approved", f"grounds-{first}": "Ehdot täyttyvät."}
    )
    assert answer.status_code == 422
    assert f'href="#grounds-{second}"' in answer.text
    assert f'href="#outcome-{second}"' in answer.text
    assert "Ehdot täyttyvät." in answer.text
    assert state_of(app, page) == "in_review"


def test_a_row_for_another_condition_is_added_and_keeps_what_was_written(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, "in_review")
    first, _second = line_ids(app, page)
    entries = {
        f"condition-0-{first}": "Soteri on haettava.",
        f"due-0-{first}": "31.12.2026",
        "more": str(first),
    }
    answer = post_form(reviewer, f"{page}/proposal", entries)
    assert answer.status_code == 200
    assert "Soteri on haettava." in answer.text
    assert 'value="31.12.2026"' in answer.text
    assert f'name="condition-1-{first}"' in answer.text
    assert f'name="condition-2-{first}"' not in answer.text
    assert "error-summary-title" not in answer.text
    assert state_of(app, page) == "in_review"


def test_everything_that_a_proposal_lacks_is_told_at_once(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, "in_review")
    first, second = line_ids(app, page)
    entries = {
        f"outcome-{first}": "approved_with_conditions",
        f"condition-0-{first}": "Soteri on haettava.",
        f"due-0-{first}": "21.11.2026",
        f"due-0-{second}": "31.2.2027",
    }
    text = post_form(reviewer, f"{page}/proposal", entries).text
    found = re.findall(r'class="ds-link" href="#([\w-]+)"', text)
    assert found == [
        f"grounds-{first}",
        f"due-0-{first}",
        f"outcome-{second}",
        f"grounds-{second}",
        f"due-0-{second}",
    ]
    assert 'value="31.2.2027"' in text


def test_two_people_make_a_decision(
    app: Flask, reviewer: FlaskClient, decider: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, "in_review")
    first, second = line_ids(app, page)
    entries = {
        f"outcome-{first}": "approved_with_conditions",
        f"grounds-{first}": "Ehdot täyttyvät.",
        f"condition-0-{first}": "Soteri on haettava.",
        f"due-0-{first}": "31.12.2026",
        f"outcome-{second}": "approved",
        f"grounds-{second}": "Ehdot täyttyvät.",
    }
    assert post_form(reviewer, f"{page}/proposal", entries).status_code == 303
    assert "Soteri on haettava. Täytettävä viimeistään 31.12.2026." in decider.get(f"{page}/decision").text
    assert post_form(decider, f"{page}/decision", {"seen": seen(app, page)}).location == page
    assert state_of(app, page) == "decided"
    assert "KEUSOTE-2026/1" in decider.get(page).text
    with app.extensions["database"].read() as session:
        approvals = session.scalars(sa.select(ServiceApproval)).all()
        assert {each.service_key for each in approvals} == {"day_activity", "transport"}
        assert [mail.template for mail in session.scalars(sa.select(OutboxMessage))] == ["decision_made"]
    file_id = read(app, page, lambda _s, application: application.decisions[0].file_id)
    with decider.get(f"{page}/files/{file_id}") as once, decider.get(f"{page}/files/{file_id}") as again:
        assert once.data == again.data
        assert once.data.startswith(b"%PDF-")
    assert post_form(decider, f"{page}/decision", {}, page="/fi/account/").status_code == 303
    assert read(app, page, lambda _s, application: len(application.decisions)) == 1


def test_whoever_proposed_is_told_to_leave_the_decision_to_another(
    app: Flask, decider: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, "proposed")
    with app.extensions["database"].transaction() as session:
        for line in session.get_one(Application, int(page.rsplit("/", 1)[1])).lines:
            line.proposed_by_id = cast.decider.id
    answer = post_form(decider, f"{page}/decision", {"seen": seen(app, page)})
    assert answer.status_code == 403
    assert state_of(app, page) == "proposed"


def test_a_proposal_is_returned_with_a_reason_and_never_without(
    app: Flask, reviewer: FlaskClient, decider: FlaskClient, cast: Cast
) -> None:
    page = place(app, cast, "proposed")
    refused = post_form(decider, f"{page}/return", {"reason": ""}, page=f"{page}/decision")
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text
    assert (
        post_form(decider, f"{page}/return", {"reason": "Tarkista alue."}, page=f"{page}/decision").location
        == page
    )
    assert state_of(app, page) == "in_review"
    assert "Tarkista alue." in reviewer.get(page).text


@pytest.mark.parametrize("part", ["/completion", "/proposal"])
def test_a_step_that_is_no_longer_possible_leads_back_to_the_application(
    app: Flask, reviewer: FlaskClient, cast: Cast, part: str
) -> None:
    page = place(app, cast, "decided")
    assert reviewer.get(page + part).location == page


def test_the_applications_of_many_providers_are_paged(app: Flask, reviewer: FlaskClient, cast: Cast) -> None:
    with app.extensions["database"].transaction() as session:
        person = session.merge(cast.applicant)
        for _ in range(30):
            make_application(session, make_provider(session), person, state="submitted", complete=False)
    text = reviewer.get("/fi/office/applications?state=submitted&page=2").text
    assert 'href="/fi/office/applications?state=submitted&amp;page=1"' in text


def test_enter_in_a_field_of_the_proposal_sends_it_and_adds_no_condition(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    page = Markup(reviewer.get(f"{place(app, cast, 'in_review')}/proposal").text)
    [form] = [each for each in page.all("form") if "form-page" in each.attributes.get("class", "")]
    first, *others = [each for each in page.all("button") if form in each.within]
    assert "name" not in first.attributes
    assert (first.attributes["aria-hidden"], first.attributes["tabindex"]) == ("true", "-1")
    assert first.words == others[-1].words
    assert [each.attributes.get("name") for each in others] == ["same", "more", "more", None]


def test_a_decision_with_nothing_looked_at_warns_both_people(
    app: Flask, reviewer: FlaskClient, sign_in: Callable[[FlaskClient, User], None], cast: Cast
) -> None:
    warning = "Tarkistuslistasta ei ole käyty läpi mitään"
    with app.extensions["database"].transaction() as session:
        other = make_cast(session)
    assert warning in reviewer.get(f"{place(app, other, 'in_review')}/proposal").text
    proposed = place(app, cast, "proposed")
    decider = app.test_client()
    sign_in(decider, cast.decider)
    assert warning in decider.get(f"{proposed}/decision").text
    with app.extensions["database"].transaction() as session:
        session.add(
            ChecklistMark(
                application_id=int(proposed.rsplit("/", 1)[1]),
                item_key="right_company",
                mark=Mark.OK,
                marked_by_id=cast.reviewer.id,
                marked_at=NOW,
            )
        )
    shown = decider.get(f"{proposed}/decision").text
    assert warning not in shown
    assert "Tarkistuslista: 1/" in shown
