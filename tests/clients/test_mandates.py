"""A client lets a helper see or act, and takes it back: then nothing opens any more, at once."""

from __future__ import annotations

import io
import secrets
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.clients.mandates import service
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.queries import digest, in_force, mandates_held
from marketplace.clients.mandates.rules import LINK_HOLDS, Scope, Source, holds
from marketplace.clients.models import Client, ClientAccess
from marketplace.clients.rules import Ground
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.files.models import StoredFile
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.work import UnitOfWork
from tests.clients.conftest import Enter, Scene
from tests.factories import NOW, PDF, make_user
from tests.forms import post_form

TODAY = NOW.date()
TERMS = service.Terms("Helmi Auttaja", "Helmi@Example.fi", Scope.ACT)
HOME = "/fi/client/"


def give(session: Session, scene: Scene, terms: service.Terms = TERMS) -> tuple[Mandate, str]:
    """A mandate of Aino's and the token of its link."""
    work = scene.work(session, scene.citizen)
    mandate = service.give(work, scene.aino, Source.PORTAL, terms)
    token = "the token of a letter"
    mandate.token_hash = digest(token)
    session.flush()
    return mandate, token


def accepted(app: Flask, database: Database, kept: Scene, scope: Scope = Scope.ACT) -> int:
    """A mandate of Aino's that Helmi has accepted; its id."""
    with app.app_context(), database.transaction() as session:
        mandate, token = give(session, kept, service.Terms("Helmi Auttaja", "helmi@example.fi", scope))
        helper = session.get_one(User, kept.helper.id)
        service.accept(kept.work(session, kept.helper), helper, token)
        return mandate.id


@pytest.mark.parametrize(
    ("accepted_at", "revoked_at", "days", "expected"),
    [
        (NOW, None, None, True),
        (NOW, None, 0, True),
        (NOW, None, -1, False),
        (NOW, NOW, None, False),
        (None, None, None, False),
    ],
)
def test_when_a_mandate_holds(
    accepted_at: object, revoked_at: object, days: int | None, expected: bool
) -> None:
    ends_on = None if days is None else TODAY + timedelta(days=days)
    held = holds(accepted_at=accepted_at, revoked_at=revoked_at, ends_on=ends_on, today=TODAY)  # type: ignore[arg-type]
    assert held is expected


def test_a_mandate_holds_from_when_the_helper_accepts_and_ends_when_it_is_revoked(
    session: Session, scene: Scene
) -> None:
    mandate, token = give(session, scene)
    assert mandate.email == "helmi@example.fi"
    assert mandates_held(session, scene.helper.id, TODAY) == []
    service.accept(scene.work(session, scene.helper), scene.helper, token)
    assert mandates_held(session, scene.helper.id, TODAY) == [mandate]
    service.revoke(scene.work(session, scene.citizen), scene.aino, mandate.id)
    assert not in_force(mandate, TODAY)
    mails = session.scalars(sa.select(OutboxMessage.template)).all()
    assert mails == ["mandate_given", "mandate_revoked"]


def test_a_link_works_once_within_its_time_and_not_after_the_mandate_was_revoked(
    session: Session, scene: Scene
) -> None:
    mandate, token = give(session, scene)
    late = UnitOfWork(session, scene.work(session, scene.helper).actor, NOW + LINK_HOLDS)
    with pytest.raises(service.MandateLinkIsDead):
        service.accept(late, scene.helper, token)
    service.accept(scene.work(session, scene.helper), scene.helper, token)
    with pytest.raises(service.MandateLinkIsDead):
        service.accept(scene.work(session, scene.helper), scene.helper, token)
    service.revoke(scene.work(session, scene.citizen), scene.aino, mandate.id)
    _another, again = give(session, scene)
    service.revoke(scene.work(session, scene.citizen), scene.aino, _another.id)
    with pytest.raises(service.MandateLinkIsDead):
        service.accept(scene.work(session, scene.helper), scene.helper, again)


def test_who_works_for_an_office_or_is_the_client_is_no_helper(session: Session, scene: Scene) -> None:
    _mandate, token = give(session, scene)
    for person in (scene.decider, scene.citizen):
        with pytest.raises(Conflict):
            service.accept(scene.work(session, person), person, token)


def test_a_mandate_is_refused_that_has_ended_or_is_given_already(session: Session, scene: Scene) -> None:
    give(session, scene)
    work = scene.work(session, scene.citizen)
    with pytest.raises(Conflict):
        service.give(work, scene.aino, Source.PORTAL, TERMS)
    past = service.Terms("Tina", "tina@example.fi", Scope.SEE, TODAY - timedelta(days=1))
    with pytest.raises(Invalid):
        service.give(work, scene.aino, Source.PORTAL, past)


def test_nobody_revokes_the_mandate_of_another_client(session: Session, scene: Scene) -> None:
    mandate, _token = give(session, scene)
    with pytest.raises(NotFound):
        service.revoke(scene.work(session, scene.citizen), scene.eino, mandate.id)
    service.revoke(scene.work(session, scene.citizen), scene.aino, mandate.id)
    with pytest.raises(Conflict):
        service.revoke(scene.work(session, scene.citizen), scene.aino, mandate.id)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_client_gives_a_mandate_a_newcomer_accepts_acts_and_loses_it_at_once(
    app: Flask, database: Database, kept: Scene, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = list[str]()
    real = secrets.token_urlsafe

    def remember(size: int) -> str:
        tokens.append(real(size))
        return tokens[-1]

    monkeypatch.setattr(secrets, "token_urlsafe", remember)
    client = enter(kept.citizen)
    entries = {"name": "Tuuli", "email": "tuuli@example.fi", "scope": "act", "ends_on": ""}
    assert post_form(client, "/fi/client/helpers/new", entries).location == "/fi/client/helpers"
    with database.read() as session:
        kept_hash = session.scalars(sa.select(Mandate.token_hash)).one()
    given = [token for token in tokens if digest(token) == kept_hash]
    helper = app.test_client()
    link = "/sv/account/mandate"
    assert helper.get(link).status_code == 404
    assert helper.get(f"{link}?key={given[0]}").location == link, "the key leaves the address at once"
    assert post_form(helper, link, {"name": "", "password": ""}).status_code == 422
    welcome = post_form(helper, link, {"name": "Tuuli Tuki", "password": "kolme pientä kalaa uimassa"})
    assert welcome.location == f"/sv/client/?for={kept.aino.id}"
    page = helper.get(welcome.location).text
    assert "Tuuli Tuki, du sköter nu ärenden för Aino Äijälä." in page
    changed = post_form(helper, "/sv/client/data/contact", {"phone": "", "email": "aino@example.fi"})
    assert changed.status_code == 303
    shown = client.get("/fi/client/helpers").text
    revoke = next(part for part in shown.split('"') if part.endswith("/revoke"))
    post_form(client, revoke, {}, page="/fi/client/helpers")
    assert helper.get("/sv/client/").status_code == 404
    assert helper.get(welcome.location).status_code == 404
    with database.read() as session:
        assert session.get_one(Client, kept.aino.id).email == "aino@example.fi"
        event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "client.save")).one()
        assert event.actor_name == "", "the trail is kept for good and holds no name of a helper"
        assert event.after["for_client"] == kept.aino.id
        seen = session.scalars(sa.select(ClientAccess).where(ClientAccess.client_id == kept.aino.id)).all()
        assert {each.ground for each in seen} == {Ground.MANDATE}
    assert "Tuuli Tuki" in client.get("/fi/client/log").text


def test_who_may_only_see_changes_nothing(app: Flask, database: Database, kept: Scene, enter: Enter) -> None:
    accepted(app, database, kept, Scope.SEE)
    helper = enter(kept.helper)
    assert helper.get(HOME).status_code == 200
    assert helper.get("/fi/client/data/contact").status_code == 403
    entries = {"phone": "", "email": "x@example.fi"}
    assert post_form(helper, "/fi/client/data/contact", entries, page="/fi/account/").status_code == 403


def test_a_helper_gives_no_mandates(app: Flask, database: Database, kept: Scene, enter: Enter) -> None:
    accepted(app, database, kept)
    helper = enter(kept.helper)
    assert helper.get("/fi/client/helpers").status_code == 200
    assert helper.get("/fi/client/helpers/new").status_code == 403


def test_a_helper_of_several_chooses_and_the_address_keeps_whose_pages_they_are(
    app: Flask, database: Database, kept: Scene, enter: Enter
) -> None:
    accepted(app, database, kept)
    with app.app_context(), database.transaction() as session:
        eino = session.get_one(Client, kept.eino.id)
        user = make_user(session, Role.CLIENT)
        eino.user_id = user.id
        mandate = service.give(
            kept.work(session, user), eino, Source.PORTAL, service.Terms("H", "h@example.fi", Scope.ACT)
        )
        mandate.helper_id, mandate.accepted_at = kept.helper.id, NOW
    helper = enter(kept.helper)
    led = helper.get("/fi/client/data")
    assert led.location == "/fi/client/whose?next=/fi/client/data"
    choices = helper.get(led.location).text
    assert f"/fi/client/data?for={kept.aino.id}" in choices
    page = helper.get(f"/fi/client/data?for={kept.eino.id}").text
    assert "Eino Ek" in page
    assert f"/fi/client/log?for={kept.eino.id}" in page
    assert helper.get(f"/fi/client/data?for={kept.elsewhere.id}").status_code == 404


def test_the_counsellor_writes_down_a_mandate_on_paper_and_revokes_it(
    database: Database, kept: Scene, enter: Enter
) -> None:
    browser, page = enter(kept.olga), f"/fi/counsellor/clients/{kept.aino.id}/mandates"
    entries = {"name": "Tuuli", "email": "tuuli@example.fi", "scope": "see", "ends_on": "31.12.2026"}
    assert post_form(browser, page, entries).location == page
    assert post_form(browser, page, entries).status_code == 409
    shown = browser.get(page).text
    revoke = next(part for part in shown.split('"') if part.endswith("/revoke"))
    assert post_form(browser, revoke, {}, page=page).location == page
    with database.read() as session:
        [held] = session.scalars(sa.select(Mandate))
    assert (held.source, held.revoked_by_id) == (Source.PAPER, kept.olga.id)


def test_the_signed_paper_is_kept_with_the_mandate_for_the_office_and_the_client(
    app: Flask, database: Database, kept: Scene, enter: Enter
) -> None:
    browser, page = enter(kept.olga), f"/fi/counsellor/clients/{kept.aino.id}/mandates"
    entries = {"name": "Tuuli", "email": "tuuli@example.fi", "scope": "act", "ends_on": ""}
    named = entries | {"paper": (io.BytesIO(PDF), "131052-308T.pdf")}
    assert "henkilötunnu" in post_form(browser, page, named).text
    answer = post_form(browser, page, entries | {"paper": (io.BytesIO(PDF), "valtuutus.pdf")})
    assert answer.location == page
    paper = next(part for part in browser.get(page).text.split('"') if part.endswith("/paper"))
    opened = browser.get(paper)
    assert opened.data == PDF
    opened.close()
    assert enter(kept.stranger).get(paper).status_code == 404
    accepted(app, database, kept)
    own = next(
        part for part in enter(kept.citizen).get("/fi/client/helpers").text.split('"') if "/paper" in part
    )
    helper = enter(kept.helper)
    assert "/paper" not in helper.get("/fi/client/helpers").text
    assert helper.get(own).status_code == 404
    opened = enter(kept.citizen).get(own)
    assert opened.data == PDF
    opened.close()
    with app.app_context(), database.transaction() as session:
        service.end_mandates(kept.work(session, kept.olga), kept.aino.id)
    with database.read() as session:
        assert session.scalars(sa.select(StoredFile)).all() == []
        assert session.scalars(sa.select(Mandate.file_id)).all() == [None, None]
