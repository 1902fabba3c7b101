"""Pages whose address is a secret in a mail: the portal sends the mail, and the secret is read from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Final

from playwright.sync_api import Page

from marketplace.accounts.queries import user_by_email
from marketplace.accounts.service import actor_of
from marketplace.clients.mandates import queries as mandates_queries
from marketplace.clients.mandates import service as mandates
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.db import Database
from marketplace.permissions import Role
from marketplace.providers.company import people as company
from marketplace.recruiting.invitations import addresses, sending
from tests.journeys import people
from tests.journeys.conftest import Portal
from tests.journeys.opened import demo
from tests.work import work_of

ADDRESSEE, COLLEAGUE, NEAR = "tulija@posti.example", "kollega@posti.example", "lahi@posti.example"
WAITS, COMES = "odottaja@posti.example", "ilmoittautuja@posti.example"
"""Five people without an account, whose only mail is the one that is awaited."""


def secret(endpoint: str, portal: Portal, visitor: Page) -> str:
    """Let the portal send the mail that leads to the page, and read what is secret in its link.

    `visitor` is the tab of somebody who is not signed in. The secret holds for every visit of a run: no page of the
    walk sends a form, so it is never used up. Needs an application context for the templates of mails.
    """
    send, path = SENDERS[endpoint]
    return re.split("[/=]", people.link_in(send(portal, visitor), path))[-1]


def _forgotten_password(portal: Portal, visitor: Page) -> EmailMessage:
    visitor.goto(portal.url("/fi/account/password"))
    visitor.fill("[name=email]", demo.PROVIDER)
    people.send(visitor)
    return portal.mailbox.await_message(demo.PROVIDER, "salasana")


def _newcomer(portal: Portal, visitor: Page) -> EmailMessage:
    company = people.Company("fi", 90)
    people.begin_registration(visitor, portal, company)
    return portal.mailbox.await_message(company.email, "")


def _invited_provider(portal: Portal, _visitor: Page) -> EmailMessage:
    """An addressee of its own: those whom the demo lists stay for the page that sends to them."""
    row = addresses.AddresseeRow(1, addresses.addressee("Tulijan Tupa Oy", ADDRESSEE))
    with Database(portal.database_url).transaction() as session:
        sending.invite(work_of(session, now=datetime.now(UTC)), demo.PILOT, addresses.Reading((row,), ()))
    return portal.mailbox.await_message(ADDRESSEE, "")


def _invited_colleague(portal: Portal, _visitor: Page) -> EmailMessage:
    with Database(portal.database_url).transaction() as session:
        admin = user_by_email(session, demo.PROVIDER)
        assert admin is not None
        company.invite(
            work_of(session, actor_of(admin), now=datetime.now(UTC)),
            provider_id=demo.provider_of(session),
            email=COLLEAGUE,
            role=Role.PROVIDER_EDITOR,
            language="fi",
        )
    return portal.mailbox.await_message(COLLEAGUE, "")


def _mandated_helper(portal: Portal, _visitor: Page) -> EmailMessage:
    with Database(portal.database_url).transaction() as session:
        user = user_by_email(session, "client@demo.fi")
        assert user is not None
        work = work_of(session, actor_of(user), now=datetime.now(UTC))
        [own] = mandates_queries.own_clients(session, user.id)
        mandates.give(work, own, Source.PORTAL, mandates.Terms("Lähi Läheinen", NEAR, Scope.SEE))
    return portal.mailbox.await_message(NEAR, "")


def _waits_for_a_place(portal: Portal, visitor: Page) -> EmailMessage:
    visitor.goto(portal.url("/fi/services"))
    people.follow(visitor.locator(".offer-card h3 a").first)
    visitor.goto(f"{visitor.url.split('?')[0]}/free-place")
    visitor.fill("[name=email]", WAITS)
    people.send(visitor)
    return portal.mailbox.await_message(WAITS, "")


def _comes_to_a_session(portal: Portal, visitor: Page) -> EmailMessage:
    visitor.goto(portal.url("/fi/sessions"))
    people.follow(visitor.locator("main a[href*='/fi/sessions/']").first)
    visitor.fill("[name=name]", "Iida Ilmoittautuja")
    if visitor.locator("[name=company]").count():
        visitor.fill("[name=company]", "Ilmoittautujan Apu Oy")
    visitor.fill("[name=email]", COMES)
    people.send(visitor)
    return portal.mailbox.await_message(COMES, "")


SENDERS: Final[dict[str, tuple[Callable[[Portal, Page], EmailMessage], str]]] = {
    "client_mandates.accept": (_mandated_helper, "/account/mandate"),
    "vacancies.opened": (_waits_for_a_place, "/fi/services/free-place"),
    "accounts.reset": (_forgotten_password, "/fi/account/password/new"),
    "recruiting.opened_registration": (_comes_to_a_session, "/fi/sessions/registrations"),
    "recruiting.invitation": (_invited_provider, "/fi/invitation"),
    "providers.confirm_registration": (_newcomer, "/fi/provider/register/confirm"),
    "providers.joining.join": (_invited_colleague, "/fi/provider/join"),
}
"""Who sends the mail that leads to a page, and how the page's address begins in it."""
