"""People near to clients: proposed by the client's side, approved in a light way by another person, paid as agreed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.queries import disqualified_in
from marketplace.accounts.impartiality.rules import Disqualified, demand_impartial
from marketplace.accounts.models import RoleGrant
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.clients.mandates import service as mandates
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.clients.models import Client
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.money import Money
from marketplace.offers.queries import standing_of
from marketplace.offers.rules import Hidden, OfferState, reasons_hidden
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.providers.company import account
from marketplace.providers.company.models import AccountChange
from marketplace.providers.company.queries import waiting_change
from marketplace.providers.company.rules import AccountChangeState
from marketplace.providers.rules import ApprovalState
from marketplace.vouchers.agreeing.service import record_for_office
from marketplace.vouchers.own_people import service
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import OwnPersonState
from marketplace.vouchers.rules import AgreementParty, AgreementState, AgreementTerms
from marketplace.work import UnitOfWork
from marketplace.workflow import NoSuchTransition
from tests.factories import NOW, make_client, make_user
from tests.near_people import (
    FACTS,
    IBAN,
    ORGANISATION,
    SISTER,
    Near,
    agreed,
    approved,
    make_near,
    mandate,
    points,
    proposed,
)
from tests.vouchers.agreeing.conftest import make_store

TODAY = NOW.date()


def test_a_client_proposes_and_another_person_approves(session: Session, scene: Near) -> None:
    own = proposed(session, scene)
    service.approve(scene.work(session, "decider"), own.id, points(session, own), store=make_store())
    assert own.state is OwnPersonState.APPROVED
    assert own.number is not None
    assert own.number.startswith("METROPOLIA-2026/L")
    assert own.file is not None
    assert own.checked == points(session, own)
    offer = own.offer
    assert offer is not None
    assert offer.state is OfferState.PRIVATE
    assert offer.approval.state is ApprovalState.PRIVATE
    assert offer.provider.is_private
    assert offer.provider.business_id == ""
    assert {row.amount for row in offer.versions[0].prices} == {Money(16_00)}
    assert {row.vat_code for row in offer.versions[0].prices} == {"NT"}
    mails = {
        tuple(row) for row in session.execute(sa.select(OutboxMessage.template, OutboxMessage.recipient))
    }
    assert ("own_person_waits", scene.olga.email) in mails
    assert ("own_person_decided", "aino@client.example") in mails


def test_an_account_number_is_confirmed_by_another_person_as_a_companys_is(
    session: Session, scene: Near
) -> None:
    own = proposed(session, scene, "olga")
    service.approve(scene.work(session, "decider"), own.id, points(session, own), store=make_store())
    assert own.iban == ""
    assert own.offer is not None
    change = session.scalars(sa.select(AccountChange)).one()
    assert (change.iban, own.offer.provider.iban) == (IBAN, "")
    account.confirm(scene.work(session, "payer"), change_id=change.id)
    assert own.offer.provider.iban == IBAN


def test_who_approved_a_person_does_not_confirm_the_account(session: Session, scene: Near) -> None:
    """Else one person of the office alone would let money flow to an account that the client's side has written."""
    both = make_user(session, Role.DECIDER, organisation=ORGANISATION)
    both.grants.append(RoleGrant(role=Role.PAYER, organisation_key=ORGANISATION))
    session.flush()
    own = proposed(session, scene)
    work = UnitOfWork(session, actor_of(both), NOW)
    service.approve(work, own.id, points(session, own), store=make_store())
    change = session.scalars(sa.select(AccountChange)).one()
    with pytest.raises(NotAllowed):
        account.confirm(work, change_id=change.id)
    with pytest.raises(NotAllowed):
        account.refuse(work, change_id=change.id, reason="Numero on väärä.")
    assert change.state is AccountChangeState.WAITING
    account.confirm(scene.work(session, "payer"), change_id=change.id)


def test_the_trail_names_the_person_by_a_number_and_keeps_no_account(session: Session, scene: Near) -> None:
    approved(session, scene)
    kept = json.dumps(
        [[event.before, event.after] for event in session.scalars(sa.select(AuditEvent))], ensure_ascii=False
    )
    assert IBAN not in kept
    assert SISTER not in kept


def test_nobody_is_approved_before_every_point_was_looked_at(session: Session, scene: Near) -> None:
    own = proposed(session, scene)
    with pytest.raises(Invalid) as refusal:
        service.approve(scene.work(session, "decider"), own.id, points(session, own)[1:], store=make_store())
    assert refusal.value.field == "checked"
    assert own.state is OwnPersonState.PROPOSED


def test_a_criminal_record_is_asked_for_where_the_client_is_a_child_or_not_known_not_to_be(
    session: Session, scene: Near
) -> None:
    own = proposed(session, scene)
    assert "criminal_record" not in points(session, own)
    for group in ("families_with_children", None):
        own.client.group = group
        assert "criminal_record" in points(session, own)


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"price": Money(18_01)}, "price", "18,00"),
        ({"price": Money(0)}, "price", "hinta"),
        ({"unit": "trip"}, "what", "luettelo"),
        ({"service_key": "meal_service"}, "what", "luettelo"),
        ({"pilot_key": "keusote-2022"}, "what", "luettelo"),
        ({"name": "Helmi  auttaja"}, "name", "valtuutuksella"),
        ({"name": "Auttaja Helmi"}, "name", "valtuutuksella"),
        ({"name": "Auttaja-Helmi"}, "name", "valtuutuksella"),
        ({"relation": "sisko 131052-308T"}, "relation", "henkilötunnu"),
    ],
)
def test_what_keeps_a_person_from_being_proposed(
    session: Session, scene: Near, facts: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        proposed(session, scene, **facts)
    assert [name for name, _words in refusal.value.faults] == [field]
    assert words in str(refusal.value).casefold()


def test_who_may_only_see_may_be_paid_and_who_decides_by_an_address_may_not(
    session: Session, scene: Near
) -> None:
    seeing = make_user(session, Role.HELPER, name="Sini Sivusta")
    mandate(session, scene.client, scene.citizen, seeing, Scope.SEE)
    assert proposed(session, scene, email=seeing.email).email == seeing.email
    with pytest.raises(Invalid):
        proposed(session, scene, email=scene.helper.email.upper())


def test_a_pilot_that_does_not_allow_it_refuses_with_a_clear_word(session: Session, scene: Near) -> None:
    elsewhere = make_client(session)
    with pytest.raises(Conflict, match="läheiselle ei voi maksaa"):
        service.propose(scene.work(session, "stranger"), elsewhere, FACTS, by=AgreementParty.OFFICE)


def test_no_place_is_kept_of_who_is_near_to_somebody_under_a_non_disclosure_order(
    session: Session, scene: Near
) -> None:
    scene.client.municipality, scene.client.address, scene.client.protected = None, "", True
    session.flush()
    own = approved(session, scene)
    assert (own.street, own.postal_code, own.city) == ("", "", "")
    assert own.offer is not None
    assert own.offer.provider.street == ""


Verb = Callable[[Session, Near, OwnPerson], object]


def _approve(session: Session, scene: Near, own: OwnPerson, name: str) -> object:
    return service.approve(scene.work(session, name), own.id, points(session, own), store=make_store())


def test_nobody_decides_on_their_own_proposal_or_on_themselves(session: Session, scene: Near) -> None:
    own = proposed(session, scene, "olga")
    with pytest.raises(NotAllowed):
        _approve(session, scene, own, "olga")
    other = proposed(session, scene, email=scene.decider.email)
    with pytest.raises(NotAllowed):
        _approve(session, scene, other, "decider")
    with pytest.raises(NotFound):
        _approve(session, scene, own, "stranger")
    for name in ("payer", "coordinator"):
        with pytest.raises((NotFound, NotAllowed)):
            _approve(session, scene, own, name)


def test_a_refusal_says_why_and_forgets_the_account(session: Session, scene: Near) -> None:
    own = proposed(session, scene)
    with pytest.raises(Invalid):
        service.refuse(scene.work(session, "decider"), own.id, " ", store=make_store())
    service.refuse(scene.work(session, "decider"), own.id, "Asiakas ei halunnut.", store=make_store())
    assert (own.state, own.iban, own.reason) == (OwnPersonState.REFUSED, "", "Asiakas ei halunnut.")
    assert own.file is not None
    with pytest.raises(NoSuchTransition):
        _approve(session, scene, own, "decider")


def test_a_proposal_is_taken_back(session: Session, scene: Near) -> None:
    own = proposed(session, scene)
    service.take_back(scene.work(session, "citizen"), own)
    assert (own.state, own.iban) == (OwnPersonState.TAKEN_BACK, "")
    with pytest.raises(NoSuchTransition):
        _approve(session, scene, own, "decider")


def test_an_agreement_fixes_the_price_and_reserves_the_budget(session: Session, scene: Near) -> None:
    own = approved(session, scene)
    made = agreed(session, scene, own)
    assert made.file is not None
    [line] = scene.decision.lines
    assert [each.account.reserved for each in line.budgets][:3] == [0, 48_00, 160_00]
    assert made.version is own.offer.versions[0] if own.offer else False


def test_the_offer_is_for_one_client_only(session: Session, scene: Near) -> None:
    own = approved(session, scene)
    assert own.offer is not None
    assert Hidden.PRIVATE in reasons_hidden(standing_of(session, own.offer, TODAY), TODAY)
    another = make_near(session)
    with pytest.raises(Conflict):
        record_for_office(
            another.work(session),
            own.offer.id,
            AgreementTerms(another.client.number, TODAY, None, "160"),
            store=make_store(),
        )


def test_ending_the_approval_ends_the_agreement_on_that_day(session: Session, scene: Near) -> None:
    own = approved(session, scene)
    made = agreed(session, scene, own)
    with pytest.raises(Invalid):
        service.end(scene.work(session, "citizen"), own, TODAY - timedelta(days=1), by=AgreementParty.CLIENT)
    last = TODAY + timedelta(days=10)
    service.end(scene.work(session, "citizen"), own, last, by=AgreementParty.CLIENT)
    assert own.state is OwnPersonState.ENDED
    assert (made.ends_on, made.state, made.ended_by) == (last, AgreementState.ENDING, AgreementParty.CLIENT)
    assert own.offer is not None
    assert own.offer.approval.state is ApprovalState.PRIVATE_ENDED
    with pytest.raises(Conflict):
        agreed(session, scene, own, first=TODAY + timedelta(days=1))


def test_withdrawing_ends_at_once_with_a_decision(session: Session, scene: Near) -> None:
    own = approved(session, scene)
    made, first = agreed(session, scene, own), own.file_id
    service.withdraw(scene.work(session, "decider"), own.id, "Apua ei annettu sovitusti.", store=make_store())
    assert own.state is OwnPersonState.WITHDRAWN
    assert own.file_id != first
    assert made.ends_on == TODAY
    assert session.get_one(Client, scene.client.id).erased_at is None


def test_an_agreement_that_has_not_begun_is_called_off(session: Session, scene: Near) -> None:
    own = approved(session, scene)
    made = agreed(session, scene, own, first=TODAY + timedelta(days=5))
    service.withdraw(scene.work(session, "decider"), own.id, "Syy.", store=make_store())
    assert made.state is AgreementState.CALLED_OFF
    assert all(each.account.reserved == 0 for each in scene.decision.lines[0].budgets)


def give(
    session: Session, scene: Near, scope: Scope, *, name: str = "Joku Muu", email: str = "joku@muu.example"
) -> Mandate:
    """The client gives a mandate."""
    terms = mandates.Terms(name, email, scope)
    return mandates.give(scene.work(session, "citizen"), scene.client, Source.PORTAL, terms)


@pytest.mark.parametrize("known", [{"name": SISTER.lower()}, {"email": "Siiri@own.example"}])
@pytest.mark.parametrize("stage", [proposed, approved])
def test_who_is_paid_or_proposed_gets_no_mandate_to_act(
    session: Session, scene: Near, stage: Callable[[Session, Near], OwnPerson], known: dict[str, str]
) -> None:
    stage(session, scene)
    with pytest.raises(Conflict, match="maksetaan"):
        give(session, scene, Scope.ACT, **known)
    assert give(session, scene, Scope.SEE, **known).scope is Scope.SEE


def test_a_mandate_to_act_can_be_given_when_the_payment_is_over(session: Session, scene: Near) -> None:
    own = proposed(session, scene)
    service.take_back(scene.work(session, "citizen"), own)
    assert give(session, scene, Scope.ACT, name=SISTER).id


def test_whoever_was_approved_meanwhile_does_not_accept_a_mandate_to_act(
    session: Session, scene: Near, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter of the mandate was on its way when the office approved; the account has another address."""
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _bytes: "key of the letter")
    given = give(session, scene, Scope.ACT, name="Siiri", email="siiri@other.example")
    approved(session, scene)
    sister = make_user(session, Role.HELPER, name=SISTER, email="siiri@other.example")
    with pytest.raises(Conflict, match="maksetaan"):
        mandates.accept(UnitOfWork(session, actor_of(sister), NOW), sister, "key of the letter")
    assert given.accepted_at is None


def test_one_of_the_staff_who_is_paid_takes_no_part_in_it(session: Session, scene: Near) -> None:
    """Also a payer whose account has another address than the person gave."""
    herself = make_user(session, Role.PAYER, organisation=ORGANISATION, name=SISTER)
    own = proposed(session, scene)
    service.approve(scene.work(session, "decider"), own.id, points(session, own), store=make_store())
    assert own.offer is not None
    change = waiting_change(session, own.offer.provider_id)
    assert change is not None
    actor = replace(
        actor_of(herself), disqualified=disqualified_in(session, herself, NOW + timedelta(days=3_650))
    )
    with pytest.raises(NotAllowed):
        account.confirm(UnitOfWork(session, actor, NOW), change_id=change.id)
    with pytest.raises(Disqualified):
        demand_impartial(actor, own.offer.provider_id)
