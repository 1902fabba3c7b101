"""A new account number: it waits for another person of the office, and every admin hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of, grant
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.providers.company import account, queries
from marketplace.providers.company.models import AccountChange
from marketplace.providers.company.rules import (
    ACCOUNT_CHANGE,
    AccountChangeAction,
    AccountChangeState,
    may_confirm,
)
from marketplace.providers.company.service import CompanyFacts, update_company
from marketplace.providers.models import Provider
from marketplace.workflow import NoSuchTransition
from tests.factories import (
    NOW,
    make_application,
    make_approval,
    make_provider,
    make_provider_admin,
    make_user,
)
from tests.forms import post_form, token_on
from tests.work import work_of

OLD, NEW, OTHER = "FI2112345600000785", "FI8847304720017517", "FI1410093000123458"


@dataclass
class Scene:
    """An approved company with an account, two admins, and the office's payer."""

    provider: Provider
    admin: User
    second: User
    payer: User

    def change(self, session: Session, iban: str, **given: Any) -> None:
        facts = CompanyFacts(
            official_name=self.provider.official_name,
            legal_form=self.provider.legal_form,
            phone=given.pop("phone", self.provider.phone),
            email=self.provider.email,
            iban=iban,
            **given,
        )
        update_company(
            work_of(session, actor_of(self.admin)),
            provider_id=self.provider.id,
            seen=str(self.provider.revision),
            facts=facts,
        )


def make_scene(session: Session) -> Scene:
    provider = make_provider(session, iban=OLD, bic="NDEAFIHH")
    make_approval(session, provider)
    return Scene(
        provider,
        make_provider_admin(session, provider),
        make_provider_admin(session, provider, language="sv"),
        make_user(session, Role.PAYER, organisation="keusote"),
    )


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


def waiting(session: Session, scene: Scene) -> AccountChange:
    change = queries.waiting_change(session, scene.provider.id)
    assert change is not None
    return change


def mails(session: Session) -> set[tuple[str, str]]:
    session.flush()
    return {(mail.recipient, mail.template) for mail in session.scalars(sa.select(OutboxMessage))}


def test_a_change_waits_and_all_admins_and_the_office_hear_of_it(session: Session, scene: Scene) -> None:
    scene.change(session, NEW, trade_name="Polku")
    assert (scene.provider.iban, scene.provider.trade_name) == (OLD, "Polku")
    assert waiting(session, scene).bic == "POPFFI22"
    assert mails(session) == {
        (scene.admin.email, "account_change_asked"),
        (scene.second.email, "account_change_asked"),
        (scene.payer.email, "account_change_waits"),
    }
    for mail in session.scalars(sa.select(OutboxMessage)):
        assert NEW not in mail.body
        assert "7517" in mail.body


def test_the_office_reads_that_one_confirmation_serves_several_organisations(
    session: Session, scene: Scene
) -> None:
    make_approval(session, scene.provider, pilot_key="soite-2018")
    scene.change(session, NEW)
    [letter] = session.scalars(
        sa.select(OutboxMessage).where(
            OutboxMessage.template == "account_change_waits", OutboxMessage.recipient == scene.payer.email
        )
    )
    assert "Yksi vahvistus riittää" in letter.body
    assert "Soite" in letter.body


def test_the_number_to_call_is_the_one_known_before(session: Session, scene: Scene) -> None:
    provider, before = scene.provider, scene.provider.phone
    provider.created_at = NOW - timedelta(days=400)
    session.flush()
    scene.change(session, NEW)
    change = session.scalars(sa.select(AccountChange)).one()
    known = queries.known_phone(session, change)
    assert (known.number, known.changed_on) == (before, None)
    assert (known.by, known.changed_by) == ("", ""), "nobody registered it in the portal"
    session.flush()
    scene.change(session, NEW, phone="+358401112223")
    known = queries.known_phone(session, change)
    assert (known.number, known.changed_on) == (before, NOW.date())
    assert (known.by, known.changed_by) == ("", scene.admin.name)
    assert known.since == (NOW - timedelta(days=400)).date()


def test_a_confirmed_number_is_in_use_and_the_admins_hear_of_it(session: Session, scene: Scene) -> None:
    scene.change(session, NEW)
    change = waiting(session, scene)
    account.confirm(work_of(session, actor_of(scene.payer)), change_id=change.id)
    assert (scene.provider.iban, scene.provider.bic) == (NEW, "POPFFI22")
    assert (change.state, change.decided_by_id) == ("confirmed", scene.payer.id)
    assert (scene.second.email, "account_change_confirmed") in mails(session)


def test_a_refused_number_is_not_used_and_the_admins_read_why(session: Session, scene: Scene) -> None:
    scene.change(session, NEW)
    change = waiting(session, scene)
    with pytest.raises(Invalid):
        account.refuse(work_of(session, actor_of(scene.payer)), change_id=change.id, reason=" ")
    account.refuse(work_of(session, actor_of(scene.payer)), change_id=change.id, reason="Tili on toisen.")
    assert (scene.provider.iban, change.state) == (OLD, "refused")
    told = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "account_change_refused"))
    assert all("Tili on toisen." in mail.body for mail in told)


def test_who_asks_does_not_confirm_even_with_an_office_role(session: Session, scene: Scene) -> None:
    grant(session, scene.admin, Role.PAYER, organisation="keusote", now=NOW)
    grant(session, scene.second, Role.COORDINATOR, organisation="keusote", now=NOW)
    scene.change(session, NEW)
    for person in (scene.admin, scene.second):
        with pytest.raises(NotAllowed):
            account.confirm(work_of(session, actor_of(person)), change_id=waiting(session, scene).id)
    assert scene.provider.iban == OLD


def test_an_office_that_has_nothing_to_do_with_the_company_sees_no_change(
    session: Session, scene: Scene
) -> None:
    scene.change(session, NEW)
    stranger = actor_of(make_user(session, Role.PAYER, organisation="soite"))
    reviewer = actor_of(make_user(session, Role.REVIEWER, organisation="keusote"))
    for actor in (stranger, reviewer):
        assert queries.changes_for(work_of(session, actor)) == []
        with pytest.raises(NotFound):
            account.confirm(work_of(session, actor), change_id=waiting(session, scene).id)


def test_a_change_is_decided_once(session: Session, scene: Scene) -> None:
    scene.change(session, NEW)
    change = waiting(session, scene)
    work = work_of(session, actor_of(scene.payer))
    account.confirm(work, change_id=change.id)
    with pytest.raises(Conflict):
        account.confirm(work, change_id=change.id)


def test_a_second_change_replaces_the_first_and_the_old_number_drops_both(
    session: Session, scene: Scene
) -> None:
    scene.change(session, NEW)
    first = waiting(session, scene)
    scene.change(session, OTHER)
    assert (first.state, waiting(session, scene).iban) == ("replaced", OTHER)


def test_the_company_takes_a_change_back(session: Session, scene: Scene) -> None:
    scene.change(session, NEW)
    change = waiting(session, scene)
    account.take_back(work_of(session, actor_of(scene.second)), provider_id=scene.provider.id)
    assert (change.state, scene.provider.iban) == ("taken_back", OLD)
    with pytest.raises(Conflict):
        account.take_back(work_of(session, actor_of(scene.second)), provider_id=scene.provider.id)


def test_an_account_that_an_office_pays_to_is_not_taken_away(session: Session, scene: Scene) -> None:
    with pytest.raises(Invalid) as refusal:
        scene.change(session, "")
    assert refusal.value.field == "iban"


def test_a_number_that_no_office_relies_on_holds_at_once(session: Session) -> None:
    provider = make_provider(session)
    admin = make_provider_admin(session, provider)
    scene = Scene(provider, admin, admin, admin)
    scene.change(session, OLD)
    scene.change(session, NEW)
    assert (provider.iban, queries.waiting_change(session, provider.id)) == (NEW, None)


def test_the_office_that_considers_an_application_confirms_too(session: Session) -> None:
    provider = make_provider(session)
    admin = make_provider_admin(session, provider)
    make_application(session, provider, admin, state="submitted")
    assert queries.offices_of(session, provider.id) == {"keusote"}


def test_a_draft_application_involves_no_office_yet(session: Session) -> None:
    provider = make_provider(session)
    make_application(session, provider, make_provider_admin(session, provider))
    assert queries.offices_of(session, provider.id) == set()


@pytest.mark.parametrize("state", ACCOUNT_CHANGE.states)
@pytest.mark.parametrize("action", ACCOUNT_CHANGE.all_actions)
def test_only_a_change_that_waits_can_be_dealt_with(
    state: AccountChangeState, action: AccountChangeAction
) -> None:
    if state == "waiting":
        assert ACCOUNT_CHANGE.next(state, action) != state
    else:
        with pytest.raises(NoSuchTransition):
            ACCOUNT_CHANGE.next(state, action)


def test_the_portal_itself_confirms_nothing() -> None:
    assert not may_confirm(requested_by_id=1, actor_id=None, actor_providers=(), provider_id=1)


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def placed(app: Flask) -> Scene:
    database: Database = app.extensions["database"]
    with app.app_context(), database.transaction() as session:
        scene = make_scene(session)
        session.flush()
        scene.change(session, NEW)
        return scene


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_office_checks_and_confirms_on_its_page(
    app: Flask, client: FlaskClient, sign_in: Any, placed: Scene, language: str
) -> None:
    sign_in(client, placed.payer)
    page = client.get(f"/{language}/office/account-changes/")
    assert placed.provider.official_name in page.text
    address = f"/{language}/office/account-changes/1"
    assert NEW in client.get(address).text.replace(" ", "")
    assert post_form(client, address, {"form_name": "RefusalForm"}).status_code == 422
    assert post_form(client, f"{address}/confirm", {}, page=address).status_code == 303
    with app.extensions["database"].read() as session:
        assert session.get_one(Provider, placed.provider.id).iban == NEW
    later = {"form_name": "RefusalForm", "reason": "Väärä tili."}
    for path, entries in ((address, later), (f"{address}/confirm", {})):
        too_late = post_form(client, path, entries, page=f"/{language}/account/")
        assert too_late.location == address
    told = client.get(address).text
    assert {"fi": "on jo käsitelty", "sv": "har redan behandlats"}[language] in told
    assert 'name="reason"' not in told


def test_the_company_sees_that_the_number_waits_and_can_drop_it(
    app: Flask, client: FlaskClient, sign_in: Any, placed: Scene
) -> None:
    sign_in(client, placed.admin)
    address = f"/fi/provider/{placed.provider.id}/company"
    assert "7517" in client.get(address).text
    post_form(client, f"{address}/account/take-back", {}, page=address)
    with app.extensions["database"].read() as session:
        assert queries.waiting_change(session, placed.provider.id) is None


def test_what_the_office_wrote_is_kept_when_the_page_has_been_open_too_long(
    app: Flask, client: FlaskClient, sign_in: Any, placed: Scene
) -> None:
    sign_in(client, placed.payer)
    address = "/fi/office/account-changes/1"
    of_another_session = token_on(app.test_client().get("/fi/account/sign-in").text)
    entries = {"csrf_token": of_another_session, "form_name": "RefusalForm", "reason": "Tili on suljettu."}
    client.post(address, data=entries)
    assert "Tili on suljettu." in client.get(address).text
