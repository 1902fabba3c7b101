"""The thread between a provider and the office: who is told, and what is unread for whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.messages import queries, service
from marketplace.applications.messages.models import Message
from marketplace.applications.messages.rules import Side
from marketplace.applications.models import Application
from marketplace.errors import Conflict, Invalid
from marketplace.outbox import OutboxMessage
from tests.approvals.cast import Cast, make_cast
from tests.factories import make_application
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def application(session: Session, cast: Cast) -> Application:
    return make_application(session, cast.provider, cast.applicant, state="in_review", handler=cast.reviewer)


def write(session: Session, cast: Cast, application: Application, who: str, text: str) -> Message:
    side: Side = Side.OFFICE if who in ("reviewer", "decider") else Side.PROVIDER
    return service.write(work_of(session, cast.actor(who)), application, text, side=side)


def unread(session: Session, cast: Cast, application: Application, who: str) -> int:
    side: Side = Side.OFFICE if who in ("reviewer", "decider") else Side.PROVIDER
    counts = queries.unread_counts(session, [application.id], side=side, user_id=cast.actor(who).user_id)
    return counts.get(application.id, 0)


def told(session: Session) -> list[str]:
    return list(session.scalars(sa.select(OutboxMessage.recipient).order_by(OutboxMessage.id)))


def test_a_message_is_new_to_each_person_of_the_other_side_until_read(
    session: Session, cast: Cast, application: Application
) -> None:
    message = write(session, cast, application, "applicant", "Milloin voimme aloittaa?")
    assert [unread(session, cast, application, who) for who in ("reviewer", "decider")] == [1, 1]
    assert [unread(session, cast, application, who) for who in ("applicant", "colleague")] == [0, 0]
    service.mark_read(session, application, up_to=message.id, user_id=cast.reviewer.id)
    assert [unread(session, cast, application, who) for who in ("reviewer", "decider")] == [0, 1]


def test_the_other_side_is_told_by_mail(session: Session, cast: Cast, application: Application) -> None:
    write(session, cast, application, "colleague", "Hei!")
    assert told(session) == [cast.reviewer.email]
    write(session, cast, application, "reviewer", "Hei.")
    assert told(session)[1:] == [cast.applicant.email, cast.colleague.email]


def test_before_a_handler_the_pilots_contact_is_told(session: Session, cast: Cast) -> None:
    fresh = make_application(session, cast.provider, cast.applicant, state="submitted")
    write(session, cast, fresh, "applicant", "Hei!")
    [address] = told(session)
    assert "@" in address
    assert address != cast.applicant.email


def test_the_mail_does_not_carry_the_words(session: Session, cast: Cast, application: Application) -> None:
    write(session, cast, application, "reviewer", "Asiakkaan asia")
    [mail] = session.scalars(sa.select(OutboxMessage))
    assert "Asiakkaan asia" not in mail.body


def test_the_same_words_written_again_are_a_message_of_their_own(
    session: Session, cast: Cast, application: Application
) -> None:
    first = write(session, cast, application, "applicant", "Hei!")
    second = write(session, cast, application, "applicant", " Hei! ")
    assert (first.id != second.id, second.text) == (True, "Hei!")
    assert len(told(session)) == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_an_empty_or_endless_message_is_refused(
    session: Session, cast: Cast, application: Application, text: str
) -> None:
    with pytest.raises(Invalid):
        write(session, cast, application, "applicant", text)


def test_there_is_no_thread_about_a_draft(session: Session, cast: Cast) -> None:
    draft = make_application(session, cast.provider, cast.applicant)
    with pytest.raises(Conflict):
        write(session, cast, draft, "applicant", "Hei!")


def test_the_mark_never_goes_back(session: Session, cast: Cast, application: Application) -> None:
    first = write(session, cast, application, "applicant", "Yksi")
    second = write(session, cast, application, "applicant", "Kaksi")
    for message in (second, first):
        service.mark_read(session, application, up_to=message.id, user_id=cast.reviewer.id)
    assert unread(session, cast, application, "reviewer") == 0


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_thread_from_page_to_page(app: Flask, client: FlaskClient, sign_in: SignIn, language: str) -> None:
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        made = make_application(session, cast.provider, cast.applicant, state="submitted")
        number, provider_id = made.id, cast.provider.id
        stranger, reviewer, applicant = cast.stranger, cast.reviewer, cast.applicant
    home = f"/{language}/provider/{provider_id}/applications/{number}"
    office = f"/{language}/office/applications/{number}"
    sign_in(client, applicant)
    assert post_form(client, f"{home}/messages", {"text": ""}).status_code == 422
    assert post_form(client, f"{home}/messages", {"text": "Hei <b>virasto</b>"}).status_code == 303
    sign_in(client, stranger)
    assert client.get(f"{office}/messages").status_code == 404
    assert client.get(f"{home}/messages").status_code == 403
    sign_in(client, reviewer)
    page = client.get(f"{office}/messages").text
    assert "Hei &lt;b&gt;virasto&lt;/b&gt;" in page
    assert f"{office}/messages/read" in page
    with app.extensions["database"].read() as reading:
        last = reading.scalar(sa.select(sa.func.max(Message.id)))
    post_form(client, f"{office}/messages/read", {"up_to": last}, page=f"{office}/messages")
    assert f"{office}/messages/read" not in client.get(f"{office}/messages").text
    sign_in(client, applicant)
    assert client.get(home).status_code == 200
    assert client.get(f"/{language}/provider/{provider_id}/applications").status_code == 200


@pytest.mark.parametrize(("language", "news"), [("fi", "1 uusi viesti"), ("sv", "1 nytt meddelande")])
def test_new_messages_show_in_the_lists_of_the_other_side(
    app: Flask, client: FlaskClient, sign_in: SignIn, language: str, news: str
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        made = make_application(
            session, cast.provider, cast.applicant, state="in_review", handler=cast.reviewer
        )
        write(session, cast, made, "applicant", "Hei virasto")
        provider_id, applicant, reviewer, review = (
            cast.provider.id,
            cast.applicant,
            cast.reviewer,
            f"/{language}/office/applications/{made.id}",
        )
    provider = f"/{language}/provider/{provider_id}"
    lists = [f"{provider}/applications", f"{provider}/"]
    sign_in(client, reviewer)
    assert news in client.get(f"/{language}/office/applications").text
    assert f"{review}/messages" in client.get(review).text, "the review page leads to the thread"
    sign_in(client, applicant)
    assert [news in client.get(path).text for path in lists] == [False, False]
    with app.app_context(), app.extensions["database"].transaction() as session:
        application = session.get_one(Application, made.id)
        service.write(work_of(session, cast.actor("reviewer")), application, "Hei yritys", side=Side.OFFICE)
    assert [news in client.get(path).text for path in lists] == [True, True]
