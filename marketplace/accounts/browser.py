"""What the portal keeps in a person's browser: the token of the session, and by what the browser is known again.

Flask's own session cookie holds nothing of a person: messages and the secret of the forms' tokens, which everybody has.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from flask import Request, Response, after_this_request, request, url_for
from flask import session as cookie
from flask_login import UserMixin, current_user
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.exc import OperationalError

from marketplace.accounts import service
from marketplace.accounts.guessing.rules import account_hash
from marketplace.accounts.impartiality.queries import disqualified_in, noted_of
from marketplace.accounts.models import User
from marketplace.accounts.rules import normal_email
from marketplace.accounts.second_factor.queries import factors_of, needs_second_factor
from marketplace.accounts.sessions import service as sessions
from marketplace.accounts.sessions.models import UserSession
from marketplace.accounts.sessions.queries import living_session, owner_of, waiting_session
from marketplace.accounts.sessions.rules import ABSOLUTE, NOTE_EVERY, STEP_HOLDS, End, Step, agent_summary
from marketplace.web.frame import (
    cookie_name,
    database,
    drop_cookie,
    is_undone,
    keep_cookie,
    now,
    session,
    settings,
    work,
)

SESSION_COOKIE: Final = "signed_in"
KNOWN_COOKIE: Final = "known_browser"
KNOWN_FOR: Final = timedelta(days=365)
KNOWN_PEOPLE: Final = 5
"""How many people one browser is known for."""


class Person(UserMixin):
    """The signed-in person for Flask-Login; `actor` is what services are given."""

    def __init__(self, held: UserSession, disqualified: frozenset[int]) -> None:
        self.id = held.user_id
        self.session_id = held.id
        self.proved_at = held.proved_at
        self.openid_session = held.openid_session
        self.must_enrol = held.step is Step.ENROL
        whole = replace(service.actor_of(held.user), disqualified=disqualified)
        # who has yet to set up a second factor is nobody in particular until then
        self.actor = replace(whole, grants=()) if self.must_enrol else whole
        self.language = held.user.language

    def hold(self, connection: sa.Connection) -> bool:
        """Let the account and its roles stand until the transaction ends; whether the session lives, and the person may
        deal with the same companies as when it was read.
        """
        if not sessions.hold_signed_in(connection, self.id, self.session_id):
            return False
        of_staff = self.actor.organisation is not None
        return not of_staff or noted_of(connection, self.id, now()) == self.actor.disqualified


def person_of_request(asked: Request) -> Person | None:
    """The person whose session the browser holds, or None when there is none that lives."""
    token = asked.cookies.get(cookie_name(SESSION_COOKIE))
    if not token:
        return None
    moment = now()
    with database().read() as reading:
        held = living_session(reading, token, moment)
        person = None if held is None else Person(held, disqualified_in(reading, held.user, moment))
    if held is not None and held.last_seen_at < moment - NOTE_EVERY:
        # A page is shown also when the visit cannot be noted, as while somebody else writes for long.
        with suppress(OperationalError), database().transaction() as noting:
            sessions.note_visit(noting, held.id, now=moment)
    return person


def former_person_id() -> int | None:
    """Whose session the browser's token was, also when it has ended or run out; for the slot `frame.former_person`."""
    token = request.cookies.get(cookie_name(SESSION_COOKIE))
    with database().read() as reading:
        return owner_of(reading, token) if token else None


def begin(user: User, *, onward: str | None, how: str = "password", openid_session: str | None = None) -> str:
    """Go on after one factor was right: the address to go to, in the end `onward` or the person's own area.

    Whoever has a second factor is asked for it; staff who need one and have none set it up before anything else.
    Raises SignInOvertaken.
    """
    user = sessions.hold_person(session(), user)
    if factors_of(session(), user.id):
        agent = agent_summary(request.user_agent.string)
        token = sessions.open_session(
            session(), user, agent=agent, now=now(), step=Step.SECOND_FACTOR, openid_session=openid_session
        )
        _give(token, lasts=STEP_HOLDS)
        return url_for("accounts.second_step", next=onward)
    if needs_second_factor(session(), user):
        open_session(user, how=how, step=Step.ENROL, openid_session=openid_session)
        return url_for("accounts.second_factor")
    open_session(user, how=how, openid_session=openid_session)
    return onward or url_for("accounts.landing")


def waiting_person() -> UserSession | None:
    """The sign-in on this browser that waits for its second factor."""
    token = request.cookies.get(cookie_name(SESSION_COOKIE))
    with database().read() as reading:
        return waiting_session(reading, token, now()) if token else None


def open_session(
    user: User, *, how: str = "password", step: Step = Step.OPEN, openid_session: str | None = None
) -> None:
    """Sign the person in on this browser, in the request's transaction; what was here before goes.

    Whoever has yet to set up a second factor and gets a new session on the way (a new password, a new role) still
    has to.
    """
    if current_user.is_authenticated:
        if current_user.must_enrol and current_user.id == user.id and how not in _ENOUGH:
            step = Step.ENROL
        sessions.end_session(session(), current_user.id, current_user.session_id, End.SIGN_OUT, now=now())
    agent = agent_summary(request.user_agent.string)
    token = service.enter(work(), user, agent=agent, how=how, step=step, openid_session=openid_session)
    _give(token, lasts=ABSOLUTE)
    cookie.clear()
    know(user.email)


def know(email: str) -> None:
    """Let the browser be known to the person of an address, who has just proved to be that."""
    known = _with(_known_people(), email)

    @after_this_request
    def remember(response: Response) -> Response:
        if not is_undone():
            keep_cookie(response, KNOWN_COOKIE, str(_signer().dumps(known)), lasts=KNOWN_FOR)
        return response


_ENOUGH: Final = frozenset({"enrolment", "openid"})
"""Ways into the portal that are, or bring, a second factor."""


def _give(token: str, *, lasts: timedelta) -> None:
    @after_this_request
    def give(response: Response) -> Response:
        if not is_undone():
            keep_cookie(response, SESSION_COOKIE, token, lasts=lasts)
        return response


def forget_session() -> None:
    """Take the session's token out of this browser; the session itself has been ended."""
    cookie.clear()

    @after_this_request
    def take(response: Response) -> Response:
        drop_cookie(response, SESSION_COOKIE)
        return response


def known_as(email: str) -> str | None:
    """The key by which this browser is known to the person of an address, or None when it is strange."""
    return _known_people().get(_short(email))


def _known_people() -> dict[str, str]:
    try:
        held: Any = _signer().loads(request.cookies.get(cookie_name(KNOWN_COOKIE), ""))
    except BadData:
        return {}
    return held if isinstance(held, dict) else {}


def _with(known: dict[str, str], email: str) -> dict[str, str]:
    """The people of this browser with one more, who comes last; too many push out those who came first."""
    who = _short(email)
    mark = known.get(who) or secrets.token_urlsafe(12)
    others = [(person, held) for person, held in known.items() if person != who]
    return dict([*others[-(KNOWN_PEOPLE - 1) :], (who, mark)])


def _short(email: str) -> str:
    return account_hash(normal_email(email))[:16]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().signing_keys, salt="known browser")
