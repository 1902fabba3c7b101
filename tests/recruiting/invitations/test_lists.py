"""A pilot's list: an address stands on it once, is corrected where a letter did not arrive, and is counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.i18n import LocalizedText
from marketplace.pilots.models import Pilot
from marketplace.recruiting.invitations import queries, service
from marketplace.recruiting.invitations.addresses import addressee
from marketplace.recruiting.invitations.letters import letter_text
from marketplace.recruiting.invitations.rules import InvitationAction, InvitationState
from tests.factories import (
    NOW,
    business_id,
    make_application,
    make_approval,
    make_provider,
    make_provider_admin,
)
from tests.recruiting.invitations.conftest import PILOT, Office, listed
from tests.work import work_of


def test_an_address_that_is_on_the_list_is_recognised_and_left_as_it_is(
    session: Session, office: Office
) -> None:
    [first, _second] = listed(session, office, 2)
    again = [addressee("Another name", first.email), addressee("New Oy", "new@example.fi")]
    listing = service.add(work_of(session, office.actor), PILOT, again)
    assert [each.email for each in listing.added] == ["new@example.fi"]
    assert list(listing.known) == [first]
    assert first.name == "Yritys 0 Oy"


def test_the_same_address_may_be_on_the_lists_of_two_pilots(session: Session, office: Office) -> None:
    person = addressee("A Oy", "a@example.fi")
    service.add_one(work_of(session, office.actor), PILOT, person)
    service.add_one(work_of(session, actor_of(office.stranger)), "soite-2018", person)


def test_a_typed_address_that_is_known_is_refused_with_words(session: Session, office: Office) -> None:
    [first] = listed(session, office, 1)
    with pytest.raises(Invalid) as refusal:
        service.add_one(work_of(session, office.actor), PILOT, addressee("X", first.email))
    assert refusal.value.field == "email"


@pytest.mark.parametrize("who", ["decider", "auditor", "stranger"])
def test_only_the_coordinator_of_the_organisation_adds(session: Session, office: Office, who: str) -> None:
    with pytest.raises(NotAllowed):
        service.add(work_of(session, actor_of(getattr(office, who))), PILOT, [addressee("A", "a@example.fi")])


def test_an_unknown_pilot_is_not_found(session: Session, office: Office) -> None:
    with pytest.raises(NotFound):
        service.add(work_of(session, office.actor), "no-such", [])


def test_a_correction_brings_the_invitation_back_to_the_list(session: Session, office: Office) -> None:
    [found] = listed(session, office, 1)
    found.state, found.opened_at = InvitationState.WRONG_ADDRESS, NOW
    service.correct(work_of(session, office.actor), found, addressee("Oikea Oy", "oikea@example.fi", "sv"))
    session.flush()
    session.refresh(found)
    assert (found.state, found.email, found.language) == ("listed", "oikea@example.fi", "sv")
    assert not found.opened_at


def test_an_address_is_not_corrected_to_one_that_is_on_the_list(session: Session, office: Office) -> None:
    [first, second] = listed(session, office, 2)
    with pytest.raises(Invalid):
        service.correct(work_of(session, office.actor), first, addressee("A", second.email))


@pytest.mark.parametrize(
    ("email", "state"), [("oikea@example.fi", InvitationState.LISTED), ("", InvitationState.INVITED)]
)
def test_who_was_written_to_gets_the_invitation_again_only_at_a_new_address(
    session: Session, office: Office, email: str, state: InvitationState
) -> None:
    [found] = listed(session, office, 1)
    found.state = InvitationState.INVITED
    service.correct(work_of(session, office.actor), found, addressee("Oikea Oy", email or found.email))
    assert (found.state, found.name) == (state, "Oikea Oy")


def test_an_invitation_that_has_arrived_is_not_corrected(session: Session, office: Office) -> None:
    [found] = listed(session, office, 1)
    found.state = InvitationState.OPENED
    with pytest.raises(Conflict):
        service.correct(work_of(session, office.actor), found, addressee("A", "b@example.fi"))


def test_every_change_is_in_the_audit_trail(session: Session, office: Office) -> None:
    [found] = listed(session, office, 1)
    for action in (InvitationAction.REMOVE, InvitationAction.RESTORE):
        service.change_state(work_of(session, office.actor), found, action)
    actions = session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.organisation_key == "keusote").order_by(AuditEvent.id)
    ).all()
    assert actions[-3:] == ["invitation.list", "invitation.remove", "invitation.restore"]


def test_statistics_know_the_provider_by_link_by_business_id_and_by_address(
    session: Session, office: Office
) -> None:
    by_link, by_identity, by_address, nobody = listed(session, office, 4)
    linked = make_provider(session)
    by_link.provider_id = linked.id
    by_identity.business_id = business_id(7_654_321)
    identified = make_provider(session, business_id=by_identity.business_id)
    addressed = make_provider(session, email=by_address.email.upper())
    for provider in (linked, identified, addressed):
        make_application(session, provider, make_provider_admin(session, provider), state="submitted")
    make_approval(session, linked, "transport")
    make_approval(session, addressed, "transport", state="withdrawn")
    session.flush()
    numbers = queries.numbers(session, PILOT)
    assert (numbers.listed, numbers.applied, numbers.approved, numbers.sent) == (4, 3, 1, 0)
    shown = queries.invitations(session, PILOT, show="applied")
    assert {each.invitation.id for each in shown.rows} == {by_link.id, by_identity.id, by_address.id}
    assert all(each.applied for each in shown.rows)
    assert [each.invitation.id for each in shown.rows if each.approved] == [by_link.id]
    everybody = queries.invitations(session, PILOT).rows
    assert [each.applied for each in everybody if each.invitation.id == nobody.id] == [False]


def test_a_draft_or_an_application_to_another_pilot_is_not_an_application(
    session: Session, office: Office
) -> None:
    [found] = listed(session, office, 1)
    provider = make_provider(session, email=found.email)
    person = make_provider_admin(session, provider)
    make_application(session, provider, person)
    make_application(session, provider, person, pilot_key="soite-2018", services=("transport",),
                     state="submitted", complete=False)  # fmt: skip
    assert queries.numbers(session, PILOT).applied == 0


TEXT = LocalizedText("Hei {name}: {link}", "Hej {name}: {link}")


@pytest.mark.parametrize(
    ("body", "deadline", "field"),
    [
        (LocalizedText("Hei {nimi} {link}", "Hej {link}"), None, "body-fi"),
        (LocalizedText("Hei {link}", "Hej"), None, "body-sv"),
        (LocalizedText("{link} {deadline}", "{link}"), None, "deadline"),
        (TEXT, NOW.date() - timedelta(days=1), "deadline"),
    ],
)
def test_a_letter_that_could_not_be_used_is_refused(
    session: Session, office: Office, body: LocalizedText, deadline: date | None, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        service.save_text(
            work_of(session, office.actor),
            PILOT,
            subject=LocalizedText("A", "B"),
            body=body,
            deadline=deadline,
            seen=0,
        )
    assert refusal.value.field == field


def test_the_letter_is_saved_and_two_people_do_not_overwrite_each_other(
    session: Session, office: Office
) -> None:
    def save(seen: int) -> None:
        service.save_text(
            work_of(session, office.actor),
            PILOT,
            subject=LocalizedText("Hei\r\nBcc: x", "Hej"),
            body=TEXT,
            deadline=None,
            seen=seen,
        )

    save(0)
    text = letter_text(session, session.get_one(Pilot, PILOT))
    assert (text.subject.fi, text.body) == ("Hei Bcc: x", TEXT)
    with pytest.raises(Conflict):
        save(0)


def test_the_portal_brings_a_letter_of_its_own_in_both_languages(session: Session) -> None:
    text = letter_text(session, session.get_one(Pilot, PILOT))
    service.check_text(text.subject, text.body, text.deadline, NOW.date())
    assert not text.subject.missing
    assert not text.body.missing
