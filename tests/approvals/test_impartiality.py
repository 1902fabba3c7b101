"""Nobody of an office deals with a company for which they act, have acted within two years, or have stepped aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter

from marketplace.accounts.impartiality.models import Disqualification
from marketplace.accounts.impartiality.queries import disqualified_in
from marketplace.accounts.impartiality.rules import HOLDS, DisqualificationCause
from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.applications.models import Application
from marketplace.applications.rules import (
    ACTION_PERMISSIONS,
    APPLICATION,
    ApplicationAction,
    ApplicationState,
)
from marketplace.approvals.standing import rules as standing
from marketplace.approvals.standing.rules import ConditionAction, MeasureAction
from marketplace.approvals.standing.service import require
from marketplace.approvals.steps import require_action
from marketplace.audit.models import AuditEvent
from marketplace.errors import NotAllowed
from marketplace.offers.models import OfferVersion
from marketplace.permissions import GRANTS, Permission, Role
from marketplace.providers.company import account, people
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork
from tests.factories import (
    NOW,
    make_agreement,
    make_application,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_user,
)
from tests.forms import post_form, token_on

SignIn = Callable[[FlaskClient, User], None]

OFFICE_ACTIONS = sorted(
    {
        (state, action)
        for state, action in APPLICATION.table
        if ACTION_PERMISSIONS.get(action, Permission.EDIT_PROVIDER) is not Permission.EDIT_PROVIDER
    }
)

OFFICE_MEASURES = sorted(
    action
    for action, permission in standing.ACTION_PERMISSIONS.items()
    if permission not in (Permission.EDIT_PROVIDER, Permission.MANAGE_PROVIDER)
)


def staff_who_may(session: Session, permission: Permission) -> User:
    role = next(role for role, held in GRANTS.items() if permission in held)
    return make_user(session, role, organisation="keusote")


def _acts(session: Session, person: User, provider: Provider) -> None:
    person.grants.append(RoleGrant(role=Role.PROVIDER_EDITOR, provider_id=provider.id))


def _acted(session: Session, person: User, provider: Provider) -> None:
    session.add(_row(person, provider, DisqualificationCause.ROLE, ""))


def _declared(session: Session, person: User, provider: Provider) -> None:
    session.add(_row(person, provider, DisqualificationCause.DECLARED, "Sisareni omistaa yrityksen."))


def _row(person: User, provider: Provider, cause: DisqualificationCause, reason: str) -> Disqualification:
    return Disqualification(
        user_id=person.id, provider_id=provider.id, cause=cause, reason=reason, since=NOW, until=NOW + HOLDS
    )


WAYS = (_acts, _acted, _declared)


def as_signed_in(session: Session, person: User) -> UnitOfWork:
    """What the person does now, as a request makes it."""
    session.flush()
    actor = replace(actor_of(person), disqualified=disqualified_in(session, person, NOW))
    return UnitOfWork(session, actor, NOW)


# --- the rule over the whole of the workflows ------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("state", "action"), OFFICE_ACTIONS)
def test_no_step_of_an_application_is_taken_by_who_is_disqualified(
    session: Session,
    state: ApplicationState,
    action: ApplicationAction,
    way: Callable[[Session, User, Provider], None],
) -> None:
    provider = make_provider(session)
    application = make_application(session, provider, make_provider_admin(session, provider), state=state)
    person = staff_who_may(session, ACTION_PERMISSIONS[action])
    require_action(as_signed_in(session, person), application, action)
    way(session, person, provider)
    with pytest.raises(NotAllowed):
        require_action(as_signed_in(session, person), application, action)
    other = make_provider(session)
    another = make_application(session, other, make_provider_admin(session, other), state=state)
    require_action(as_signed_in(session, person), another, action)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("action", OFFICE_MEASURES)
def test_no_measure_on_an_approval_is_taken_by_who_is_disqualified(
    session: Session, action: MeasureAction | ConditionAction, way: Callable[[Session, User, Provider], None]
) -> None:
    approval = make_approval(session, make_provider(session))
    person = staff_who_may(session, standing.ACTION_PERMISSIONS[action])
    require(as_signed_in(session, person), approval, action)
    way(session, person, approval.provider)
    with pytest.raises(NotAllowed):
        require(as_signed_in(session, person), approval, action)


# --- every page of the office about a company ------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A company with something of every kind, by the names of routes' parameters."""

    provider: Provider
    ids: dict[str, Any]


@pytest.fixture
def case(app: Flask) -> Case:
    """The company and its matters in Keusote."""
    with app.extensions["database"].transaction() as session:
        provider = make_provider(session)
        admin = make_provider_admin(session, provider)
        application = make_application(session, provider, admin, state="in_review")
        approval = make_approval(session, provider)
        offer = make_offer(session, approval)
        counsellor = make_user(session, Role.COUNSELLOR, organisation="keusote")
        agreement = make_agreement(session, offer, counsellor)
        ids = {
            "application_id": application.id,
            "approval_id": approval.id,
            "version_id": session.scalars(sa.select(OfferVersion.id)).one(),
            "agreement_id": agreement.id,
            "offer_id": offer.id,
        }
    return Case(provider, ids)


NOT_OF_COMPANIES = {"office_deliveries.record"}
"""Pages about an agreement with a person near to a client: an agreement with a company is not found there."""

KINDS = ("application_id", "approval_id", "version_id", "agreement_id")


def routes(app: Flask, kind: str) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every page of an office about a thing of this kind."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if kind not in rule.arguments or "provider_id" in rule.arguments:
                continue
            if not any(part in rule.rule for part in ("/office/", "/counsellor/")):
                continue
            choices = {
                name: min(converter.items)
                for name, converter in rule._converters.items()
                if isinstance(converter, AnyConverter)
            }
            values = dict.fromkeys(rule.arguments, 1) | choices | {kind: 4242}
            path = rule.build(values, append_unknown=False)
            assert path is not None
            found += [
                (rule.endpoint, method, path[1]) for method in (rule.methods or set()) & {"GET", "POST"}
            ]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_of_the_office_about_the_company_is_closed(
    app: Flask, client: FlaskClient, case: Case, sign_in: SignIn, kind: str
) -> None:
    with app.extensions["database"].transaction() as session:
        person = make_user(session, Role.COORDINATOR, organisation="keusote")
        for role in (Role.REVIEWER, Role.DECIDER, Role.COUNSELLOR, Role.PAYER):
            person.grants.append(RoleGrant(role=role, organisation_key="keusote"))
        session.flush()
        _declared(session, person, case.provider)
    sign_in(client, person)
    token = token_on(client.get("/fi/account/").text)
    paths = routes(app, kind)
    assert len(paths) >= 2
    open_ones = []
    for endpoint, method, path in paths:
        address = path.replace("4242", str(case.ids[kind]))
        answer = client.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)
        if answer.status_code != (404 if endpoint in NOT_OF_COMPANIES else 403):
            open_ones.append((endpoint, method, answer.status_code))
    assert open_ones == []


def test_an_account_number_is_not_confirmed_by_who_is_disqualified(session: Session) -> None:
    provider = make_provider(session, iban="FI2112345600000785")
    make_approval(session, provider)
    admin = make_provider_admin(session, provider)
    change = account.ask_for_account(as_signed_in(session, admin), provider, "FI5810171000000122")
    assert change is not None
    payer = make_user(session, Role.PAYER, organisation="keusote")
    _declared(session, payer, provider)
    with pytest.raises(NotAllowed):
        account.confirm(as_signed_in(session, payer), change_id=change.id)


# --- how one becomes it ----------------------------------------------------------------------------------------------


def test_a_role_that_ended_disqualifies_for_two_years(session: Session) -> None:
    provider = make_provider(session)
    admin = make_provider_admin(session, provider)
    person = make_user(session, Role.DECIDER, organisation="keusote")
    person.grants.append(RoleGrant(role=Role.PROVIDER_EDITOR, provider_id=provider.id))
    session.flush()
    people.remove(as_signed_in(session, admin), provider_id=provider.id, user_id=person.id)
    session.expire(person)
    assert disqualified_in(session, person, NOW + HOLDS - timedelta(days=1)) == {provider.id}
    assert disqualified_in(session, person, NOW + HOLDS) == frozenset()


def test_who_is_no_staff_is_not_asked_about(session: Session) -> None:
    provider = make_provider(session)
    person = make_user(session)
    _acted(session, person, provider)
    session.flush()
    assert disqualified_in(session, person, NOW) == frozenset()


def test_who_steps_aside_gives_the_application_back_and_is_not_made_its_handler_again(
    app: Flask, client: FlaskClient, case: Case, sign_in: SignIn
) -> None:
    database = app.extensions["database"]
    with database.transaction() as session:
        reviewer = make_user(session, Role.REVIEWER, organisation="keusote")
        coordinator = make_user(session, Role.COORDINATOR, organisation="keusote")
        session.get_one(Application, case.ids["application_id"]).handler_id = reviewer.id
    page = f"/fi/office/applications/{case.ids['application_id']}"
    sign_in(client, reviewer)
    assert f'href="{page}/disqualified"' in client.get(page).text
    assert post_form(client, f"{page}/disqualified", {"reason": " "}).status_code == 422
    answer = post_form(client, f"{page}/disqualified", {"reason": "Sisareni omistaa yrityksen."})
    assert answer.status_code == 303
    refused = client.get(page)
    assert refused.status_code == 403
    assert "esteellinen" in refused.text
    with database.read() as session:
        assert session.get_one(Application, case.ids["application_id"]).handler_id is None
        event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "account.disqualify")).one()
    assert event.after == {"provider": case.provider.id, "reason": "Sisareni omistaa yrityksen."}
    other = app.test_client()
    sign_in(other, coordinator)
    answer = post_form(other, f"{page}/handler", {"handler": str(reviewer.id)})
    assert answer.status_code == 422
