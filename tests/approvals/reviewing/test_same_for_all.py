"""What a reviewer writes once for all services of an application."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.applications.models import Application
from marketplace.applications.rules import Outcome
from marketplace.approvals.proposing.phrases import LIBRARY
from marketplace.approvals.proposing.rules import takes, with_shared
from tests.approvals.cast import Cast, make_cast
from tests.factories import make_application
from tests.forms import post_form

SignIn = Callable[[FlaskClient, User], None]

A, C, R = Outcome.APPROVED, Outcome.APPROVED_WITH_CONDITIONS, Outcome.REJECTED


@pytest.mark.parametrize(
    ("own", "shared", "taken"),
    [(None, A, True), (A, A, True), (R, A, False), (C, A, False), (R, None, True), (None, None, True)],
)
def test_a_service_with_another_proposal_takes_nothing(
    own: Outcome | None, shared: Outcome | None, taken: bool
) -> None:
    assert takes(own, shared) is taken


@pytest.mark.parametrize(
    ("own", "shared", "both"),
    [
        ("", " Ehdot täyttyvät. ", "Ehdot täyttyvät."),
        ("Kalusto riittää.", "Ehdot täyttyvät.", "Kalusto riittää.\n\nEhdot täyttyvät."),
        ("Kalusto riittää.\n\nEhdot täyttyvät.", "Ehdot täyttyvät.", "Kalusto riittää.\n\nEhdot täyttyvät."),
        ("Kalusto riittää.", "", "Kalusto riittää."),
    ],
)
def test_grounds_for_all_stand_after_those_of_the_service_and_once(own: str, shared: str, both: str) -> None:
    assert with_shared(own, shared) == both


def test_phrases_for_all_suit_every_service() -> None:
    both = {each.key for each in LIBRARY.common(["day_activity", "transport"], A)}
    assert "requirements_met" in both
    assert "vehicles_suitable" not in both
    assert "vehicles_suitable" in {each.key for each in LIBRARY.common(["transport"], A)}


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.extensions["database"].transaction() as session:
        return make_cast(session)


@pytest.fixture
def reviewer(client: FlaskClient, sign_in: SignIn, cast: Cast) -> FlaskClient:
    sign_in(client, cast.reviewer)
    return client


def place(app: Flask, cast: Cast, **given: Any) -> tuple[str, list[int]]:
    """The address of the proposal of a new application, and its lines."""
    with app.extensions["database"].transaction() as session:
        made = make_application(
            session,
            session.merge(cast.provider),
            session.merge(cast.applicant),
            state="in_review",
            handler_id=cast.reviewer.id,
            **given,
        )
        return f"/fi/office/applications/{made.id}/proposal", [line.id for line in made.lines]


def kept(app: Flask, page: str) -> tuple[str, list[tuple[Any, Any, Any]]]:
    with app.extensions["database"].read() as session:
        application = session.get_one(Application, int(page.split("/")[4]))
        return application.state, [
            (line.proposed_outcome, line.proposed_phrases, line.proposed_grounds)
            for line in application.lines
        ]


SHARED = {
    "outcome-same": "approved",
    "phrases-approved-same": "requirements_met",
    "grounds-same": "Tiedot on tarkistettu rekisteristä.",
}


def test_the_button_fills_every_service_and_sends_nothing(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    page, [first, second] = place(app, cast)
    own = {f"grounds-{second}": "Kalusto riittää.", f"due-0-{first}": "31.12.2026"}
    answer = post_form(reviewer, page, {**SHARED, **own, "same": "all"})
    assert answer.status_code == 200
    assert "Tiedot on lisätty 2 palveluun." in answer.text
    assert answer.text.count("Tiedot on tarkistettu rekisteristä.") == 2
    assert "Kalusto riittää.\n\nTiedot on tarkistettu rekisteristä." in answer.text
    assert answer.text.count(" checked") == 4, "an outcome and a phrase of each service"
    assert 'value="31.12.2026"' in answer.text
    assert "error-summary-title" not in answer.text
    assert kept(app, page)[0] == "in_review"


def test_sending_gives_it_to_every_service_too(app: Flask, reviewer: FlaskClient, cast: Cast) -> None:
    page, _lines = place(app, cast)
    assert post_form(reviewer, page, SHARED).status_code == 303
    state, lines = kept(app, page)
    assert state == "proposed"
    assert lines == [("approved", ["requirements_met"], "Tiedot on tarkistettu rekisteristä.")] * 2


def test_a_service_proposed_otherwise_keeps_its_own(app: Flask, reviewer: FlaskClient, cast: Cast) -> None:
    page, [first, second] = place(app, cast)
    own = {f"outcome-{second}": "rejected", f"grounds-{second}": "Henkilöstö ei riitä."}
    answer = post_form(reviewer, page, {**SHARED, **own, "same": "all"})
    assert "Tiedot on lisätty 1 palveluun." in answer.text
    assert answer.text.count("Tiedot on tarkistettu rekisteristä.") == 1
    assert f'id="grounds-{first}"' in answer.text
    assert "Henkilöstö ei riitä." in answer.text


@pytest.mark.parametrize(("pressed", "status"), [({"same": "all"}, 200), ({}, 422)])
def test_what_no_service_takes_stays_where_it_was_written(
    app: Flask, reviewer: FlaskClient, cast: Cast, pressed: dict[str, str], status: int
) -> None:
    page, lines = place(app, cast)
    own = {
        f"{field}-{line}": said
        for line in lines
        for field, said in (("outcome", "rejected"), ("grounds", "Ei."))
    }
    answer = post_form(reviewer, page, {**SHARED, **own, **pressed})
    assert answer.status_code == status
    assert answer.text.count("Tiedot on tarkistettu rekisteristä.") == 1
    assert 'href="#outcome-same"' in answer.text
    assert "Jokaisella palvelulla on jo toinen ehdotus." in answer.text
    assert kept(app, page)[0] == "in_review"


def test_the_button_says_when_there_is_nothing_to_give(app: Flask, reviewer: FlaskClient, cast: Cast) -> None:
    page, _lines = place(app, cast)
    answer = post_form(reviewer, page, {"same": "all"})
    assert 'href="#outcome-same"' in answer.text
    assert "Valitse tai kirjoita ensin, mitä kaikkiin palveluihin lisätään." in answer.text


def test_a_browser_never_cuts_a_long_text_short(app: Flask, reviewer: FlaskClient, cast: Cast) -> None:
    page, [first, _second] = place(app, cast)
    areas = re.findall(r"<textarea[^>]*>", reviewer.get(page).text)
    assert any(f'name="grounds-{first}"' in each for each in areas)
    assert not [each for each in areas if "maxlength" in each]


def test_too_long_a_text_for_all_is_told_at_each_service(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    page, [first, second] = place(app, cast)
    answer = post_form(reviewer, page, {**SHARED, "grounds-same": "Ehdot. " * 4000})
    assert answer.status_code == 422
    assert f'href="#grounds-{first}"' in answer.text
    assert f'href="#grounds-{second}"' in answer.text


def test_an_application_for_one_service_has_nothing_for_all(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    page, _lines = place(app, cast, services=("transport",))
    assert 'name="grounds-same"' not in reviewer.get(page).text
