"""What the default demo content holds: something of everything, and nothing that the portal would refuse."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.passwords.hashing import password_is_right
from marketplace.accounts.queries import user_by_email
from marketplace.applications import queries as approvals
from marketplace.applications.findings import ProofState, requirement_state
from marketplace.applications.models import Application, ApplicationLine, CompletionRequest, Decision, Hearing
from marketplace.applications.rules import ApplicationState
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.queries import offers_of
from marketplace.approvals.standing.rules import MeasureState
from marketplace.audit.models import AuditEvent
from marketplace.audit.proof import verdict
from marketplace.clients.models import Client
from marketplace.clients.rules import number_fault
from marketplace.contact import shown_phone
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.demo.documents import REAL_DOCUMENTS
from marketplace.demo.people import PASSWORD
from marketplace.demo.pictures import MOST_PICTURED
from marketplace.demo.service import default_providers
from marketplace.files.models import StoredFile
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.offers.content import content_of, content_problems
from marketplace.offers.models import Offer, OfferPhoto, OfferVersion
from marketplace.offers.rules import Availability, OfferState, VersionState, version_in_force
from marketplace.payments.statements.models import Statement
from marketplace.permissions import STAFF_ROLES, Role
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition, kept_definition
from marketplace.pilots.vocabulary import kinds_that_prove
from marketplace.providers.company.models import AccountChange
from marketplace.providers.company.queries import offices_of
from marketplace.providers.company.rules import AccountChangeState
from marketplace.providers.identifiers import normal_business_id, normal_iban
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState, unproven
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.own_people import queries as own_people
from marketplace.vouchers.own_people.rules import OwnPersonState
from marketplace.vouchers.queries import clients_under, new_to_provider, touched_count
from marketplace.vouchers.rules import AgreementStanding
from tests.conftest import NOW
from tests.stored import path_of

TODAY = helsinki_date(NOW)
HYVINKAA = "106"

CONTRACT = {
    "coordinator@demo.fi": Role.COORDINATOR,
    "reviewer@demo.fi": Role.REVIEWER,
    "decider@demo.fi": Role.DECIDER,
    "counsellor@demo.fi": Role.COUNSELLOR,
    "payer@demo.fi": Role.PAYER,
    "payer2@demo.fi": Role.PAYER,
    "auditor@demo.fi": Role.AUDITOR,
    "provider@demo.fi": Role.PROVIDER_ADMIN,
    "newprovider@demo.fi": Role.PROVIDER_ADMIN,
    "client@demo.fi": Role.CLIENT,
    "helper@demo.fi": Role.HELPER,
}


def provider_of(session: Session, email: str) -> Provider:
    query = sa.select(Provider).join(RoleGrant).join(User).where(User.email == email)
    return session.scalars(query).unique().one()


def counted(session: Session, column: sa.orm.InstrumentedAttribute[Any]) -> Counter[Any]:
    """How many rows there are of each value."""
    return Counter(session.scalars(sa.select(column)).all())


def test_there_are_as_many_providers_and_offers_as_asked_for(content: Session) -> None:
    expected = default_providers(400, len(content.scalars(sa.select(Pilot.key)).all()))
    companies = sa.select(sa.func.count(Provider.id)).where(Provider.business_id != "")
    assert content.scalar(companies) == expected
    offers = sa.select(sa.func.count(Offer.id)).where(Offer.state != OfferState.PRIVATE)
    assert content.scalar(offers) == 400


def test_every_pilot_has_applications_in_every_state(content: Session) -> None:
    rows = content.execute(sa.select(Application.pilot_key, Application.state).distinct())
    found = {(pilot, state) for pilot, state in rows}
    pilots = content.scalars(sa.select(Pilot.key)).all()
    assert pilots
    assert found == {(pilot, state) for pilot in pilots for state in ApplicationState}


def test_lines_are_decided_in_every_way_and_approvals_stand_in_every_state(content: Session) -> None:
    outcomes = counted(content, ApplicationLine.outcome)
    assert min(outcomes[key] for key in ("approved", "approved_with_conditions", "rejected")) >= 5
    approvals_by_state = counted(content, ServiceApproval.state)
    assert min(approvals_by_state[key] for key in ("suspended", "withdrawn", "ended")) >= 2
    assert counted(content, Provider.state).keys() == {"active", "paused", "left"}


def test_offers_and_their_versions_stand_in_every_state(content: Session) -> None:
    assert counted(content, Offer.state).keys() == {"draft", "published", "ended", "private"}
    assert set(counted(content, OfferVersion.state)) == set(VersionState)
    assert set(counted(content, Offer.availability_state)) == set(Availability)
    coming = sa.select(OfferVersion.id).where(
        OfferVersion.state == VersionState.PUBLISHED, OfferVersion.valid_from > TODAY
    )
    assert content.scalars(coming).all()


def test_every_version_is_one_that_the_editor_would_take(content: Session) -> None:
    query = sa.select(OfferVersion).options(
        selectinload(OfferVersion.prices), joinedload(OfferVersion.offer).joinedload(Offer.approval)
    )
    edited = query.join(OfferVersion.offer).where(Offer.state != OfferState.PRIVATE)
    for version in content.scalars(edited):
        definition = current_definition(content, version.offer.pilot_key)
        assert content_problems(version.offer, content_of(version), definition, complete=True) == ()
        assert version.title
        assert version.municipalities
        assert version.groups


def test_a_share_of_the_offers_tells_photos_terms_and_a_unit(content: Session, demo_files: FileStore) -> None:
    versions = content.scalars(sa.select(OfferVersion).where(OfferVersion.number == 1)).all()
    for told in ("minimum_minutes", "cancellation", "unit"):
        share = sum(bool(getattr(version, told)) for version in versions) / len(versions)
        assert 0.15 < share < 0.85, told
    assert {key for version in versions for price in version.prices for key in price.includes} >= {
        "travel", "equipment", "materials", "meals", "transport",
    }  # fmt: skip
    assert all(v.unit.provider_id == v.offer.provider_id for v in versions if v.unit is not None)
    photos = content.scalars(sa.select(OfferPhoto)).all()
    assert 20 <= len({photo.offer_id for photo in photos}) <= MOST_PICTURED
    assert all(not photo.alt.missing for photo in photos)
    for rendition in (each for photo in photos for each in photo.renditions):
        assert path_of(demo_files, rendition["sha256"]).stat().st_size == rendition["size"]


def test_the_demo_provider_has_units_and_photos(content: Session) -> None:
    provider = provider_of(content, "provider@demo.fi")
    assert provider.units
    assert content.scalar(
        sa.select(OfferPhoto.id).join(Offer).where(Offer.provider_id == provider.id).limit(1)
    )


def test_agreements_hold_within_their_approval_and_fix_the_prices_of_their_first_day(
    content: Session,
) -> None:
    for each in content.scalars(sa.select(Agreement).options(joinedload(Agreement.offer))):
        offer = each.offer
        assert each.organisation_key == content.get_one(Pilot, offer.pilot_key).organisation_key
        assert number_fault(each.client_number) is None
        assert offer.approval.approved_on <= each.starts_on
        assert offer.ends_on is None or each.starts_on <= offer.ends_on
        fixed = version_in_force(offer.versions, each.starts_on)
        assert (each.version is fixed) == (each.standing_on(TODAY) is not AgreementStanding.PRICE_CHANGED)
        assert each.recorded_by.email.partition("@")[0].partition(".")[0] in {
            "client",
            "helper",
            "counsellor",
        }


def test_agreements_stand_in_every_state_and_everywhere_the_tour_comes_to(content: Session) -> None:
    agreements = content.scalars(sa.select(Agreement)).all()
    seen = {each.standing_on(TODAY) for each in agreements}
    assert seen == set(AgreementStanding)
    provider = provider_of(content, "provider@demo.fi")
    assert new_to_provider(content, provider.id, today=TODAY) >= 2
    assert touched_count(content, "keusote", today=TODAY) >= 1
    for measure in content.scalars(
        sa.select(ApprovalMeasure).where(ApprovalMeasure.state == MeasureState.HEARING)
    ):
        if not any(offer.state == OfferState.PUBLISHED for offer in offers_of(content, measure.approval)):
            continue
        assert clients_under(content, [measure.approval_id], today=TODAY) >= 2


def test_prices_stay_within_a_fifth_of_the_ceilings(content: Session) -> None:
    query = sa.select(OfferVersion).options(selectinload(OfferVersion.prices), joinedload(OfferVersion.offer))
    of_companies = query.join(OfferVersion.offer).where(Offer.state != OfferState.PRIVATE)
    for version in content.scalars(of_companies):
        service = current_definition(content, version.offer.pilot_key).service(version.offer.service_key)
        for price in version.prices:
            assert 0.7 * service.band(price.band).ceiling.cents < price.amount.cents


def test_about_one_offer_in_eight_is_in_one_language_only(content: Session) -> None:
    versions = content.scalars(sa.select(OfferVersion).where(OfferVersion.number == 1)).all()
    alone = [version for version in versions if version.title.missing]
    assert 0.06 * len(versions) < len(alone) < 0.18 * len(versions)
    assert all(version.description.missing == version.title.missing for version in alone)


def test_lists_do_not_look_cloned(content: Session) -> None:
    versions = content.scalars(sa.select(OfferVersion).where(OfferVersion.number == 1)).all()
    for texts in ([v.title.fi or v.title.sv for v in versions], [v.description.fi for v in versions]):
        assert max(Counter(text for text in texts if text).values()) <= 6


def test_one_town_has_three_day_activities_to_compare_in_both_languages(content: Session) -> None:
    query = sa.select(Offer).where(Offer.pilot_key == "keusote-2022", Offer.service_key == "day_activity")
    comparable = 0
    for offer in content.scalars(query.where(Offer.state == OfferState.PUBLISHED)):
        version = version_in_force(offer.versions, TODAY)
        if (
            version is not None
            and offer.approval.state == ApprovalState.APPROVED
            and not version.title.missing
        ):
            comparable += HYVINKAA in version.municipalities
    assert comparable >= 3


def test_the_demo_accounts_are_those_of_the_contract(content: Session) -> None:
    for email, role in CONTRACT.items():
        user = content.scalars(sa.select(User).where(User.email == email)).one()
        (grant,) = user.grants
        assert grant.role is role
        assert grant.organisation_key == ("keusote" if role in STAFF_ROLES else None)


def test_every_organisation_has_its_own_people(content: Session) -> None:
    staff = counted(content, RoleGrant.organisation_key)
    del staff[None]
    assert set(staff) == set(content.scalars(sa.select(Pilot.organisation_key)).all())
    assert set(staff.values()) == {7}


def test_the_published_password_opens_the_accounts(content: Session) -> None:
    user = user_by_email(content, "reviewer.soite@demo.fi")
    assert user is not None
    assert password_is_right(user.password_hash, PASSWORD)
    assert user.language == "sv"


def test_the_demo_provider_has_offers_decisions_and_a_proof_that_soon_expires(content: Session) -> None:
    provider = provider_of(content, "provider@demo.fi")
    offers = content.scalars(sa.select(Offer).where(Offer.provider_id == provider.id)).all()
    assert len({offer.service_key for offer in offers}) == 4
    assert all(offer.state == OfferState.PUBLISHED for offer in offers)
    applications = approvals.of_provider(content, provider.id)
    assert {each.state for each in applications} == {
        ApplicationState.DECIDED,
        ApplicationState.COMPLETION_REQUESTED,
    }
    days = [
        (end - TODAY).days
        for end in content.scalars(
            sa.select(Evidence.valid_until).where(
                Evidence.provider_id == provider.id, Evidence.valid_until.is_not(None)
            )
        )
        if end is not None
    ]
    assert sum(0 <= left <= 28 for left in days) >= 2


def test_the_new_provider_has_facts_and_no_application(content: Session) -> None:
    provider = provider_of(content, "newprovider@demo.fi")
    assert all(approvals.company_facts(provider).values())
    assert not approvals.of_provider(content, provider.id)


def test_numbers_are_valid_and_belong_to_nobody(content: Session) -> None:
    providers = content.scalars(sa.select(Provider)).all()
    assert len({provider.official_name for provider in providers}) == len(providers)
    for provider in [each for each in providers if each.business_id]:
        assert normal_business_id(provider.business_id) == provider.business_id
        assert provider.business_id.startswith("9")
        assert normal_iban(provider.iban) == provider.iban
        assert provider.iban[4] == "9"
        assert provider.email.endswith(".example")
        assert re.fullmatch(r"(09|01[3-9]) 000 \d{4}", shown_phone(provider.phone, "fi")), "no service number"


def test_a_decision_rests_on_proofs_that_were_fresh_when_they_were_sent(content: Session) -> None:
    query = sa.select(Application).where(
        Application.state.in_([ApplicationState.PROPOSED, ApplicationState.DECIDED])
    )
    for application in content.scalars(query):
        definition = kept_definition(content, application.definition_version_id)
        sent = approvals.applied_on(application, TODAY)
        proofs = [approvals.proof_of(each) for each in application.evidence]
        for requirement in approvals.requirements(definition, approvals.service_keys(application)):
            assert requirement_state(requirement, proofs, applied_on=sent, today=sent) == ProofState.VALID


def test_applications_under_way_answer_every_question_that_must_be_answered(content: Session) -> None:
    query = sa.select(Application).where(Application.state.not_in([ApplicationState.DRAFT]))
    for application in content.scalars(query):
        statuses = approvals.outline_of(content, application, today=TODAY)
        assert not [each for status in statuses for each in status.missing if each.reason == "unanswered"]


def test_no_part_is_more_than_the_number_that_it_is_a_part_of(content: Session) -> None:
    parts = 0
    for application in content.scalars(sa.select(Application)):
        definition = kept_definition(content, application.definition_version_id)
        for section in definition.sections_for([line.service_key for line in application.lines]):
            for question in section.questions:
                part, whole = (application.answers.get(key or "") for key in (question.key, question.part_of))
                parts += part is not None and question.part_of is not None
                assert part is None or whole is None or part <= whole, f"application {application.id}"
    assert parts


def test_some_approved_providers_have_an_expired_proof_and_most_have_not(content: Session) -> None:
    expired = total = 0
    for approval in content.scalars(
        sa.select(ServiceApproval).where(ServiceApproval.state == ApprovalState.APPROVED)
    ):
        required = current_definition(content, approval.pilot_key).required_evidence(approval.service_key)
        proofs = content.scalars(
            sa.select(Evidence).where(Evidence.provider_id == approval.provider_id)
        ).all()
        lacking = unproven([each.kind for each in required], proofs, TODAY, kinds_that_prove)
        assert set(lacking) <= {"liability_insurance"}
        total, expired = total + 1, expired + bool(lacking)
    assert 0 < expired < total / 6


def test_the_office_has_a_queue_of_applications_of_different_ages(content: Session) -> None:
    query = sa.select(Application).where(
        Application.pilot_key == "keusote-2022", Application.state == ApplicationState.SUBMITTED
    )
    waiting = content.scalars(query).all()
    assert len(waiting) >= 4
    assert len({each.submitted_at and each.submitted_at.date() for each in waiting}) >= 4
    assert all(each.handler_id is None for each in waiting)


def test_two_people_stand_behind_every_decision_and_its_document_is_kept(
    content: Session, demo_files: FileStore
) -> None:
    decisions = content.scalars(sa.select(Decision)).all()
    decided = content.scalars(
        sa.select(sa.func.count()).where(Application.state == ApplicationState.DECIDED)
    ).one()
    assert len(decisions) == decided
    for decision in decisions:
        assert decision.proposed_by_id != decision.decided_by_id
        document = demo_files.read(decision.file.sha256)
        assert document.startswith(b"%PDF-")
        assert len(document) == decision.file.size
    real = {decision.file.sha256 for decision in decisions if decision.file.size > 10_000}
    assert len(real) == REAL_DOCUMENTS


def test_proofs_share_their_documents_and_criminal_records_have_none(
    content: Session, demo_files: FileStore
) -> None:
    files = content.scalars(sa.select(StoredFile)).all()
    digests = {file.sha256 for file in files}
    assert len(digests) < len(files) / 10
    assert all(path_of(demo_files, digest).exists() for digest in digests)
    shown = content.scalars(sa.select(Evidence).where(Evidence.kind == "criminal_record")).all()
    assert shown
    assert all(each.file_id is None for each in shown)


def test_a_completion_that_waits_names_sections_that_have_not_been_changed_since(content: Session) -> None:
    waiting = content.scalars(
        sa.select(CompletionRequest)
        .join(Application)
        .where(Application.state == ApplicationState.COMPLETION_REQUESTED)
    ).all()
    assert waiting
    for request in waiting:
        application = request.application
        assert request.answered_at is None
        asked = approvals.asked_sections(application)
        assert asked
        definition = kept_definition(content, application.definition_version_id)
        assert approvals.untouched_sections(application, definition) == asked


def test_every_application_went_its_way_in_the_order_of_days(content: Session) -> None:
    for application in content.scalars(sa.select(Application)):
        sent = [application.created_at, application.submitted_at]
        done = [[line.proposed_at, line.decided_at] for line in application.lines]
        asked = [[each.requested_at, each.answered_at] for each in application.completion_requests]
        hearings = content.scalars(sa.select(Hearing).where(Hearing.application_id == application.id)).all()
        heard = [
            [*each, hearing.heard_at, hearing.closed_at] for hearing in hearings for each in asked or [[]]
        ]
        for between in heard or asked or [[]]:
            for steps in done:
                days = [moment for moment in (*sent, *between, *steps) if moment is not None]
                assert days == sorted(days), f"application {application.id}: {days}"
                assert days[-1] <= NOW, f"application {application.id}: {days}"
        open_ = [each.due_on for each in application.completion_requests if each.answered_at is None]
        open_ += [each.due_on for each in hearings if each.closed_at is None]
        assert all(day > TODAY for day in open_), f"application {application.id} waits for what is over"


def test_one_new_account_number_waits_for_the_main_organisation(content: Session) -> None:
    waiting = sa.select(AccountChange).where(AccountChange.state == AccountChangeState.WAITING)
    change = content.scalars(waiting).one()
    assert normal_iban(change.iban) == change.iban
    assert change.iban != change.provider.iban
    assert "keusote" in offices_of(content, change.provider_id)


def test_the_loading_is_one_event_of_an_unbroken_audit_trail(content: Session) -> None:
    events = content.scalars(sa.select(AuditEvent).where(AuditEvent.action == "demo.load")).all()
    assert len(events) == 1
    assert events[0].after["offers"] == 400
    assert verdict(content).problem is None


def test_a_newcomer_sees_somebody_near_to_a_client_who_is_paid_and_one_who_waits(content: Session) -> None:
    client = content.scalars(
        sa.select(Client).join(Client.user).where(User.email == "client.metropolia@demo.fi")
    ).one()
    brother, sister = own_people.of_client(content, client.id)
    assert (sister.state, brother.state) == (OwnPersonState.APPROVED, OwnPersonState.PROPOSED)
    assert sister.offer is not None
    given = sa.select(Delivery.state).where(Delivery.provider_id == sister.offer.provider_id)
    assert {*content.scalars(given)} == {DeliveryState.CONFIRMED, DeliveryState.RECORDED}
    stated = sa.select(Statement.payable_cents).where(Statement.provider_id == sister.offer.provider_id)
    months = content.scalars(stated).all()
    assert len(months) == 3
    assert min(months) > 0
