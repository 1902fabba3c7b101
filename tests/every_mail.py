"""One mail from each function that writes one, about things that are as they are when it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from marketplace.accounts import mails as account_mails
from marketplace.accounts.audit_actions import AccountAudit
from marketplace.accounts.links import service as links
from marketplace.accounts.links.models import MailedLink
from marketplace.accounts.links.rules import Purpose
from marketplace.accounts.models import User
from marketplace.accounts.second_factor import mails as factor_mails
from marketplace.accounts.service import actor_of
from marketplace.applications import mails as application_mails
from marketplace.applications.messages import mails as message_mails
from marketplace.applications.models import Application, Correction
from marketplace.applications.rules import ApplicationState
from marketplace.approvals import mails as approval_mails
from marketplace.approvals.circulars import mails as circular_mails
from marketplace.approvals.circulars import service as circulars
from marketplace.approvals.circulars.service import CircularFacts
from marketplace.approvals.contesting import mails as review_mails
from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.contesting.rules import ReviewState
from marketplace.approvals.digest import mails as digest_mails
from marketplace.approvals.digest.queries import Morning
from marketplace.approvals.extending import mails as extending_mails
from marketplace.approvals.extending.queries import of_measure
from marketplace.approvals.hearing.queries import open_hearing
from marketplace.approvals.offer_changes import mails as offer_mails
from marketplace.approvals.proofs import mails as proof_mails
from marketplace.approvals.standing import conditions as standing
from marketplace.approvals.standing import mails as standing_mails
from marketplace.approvals.standing.rules import Expiry, MeasureAction
from marketplace.budgets.summaries import mails as summary_mails
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients import service as clients
from marketplace.clients.mandates import mails as mandate_mails
from marketplace.clients.mandates import service as mandates
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.clients.queries import client_of_number
from marketplace.decisions.rules import CorrectionState
from marketplace.deliveries import mails as delivery_mails
from marketplace.deliveries import service as deliveries
from marketplace.demo.mails import demo_letter
from marketplace.effects import mails as effect_mails
from marketplace.effects import queries as effect_queries
from marketplace.effects import service as effects
from marketplace.enquiries import mails as enquiry_mails
from marketplace.enquiries import service as enquiries
from marketplace.enquiries.rules import AnswerBy
from marketplace.enquiries.service import NewEnquiry
from marketplace.files.models import StoredFile
from marketplace.i18n import LocalizedText
from marketplace.payments.batches import mails as payment_mails
from marketplace.payments.batches.models import PaymentMessage
from marketplace.permissions import Role
from marketplace.pilots.models import Organisation, Pilot
from marketplace.pilots.queries import current_definition, kept_definition
from marketplace.providers.api_keys import mails as key_mails
from marketplace.providers.api_keys import service as api_keys
from marketplace.providers.authority import mails as right_mails
from marketplace.providers.company import mails as company_mails
from marketplace.providers.company import people
from marketplace.providers.company.models import AccessRequest, AccountChange
from marketplace.providers.company.rules import ACCESS_REQUEST, ACCOUNT_CHANGE
from marketplace.providers.company.service import NewAccount, NewCompany, ask_to_register
from marketplace.providers.evidence import mails as evidence_mails
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.models import Provider
from marketplace.providers.participation import mails as participation_mails
from marketplace.providers.rules import ApprovalAction
from marketplace.recruiting.invitations import sending
from marketplace.recruiting.invitations import service as invitations
from marketplace.recruiting.invitations.addresses import addressee
from marketplace.recruiting.invitations.models import InvitationLetter
from marketplace.recruiting.invitations.rules import LetterKind
from marketplace.recruiting.sessions import mails as session_mails
from marketplace.recruiting.sessions import service as sessions
from marketplace.vacancies import mails as vacancy_mails
from marketplace.vacancies import service as vacancies
from marketplace.vouchers import mails as agreement_mails
from marketplace.vouchers.agreeing import mails as request_mails
from marketplace.vouchers.agreeing import service as agreeing
from marketplace.vouchers.granting import mails as granting_mails
from marketplace.vouchers.mistakes import mails as mistake_mails
from marketplace.vouchers.rules import AgreementParty
from tests.approvals.cast import make_cast
from tests.approvals.standing.conftest import make_condition, make_standing, open_measure
from tests.deliveries.scenes import make_scene
from tests.factories import (
    NOW,
    business_id,
    make_application,
    make_approval,
    make_client,
    make_evidence,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)
from tests.near_people import approved as approve_own_person
from tests.near_people import make_near
from tests.payments.batches import scenes as payment_scenes
from tests.recruiting.invitations.conftest import PILOT
from tests.recruiting.sessions.test_service import FACTS
from tests.vouchers.agreeing.conftest import accepted, asked, make_choosing
from tests.vouchers.granting.conftest import drafted, make_granting
from tests.work import work_of


def write_one_of_each(session: Session) -> None:
    """One mail from each function, about things that are as they are when it is sent."""
    for write in (
        _accounts,
        _company,
        _leaving,
        _applications,
        _approvals,
        _offer_changes,
        _recruiting,
        _clients,
        _agreements,
        _granting,
        _deliveries,
        _visitors,
        _near,
        _rights,
        _payments,
    ):
        write(session)
    session.flush()


def _payments(session: Session) -> None:
    cast = payment_scenes.make_cast(session, Path("unused"), owed=1)
    admin = make_provider_admin(session, cast.statements[0].provider)
    row = cast.prepared().payments[0]
    payment_mails.payment_sent(cast.work(), admin, row)
    row.reasons = [{"code": "AC04", "text": ""}]
    payment_mails.payment_failed(cast.work(), admin, row)
    message = PaymentMessage(payment_id=row.id, author_id=admin.id, text="Maksua ei näy tilillämme.", at=NOW)
    payment_mails.payment_missed(cast.work(), cast.payer, row, message)
    payment_mails.payment_missed_answered(cast.work(), admin, row, message)


def _company_of(session: Session, **given: Any) -> tuple[Provider, User]:
    provider = make_provider(session, **given)
    return provider, make_provider_admin(session, provider)


def _accounts(session: Session) -> None:
    _provider, admin = _company_of(session)
    work = work_of(session, actor_of(admin))
    account_mails.account_password_changed(work, admin)
    factor_mails.account_factor_changed(work, admin, AccountAudit.USE_CODE)
    links.ask(session, Purpose.PASSWORD, email=admin.email, language="fi", now=NOW)
    for email in (admin.email, "uusi@example.fi"):
        account = NewAccount(email, "Uusi", "unusable", "sv")
        company = NewCompany(business_id(7_654_321), "Uusi Oy", "limited_company")
        ask_to_register(session, account=account, company=company, onward=None, now=NOW)
    session.flush()
    for link in session.scalars(sa.select(MailedLink)).all():
        links.write_letter(work, link)


def _company(session: Session) -> None:
    provider, admin = _company_of(session)
    make_approval(session, provider)
    work = work_of(session, actor_of(admin))
    company_mails.provider_registered(work, admin, provider)
    company_mails.person_removed(work, admin, provider)
    evidence_mails.file_infected(work, admin, StoredFile(name="todistus.pdf"))
    people.invite(
        work, provider_id=provider.id, email="tuttu@example.fi", role=Role.PROVIDER_EDITOR, language="sv"
    )
    change = AccountChange(
        provider=provider,
        iban="FI8847304720017517",
        bic="POPFFI22",
        state=ACCOUNT_CHANGE.initial,
        requested_by_id=admin.id,
        requested_at=NOW,
    )
    session.add(change)
    session.flush()
    company_mails.account_change_asked(work, admin, change)
    company_mails.account_change_waits(work, make_user(session, Role.PAYER, organisation="keusote"), change)
    company_mails.account_change_confirmed(work, admin, change)
    company_mails.account_change_refused(work, admin, change)
    imported = make_provider(session)
    make_approval(session, imported)
    for company, to in ((provider, admin), (imported, _coordinator(session))):
        request = AccessRequest(
            provider=company, user=make_user(session), state=ACCESS_REQUEST.initial, asked_at=NOW
        )
        session.add(request)
        session.flush()
        if company is provider:
            company_mails.access_asked(work, to, request)
            people.accept(work, provider_id=company.id, request_id=request.id, role=Role.PROVIDER_EDITOR)
        else:
            company_mails.access_asked_office(work, to, request)


def _coordinator(session: Session) -> User:
    return make_user(session, Role.COORDINATOR, organisation="keusote", language="sv")


def _leaving(session: Session) -> None:
    provider, admin = _company_of(session)
    definition = current_definition(session, PILOT)
    participation_mails.provider_left(
        work_of(session),
        _coordinator(session),
        provider,
        definition,
        services=["transport"],
        notice_days=14,
        reason="Muutamme.",
        withdrawn=[4],
        fallen=[("transport", "Suspension")],
        clients=2,
        until=NOW.date(),
    )
    participation_mails.pilot_left(work_of(session), admin, provider, definition, 2, NOW.date())
    approval = make_approval(session, provider, "transport", pilot_key=PILOT)
    for what in (None, "Hyväksyminen keskeytetään toistaiseksi."):
        agreement_mails.clients_touched(work_of(session), _coordinator(session), approval, 2, what)
    participation_mails.pause_over(work_of(session), admin, provider, last=NOW.date())
    participation_mails.provider_goes_on(work_of(session), _coordinator(session), provider, definition)
    participation_mails.provider_paused(
        work_of(session),
        _coordinator(session),
        provider,
        definition,
        until=NOW.date(),
        reason="Muutamme.",
        clients=2,
    )


def _application(session: Session, state: ApplicationState) -> Application:
    provider, admin = _company_of(session)
    return make_application(session, provider, admin, state=state)


def _applications(session: Session) -> None:
    work, copy = work_of(session), ("hakemus.pdf", "application/pdf", b"%PDF")
    application = _application(session, ApplicationState.IN_REVIEW)
    definition = kept_definition(session, application.definition_version_id)
    reviewer = application.handler
    assert reviewer is not None
    application_mails.application_received(work, application, copy)
    draft = _application(session, ApplicationState.DRAFT)
    application_mails.application_draft_waits(work, draft.created_by, draft)
    application_mails.application_completed(work, application)
    application_mails.application_withdrawn(work, _application(session, ApplicationState.WITHDRAWN))
    for to, to_office in ((application.created_by, False), (reviewer, True)):
        message_mails.application_message(work, to, application, definition, to_office=to_office)


def _approvals(session: Session) -> None:
    work, document, day = work_of(session), ("paatos.pdf", "application/pdf", b"%PDF"), NOW.date()
    asked = _application(session, ApplicationState.COMPLETION_REQUESTED)
    [request] = asked.completion_requests
    approval_mails.application_completion(work, asked.created_by, asked, request)
    approval_mails.completion_reminder(work, asked.created_by, asked, request, last_day=day)
    approval_mails.completion_late(work, asked, request, last_day=day)
    request.taken_back_reason = "Kuljettajien luvat tulivat jo postissa."
    approval_mails.completion_taken_back(work, asked.created_by, asked, request)
    heard = _application(session, ApplicationState.HEARING)
    hearing = open_hearing(session, heard)
    assert hearing is not None
    assert heard.handler is not None
    approval_mails.application_hearing(work, heard.created_by, heard, hearing)
    approval_mails.application_heard(work, heard, hearing)
    approval_mails.application_returned(work, heard, "Perustelu puuttuu.")
    approval_mails.application_handed_over(work, heard, heard.handler)
    decided = _application(session, ApplicationState.DECIDED)
    decision = decided.decisions[0]
    correction = Correction(
        decision=decision,
        number=f"{decision.number}-1",
        state=CorrectionState.MADE,
        wrong="4",
        right="5",
        corrected_on=day,
        corrected_by_id=decision.decided_by_id,
        file=decision.file,
    )
    session.add(correction)
    approval_mails.decision_made(work, decided.created_by, decided, "TEST-2026/1", document)
    approval_mails.decision_corrected(work, decided.created_by, decision, correction, [document])
    contested = ReviewRequest(state=ReviewState.PENDING, by="Aino Hakija", received_on=day)
    review_mails.review_recorded(work, decided.created_by, decision, contested)
    contested.state, contested.decided_on, contested.decided_by = ReviewState.CHANGED, day, "Individsektionen"
    review_mails.review_settled(work, decided.created_by, decision, contested)
    _standing(session, document)


def _standing(session: Session, document: tuple[str, str, bytes]) -> None:
    work, cast = work_of(session), make_cast(session, "sv")
    approval = make_standing(session, cast)
    admin = cast.applicant
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    measure.closing_reason = "Asia selvisi."
    set_committed_value(measure, "number", "TEST-2026/S1")  # as of one that is decided
    awaited = of_measure(measure)
    assert awaited is not None
    extending_mails.due_day_put_off(work, admin, awaited, due_on=NOW.date(), reason="Semestertid.")
    standing_mails.approval_measure_decided(work, admin, measure, document)
    standing_mails.approval_corrected(work, admin, measure, Correction(number="TEST-2026/S1-1"), [document])
    standing_mails.approval_measure_dropped(work, admin, measure)
    standing_mails.approval_measure_back(work, cast.reviewer, measure, MeasureAction.ANSWER)
    standing_mails.approval_safety(work, cast.decider, measure)
    facts = CircularFacts(
        LocalizedText(fi="Uusi sääntökirja", sv="Ny regelbok"),
        LocalizedText(fi="Se muuttuu.", sv="Den ändras."),
    )
    message = circulars.begin(work_of(session, cast.actor("reviewer")), "keusote", facts)
    circular_mails.circular(work, admin, message, session.get_one(Organisation, "keusote"))
    request = standing.send_request(
        work_of(session, cast.actor("reviewer")), approval, "Vikarier.", NOW.date() + timedelta(days=7)
    )
    request.reason = "Inget svar."
    standing_mails.approval_condition_reminder(work, admin, request)
    standing_mails.approval_condition_not_met(work, admin, request)
    condition = make_condition(session, approval, cast)
    standing_mails.approval_condition_reminder(work, admin, condition)
    condition.reason = "Inget intyg."
    standing_mails.approval_condition_not_met(work, admin, condition)
    renewed = Expiry("liability_insurance", NOW.date(), is_due=True, outlasts=date(2028, 12, 31))
    standing_mails.proof_reminder(work, admin, approval, [renewed], day=NOW.date())
    look = ProofLook(
        evidence=make_evidence(session, cast.provider),
        organisation_key="keusote",
        counts_until=NOW.date(),
        reason="Sidan saknas.",
    )
    proof_mails.proof_returned(work, admin, look)
    digest_mails.office_morning(work, cast.reviewer, Morning(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))


def _offer_changes(session: Session) -> None:
    provider, admin = _company_of(session)
    version = make_offer(session, make_approval(session, provider)).versions[0]
    offer_mails.offer_change_approved(work_of(session), admin, version)
    offer_mails.offer_change_returned(work_of(session), admin, version)


def _recruiting(session: Session) -> None:
    work = work_of(session, actor_of(_coordinator(session)))
    planned = sessions.plan(work, session.get_one(Pilot, PILOT), FACTS)
    registration = sessions.register(
        work, planned, name="Aino", company="A Oy", email="a@example.fi", language="sv", source=""
    )
    sessions.confirm(work, registration)
    session_mails.session_changed(work, registration)
    session_mails.session_reminder(work, registration)
    session_mails.session_cancelled(work, registration)
    registration.offered_until = work.now + timedelta(days=2)
    session_mails.session_waiting(work, registration)
    session_mails.session_offered(work, registration)
    invitations.add(work, PILOT, [addressee("Yritys Oy", "yritys@example.fi", "sv", "")])
    for kind in LetterKind:
        work = replace(work, now=work.now + timedelta(days=10))  # a reminder is not sent at once
        sending.order(work, PILOT, kind)
        letter = session.scalars(sa.select(InvitationLetter).order_by(InvitationLetter.id.desc())).first()
        assert letter is not None
        sending._settle(work, letter)


def _clients(session: Session) -> None:
    account = make_user(session, Role.CLIENT)
    counsellor = make_user(session, Role.COUNSELLOR, organisation="keusote")
    client = make_client(session, user_id=account.id, email="asiakas@example.fi")
    work = work_of(session, actor_of(account))
    terms = mandates.Terms("Helmi", "helmi@example.fi", Scope.SEE)
    mandate = mandates.give(work, client, Source.PORTAL, terms)
    mandate_mails.mandate_revoked(work, mandate, client)
    demo_letter(work, client, codes=["ABCDEFGH23"], letter=b"%PDF")
    told: dict[str, Any] = {"lines": [], "given": []}
    month = ClientSummary(client=client, month=date(2026, 10, 1), content=told, made_at=work.now, mailed=True)
    session.add(month)
    session.flush()
    summary_mails.client_summary(work, month)
    clients.join(work_of(session, actor_of(counsellor)), client, PILOT, work.today)
    effects.agree(work, client)
    [asking] = effect_queries.waiting_askings(session, client.id)
    effect_mails.effects_reminder(work, asking)


def _granting(session: Session) -> None:
    scene = make_granting(session)
    granting_mails.service_decision_returned(work_of(session), scene.olga, drafted(session, scene))


def _deliveries(session: Session) -> None:
    scene = make_scene(session)
    account = make_user(session, Role.CLIENT)
    client = client_of_number(session, "keusote", scene.hours.client_number)
    assert client is not None
    client.user = account
    delivery = scene.delivered(session)
    delivery_mails.deliveries_to_look_at(
        work_of(session), client, account, count=2, until=delivery.objection_until, asked=True, helps=False
    )
    work = work_of(session, actor_of(scene.counsellor))
    owner = make_user(session, Role.COUNSELLOR, organisation="keusote")
    deliveries.dispute(work, delivery, "Ei ollut.", owner_id=owner.id)
    deliveries.decide(work, delivery, upheld=False, reason="Ei ollut.")


def _visitors(session: Session) -> None:
    provider, admin = _company_of(session)
    approval = make_approval(session, provider)
    make_required_evidence(session, approval)
    offer = make_offer(session, approval)
    asked = NewEnquiry("Aino", AnswerBy.EMAIL, "aino@example.fi", "", "Onko tilaa?", "sv")
    enquiry = enquiries.ask(work_of(session), offer, asked, source="192.0.2.1")
    enquiry_mails.enquiry_answer(work_of(session, actor_of(admin)), enquiry)
    notice = vacancies.ask(
        work_of(session), offer, email="aino@example.fi", language="fi", source="192.0.2.1"
    )
    vacancy_mails.free_place(work_of(session), notice)


def _agreements(session: Session) -> None:
    scene = make_choosing(session)
    made = accepted(session, scene, asked(session, scene, hours="10"))
    waiting = asked(session, scene, scene.other, hours="10")
    request_mails.agreement_waits(scene.work(session), waiting, scene.other_admin)
    agreeing.withdraw(scene.work(session), waiting)
    last = made.starts_on + timedelta(days=60)
    agreeing.give_notice(scene.work(session), made, last, by=AgreementParty.CLIENT)
    [part] = scene.client.participations
    clients.interrupt(scene.work(session), scene.client, part.id, made.starts_on)
    link = request_mails.link_for_provider(made, scene.admin.language)
    mistake_mails.agreement_mistaken(scene.work(session), made, scene.admin, link=link)
    mistake_mails.agreement_goes_on(scene.work(session), made, scene.admin, link=link)


def _near(session: Session) -> None:
    approve_own_person(session, make_near(session))


def _rights(session: Session) -> None:
    provider, admin = _company_of(session)
    key, _token = api_keys.make_key(work_of(session, actor_of(admin)), provider.id, "Kirjaaja")
    key_mails.key_expires(work_of(session), key, admin)
    right_mails.right_shown(work_of(session), admin, provider)
    right_mails.company_handed_over(work_of(session), make_user(session), provider, "Tarkistimme asian.")
    right_mails.company_taken_over(work_of(session), make_user(session), provider)
    right_mails.right_revoked(work_of(session), admin, provider, "Yhtiö ei tunne häntä.")
    for days in (-1, 30):
        right_mails.right_due_again(work_of(session), admin, provider, NOW.date() + timedelta(days=days))
