"""What an office writes to a provider: ready phrases in its language, and a question when own words are in another."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.phrases import LIBRARY, RESPONSE
from marketplace.approvals.standing.rules import MEASURE
from marketplace.db import Database
from marketplace.decisions.written_in import language_of_text
from marketplace.i18n import date_text
from marketplace.pilots.vocabulary import SERVICES
from tests.approvals.cast import make_cast
from tests.approvals.standing.conftest import TODAY, make_standing
from tests.approvals.standing.test_pages import LIST, SignIn, browser
from tests.factories import make_application
from tests.forms import post_form

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
