"""What an office writes to a provider: ready phrases in its language, and a question when own words are in another."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.approvals.standing import service
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.phrases import LIBRARY, RESPONSE
from marketplace.approvals.standing.rules import MEASURE
from marketplace.db import Database
from marketplace.decisions.written_in import language_of_text
from marketplace.i18n import date_text
from marketplace.permissions import SYSTEM
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import make_cast
from tests.approvals.standing.conftest import TODAY, make_standing, open_measure
from tests.approvals.standing.test_pages import LIST, SignIn, browser
from tests.factories import make_application
from tests.forms import post_form
from tests.work import work_of

FINNISH = "Palveluntuottajan vakuutus on päättynyt, eikä uutta ole toimitettu."
SWEDISH = "Serviceproducentens försäkring har upphört och ingen ny har lämnats in."
BOX = 'name="as_written"'


@pytest.mark.parametrize("key", list(LIBRARY.phrases))
def test_every_phrase_speaks_both_languages_and_names_things_that_exist(key: str) -> None:
    phrase = LIBRARY.phrases[key]
    for language in ("fi", "sv"):
        text = phrase.text[language]
        assert text.endswith(".")
        assert language_of_text(text) in (None, language)
    assert phrase.outcome in {*MEASURE.kinds, RESPONSE}
    assert phrase.services <= set(SERVICES)


@pytest.mark.parametrize("kind", [*MEASURE.kinds, RESPONSE])
def test_every_kind_has_phrases_for_every_service(kind: str) -> None:
    assert all(LIBRARY.ready(service, kind) for service in SERVICES)


def test_a_measure_says_its_phrases_in_the_language_of_the_provider(
    app: Flask, database: Database, sign_in: SignIn
) -> None:
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session, "sv")
        page = f"{LIST}/{make_standing(session, cast).id}"
    reviewer = browser(app, sign_in, cast.reviewer)
    phrase = LIBRARY.phrases["suspend_proof"].text
    shown = reviewer.get(f"{page}/suspend").text
    assert phrase.fi in shown
    assert phrase.sv in shown
    due = date_text(TODAY + timedelta(days=14))
    entries: dict[str, object] = {"ready": ["suspend_proof"], "grounds": FINNISH, "due_on": due}
    asked = post_form(reviewer, f"{page}/suspend", entries)
    assert asked.status_code == 422
    assert "näyttää olevan suomea" in asked.text
    assert BOX in asked.text
    with database.read() as session:
        assert session.scalar(sa.select(ApprovalMeasure.id)) is None
    assert post_form(reviewer, f"{page}/suspend", {**entries, "as_written": "y"}).status_code == 303
    with database.read() as session:
        made = session.scalars(sa.select(ApprovalMeasure)).one()
        assert (made.language, made.grounds) == ("sv", f"{phrase.sv} {FINNISH}")


def test_phrases_alone_are_grounds(app: Flask, database: Database, sign_in: SignIn) -> None:
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        page = f"{LIST}/{make_standing(session, cast).id}"
    reviewer = browser(app, sign_in, cast.reviewer)
    due = date_text(TODAY + timedelta(days=14))
    sent = post_form(reviewer, f"{page}/withdraw", {"ready": ["withdraw_stopped"], "due_on": due})
    assert sent.status_code == 303
    with database.read() as session:
        phrase = LIBRARY.phrases["withdraw_stopped"].text.fi
        assert session.scalars(sa.select(ApprovalMeasure.grounds)).one() == phrase


def test_texts_of_an_application_are_asked_about_too(app: Flask, database: Database, sign_in: SignIn) -> None:
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session, "sv")
        made = make_application(
            session, cast.provider, cast.applicant, services=("day_activity",), state="in_review"
        )
        page, line = f"/fi/office/applications/{made.id}", made.lines[0].id
    reviewer = browser(app, sign_in, cast.reviewer)
    due = date_text(TODAY + timedelta(days=21))
    for address, entries in (
        ("hearing", {"services": ["day_activity"], "reasons": FINNISH, "due_on": due}),
        ("completion", {"sections": ["company"], "text-company": FINNISH, "due_on": due}),
        ("proposal", {f"outcome-{line}": "approved", f"grounds-{line}": FINNISH}),
    ):
        asked = post_form(reviewer, f"{page}/{address}", entries)
        assert asked.status_code == 422, address
        assert BOX in asked.text, address
    swedish: dict[str, object] = {"services": ["day_activity"], "reasons": SWEDISH, "due_on": due}
    assert post_form(reviewer, f"{page}/hearing", swedish).status_code == 303


LONG_AGO = "1.12.2020"
BOTH = {
    "suspend": ({"grounds": FINNISH, "due_on": LONG_AGO}, ("#grounds", "#due_on")),
    "withdraw": ({"grounds": FINNISH, "due_on": "23.11.2026"}, ("#grounds", "#short_reason")),
    "condition": (
        {"grounds": FINNISH, "condition": FINNISH, "due_on": LONG_AGO, "condition_due_on": LONG_AGO},
        ("#grounds", "#condition", "#due_on", "#condition_due_on"),
    ),
    "requests": ({"text": FINNISH, "due_on": LONG_AGO}, ("#text", "#due_on")),
    "put off": ({"reason": FINNISH, "due_on": LONG_AGO}, ("#reason", "#due_on")),
    "proposal": ({"response": FINNISH, "condition_due_on": LONG_AGO}, ("#response", "#condition_due_on")),
}
"""Forms of the office with a text in the other language and a day that cannot be: where each fault is told."""


@pytest.mark.parametrize("name", BOTH)
def test_the_question_about_the_language_hides_no_other_fault(
    app: Flask, database: Database, sign_in: SignIn, name: str
) -> None:
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session, "sv")
        approval = make_standing(session, cast)
        page = form = f"{LIST}/{approval.id}"
        if name in ("put off", "proposal"):
            measure = open_measure(session, approval, cast, ApprovalAction.CONDITION)
            session.flush()
            form = f"{page}/measures/{measure.id}/{'due-day' if name == 'put off' else name}"
        if name == "proposal":
            service.lapse(work_of(session, SYSTEM), measure)
    entries, places = BOTH[name]
    address = form if name in ("put off", "proposal") else f"{page}/{name}"
    shown = post_form(
        browser(app, sign_in, cast.reviewer), address, entries, page=page if name == "requests" else form
    )
    assert shown.status_code == 422
    assert [place for place in places if f'href="{place}"' not in shown.text] == []


def test_a_letter_without_words_is_told_of_its_day_too(
    app: Flask, database: Database, sign_in: SignIn
) -> None:
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        measure = open_measure(session, make_standing(session, cast), cast, ApprovalAction.SUSPEND)
        session.flush()
        page = f"{LIST}/{measure.approval_id}/measures/{measure.id}/explanation"
    shown = post_form(browser(app, sign_in, cast.reviewer), page, {"answer": "", "came_on": LONG_AGO})
    assert ('href="#answer"' in shown.text, 'href="#came_on"' in shown.text) == (True, True)
