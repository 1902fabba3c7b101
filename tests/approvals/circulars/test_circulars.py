"""One message to many providers: whom it goes to, how each is reached, and what stays of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.approvals.circulars import queries, service
from marketplace.approvals.circulars.addressing import addressed
from marketplace.approvals.circulars.labels import chosen_by
from marketplace.approvals.circulars.models import Circular
from marketplace.approvals.circulars.rules import CIRCULAR, CircularAction, CircularState
from marketplace.approvals.circulars.service import CircularFacts
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.posting import mark_posted
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.decisions.rules import Channel
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.i18n import LocalizedText, in_language
from marketplace.outbox import OutboxMessage
from marketplace.paging import PER_PAGE
from marketplace.providers.models import Provider
from marketplace.providers.rules import ApprovalState
from tests.approvals.cast import Cast, make_cast
from tests.factories import make_approval, make_provider, make_provider_admin
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
FACTS = CircularFacts(
    LocalizedText(fi="Uusi sääntökirja", sv="Ny regelbok"),
    LocalizedText(
        fi="Sääntökirja muuttuu.\n\nLue se Palvelutorilta.",
        sv="Regelboken ändras.\n\nLäs den på Servicetorget.",
    ),
)
PAGE = "/fi/office/messages"


def facts(**given: Any) -> CircularFacts:
    return CircularFacts(FACTS.subject, FACTS.text, **given)


def make_company(session: Session, *, admin: str | None = "fi", **given: Any) -> Provider:
    """A company approved for day activities, whose admin reads `admin`; None: nobody acts for it."""
    provider = make_provider(session, **given)
    if admin:
        make_provider_admin(session, provider, language=admin)
    make_approval(session, provider)
    return provider


def draft(session: Session, cast: Cast, **given: Any) -> Circular:
    return service.begin(work_of(session, cast.actor("reviewer")), "keusote", facts(**given))


@pytest.mark.embedded
@pytest.mark.parametrize("state", CircularState)
@pytest.mark.parametrize("action", CircularAction)
def test_only_a_draft_is_changed_sent_or_deleted(state: CircularState, action: CircularAction) -> None:
    assert CIRCULAR.allows(state, action) == (state is CircularState.DRAFT)


def test_each_gets_it_by_itself_and_in_its_language(session: Session, cast: Cast) -> None:
    finnish, swedish = make_company(session), make_company(session, admin="sv")
    own = make_company(session, admin=None, email="toimisto@metsapolku.example")
    nobody = make_company(session, admin=None, email="", official_name="Metsäpolku Oy")
    work = work_of(session, cast.actor("reviewer"))
    message = draft(session, cast)
    found = addressed(work, message)
    assert {each.provider.id for each in found} == {each.id for each in (finnish, swedish, own, nobody)}
    assert service.send(work, message.id, [each.provider.id for each in found]) == 4
    session.flush()
    mails = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "circular")).all()
    assert sorted(each.subject for each in mails) == ["Ny regelbok", "Uusi sääntökirja", "Uusi sääntökirja"]
    assert "Läs den på Servicetorget." in next(each.body for each in mails if each.language == "sv")
    ways = {each.provider_id: each for each in queries.documents(session, message)}
    assert [ways[each.id].channel for each in (finnish, swedish, own, nobody)] == [
        Channel.PEOPLE, Channel.PEOPLE, Channel.COMPANY, Channel.POST,
    ]  # fmt: skip
    assert ways[nobody.id].title == "Uusi sääntökirja"
    assert [each for each, _ in queries.of_company(session, "keusote", nobody.id)] == [message]
    assert queries.of_company(session, "soite", nobody.id) == []
    mark_posted(work, ways[nobody.id], work.today)
    trail = session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.action.startswith("circular.")).order_by(AuditEvent.id)
    ).all()
    assert trail == ["circular.send"] * 4 + ["circular.post"]


def test_the_companies_are_narrowed(session: Session, cast: Cast) -> None:
    company = make_company(session)
    suspended = make_provider(session)
    make_approval(session, suspended, state=ApprovalState.SUSPENDED)
    elsewhere = make_provider(session)
    make_approval(session, elsewhere, pilot_key="soite-2018")
    work = work_of(session, cast.actor("reviewer"))

    def ids(**given: str) -> set[int]:
        return {each.provider.id for each in addressed(work, draft(session, cast, **given))}

    assert ids() == {company.id, suspended.id}
    assert ids(standing="suspended") == {suspended.id}
    assert ids(service="transport") == set()
    assert ids(municipality="858") <= {company.id, suspended.id}
    assert ids(municipality="091") == set()


def test_what_is_not_there_or_gone_is_refused(session: Session, cast: Cast) -> None:
    company = make_company(session)
    message = draft(session, cast)
    work = work_of(session, cast.actor("reviewer"))
    with pytest.raises(Invalid):
        service.send(work, message.id, [])
    with pytest.raises(Invalid):
        service.send(work, message.id, [company.id, 999_999])
    with pytest.raises(NotFound):
        service.send(work_of(session, cast.actor("stranger")), message.id, [company.id])
    with pytest.raises(NotAllowed):
        service.send(work_of(session, cast.actor("decider")), message.id, [company.id])
    service.send(work, message.id, [company.id])
    for verb in (
        lambda: service.send(work, message.id, [company.id]),
        lambda: service.change(work, message.id, FACTS),
        lambda: service.delete(work, message.id),
    ):
        with pytest.raises(Conflict):
            verb()


def test_the_office_writes_looks_and_sends(app: Flask, database: Database, sign_in: SignIn) -> None:
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        chosen, left = make_company(session), make_company(session, admin=None, email="")
        names, number = (chosen.name, left.name), chosen.id
    client = app.test_client()
    sign_in(client, cast.reviewer)
    entries: dict[str, object] = {
        "subject-fi": "Uusi sääntökirja",
        "text-fi": "Se muuttuu.",
        "text-sv": "Den ändras.",
    }
    assert post_form(client, f"{PAGE}/new", entries).status_code == 422
    kept = post_form(client, f"{PAGE}/new", {**entries, "subject-sv": "Ny regelbok"})
    assert kept.status_code == 303
    shown = client.get(kept.location).text
    assert all(name in shown for name in names)
    assert "2 yritystä" in shown
    changed = {**entries, "subject-sv": "En ny regelbok"}
    assert post_form(client, f"{kept.location}/edit", changed).status_code == 303
    assert "En ny regelbok" in client.get(kept.location).text
    assert post_form(client, f"{kept.location}/send", {}, page=kept.location).status_code == 422
    sent = post_form(client, f"{kept.location}/send", {"chosen": [str(number)]}, page=kept.location)
    assert sent.status_code == 303
    after = client.get(kept.location).text
    assert names[0] in after
    assert names[1] not in after
    assert "Uusi sääntökirja" in client.get(f"/fi/office/companies/{number}").text
    assert "Uusi sääntökirja" in client.get(PAGE).text
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(ServedDocument.id))) == 1


def test_a_draft_is_deleted(app: Flask, database: Database, sign_in: SignIn) -> None:
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        page = f"{PAGE}/{draft(session, cast).id}"
    client = app.test_client()
    sign_in(client, cast.reviewer)
    assert post_form(client, f"{page}/delete", {}, page=page).status_code == 303
    assert client.get(page).status_code == 404


def test_the_list_has_pages(app: Flask, database: Database, sign_in: SignIn) -> None:
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        made = [draft(session, cast).id for _ in range(PER_PAGE + 1)]
    client = app.test_client()
    sign_in(client, cast.reviewer)
    pages = [client.get(f"{PAGE}?page={number}").text for number in (1, 2)]
    on = [{number for number in made if f'"{PAGE}/{number}"' in page} for page in pages]
    assert on == [set(made[1:]), {made[0]}]
    assert f"{PAGE}?page=2" in pages[0]


@pytest.mark.parametrize(
    ("language", "given", "told"),
    [
        (
            "fi",
            {"service": "transport", "municipality": "611"},
            "Liikkumisen tuki: kuljetuspalvelu, Pornainen",
        ),
        (
            "sv",
            {"service": "transport", "municipality": "611", "standing": ApprovalState.SUSPENDED},
            "Stöd för rörligheten: färdtjänst, tillfälligt avbrutet, Borgnäs",
        ),
        ("fi", {}, "Kaikki hyväksytyt palveluntuottajat"),
    ],
)
def test_whom_it_goes_to_is_told_in_a_row(
    session: Session, cast: Cast, language: str, given: dict[str, str], told: str
) -> None:
    with in_language(language):
        assert chosen_by(draft(session, cast, **given), {}) == told
