"""The people of a company: invitations, requests for access, roles, and the admin that a company always has."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Actor, Role
from marketplace.providers.company import people, queries
from marketplace.providers.company.models import PersonInvitation
from marketplace.providers.models import Provider
from tests.accounts.conftest import PASSWORD, SECRET
from tests.factories import NOW, business_id, make_provider, make_provider_admin, make_user
from tests.forms import post_form
from tests.work import work_of

EDITOR, ADMIN = Role.PROVIDER_EDITOR.value, Role.PROVIDER_ADMIN.value
LATER = NOW + timedelta(days=14)


@pytest.fixture
def provider(session: Session) -> Provider:
    return make_provider(session)


@pytest.fixture
def admin(session: Session, provider: Provider) -> User:
    return make_provider_admin(session, provider)


def last_mail(session: Session) -> OutboxMessage:
    return session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()


def token_in(mail: OutboxMessage) -> str:
    match = re.search(r"/provider/join\?key=(\S+)", mail.body)
    assert match is not None, mail.body
    return match[1]


def invited(session: Session, actor: Actor, provider: Provider, **given: Any) -> str:
    """Invite somebody; the token that the mail carries."""
    values = {"email": "Uusi@Example.fi", "role": EDITOR, "language": "sv"} | given
    people.invite(work_of(session, actor), provider_id=provider.id, **values)
    return token_in(last_mail(session))


def test_an_invited_person_gets_mail_and_only_the_hash_of_the_token_is_kept(
    session: Session, provider: Provider, admin: User
) -> None:
    token = invited(session, actor_of(admin), provider)
    mail = last_mail(session)
    assert (mail.recipient, mail.language) == ("uusi@example.fi", "sv")
    kept = session.scalars(sa.select(PersonInvitation)).one()
    assert kept.token_hash == queries.digest(token)
    assert (kept.role, kept.expires_at) == (Role.PROVIDER_EDITOR, LATER)


def test_a_newcomer_joins_with_the_invited_address_and_role(
    session: Session, provider: Provider, admin: User
) -> None:
    token = invited(session, actor_of(admin), provider)
    user, joined = people.join_as_newcomer(
        work_of(session), name="Uusi", password_hash="unusable", language="fi", token=token
    )
    assert (user.email, joined) == ("uusi@example.fi", provider)
    assert [(grant.user_id, grant.role) for grant in queries.grants_of(session, provider.id)] == [
        (admin.id, Role.PROVIDER_ADMIN),
        (user.id, Role.PROVIDER_EDITOR),
    ]


def test_joining_never_takes_rights_away(session: Session, provider: Provider, admin: User) -> None:
    token = invited(session, actor_of(admin), provider)
    people.join(work_of(session), user=admin, token=token)
    assert [grant.role for grant in admin.grants] == [Role.PROVIDER_ADMIN]


def test_a_link_works_once_for_fourteen_days_until_cancelled_or_replaced(
    session: Session, provider: Provider, admin: User
) -> None:
    actor, user = actor_of(admin), make_user(session)
    used = invited(session, actor, provider)
    people.join(work_of(session, now=LATER - timedelta(seconds=1)), user=user, token=used)
    old = invited(session, actor, provider, email="toinen@example.fi")
    replaced = invited(session, actor, provider, email="kolmas@example.fi")
    invited(session, actor, provider, email="kolmas@example.fi")
    cancelled = invited(session, actor, provider, email="neljas@example.fi")
    newest = queries.invitations_of(session, provider.id)[0]
    people.cancel(work_of(session, actor), provider_id=provider.id, invitation_id=newest.id)
    for token, moment in ((used, NOW), (old, LATER), (replaced, NOW), (cancelled, NOW), ("forged", NOW)):
        with pytest.raises(people.InvitationIsDead):
            people.join(work_of(session, now=moment), user=make_user(session), token=token)


@pytest.mark.parametrize(
    ("given", "error"), [({"role": "decider"}, Invalid), ({"email": "known@example.fi"}, Conflict)]
)
def test_only_new_people_are_invited_and_only_to_the_companys_roles(
    session: Session, provider: Provider, admin: User, given: dict[str, str], error: type[Exception]
) -> None:
    make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id, email="known@example.fi")
    with pytest.raises(error):
        invited(session, actor_of(admin), provider, **given)


def test_an_editor_manages_nobody_and_an_outsider_sees_nobody(
    session: Session, provider: Provider, admin: User
) -> None:
    editor = make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id)
    with pytest.raises(NotAllowed):
        invited(session, actor_of(editor), provider)
    with pytest.raises(NotAllowed):
        people.remove(work_of(session, actor_of(editor)), provider_id=provider.id, user_id=admin.id)
    outsider = actor_of(make_provider_admin(session, make_provider(session)))
    with pytest.raises(NotFound):
        people.remove(work_of(session, outsider), provider_id=provider.id, user_id=admin.id)


def test_roles_change_and_people_go(session: Session, provider: Provider, admin: User) -> None:
    colleague = make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id)
    known = {"provider_id": provider.id, "user_id": colleague.id}
    people.change_role(work_of(session, actor_of(admin)), **known, role=ADMIN)
    assert {user.id for user in queries.admins_of(session, provider.id)} == {admin.id, colleague.id}
    people.remove(work_of(session, actor_of(admin)), **known)
    assert colleague.grants == []
    [told] = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "person_removed"))
    assert told.recipient == colleague.email
    assert [user.id for user in queries.admins_of(session, provider.id)] == [admin.id]


def test_an_editor_may_leave(session: Session, provider: Provider, admin: User) -> None:
    editor = make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id)
    people.remove(work_of(session, actor_of(editor)), provider_id=provider.id, user_id=editor.id)
    assert editor.grants == []
    assert session.scalars(sa.select(OutboxMessage)).all() == []


def test_the_last_admin_neither_leaves_nor_becomes_an_editor(
    session: Session, provider: Provider, admin: User
) -> None:
    make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id)
    make_provider_admin(session, provider, active=False)
    known = {"provider_id": provider.id, "user_id": admin.id}
    with pytest.raises(Conflict):
        people.remove(work_of(session, actor_of(admin)), **known)
    with pytest.raises(Conflict):
        people.change_role(work_of(session, actor_of(admin)), **known, role=EDITOR)


# --- asking for access -----------------------------------------------------------------------------------------------


def asked(session: Session, provider: Provider, person: User) -> None:
    people.ask_access(work_of(session), user=person, business_id=provider.business_id)


def test_every_admin_is_asked_once_and_the_answer_comes_by_mail(
    session: Session, provider: Provider, admin: User
) -> None:
    second, person = make_provider_admin(session, provider), make_user(session)
    asked(session, provider, person)
    asked(session, provider, person)
    recipients = session.scalars(sa.select(OutboxMessage.recipient)).all()
    assert sorted(recipients) == sorted([admin.email, second.email])
    (request,) = queries.requests_of(session, provider.id)
    people.accept(
        work_of(session, actor_of(second)), provider_id=provider.id, request_id=request.id, role=EDITOR
    )
    assert actor_of(person).providers == (provider.id,)
    assert (last_mail(session).recipient, last_mail(session).template) == (person.email, "access_answered")


def test_a_refused_person_is_told_nothing_of_the_company(
    session: Session, provider: Provider, admin: User
) -> None:
    person = make_user(session)
    asked(session, provider, person)
    (request,) = queries.requests_of(session, provider.id)
    known = {"provider_id": provider.id, "request_id": request.id}
    people.refuse(work_of(session, actor_of(admin)), **known)
    assert person.grants == []
    assert provider.official_name not in last_mail(session).body
    with pytest.raises(Conflict):
        people.accept(work_of(session, actor_of(admin)), **known, role=EDITOR)


def test_a_company_without_admins_gets_an_invitation_to_its_own_address(
    session: Session, provider: Provider
) -> None:
    person = make_user(session)
    asked(session, provider, person)
    assert last_mail(session).recipient == provider.email
    people.join(work_of(session), user=make_user(session), token=token_in(last_mail(session)))
    assert len(queries.admins_of(session, provider.id)) == 1
    assert person.grants == []


def test_asking_for_ones_own_or_an_unknown_company_is_refused(
    session: Session, provider: Provider, admin: User
) -> None:
    with pytest.raises(Conflict):
        asked(session, provider, admin)
    with pytest.raises(NotFound):
        people.ask_access(work_of(session), user=admin, business_id=business_id(1_000_000))


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_colleague_is_invited_and_joins_on_the_pages(
    database: Database, client: FlaskClient, app: Flask, sign_in: Any, language: str
) -> None:
    with database.transaction() as session:
        provider = make_provider(session)
        person = make_provider_admin(session, provider)
    sign_in(client, person)
    path = f"/{language}/provider/{provider.id}/people"
    entries = {"email": "uusi@example.fi", "role": EDITOR, "language": language}
    assert post_form(client, path, {}).status_code == 422
    assert post_form(client, path, entries).status_code == 303
    assert "uusi@example.fi" in client.get(path).text
    with database.read() as session:
        token = token_in(last_mail(session))
    newcomer, page = app.test_client(), f"/{language}/provider/join"
    assert newcomer.get(f"{page}?key={token}").location == page
    assert post_form(newcomer, page, {"name": "Uusi"}).status_code == 422
    joined = post_form(newcomer, page, {"name": "Uusi", "password": "neljä sanaa peräkkäin"})
    assert joined.status_code == 303
    assert provider.official_name in newcomer.get(joined.headers["Location"]).text
    for dead in (page, f"{page}?key={token}"):
        assert newcomer.get(dead, follow_redirects=True).status_code == 404


def test_the_key_of_an_invitation_leaves_the_address_and_outlives_signing_in(
    database: Database, client: FlaskClient, app: Flask, sign_in: Any
) -> None:
    with database.transaction() as session, app.app_context():
        provider = make_provider(session)
        known = make_user(session, email="uusi@example.fi", password_hash=SECRET)
        token = invited(session, actor_of(make_provider_admin(session, provider)), provider)
    opened = client.get(f"/fi/provider/join/{token}", follow_redirects=True)
    assert (opened.request.path, opened.request.query_string) == ("/fi/provider/join", b"")
    assert token not in opened.text
    assert opened.headers["Cache-Control"] == "private, no-store"
    way = "/fi/account/sign-in?next=/fi/provider/join"
    assert way in opened.text
    signed_in = post_form(client, way, {"email": known.email, "password": PASSWORD})
    assert signed_in.location == "/fi/provider/join"
    joined = post_form(client, "/fi/provider/join", {})
    assert joined.location == f"/fi/provider/{provider.id}/"
    assert client.get_cookie("company_invitation") is None


def test_who_removes_a_colleague_is_asked_first(
    app: Flask, database: Database, client: FlaskClient, sign_in: Any
) -> None:
    with app.app_context(), database.transaction() as session:
        provider = make_provider(session)
        person = make_provider_admin(session, provider)
        colleague = make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id)
    sign_in(client, person)
    path = f"/fi/provider/{provider.id}/people"
    removal = f"{path}/{colleague.id}/remove"
    assert removal in client.get(path).text
    asked_first = client.get(removal).text
    assert colleague.name in asked_first
    with database.read() as session:
        assert len(queries.grants_of(session, provider.id)) == 2
    assert post_form(client, removal, {}).location == path
    assert client.get(removal).status_code == 404
    with database.read() as session:
        assert [grant.user_id for grant in queries.grants_of(session, provider.id)] == [person.id]


def test_the_last_admin_is_told_why_not(database: Database, client: FlaskClient, sign_in: Any) -> None:
    with database.transaction() as session:
        provider = make_provider(session)
        person = make_provider_admin(session, provider)
    sign_in(client, person)
    path = f"/fi/provider/{provider.id}/people"
    answer = post_form(client, f"{path}/{person.id}/remove", {}, page=path, follow_redirects=True)
    assert answer.request.path == path
    with database.read() as session:
        assert len(queries.admins_of(session, provider.id)) == 1


def test_an_admin_lets_in_somebody_who_asks(
    app: Flask, database: Database, client: FlaskClient, sign_in: Any
) -> None:
    with app.app_context(), database.transaction() as session:
        provider = make_provider(session)
        person, stranger = make_provider_admin(session, provider), make_user(session)
        asked(session, provider, stranger)
    sign_in(client, person)
    path = f"/fi/provider/{provider.id}/people"
    assert stranger.email in client.get(path).text
    post_form(client, f"{path}/requests/1", {"answer": ADMIN}, page=path)
    with database.read() as session:
        assert len(queries.admins_of(session, provider.id)) == 2
