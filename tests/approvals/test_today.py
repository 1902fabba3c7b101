"""The office's first page: what waits, with its number and its list, and only what the person may do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.approvals.queue.queries import Limits, Waiting, waiting
from marketplace.approvals.standing import service
from marketplace.permissions import Role
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import SAFE, make_standing, open_measure
from tests.factories import NOW, make_application, make_approval, make_provider, make_user
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
LIMITS = Limits({"keusote-2022": NOW - timedelta(days=30)}, NOW.date())


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        for days, state, handler in (
            (0, "submitted", None),
            (40, "in_review", cast.reviewer),
            (1, "proposed", None),
        ):
            make_application(
                session,
                make_provider(session),
                cast.applicant,
                state=state,
                handler=handler,
                complete=False,
                submitted_at=NOW - timedelta(days=days),
            )
        make_application(session, cast.provider, cast.applicant)
        make_approval(session, make_provider(session))
        return cast


def matters(browser: FlaskClient) -> dict[str, int]:
    """The addresses of the page's list and the numbers beside them."""
    text = browser.get("/fi/office").text.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r'href="([^"]+)".*?data-tone="\w+">(\d+)<', text, flags=re.DOTALL)
    return {address: int(number) for address, number in rows}


def test_the_first_page_counts_what_waits_and_leads_to_it(
    app: Flask, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(client, cast.reviewer)
    found = matters(client)
    queue = "/fi/office/applications"
    assert found[f"{queue}?state=submitted"] == 1
    assert found[f"{queue}?state=proposed"] == 1
    assert found[f"{queue}?handler={cast.reviewer.id}"] == 1
    assert found["/fi/office/approvals?attention=proofs"] == 1
    for address, number in found.items():
        lead = re.search(r'class="lead">(\d+)', client.get(address).text)
        assert lead is not None, address
        assert int(lead[1]) == number, address


def test_what_a_person_may_not_do_is_not_on_the_page(
    app: Flask, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(client, cast.stranger)
    assert matters(client) == {}
    assert "empty-state" in client.get("/fi/office").text


def test_only_the_office_has_the_page(app: Flask, client: FlaskClient, sign_in: SignIn, cast: Cast) -> None:
    sign_in(client, cast.applicant)
    assert client.get("/fi/office").status_code == 403


def test_the_office_lands_on_it_after_signing_in(
    app: Flask, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    with app.extensions["database"].transaction() as session:
        decider = make_user(session, Role.DECIDER, organisation="keusote")
    sign_in(client, decider)
    assert client.get("/fi/account/landing").location == "/fi/office"


def test_waiting_applications_are_counted_for_their_own_organisation_only(app: Flask, cast: Cast) -> None:
    with app.extensions["database"].read() as session:
        assert waiting(session, "keusote", cast.reviewer.id, LIMITS) == Waiting(1, 1, 1, 1)
        assert waiting(session, "soite", cast.reviewer.id, LIMITS) == Waiting(0, 0, 0, 0)


def test_a_measure_that_was_returned_stands_there_for_the_reviewer(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        measure = open_measure(session, make_standing(session, cast), cast, ApprovalAction.SUSPEND, **SAFE)
        service.send_back(work_of(session, cast.actor("decider")), measure, "Perustelut puuttuvat.")
    sign_in(client, cast.reviewer)
    page = "/fi/office/approvals?attention=proposals"
    assert matters(client) == {page: 1}
    assert "Toimenpide odottaa ehdotusta" in client.get(page).text
    other = app.test_client()
    sign_in(other, cast.decider)
    assert matters(other) == {}, "a decider proposes nothing"
