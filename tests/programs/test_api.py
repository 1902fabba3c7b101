"""Deliveries and statements over the programming interface: the key, the rows, the limits, and what is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator

from marketplace.accounts.models import RoleGrant, User
from marketplace.allowances import take
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.deliveries.labels import FAULTS
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryFlaw
from marketplace.errors import DomainError
from marketplace.i18n import in_language
from marketplace.outbox import OutboxMessage
from marketplace.payments.statements import service as statements
from marketplace.programs.description import specification
from marketplace.providers.api_keys import service as keys
from marketplace.providers.api_keys.models import ApiKey
from marketplace.work import UnitOfWork
from tests.conftest import NOW
from tests.deliveries.scenes import Scene, make_scene
from tests.forms import post_form
from tests.payments.statements.scenes import NOVEMBER, OCTOBER, Books, in_month, make_books

SignIn = Callable[[FlaskClient, User], None]

DELIVERIES, STATEMENTS = "/api/v1/deliveries", "/api/v1/statements"


@pytest.fixture
def scene(app: Flask) -> Scene:
    with app.extensions["database"].transaction() as session:
        return make_scene(session)


def key_of(app: Flask, scene: Scene) -> dict[str, str]:
    """The head of a call with a key of the scene's provider."""
    with app.app_context(), app.extensions["database"].transaction() as session:
        _key, token = keys.make_key(scene.provider_work(session), scene.provider.id, "Kirjaaja")
    return {"Authorization": f"Bearer {token}"}


def test_the_button_pressed_twice_makes_one_key_that_holds(app: Flask, scene: Scene) -> None:
    """The text of the first is never seen: the browser shows the second answer."""
    first, second = key_of(app, scene), key_of(app, scene)
    client = app.test_client()
    assert [client.get(STATEMENTS, headers=each).status_code for each in (first, second)] == [401, 200]
    third = key_of(app, scene)
    assert client.get(STATEMENTS, headers=second).status_code == 200, "one that is in use stays"
    assert client.get(STATEMENTS, headers=third).status_code == 200


def told(answer: Any) -> Any:
    """What an answer holds."""
    return answer.json


def row(scene: Scene, reference: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    facts = {
        "reference": reference,
        "agreement": scene.hours.id,
        "day": "2026-11-20",
        "start": start,
        "end": end,
    }
    return facts | {"activity": "Suihku"} | more


def demand_described(name: str, content: Any) -> None:
    """Fail unless the content is what the description says of the schema."""
    described = specification("https://palvelutori.example")["components"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": described}
    Draft202012Validator(schema).validate(content)


def test_good_rows_are_recorded_once_and_bad_ones_told_in_the_words_of_the_form(
    app: Flask, client: FlaskClient, scene: Scene
) -> None:
    head = key_of(app, scene)
    sent = {
        "deliveries": [
            row(scene, "1", "8.00", "9.00"),
            row(scene, "2", "08:30", "9.30"),
            row(scene, "3", "10", "11", agreement=999),
            row(scene, "4", "12", "13", day="20.11.2026", kind="given"),
        ]
    }
    for _again in range(2):
        answer = client.post(f"{DELIVERIES}?lang=sv", json=sent, headers=head)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        demand_described("Outcomes", answer.json)
        found = told(answer)["deliveries"]
        assert [each["outcome"] for each in found] == ["recorded", "refused", "refused", "recorded"]
    with app.app_context(), in_language("sv"):
        assert found[1]["problems"] == [str(FAULTS[DeliveryFlaw.CLIENT_ELSEWHERE])]
        assert found[2]["problems"] == [str(FAULTS[DeliveryFlaw.NO_AGREEMENT])]
    with app.extensions["database"].read() as session:
        kept = session.query(Delivery).order_by(Delivery.id).all()
        assert [(each.reference, each.recorded_by_id) for each in kept] == [
            ("1", scene.admin.id),
            ("4", scene.admin.id),
        ]
        assert found[0]["delivery"]["amount"] == kept[0].amount.cents
        key = session.scalars(sa.select(ApiKey)).one()
        assert key.last_used_at == NOW
        events = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "delivery.record"))
        assert {each.after["key"] for each in events} == {key.id}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "no_deliveries"),
        ({"deliveries": []}, "no_deliveries"),
        ({"deliveries": [1]}, "no_delivery"),
        ({"deliveries": [{"colour": "red"}]}, "unknown_field"),
        ({"deliveries": [{"\ud800": "half of a sign"}]}, "unknown_field"),
        ({"deliveries": [{"activity": ["x"]}]}, "no_text"),
        ({"deliveries": [{}] * 501}, "too_many"),
    ],
)
def test_what_is_no_list_of_deliveries_is_refused_as_a_whole(
    app: Flask, client: FlaskClient, scene: Scene, body: object, code: str
) -> None:
    answer = client.post(DELIVERIES, json=body, headers=key_of(app, scene))
    demand_described("Error", answer.json)
    assert (answer.status_code, told(answer)["error"]["code"]) == (400, code)


def test_brackets_without_end_are_no_list_of_deliveries(
    app: Flask, client: FlaskClient, scene: Scene
) -> None:
    body = '{"deliveries":' + "[" * 100_000
    answer = client.post(DELIVERIES, data=body, headers=key_of(app, scene), content_type="application/json")
    assert (answer.status_code, told(answer)["error"]["code"]) == (400, "no_deliveries")


def test_only_a_key_that_holds_lets_a_program_in(app: Flask, client: FlaskClient, scene: Scene) -> None:
    head, database = key_of(app, scene), app.extensions["database"]
    assert client.get(STATEMENTS, headers=head).status_code == 200
    for wrong in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
        answer = client.get(STATEMENTS, headers=wrong)
        demand_described("Error", answer.json)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    with database.transaction() as session:
        grant = session.scalars(sa.select(RoleGrant).where(RoleGrant.user_id == scene.admin.id)).one()
        session.delete(grant)
    assert client.get(STATEMENTS, headers=head).status_code == 401


def test_wrong_keys_and_too_many_calls_are_stopped(app: Flask, client: FlaskClient, scene: Scene) -> None:
    for _try in range(keys.WRONG_KEYS.times):
        assert client.get(STATEMENTS).status_code == 401
    assert client.get(STATEMENTS).status_code == 429
    head = key_of(app, scene)
    with app.extensions["database"].transaction() as session:
        key = session.scalars(sa.select(ApiKey)).one()
        take(session, keys.CALLS, key.id, now=NOW, cost=keys.CALLS.times)
    stopped = client.get(STATEMENTS, headers=head)
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "1")


def test_a_provider_reads_its_own_statements_and_the_look_is_written_down(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    with app.app_context(), database.transaction() as session:
        books: Books = make_books(session)
        books.confirmed(session, in_month(OCTOBER))
        statements.freeze(books.payer_work(session, in_month(NOVEMBER)), "keusote", OCTOBER)
        other = make_scene(session)
    head = key_of(app, books.scene)
    page = told(client.get(STATEMENTS, headers=head))
    demand_described("Statements", page)
    [statement] = page["statements"]
    address = f"{STATEMENTS}/{statement['id']}"
    shown = told(client.get(address, headers=head))
    demand_described("StatementWithRows", shown)
    assert [each["client"] for each in shown["rows"]] == [books.scene.hours.client_number]
    hidden = client.get(address, headers=key_of(app, other))
    assert (hidden.status_code, told(hidden)["error"]["message"]) == (404, "Tällaista ei ole.")
    with database.read() as session:
        [event] = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "statement.export"))
        assert event.after["key"] == session.scalar(sa.select(sa.func.min(ApiKey.id)))


def test_an_admin_makes_a_key_that_is_shown_once_and_revokes_it(
    app: Flask, client: FlaskClient, sign_in: SignIn, scene: Scene
) -> None:
    sign_in(client, scene.admin)
    page = f"/fi/provider/{scene.provider.id}/keys"
    made = post_form(client, page, {"name": "Hilkka"}, page=page).text
    token = made.partition(keys.PREFIX)[2].partition("<")[0]
    head = {"Authorization": f"Bearer {keys.PREFIX}{token}"}
    listed = client.get(page).text
    assert "Hilkka" in listed
    assert token not in listed
    assert client.get(STATEMENTS, headers=head).status_code == 200
    with app.extensions["database"].read() as session:
        key = session.scalars(sa.select(ApiKey)).one()
        assert token not in key.token_hash
    post_form(client, f"{page}/{key.id}/revoke", {}, page=page)
    assert client.get(STATEMENTS, headers=head).status_code == 401
    with app.extensions["database"].read() as session:
        events = session.scalars(
            sa.select(AuditEvent.action).where(AuditEvent.action.like("api_key.%"))
        ).all()
    assert events == ["api_key.make", "api_key.revoke"]


def test_no_editor_and_no_stranger_makes_or_revokes_keys(
    app: Flask, client: FlaskClient, scene: Scene
) -> None:
    head, database = key_of(app, scene), app.extensions["database"]
    with app.app_context(), database.transaction() as session:
        other = make_scene(session)
        key = session.scalars(sa.select(ApiKey)).one()
        work: UnitOfWork = other.provider_work(session)
        for provider in (scene.provider.id, other.provider.id):
            with pytest.raises(DomainError), session.begin_nested():
                keys.revoke_key(work, provider, key.id)
    assert client.get(STATEMENTS, headers=head).status_code == 200


def test_a_key_holds_for_a_year_and_its_company_is_told_a_month_before(
    app: Flask, client: FlaskClient, scene: Scene
) -> None:
    head, database = key_of(app, scene), app.extensions["database"]
    end = NOW + timedelta(days=365)

    def tell(now: datetime) -> int:
        with app.app_context():
            return keys.tell_of_expiry(database, now=now)

    assert [tell(end - timedelta(days=each)) for each in (31, 29, 28)] == [0, 1, 0]
    with database.read() as session:
        told = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "key_expires")).all()
    assert [each.recipient for each in told] == [scene.admin.email]
    assert "Kirjaaja" in told[0].body
    app.extensions["clock"] = lambda: end - timedelta(seconds=1)
    assert client.get(STATEMENTS, headers=head).status_code == 200
    app.extensions["clock"] = lambda: end
    assert client.get(STATEMENTS, headers=head).status_code == 401
