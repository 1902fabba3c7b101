"""The pages of agreements through the browser's eyes: the counsellor's, the office's and the provider's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.i18n import date_text, helsinki_date
from marketplace.offers.models import Offer
from marketplace.permissions import Role
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.vouchers.models import Agreement
from tests.factories import NOW, make_agreement, make_offer, make_user
from tests.forms import post_form
from tests.vouchers.conftest import Scene

SignIn = Callable[[FlaskClient, User], None]
REGISTER = "/fi/counsellor/agreements"
TODAY = helsinki_date(NOW)


@pytest.fixture
def enter(app: Flask, sign_in: SignIn) -> Callable[[User], FlaskClient]:
    """A browser of the person's own."""

    def browser(person: User) -> FlaskClient:
        client = app.test_client()
        sign_in(client, person)
        return client

    return browser


@pytest.fixture
def counsellor(enter: Callable[[User], FlaskClient], kept: Scene) -> FlaskClient:
    return enter(kept.counsellor)


def add(database: Database, kept: Scene, **given: Any) -> int:
    with database.transaction() as session:
        return make_agreement(session, session.get_one(Offer, kept.offer.id), kept.counsellor, **given).id


def change(database: Database, model: type[Any], identity: int, **values: Any) -> None:
    with database.transaction() as session:
        for name, value in values.items():
            setattr(session.get_one(model, identity), name, value)


def seen(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    """What the audit trail says of looking at agreements: type and number of the page's subject, what was seen."""
    with database.read() as session:
        events = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "agreement.view"))
        return [(each.subject_type, each.subject_id, each.after) for each in events]


def test_a_counsellor_lands_on_the_clients_and_finds_the_register_among_the_own_pages(
    counsellor: FlaskClient,
) -> None:
    assert counsellor.get("/fi/account/landing").location == "/fi/counsellor/clients"
    assert f'href="{REGISTER}"' in counsellor.get("/fi/account/").text


def test_a_counsellor_finds_a_service_records_an_agreement_and_ends_it(
    database: Database, kept: Scene, counsellor: FlaskClient
) -> None:
    form = f"{REGISTER}/new/{kept.offer.id}"
    assert form in counsellor.get(f"{REGISTER}/offers?q=metsän&service=day_activity").text
    sent = post_form(
        counsellor, form, {"client_number": "a-12", "starts_on": date_text(TODAY), "ends_on": ""}
    )
    page = counsellor.get(sent.location).text
    assert "A-12" in page
    assert "Olga Ohjaaja" in page
    assert "A-12" in counsellor.get(REGISTER).text
    last = TODAY + timedelta(days=3)
    ended = post_form(counsellor, f"{sent.location}/end", {"ends_on": date_text(last)})
    assert ended.location == sent.location
    assert date_text(last) in counsellor.get(sent.location).text


@pytest.mark.parametrize(
    "entries",
    [
        {"client_number": "131052-308T", "starts_on": "22.11.2026"},
        {"client_number": "A-12", "starts_on": "1.1.2020"},
        {"client_number": "A-12", "starts_on": "yesterday"},
        {"client_number": "", "starts_on": "22.11.2026"},
    ],
)
def test_what_was_typed_stays_in_the_form_when_it_is_refused(
    database: Database, kept: Scene, counsellor: FlaskClient, entries: dict[str, str]
) -> None:
    sent = post_form(counsellor, f"{REGISTER}/new/{kept.offer.id}", {"ends_on": "1.1.2099", **entries})
    assert sent.status_code == 422
    for value in (*entries.values(), "1.1.2099"):
        assert f'value="{value}"' in sent.text
    with database.read() as session:
        assert session.scalars(sa.select(Agreement)).all() == []


def test_a_refused_last_day_stays_in_the_form(
    database: Database, kept: Scene, counsellor: FlaskClient
) -> None:
    page = f"{REGISTER}/{add(database, kept)}/end"
    sent = post_form(counsellor, page, {"ends_on": "1.1.2020"})
    assert sent.status_code == 422
    assert 'value="1.1.2020"' in sent.text


def test_an_agreement_that_is_over_offers_no_end(
    database: Database, kept: Scene, counsellor: FlaskClient
) -> None:
    own = f"{REGISTER}/{add(database, kept, ends_on=TODAY - timedelta(days=1))}"
    assert f"{own}/end" not in counsellor.get(own).text
    assert counsellor.get(f"{own}/end").location == own


def test_other_peoples_agreements_and_offers_answer_404(
    database: Database, kept: Scene, enter: Callable[[User], FlaskClient]
) -> None:
    own = f"{REGISTER}/{add(database, kept)}"
    stranger = enter(kept.stranger)
    for path in (
        own,
        f"{own}/end",
        f"{REGISTER}/new/{kept.offer.id}",
        f"{REGISTER}/999",
        f"{REGISTER}/new/999",
    ):
        assert stranger.get(path).status_code == 404, path
    assert "A-" not in stranger.get(REGISTER).text.partition("<main")[2].partition("</main>")[0]


def test_the_office_reads_the_register_and_changes_nothing(
    database: Database, kept: Scene, enter: Callable[[User], FlaskClient]
) -> None:
    own = f"{REGISTER}/{add(database, kept)}"
    for person in (kept.reviewer, kept.auditor):
        reader = enter(person)
        assert reader.get(own).status_code == 200
        assert f"{own}/end" not in reader.get(own).text
        assert f"{REGISTER}/offers" not in reader.get(REGISTER).text
        for path in (f"{own}/end", f"{REGISTER}/offers", f"{REGISTER}/new/{kept.offer.id}"):
            assert reader.get(path).status_code == 403, path


@pytest.mark.parametrize("role", [Role.PAYER, Role.CLIENT, Role.PROVIDER_ADMIN])
def test_others_do_not_see_the_register(
    database: Database, kept: Scene, enter: Callable[[User], FlaskClient], role: Role
) -> None:
    organisation = "keusote" if role is Role.PAYER else None
    provider_id = kept.offer.provider_id if role is Role.PROVIDER_ADMIN else None
    with database.transaction() as session:
        person = make_user(session, role, organisation=organisation, provider_id=provider_id)
    own = f"{REGISTER}/{add(database, kept)}"
    assert {enter(person).get(path).status_code for path in (REGISTER, own)} == {403}


def test_looking_at_agreements_is_recorded_by_their_numbers(
    database: Database, kept: Scene, counsellor: FlaskClient
) -> None:
    first, second = add(database, kept, client_number="A-1"), add(database, kept, client_number="B-1")
    counsellor.get(f"{REGISTER}?q=a-1")
    counsellor.get(f"{REGISTER}/{second}")
    counsellor.get(f"{REGISTER}?q=c-1")
    assert seen(database) == [
        ("Organisation", "keusote", {"opened": str(first)}),
        ("Agreement", str(second), {"opened": str(second)}),
    ]


def test_an_identity_code_is_not_searched_for(
    database: Database, kept: Scene, counsellor: FlaskClient
) -> None:
    add(database, kept, client_number="A-1")
    page = counsellor.get(f"{REGISTER}?q=131052-308T")
    assert page.status_code == 200
    assert "Tämä on henkilötunnus." in unescape(page.text)
    assert "131052" not in str(seen(database))


def test_only_services_that_clients_see_are_chosen_from(
    database: Database, kept: Scene, counsellor: FlaskClient
) -> None:
    form = f"{REGISTER}/new/{kept.offer.id}"
    assert f"{REGISTER}/new/{kept.elsewhere.id}" not in counsellor.get(f"{REGISTER}/offers").text
    assert form in counsellor.get(f"{REGISTER}/offers?q=äiti").text
    assert form not in counsellor.get(f"{REGISTER}/offers?q=laiva").text
    with database.transaction() as session:
        for proof in session.scalars(sa.select(Evidence)):
            proof.valid_until = TODAY - timedelta(days=1)
    hidden = counsellor.get(f"{REGISTER}/offers").text
    assert form not in hidden
    assert "Päivätoimintaa metsän reunassa" in hidden
    change(database, ServiceApproval, kept.offer.approval_id, state="suspended")
    assert "Päivätoimintaa metsän reunassa" not in counsellor.get(f"{REGISTER}/offers").text
    assert counsellor.get(form).location == f"{REGISTER}/offers"


@pytest.mark.parametrize("path", ["", "/suspend", "/withdraw"])
def test_the_office_sees_whom_an_approval_touches_and_whom_to_ask(
    database: Database, kept: Scene, enter: Callable[[User], FlaskClient], path: str
) -> None:
    running = add(database, kept, client_number="A-12", starts_on=TODAY - timedelta(days=1))
    add(database, kept, client_number="B-12", ends_on=TODAY - timedelta(days=1))
    page = enter(kept.reviewer).get(f"/fi/office/approvals/{kept.offer.approval_id}{path}").text
    assert f'href="{REGISTER}/{running}">A-12<' in page
    assert "Olga Ohjaaja" in page
    assert "B-12" not in page
    assert seen(database) == [("ServiceApproval", str(kept.offer.approval_id), {"opened": str(running)})]


def test_whom_a_measure_touches_is_also_shown_and_recorded_when_its_form_is_refused(
    database: Database, kept: Scene, enter: Callable[[User], FlaskClient]
) -> None:
    add(database, kept, client_number="A-12")
    page = f"/fi/office/approvals/{kept.offer.approval_id}/withdraw"
    sent = post_form(enter(kept.reviewer), page, {"grounds": ""})
    assert sent.status_code == 422
    assert "A-12" in sent.text
    assert len(seen(database)) == 2


def test_looking_at_clients_stays_out_of_the_history_of_the_approval(
    database: Database, kept: Scene, enter: Callable[[User], FlaskClient]
) -> None:
    add(database, kept)
    reviewer, page = enter(kept.reviewer), f"/fi/office/approvals/{kept.offer.approval_id}"
    reviewer.get(page)
    assert "agreement.view" not in reviewer.get(page).text


def test_many_clients_of_one_approval_are_read_in_the_register(
    database: Database, kept: Scene, enter: Callable[[User], FlaskClient]
) -> None:
    for _ in range(51):
        add(database, kept)
    page = unescape(enter(kept.reviewer).get(f"/fi/office/approvals/{kept.offer.approval_id}").text)
    assert page.count(f'href="{REGISTER}/') == 50
    assert f'href="{REGISTER}?q=' in page


def test_the_offices_day_counts_agreements_whose_provider_is_away(
    database: Database, kept: Scene, enter: Callable[[User], FlaskClient]
) -> None:
    add(database, kept)
    touched = f"{REGISTER}?state=touched"
    reviewer = enter(kept.reviewer)
    counsellor, clients = enter(kept.counsellor), "/fi/counsellor/clients"
    assert touched not in reviewer.get("/fi/office").text + counsellor.get(clients).text
    change(database, Provider, kept.offer.provider_id, state="paused")
    assert touched in reviewer.get("/fi/office").text
    assert touched in counsellor.get(clients).text, "the counsellor's first page"
    assert "Äiti ja lapsi Oy" in reviewer.get(touched).text


def test_a_provider_sees_how_many_clients_are_new_and_where_they_are_but_not_who(
    database: Database, kept: Scene, enter: Callable[[User], FlaskClient]
) -> None:
    home = f"/fi/provider/{kept.offer.provider_id}/"
    admin = enter(kept.admin)
    long_ago, ended = TODAY - timedelta(days=29), TODAY - timedelta(days=1)
    add(database, kept, client_number="OLD-1", starts_on=long_ago)
    add(database, kept, client_number="OLD-2", starts_on=ended, ends_on=ended)
    assert 'id="new-clients"' not in admin.get(home).text
    for days, number in ((-28, "NEW-1"), (40, "NEW-2"), (40, "NEW-3")):
        add(database, kept, client_number=number, starts_on=TODAY + timedelta(days=days))
    page = admin.get(home).text
    panel = page.partition('id="new-clients"')[2].partition("</section>")[0]
    assert "3 sopimusta" in panel
    assert f'href="/fi/provider/{kept.offer.provider_id}/clients"' in panel
    assert "NEW-" not in page
    assert "OLD-" not in page


def test_choosing_takes_the_same_number_of_queries_however_many_offers_there_are(
    database: Database, kept: Scene, counsellor: FlaskClient
) -> None:
    def queries() -> int:
        counted: list[str] = []

        def count(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
            counted.append(statement)

        sa.event.listen(database.engine, "before_cursor_execute", count)
        counsellor.get(f"{REGISTER}/offers")
        sa.event.remove(database.engine, "before_cursor_execute", count)
        return len(counted)

    queries()
    few = queries()
    with database.transaction() as session:
        approval = session.get_one(ServiceApproval, kept.offer.approval_id)
        for _ in range(20):
            make_offer(session, approval)
    assert queries() == few
