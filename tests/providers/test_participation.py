"""A pause, no new clients, leaving: at once, by an admin, with the office told and the catalogue following."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import helsinki_date
from marketplace.offers import new_clients
from marketplace.offers.models import Offer
from marketplace.offers.queries import standing_of
from marketplace.offers.rules import Availability, Hidden, reasons_hidden
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import current_definition
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.participation import service
from marketplace.providers.participation.ending import end_served
from marketplace.providers.participation.queries import places
from marketplace.providers.rules import (
    APPROVAL,
    PROVIDER,
    ApprovalAction,
    ApprovalState,
    ProviderAction,
    ProviderState,
    bound_until,
)
from marketplace.search.models import CatalogueChange
from marketplace.search.provider_list.pages import load
from marketplace.workflow import NoSuchTransition
from tests.factories import (
    NOW,
    make_agreement,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)
from tests.forms import post_form
from tests.work import work_of

UNTIL = date(2027, 2, 1)


@dataclass
class Scene:
    """A company with an offer in each of two pilots, its admin, and one office's coordinator."""

    provider: Provider
    admin: User
    coordinator: User
    here: Offer
    elsewhere: Offer


def make_scene(session: Session) -> Scene:
    provider = make_provider(session)
    here = make_approval(session, provider)
    elsewhere = make_approval(session, provider, pilot_key="siunsote-2017")
    make_required_evidence(session, here)
    make_required_evidence(session, elsewhere)
    return Scene(
        provider,
        make_provider_admin(session, provider),
        make_user(session, Role.COORDINATOR, organisation="keusote", language="sv"),
        make_offer(session, here),
        make_offer(session, elsewhere),
    )


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


def hidden(session: Session, offer: Offer) -> tuple[Hidden, ...]:
    today = helsinki_date(NOW)
    return reasons_hidden(standing_of(session, offer, today), today)


def test_a_pause_hides_every_offer_until_the_provider_goes_on(session: Session, scene: Scene) -> None:
    service.pause(work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id, until=UNTIL)
    assert hidden(session, scene.here) == hidden(session, scene.elsewhere) == (Hidden.PROVIDER_PAUSED,)
    with pytest.raises(Conflict):
        service.pause(work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id, until=UNTIL)
    service.resume(work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id)
    assert hidden(session, scene.here) == ()


def test_the_offices_are_told_of_a_pause_and_the_public_list_keeps_the_company(
    session: Session, scene: Scene
) -> None:
    work = work_of(session, actor_of(scene.admin))
    service.pause(work, provider_id=scene.provider.id, until=UNTIL, reason="Muutto")
    session.flush()
    letters = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.recipient == scene.coordinator.email)
    )
    (letter,) = letters
    assert "1.2.2027" in letter.body
    assert "Muutto" in letter.body
    listed = load(session, scene.provider.id, helsinki_date(NOW))
    assert listed is not None
    assert (listed.is_paused, len(listed.services), listed.all_offers) == (True, 2, [])


def test_a_pause_ends_by_itself_after_its_last_day_and_everybody_is_told(app: Flask) -> None:
    database = app.extensions["database"]
    with app.app_context(), database.transaction() as session:
        scene = make_scene(session)
        work = work_of(session, actor_of(scene.admin))
        service.pause(work, provider_id=scene.provider.id, until=UNTIL)
    with app.app_context():
        last_evening = datetime(2027, 2, 1, 20, tzinfo=UTC)
        assert service.end_pauses(database, now=last_evening) == 0
        assert service.end_pauses(database, now=last_evening + timedelta(hours=3)) == 1
        assert service.end_pauses(database, now=last_evening + timedelta(hours=4)) == 0
    with database.read() as session:
        provider = session.get_one(Provider, scene.provider.id)
        assert (provider.state, provider.paused_until) == (ProviderState.ACTIVE, None)
        letters = list(
            session.execute(sa.select(OutboxMessage.recipient, OutboxMessage.body).order_by(OutboxMessage.id))
        )
        told = [address for address, body in letters if "Tauon viimeinen päivä oli" in body]
        assert told == [scene.admin.email]
        assert any(address == scene.coordinator.email and "paus är slut" in body for address, body in letters)
        query = sa.select(AuditEvent.actor_id).where(AuditEvent.action == "participation.resume")
        assert set(session.scalars(query)) == {None}


def test_the_last_day_of_a_pause_can_be_changed(session: Session, scene: Scene) -> None:
    work = work_of(session, actor_of(scene.admin))
    with pytest.raises(Conflict):
        service.change_end_of_pause(work, provider_id=scene.provider.id, until=UNTIL)
    service.pause(work, provider_id=scene.provider.id, until=UNTIL)
    with pytest.raises(Invalid):
        service.change_end_of_pause(work, provider_id=scene.provider.id, until=helsinki_date(NOW))
    service.change_end_of_pause(work, provider_id=scene.provider.id, until=date(2027, 3, 1))
    assert (scene.provider.state, scene.provider.paused_until) == (ProviderState.PAUSED, date(2027, 3, 1))
    service.resume(work, provider_id=scene.provider.id)
    assert scene.provider.paused_until is None


def test_a_pause_ends_with_the_last_pilot_that_the_provider_leaves(session: Session, scene: Scene) -> None:
    work = work_of(session, actor_of(scene.admin))
    service.pause(work, provider_id=scene.provider.id, until=UNTIL)
    found = []
    for pilot in ("keusote-2022", "siunsote-2017"):
        service.leave_pilot(work, provider_id=scene.provider.id, pilot_key=pilot)
        found.append((scene.provider.state, scene.provider.paused_until))
    assert found == [(ProviderState.PAUSED, UNTIL), (ProviderState.ACTIVE, None)]
    with pytest.raises(Conflict, match="ei ole mukana"):
        service.pause(work, provider_id=scene.provider.id, until=UNTIL)


def test_no_new_clients_shows_the_offers_of_that_pilot_as_full(session: Session, scene: Scene) -> None:
    turn: dict[str, Any] = {"provider_id": scene.provider.id, "pilot_key": "keusote-2022"}
    assert new_clients.set_new_clients(work_of(session, actor_of(scene.admin)), **turn, taken=False) == 1
    assert (scene.here.availability_state, scene.elsewhere.availability_state) == (
        Availability.FULL,
        Availability.NOW,
    )
    assert hidden(session, scene.here) == ()
    assert new_clients.set_new_clients(work_of(session, actor_of(scene.admin)), **turn, taken=False) == 0
    assert new_clients.set_new_clients(work_of(session, actor_of(scene.admin)), **turn, taken=True) == 1
    assert scene.here.availability_state == Availability.NOW


def test_leaving_a_pilot_ends_its_approvals_and_hides_its_offers_at_once(
    session: Session, scene: Scene
) -> None:
    session.execute(sa.delete(CatalogueChange))
    service.leave_pilot(
        work_of(session, actor_of(scene.admin)),
        provider_id=scene.provider.id,
        pilot_key="keusote-2022",
        reason="Muutamme.",
    )
    assert hidden(session, scene.here) == (Hidden.APPROVAL_ENDED,)
    assert hidden(session, scene.elsewhere) == ()
    session.flush()
    assert scene.here.id in session.scalars(sa.select(CatalogueChange.offer_id)).all()
    assert [place.pilot.key for place in places(session, scene.provider.id)] == ["siunsote-2017"]
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "approval.leave")).one()
    assert (event.organisation_key, event.after["reason"]) == ("keusote", "Muutamme.")
    with pytest.raises(Conflict):
        service.leave_pilot(
            work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id, pilot_key="keusote-2022"
        )


def test_the_office_and_the_admins_hear_of_it_in_their_language(session: Session, scene: Scene) -> None:
    service.leave_pilot(
        work_of(session, actor_of(scene.admin)),
        provider_id=scene.provider.id,
        pilot_key="keusote-2022",
        reason="Muutamme.",
    )
    session.flush()
    mails = {mail.template: mail for mail in session.scalars(sa.select(OutboxMessage))}
    office, company = mails["provider_left"], mails["pilot_left"]
    assert (office.recipient, office.language) == (scene.coordinator.email, "sv")
    assert scene.provider.business_id in office.body
    assert "Muutamme." in office.body
    assert (company.recipient, company.language) == (scene.admin.email, "fi")


def test_an_office_without_coordinators_hears_at_its_own_address(session: Session, scene: Scene) -> None:
    service.leave_pilot(
        work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id, pilot_key="siunsote-2017"
    )
    session.flush()
    mail = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "provider_left")).one()
    assert mail.recipient == places_email(session, "siunsote-2017")


def places_email(session: Session, pilot_key: str) -> str:
    from marketplace.pilots.queries import pilot

    return pilot(session, pilot_key).organisation.email


def test_a_suspended_approval_ends_too_when_the_provider_leaves(session: Session, scene: Scene) -> None:
    scene.here.approval.state = ApprovalState.SUSPENDED
    service.leave_pilot(
        work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id, pilot_key="keusote-2022"
    )
    assert scene.here.approval.state == ApprovalState.ENDED


@pytest.mark.parametrize(
    ("last_days", "until"),
    [
        ([], None),
        ([None], date(2026, 12, 22)),
        ([date(2026, 12, 1)], date(2026, 12, 1)),
        ([date(2026, 12, 1), date(2026, 12, 5)], date(2026, 12, 5)),
        ([date(2027, 6, 1), date(2026, 12, 5)], date(2026, 12, 22)),
    ],
)
def test_a_provider_is_bound_until_the_notice_or_the_last_agreement_ends(
    last_days: list[date | None], until: date | None
) -> None:
    assert bound_until(last_days, date(2026, 11, 22), 30) == until


@pytest.mark.parametrize("action", list(ApprovalAction))
@pytest.mark.parametrize("state", list(ApprovalState))
def test_every_state_and_action_of_an_approval(state: ApprovalState, action: ApprovalAction) -> None:
    approved, suspended, ending = ApprovalState.APPROVED, ApprovalState.SUSPENDED, ApprovalState.ENDING
    possible = {
        approved: {
            ApprovalAction.CONDITION,
            ApprovalAction.SUSPEND,
            ApprovalAction.WITHDRAW,
            ApprovalAction.LEAVE,
            ApprovalAction.END,
        },
        suspended: {
            ApprovalAction.CONDITION,
            ApprovalAction.REINSTATE,
            ApprovalAction.WITHDRAW,
            ApprovalAction.LEAVE,
            ApprovalAction.END,
        },
        ending: {ApprovalAction.WITHDRAW, ApprovalAction.END},
        ApprovalState.WITHDRAWN: {ApprovalAction.RESTORE},
        ApprovalState.PRIVATE: {ApprovalAction.END},
    }
    assert APPROVAL.allows(state, action) == (action in possible.get(state, set()))


def test_an_approval_is_ending_while_clients_are_served_and_is_hidden_at_once(
    session: Session, scene: Scene
) -> None:
    counsellor = make_user(session, Role.COUNSELLOR, organisation="keusote", language="sv")
    other = make_user(session, Role.COUNSELLOR, organisation="keusote", language="fi")
    for _each in range(2):
        make_agreement(session, scene.here, counsellor)
    asked = make_agreement(session, scene.here, counsellor, recorded_by_id=scene.admin.id)
    approval = scene.here.approval
    service.leave_pilot(
        work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id, pilot_key="keusote-2022"
    )
    session.flush()
    notice = timedelta(days=place_definition(session, "keusote-2022").notice.provider_days)
    assert (approval.state, approval.ends_on) == (ApprovalState.ENDING, helsinki_date(NOW) + notice)
    assert hidden(session, scene.here) == (Hidden.APPROVAL_ENDING,)
    told = {
        mail.recipient: mail
        for mail in session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.template == "clients_touched")
        )
    }
    assert set(told) == {counsellor.email, other.email}
    assert told[counsellor.email].subject.startswith("3 klienter"), (
        "two of her own and one that a client asked for"
    )
    assert told[other.email].subject.startswith("1 asiakas")
    assert asked.client_number not in told[other.email].body, "a count and no names"
    [company] = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "pilot_left"))
    assert "3 voimassa olevaa sopimusta" in company.body.replace("\xa0", " ")


def place_definition(session: Session, pilot_key: str) -> PilotDefinition:
    return current_definition(session, pilot_key)


@pytest.mark.parametrize(
    ("days", "last_day", "then"),
    [
        (5, None, ApprovalState.ENDING),
        (5, 3, ApprovalState.ENDED),
        (400, None, ApprovalState.ENDED),
    ],
)
def test_an_approval_that_is_ending_ends_after_its_day_or_its_last_agreement(
    app: Flask, days: int, last_day: int | None, then: ApprovalState
) -> None:
    database = app.extensions["database"]
    with app.app_context(), database.transaction() as session:
        scene = make_scene(session)
        counsellor = make_user(session, Role.COUNSELLOR, organisation="keusote")
        agreement = make_agreement(session, scene.here, counsellor)
        service.leave_pilot(
            work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id, pilot_key="keusote-2022"
        )
        if last_day is not None:
            agreement.ends_on = helsinki_date(NOW) + timedelta(days=last_day)
    with app.app_context():
        end_served(database, now=NOW + timedelta(days=days))
        assert end_served(database, now=NOW + timedelta(days=days)) == 0, "once is enough"
    with database.read() as session:
        assert session.get_one(ServiceApproval, scene.here.approval_id).state == then


def test_the_page_of_leaving_counts_the_agreements(app: Flask, client: FlaskClient, sign_in: Any) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        scene = make_scene(session)
        counsellor = make_user(session, Role.COUNSELLOR, organisation="keusote")
        make_agreement(session, scene.here, counsellor)
    sign_in(client, scene.admin)
    page = client.get(f"/fi/provider/{scene.provider.id}/participation/keusote-2022/leave").text
    assert "1 voimassa oleva sopimus" in page.replace("\xa0", " ")
    whole = client.get(f"/fi/provider/{scene.provider.id}/participation/leave").text
    assert "joten hyväksymisesi päättyvät heti" in whole, "the other pilot has no agreements"
    sign_in(client, counsellor)
    assert "vaikka palveluntuottajaa" not in client.get("/fi/counsellor/agreements").text
    with app.app_context(), app.extensions["database"].transaction() as session:
        service.leave_pilot(
            work_of(session, actor_of(session.get_one(User, scene.admin.id))),
            provider_id=scene.provider.id,
            pilot_key="keusote-2022",
        )
    assert "vaikka palveluntuottajaa" in client.get("/fi/counsellor/agreements").text


def test_leaving_the_portal_leaves_every_pilot_and_one_may_come_back_to_apply(
    session: Session, scene: Scene
) -> None:
    left = service.leave_portal(work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id)
    assert left.state == ProviderState.LEFT
    assert set(session.scalars(sa.select(ServiceApproval.state))) == {ApprovalState.ENDED}
    with pytest.raises(Conflict):
        service.leave_portal(work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id)
    service.come_back(work_of(session, actor_of(scene.admin)), provider_id=scene.provider.id)
    assert scene.provider.state == ProviderState.ACTIVE
    assert hidden(session, scene.here) == (Hidden.APPROVAL_ENDED,)


def test_an_editor_neither_pauses_nor_leaves(session: Session, scene: Scene) -> None:
    editor = actor_of(make_user(session, Role.PROVIDER_EDITOR, provider_id=scene.provider.id))
    work = work_of(session, editor)
    with pytest.raises(NotAllowed):
        service.pause(work, provider_id=scene.provider.id, until=UNTIL)
    with pytest.raises(NotAllowed):
        service.leave_portal(work, provider_id=scene.provider.id)
    with pytest.raises(NotAllowed):
        service.leave_pilot(work, provider_id=scene.provider.id, pilot_key="keusote-2022")
    with pytest.raises(NotAllowed):
        new_clients.set_new_clients(
            work, provider_id=scene.provider.id, pilot_key="keusote-2022", taken=False
        )


@pytest.mark.parametrize("state", PROVIDER.states)
@pytest.mark.parametrize("action", PROVIDER.all_actions)
def test_a_provider_moves_only_as_the_table_says(state: ProviderState, action: ProviderAction) -> None:
    if PROVIDER.allows(state, action):
        assert PROVIDER.next(state, action) in PROVIDER.states
    else:
        with pytest.raises(NoSuchTransition):
            PROVIDER.next(state, action)


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def placed(app: Flask, client: FlaskClient, sign_in: Any) -> Scene:
    with app.extensions["database"].transaction() as session:
        scene = make_scene(session)
    sign_in(client, scene.admin)
    return scene


def states(app: Flask, scene: Scene) -> tuple[str, str, str]:
    with app.extensions["database"].read() as session:
        here, elsewhere = (session.get_one(Offer, offer.id) for offer in (scene.here, scene.elsewhere))
        return (
            session.get_one(Provider, scene.provider.id).state,
            here.approval.state,
            elsewhere.approval.state,
        )


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_pausing_and_leaving_on_the_pages(
    app: Flask, client: FlaskClient, placed: Scene, language: str
) -> None:
    path = f"/{language}/provider/{placed.provider.id}/participation"
    assert "30" in client.get(path).text
    assert post_form(client, f"{path}/pause", {"until": "22.11.2026"}).status_code == 422, "today is no end"
    assert post_form(client, f"{path}/pause", {"until": "1.2.2027", "reason": "Muutto"}).status_code == 303
    assert states(app, placed)[0] == "paused"
    assert post_form(client, path, {"action": "resume"}).status_code == 303
    clients = f"{path}/keusote-2022/clients"
    assert post_form(client, clients, {"action": "stop"}, page=path).status_code == 303
    leave = f"{path}/keusote-2022/leave"
    unsure = post_form(client, leave, {"reason": "Muutamme."})
    assert (unsure.status_code, 'href="#understood"' in unsure.text) == (422, True)
    assert post_form(client, leave, {"understood": "y"}).status_code == 303
    assert states(app, placed) == ("active", "ended", "approved")
    assert client.get(leave).status_code == 404
    assert f"{path}/pause" in client.get(path).text
    assert post_form(client, f"{path}/siunsote-2017/leave", {"understood": "y"}).status_code == 303
    left = client.get(path).text
    assert f"{path}/pause" not in left, "nothing is left that a pause could hide"
    assert ("tauon" in left, "paus" in left) == (False, False)
    assert client.get(f"{path}/pause").location == path
    assert post_form(client, f"{path}/leave", {"understood": "y"}).status_code == 303
    assert states(app, placed) == ("left", "ended", "ended")
    assert client.get(path).status_code == 200


def test_an_unknown_action_does_not_exist(client: FlaskClient, placed: Scene) -> None:
    path = f"/fi/provider/{placed.provider.id}/participation"
    assert post_form(client, path, {"action": "explode"}).status_code == 404
