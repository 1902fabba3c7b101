"""What gives the right to a change is looked at again when its transaction begins."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts import service as accounts
from marketplace.accounts.impartiality import service as impartiality
from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.accounts.sessions.models import UserSession
from marketplace.permissions import Permission, Role
from marketplace.web.frame import requires, session, work
from tests.factories import make_provider, make_user
from tests.forms import token_on
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
Taken = Callable[[], object]


@pytest.fixture
def person(app: Flask) -> User:
    """Somebody of an office."""
    with app.extensions["database"].transaction() as writing:
        return make_user(writing, Role.REVIEWER, organisation="keusote")


@pytest.fixture
def sent(app: Flask, client: FlaskClient, sign_in: SignIn, person: User) -> Callable[..., tuple[int, int]]:
    """Send a form while `taken` happens between the look at the cookie and the first word to the database; the answer's
    status, and how often the view began.
    """

    def send(*taken: Taken, commits: bool = False) -> tuple[int, int]:
        left = list(taken)
        begun: list[None] = []

        def view(**_address: object) -> str:
            begun.append(None)
            if commits:
                session().execute(sa.select(User.id))
                session().commit()
            if left:
                left.pop(0)()
            session().execute(sa.select(User.id))
            return str(work().actor.user_id)

        app.view_functions["accounts.forgotten"] = requires(Permission.SIGNED_IN)(view)
        sign_in(client, person)
        token = token_on(client.get("/fi/account/").text)
        answer = client.post("/fi/account/password", data={"csrf_token": token})
        return answer.status_code, len(begun)

    return send


@pytest.fixture
def signed_out(app: Flask, person: User) -> Taken:
    """The person's sessions end."""

    def end() -> None:
        with app.app_context(), app.extensions["database"].transaction() as writing:
            accounts.sign_out_everywhere(work_of(writing), writing.get_one(User, person.id))

    return end


@pytest.fixture
def disqualified(app: Flask, person: User) -> Taken:
    """The person says that they are disqualified in the matters of one more company."""

    def say() -> None:
        with app.app_context(), app.extensions["database"].transaction() as writing:
            company = make_provider(writing)
            impartiality.declare(work_of(writing, actor_of(person)), company.id, "Sukulainen.")

    return say


def test_nothing_is_asked_twice_where_nothing_has_changed(sent: Callable[..., tuple[int, int]]) -> None:
    assert sent() == (200, 1)


def test_whose_session_has_ended_meanwhile_is_asked_to_sign_in(
    app: Flask, sent: Callable[..., tuple[int, int]], signed_out: Taken
) -> None:
    assert sent(signed_out) == (303, 1)
    with app.extensions["database"].read() as reading:
        assert reading.scalars(sa.select(UserSession.ended_at)).one() is not None


def test_who_is_disqualified_meanwhile_goes_on_as_that(
    sent: Callable[..., tuple[int, int]], disqualified: Taken
) -> None:
    assert sent(disqualified) == (200, 2)


def test_it_is_done_twice_at_most(sent: Callable[..., tuple[int, int]], disqualified: Taken) -> None:
    assert sent(disqualified, disqualified) == (409, 2)


def test_it_is_not_done_again_when_something_holds_already(
    sent: Callable[..., tuple[int, int]], disqualified: Taken
) -> None:
    assert sent(disqualified, commits=True) == (409, 1)


def test_a_closed_account_holds_nothing(
    app: Flask, sent: Callable[..., tuple[int, int]], person: User
) -> None:
    def close() -> None:
        with app.app_context(), app.extensions["database"].transaction() as writing:
            accounts.close(work_of(writing), writing.get_one(User, person.id))

    assert sent(close) == (303, 1)
