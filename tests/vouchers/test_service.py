"""Recording and ending agreements: whose, between which days, with which prices, and what the trail says of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.audit.fields import changes
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.i18n import helsinki_date
from marketplace.offers.models import OfferVersion
from marketplace.outbox import OutboxMessage
from marketplace.paging import PER_PAGE
from marketplace.permissions import Role
from marketplace.providers.participation import service as participation
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.vouchers import queries, service
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.queries import Narrowed
from marketplace.vouchers.rules import AgreementTerms
from tests.factories import NOW, make_agreement, make_offer, make_user
from tests.vouchers.conftest import Scene
from tests.work import work_of

TODAY = helsinki_date(NOW)


def record(session: Session, scene: Scene, terms: AgreementTerms, *, who: str = "counsellor") -> Agreement:
    return service.record_agreement(work_of(session, scene.actor(who)), scene.offer.id, terms)


def end(session: Session, scene: Scene, agreement: Agreement, day: date, *, who: str = "counsellor") -> None:
    service.end_agreement(work_of(session, scene.actor(who)), agreement.id, day)


def test_an_agreement_is_recorded_with_who_and_when(session: Session, scene: Scene) -> None:
    made = record(session, scene, AgreementTerms(" a-12 ", TODAY))
    assert (made.organisation_key, made.client_number, made.ends_on) == ("keusote", "A-12", None)
    assert (made.recorded_by_id, made.recorded_at) == (scene.counsellor.id, NOW)
    assert made.version is scene.offer.versions[0]


def test_an_agreement_fixes_the_prices_of_its_first_day(session: Session, scene: Scene) -> None:
    [first] = scene.offer.versions
    told = {
        column.key: getattr(first, column.key)
        for column in OfferVersion.__table__.columns
        if column.key not in ("id", "number", "valid_from", "revision")
    }
    dearer = OfferVersion(**told, number=2, valid_from=TODAY + timedelta(days=10))
    session.add(dearer)
    session.flush()
    session.expire(scene.offer, ["versions"])
    before = record(session, scene, AgreementTerms("A-1", TODAY + timedelta(days=9)))
    after = record(session, scene, AgreementTerms("A-2", TODAY + timedelta(days=10)))
    assert (before.version, after.version) == (first, dearer)


def test_the_audit_trail_names_the_agreement_but_not_the_client(session: Session, scene: Scene) -> None:
    made = record(session, scene, AgreementTerms("A-12", TODAY))
    end(session, scene, made, TODAY + timedelta(days=5))
    events = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.subject_type == "Agreement").order_by(AuditEvent.id)
    ).all()
    assert [each.action for each in events] == ["agreement.record", "agreement.end"]
    assert {each.organisation_key for each in events} == {"keusote"}
    assert {each.subject_id for each in events} == {str(made.id)}
    assert "A-12" not in str([(each.before, each.after) for each in events])
    assert [each.after for each in changes(events[1])] == ["Päättyy", "27.11.2026"]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (AgreementTerms("131052-308T", TODAY), "client_number"),
        (AgreementTerms("Matti Meikäläinen", TODAY), "client_number"),
        (AgreementTerms("A-1", TODAY - timedelta(days=2)), "starts_on"),
        (AgreementTerms("A-1", TODAY, TODAY - timedelta(days=1)), "ends_on"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    session: Session, scene: Scene, terms: AgreementTerms, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        record(session, scene, terms)
    assert refusal.value.field == field


def test_an_offer_of_another_organisations_pilot_is_not_found(session: Session, scene: Scene) -> None:
    with pytest.raises(NotFound):
        record(session, scene, AgreementTerms("A-1", TODAY), who="stranger")
    with pytest.raises(NotFound):
        service.record_agreement(
            work_of(session, scene.actor("counsellor")), scene.elsewhere.id, AgreementTerms("A-1", TODAY)
        )


@pytest.mark.parametrize("who", ["reviewer", "auditor", "admin"])
def test_only_a_counsellor_records_and_ends(session: Session, scene: Scene, who: str) -> None:
    made = make_agreement(session, scene.offer, scene.counsellor)
    with pytest.raises(NotFound):
        record(session, scene, AgreementTerms("A-1", TODAY), who=who)
    with pytest.raises(NotFound):
        end(session, scene, made, TODAY, who=who)


def test_the_portal_itself_records_nothing(session: Session, scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        service.record_agreement(work_of(session), scene.offer.id, AgreementTerms("A-1", TODAY))


def test_no_agreement_is_made_in_an_offer_that_clients_do_not_see(session: Session, scene: Scene) -> None:
    scene.offer.approval.state = ApprovalState.SUSPENDED
    with pytest.raises(Conflict):
        record(session, scene, AgreementTerms("A-1", TODAY))


@pytest.mark.parametrize("ends_on", [None, TODAY + timedelta(days=30)])
def test_a_client_has_one_agreement_at_a_time_in_an_offer(
    session: Session, scene: Scene, ends_on: date | None
) -> None:
    record(session, scene, AgreementTerms("A-1", TODAY, ends_on))
    with pytest.raises(Conflict) as refusal:
        record(session, scene, AgreementTerms("a-1", TODAY + timedelta(days=3), TODAY + timedelta(days=4)))
    assert refusal.value.field == "client_number"
    record(session, scene, AgreementTerms("A-2", TODAY))
    if ends_on is not None:
        record(session, scene, AgreementTerms("A-1", ends_on + timedelta(days=1)))


def test_the_database_itself_keeps_one_open_agreement_and_the_order_of_days(
    session: Session, scene: Scene
) -> None:
    make_agreement(session, scene.offer, scene.counsellor, client_number="A-1")
    for wrong in ({"client_number": "A-1"}, {"ends_on": date(2020, 1, 1)}, {"client_number": ""}):
        with pytest.raises(IntegrityError), session.begin_nested():
            make_agreement(session, scene.offer, scene.counsellor, **wrong)


def test_an_agreement_that_is_over_is_not_ended_again(session: Session, scene: Scene) -> None:
    made = make_agreement(session, scene.offer, scene.counsellor, ends_on=TODAY - timedelta(days=1))
    with pytest.raises(Conflict):
        end(session, scene, made, TODAY - timedelta(days=1))


def test_an_end_may_be_recorded_afterwards_and_moved_nearer(session: Session, scene: Scene) -> None:
    made = record(session, scene, AgreementTerms("A-1", TODAY))
    end(session, scene, made, TODAY + timedelta(days=10))
    with pytest.raises(Invalid):
        end(session, scene, made, TODAY + timedelta(days=11))
    end(session, scene, made, TODAY)
    assert made.ends_on == TODAY


def test_another_organisations_agreement_is_not_found(session: Session, scene: Scene) -> None:
    made = make_agreement(session, scene.offer, scene.counsellor)
    with pytest.raises(NotFound):
        end(session, scene, made, TODAY, who="stranger")
    with pytest.raises(NotFound):
        queries.for_staff(work_of(session, scene.actor("stranger")), made.id)


def test_the_register_is_searched_by_the_beginning_of_the_number_or_by_the_provider(
    session: Session, scene: Scene
) -> None:
    own = make_offer(session, scene.offer.approval)
    numbers = ("A-12", "A-13", "B-12")
    for number in numbers:
        make_agreement(session, own, scene.counsellor, client_number=number)
    make_agreement(session, scene.elsewhere, scene.stranger, client_number="A-99")

    def found(words: str) -> set[str]:
        page = queries.of_organisation(session, "keusote", queries.AgreementFilter(words), today=TODAY)
        return {each.client_number for each in page.rows}

    assert found("a-1") == {"A-12", "A-13"}
    assert found("äiti") == set(numbers)
    assert found("12") == found("_") == set()


def test_the_register_tells_apart_what_runs_what_is_touched_and_what_is_over(
    session: Session, scene: Scene
) -> None:
    running = make_agreement(session, scene.offer, scene.counsellor)
    over = make_agreement(session, scene.offer, scene.counsellor, ends_on=TODAY - timedelta(days=1))

    def found(state: Narrowed) -> list[Agreement]:
        return list(
            queries.of_organisation(
                session, "keusote", queries.AgreementFilter(state=state), today=TODAY
            ).rows
        )

    assert (found(Narrowed.OPEN), found(Narrowed.TOUCHED), found(Narrowed.ENDED)) == ([running], [], [over])
    scene.offer.approval.provider.state = ProviderState.PAUSED
    session.flush()
    assert found(Narrowed.TOUCHED) == [running]
    assert queries.touched_count(session, "keusote", today=TODAY) == 1


def test_a_long_register_comes_in_pages(session: Session, scene: Scene) -> None:
    for _ in range(PER_PAGE + 1):
        make_agreement(session, scene.offer, scene.counsellor)
    pages = [
        queries.of_organisation(session, "keusote", queries.AgreementFilter(page=number), today=TODAY)
        for number in (1, 2, 3)
    ]
    assert [(page.page, len(page.rows), page.total) for page in pages] == [
        (1, PER_PAGE, PER_PAGE + 1),
        (2, 1, PER_PAGE + 1),
        (2, 1, PER_PAGE + 1),
    ]


def test_the_letter_about_a_provider_that_leaves_counts_the_clients_and_names_none(
    session: Session, scene: Scene
) -> None:
    make_user(session, Role.COORDINATOR, organisation="keusote")
    for number, ends_on in (("A-12", None), ("A-13", TODAY), ("A-14", TODAY - timedelta(days=1))):
        make_agreement(session, scene.offer, scene.counsellor, client_number=number, ends_on=ends_on)
    participation.leave_pilot(
        work_of(session, scene.actor("admin")),
        provider_id=scene.offer.provider_id,
        pilot_key=scene.offer.pilot_key,
    )
    letter = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "provider_left")).one()
    assert "2 asiakkaalla on sopimus sen kanssa." in letter.body
    assert "/fi/counsellor/agreements?state=touched" in letter.body
    assert "A-1" not in letter.body
