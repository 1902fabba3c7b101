"""What a provider does to its application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications import queries, rules
from marketplace.applications.completeness import Progress
from marketplace.applications.filling import service
from marketplace.applications.models import Application, CompletionRequest
from marketplace.applications.rules import ApplicationState
from marketplace.applications.sending import service as sending
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from marketplace.pilots.queries import kept_definition
from marketplace.workflow import NoSuchTransition
from tests.approvals.cast import Cast
from tests.factories import NOW, make_application, make_evidence, make_provider
from tests.work import work_of


def seen(session: Session, application: Application, section: str) -> str:
    definition = kept_definition(session, application.definition_version_id)
    return rules.fingerprint(queries.section_values(application, definition, section))


def mails(session: Session) -> list[tuple[str, str]]:
    rows = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    return [(row.template, row.recipient) for row in rows]


def actions(session: Session, application: Application) -> list[str]:
    return [event.action for event in reversed(queries.history(session, application))]


def test_starting_twice_resumes_the_open_application(session: Session, cast: Cast) -> None:
    first = service.start(
        work_of(session, cast.actor("applicant")), provider_id=cast.provider.id, pilot_key="keusote-2022"
    )
    again = service.start(
        work_of(session, cast.actor("colleague")), provider_id=cast.provider.id, pilot_key="keusote-2022"
    )
    assert first is again
    assert (first.state, first.created_by_id) == ("draft", cast.applicant.id)


def test_a_withdrawn_application_does_not_stand_in_the_way_of_a_new_one(session: Session, cast: Cast) -> None:
    old = make_application(session, cast.provider, cast.applicant)
    sending.withdraw(work_of(session, cast.actor("applicant")), old)
    session.flush()
    new = service.start(
        work_of(session, cast.actor("applicant")), provider_id=cast.provider.id, pilot_key="keusote-2022"
    )
    assert new is not old


def test_nobody_starts_for_another_company(session: Session, cast: Cast) -> None:
    other = make_provider(session)
    with pytest.raises(NotFound):
        service.start(
            work_of(session, cast.actor("applicant")), provider_id=other.id, pilot_key="keusote-2022"
        )


def test_a_pilot_that_is_over_takes_no_applications(session: Session, cast: Cast) -> None:
    with pytest.raises(Conflict):
        service.start(
            work_of(session, cast.actor("applicant"), now=NOW - timedelta(days=3650)),
            provider_id=cast.provider.id,
            pilot_key="keusote-2022",
        )


def test_choosing_services_keeps_the_areas_of_those_already_chosen(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant)
    service.choose_services(
        work_of(session, cast.actor("applicant")),
        application,
        ["transport", "carer_leave_home"],
        seen=rules.fingerprint(sorted(queries.service_keys(application))),
    )
    areas = {line.service_key: line.municipalities for line in application.lines}
    assert areas == {"transport": ["858", "186"], "carer_leave_home": []}


def test_a_municipality_outside_the_pilot_is_refused_by_name(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant)
    with pytest.raises(Invalid) as refusal:
        service.set_area(
            work_of(session, cast.actor("applicant")), application, "transport", ["091"], seen=""
        )
    assert refusal.value.field == "municipalities"
    assert "Helsinki" in str(refusal.value)


def test_a_page_is_saved_also_when_it_is_incomplete(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, complete=False)
    service.save_answers(
        work_of(session, cast.actor("applicant")),
        application,
        "operations",
        {"experience": "Kuljetuksia", "experience_years": None},
        seen=seen(session, application, "operations"),
    )
    assert application.answers["experience"] == "Kuljetuksia"
    outline = {each.key: each for each in queries.outline_of(session, application, today=NOW.date())}
    assert outline["operations"].progress == Progress.IN_PROGRESS


def test_two_people_on_the_same_page_never_overwrite_each_other_silently(
    session: Session, cast: Cast
) -> None:
    application = make_application(session, cast.provider, cast.applicant, complete=False)
    opened = seen(session, application, "operations")
    mine, theirs = {"experience": "Omaa"}, {"experience": "Toisen"}
    service.save_answers(
        work_of(session, cast.actor("colleague")), application, "operations", theirs, seen=opened
    )
    with pytest.raises(service.SectionOvertaken) as overtaken:
        service.save_answers(
            work_of(session, cast.actor("applicant")), application, "operations", mine, seen=opened
        )
    assert overtaken.value.saved["experience"] == "Toisen"
    assert application.answers["experience"] == "Toisen"
    service.save_answers(
        work_of(session, cast.actor("applicant")),
        application,
        "operations",
        mine,
        seen=rules.fingerprint(overtaken.value.saved),
    )
    assert application.answers["experience"] == "Omaa"


def test_two_people_on_different_pages_do_not_disturb_each_other(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, complete=False)
    staff, operations = (seen(session, application, key) for key in ("staff", "operations"))
    service.save_answers(
        work_of(session, cast.actor("colleague")), application, "staff", {"staff_count": 3}, seen=staff
    )
    service.save_answers(
        work_of(session, cast.actor("applicant")),
        application,
        "operations",
        {"experience": "Omaa"},
        seen=operations,
    )
    assert (application.answers["staff_count"], application.answers["experience"]) == (3, "Omaa")


def test_every_saving_counts_the_revision_up(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant)
    before = application.revision
    proof = make_evidence(session, cast.provider, "vehicle_permit")
    service.attach_new_proof(work_of(session, cast.actor("applicant")), application, proof)
    assert application.revision == before + 1


def test_only_the_companys_own_proofs_can_be_attached(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, complete=False)
    own = make_evidence(session, cast.provider, "tax")
    others = make_evidence(session, make_provider(session), "tax")
    service.attach_evidence(
        work_of(session, cast.actor("applicant")),
        application,
        [own.id, others.id],
        seen=seen(session, application, "evidence"),
    )
    assert application.evidence == [own]


def test_the_rulebook_is_accepted_by_its_version_in_force(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, complete=False)
    with pytest.raises(Conflict):
        service.accept_rulebook(work_of(session, cast.actor("applicant")), application, "0.9")
    version = kept_definition(session, application.definition_version_id).rulebook.version
    service.accept_rulebook(work_of(session, cast.actor("applicant")), application, version)
    assert queries.accepted_rulebook(session, application) == version
    assert application.rulebook_accepted_by_id == cast.applicant.id


def test_sending_an_incomplete_application_is_refused_and_nothing_is_mailed(
    session: Session, cast: Cast, store: FileStore
) -> None:
    application = make_application(session, cast.provider, cast.applicant, complete=False)
    with pytest.raises(sending.Incomplete):
        sending.submit(work_of(session, cast.actor("applicant")), application, store=store)
    assert application.state == ApplicationState.DRAFT
    assert mails(session) == []
    assert {each.section for each in sending.lacking(session, application, now=NOW)} >= {
        "services",
        "operations",
        "evidence",
        "rulebook",
    }


def test_an_expired_proof_is_accepted_in_a_draft_and_refused_at_sending(
    session: Session, cast: Cast, store: FileStore
) -> None:
    application = make_application(session, cast.provider, cast.applicant)
    proof = next(each for each in application.evidence if each.kind == "liability_insurance")
    proof.valid_until = NOW.date() - timedelta(days=1)
    with pytest.raises(sending.Incomplete):
        sending.submit(work_of(session, cast.actor("applicant")), application, store=store)
    assert [(m.item, m.reason) for m in sending.lacking(session, application, now=NOW)] == [
        ("liability_insurance", "expired")
    ]


def test_sending_confirms_by_mail_and_sending_twice_changes_nothing(
    session: Session, cast: Cast, store: FileStore
) -> None:
    application = make_application(session, cast.provider, cast.applicant)
    sending.submit(work_of(session, cast.actor("colleague")), application, store=store)
    sending.submit(
        work_of(session, cast.actor("applicant"), now=NOW + timedelta(minutes=1)), application, store=store
    )
    assert (application.state, application.submitted_at) == ("submitted", NOW)
    assert mails(session) == [("application_received", cast.applicant.email)]
    assert actions(session, application) == ["application.submit"]
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.organisation_key == "keusote"
    assert event.after["areas"]["transport"] == ["858", "186"]


@pytest.mark.parametrize("state", ["submitted", "in_review", "proposed", "decided", "withdrawn"])
def test_what_has_been_sent_is_read_only(session: Session, cast: Cast, state: str) -> None:
    application = make_application(session, cast.provider, cast.applicant, state=state)
    with pytest.raises(service.Closed):
        service.save_answers(
            work_of(session, cast.actor("applicant")), application, "staff", {"staff_count": 9}, seen=""
        )


def ask(session: Session, application: Application, cast: Cast, *sections: str) -> CompletionRequest:
    """Let what the office waits for be these sections, as they are now."""
    [request] = application.completion_requests
    request.items = [
        {"section": key, "text": "Tarkenna.", "seen": seen(session, application, key)} for key in sections
    ]
    session.flush()
    return request


def test_a_completion_opens_only_what_is_asked_for(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="completion_requested")
    ask(session, application, cast, "staff")
    actor = cast.actor("applicant")
    with pytest.raises(service.Closed):
        service.save_answers(work_of(session, actor), application, "quality", {}, seen="")
    assert queries.untouched_sections(
        application, kept_definition(session, application.definition_version_id)
    ) == {"staff"}
    service.save_answers(
        work_of(session, actor),
        application,
        "staff",
        {"staff_count": 7},
        seen=seen(session, application, "staff"),
    )
    assert (
        queries.untouched_sections(application, kept_definition(session, application.definition_version_id))
        == frozenset()
    )


def test_a_completion_returns_to_the_same_handler_who_is_told(
    session: Session, cast: Cast, store: FileStore
) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="completion_requested")
    request = ask(session, application, cast, "staff")
    sending.complete(work_of(session, cast.actor("applicant")), application, store=store)
    sending.complete(work_of(session, cast.actor("applicant")), application, store=store)
    assert (application.state, application.handler_id) == ("in_review", cast.reviewer.id)
    assert request.answered_at == NOW
    assert mails(session) == [
        ("application_received", cast.applicant.email),
        ("application_completed", cast.reviewer.email),
    ]
    [receipt] = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.recipient == cast.applicant.email)
    )
    assert "täydennyksen" in receipt.subject
    assert receipt.attachments is not None


def test_what_the_provider_may_not_change_does_not_hold_a_completion_back(
    session: Session, cast: Cast
) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="completion_requested")
    ask(session, application, cast, "staff")
    application.evidence[0].valid_until = NOW.date() - timedelta(days=1)
    assert sending.lacking(session, application, now=NOW) == ()


def test_before_there_is_a_handler_a_withdrawal_is_told_to_the_pilots_contact(
    session: Session, cast: Cast
) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="submitted")
    sending.withdraw(work_of(session, cast.actor("applicant")), application)
    contact = kept_definition(session, application.definition_version_id).contact.email
    assert mails(session) == [("application_withdrawn", contact)]


def test_withdrawing_tells_the_handler_and_a_decision_cannot_be_withdrawn(
    session: Session, cast: Cast
) -> None:
    application = make_application(
        session, cast.provider, cast.applicant, state="in_review", handler=cast.reviewer
    )
    sending.withdraw(work_of(session, cast.actor("applicant")), application)
    assert application.state == ApplicationState.WITHDRAWN
    assert mails(session) == [("application_withdrawn", cast.reviewer.email)]
    application.state = ApplicationState.DECIDED
    with pytest.raises(NoSuchTransition):
        sending.withdraw(work_of(session, cast.actor("applicant")), application)


@pytest.mark.parametrize("verb", [sending.submit, sending.complete, sending.withdraw])
def test_only_the_companys_own_people_act(
    session: Session, cast: Cast, store: FileStore, verb: Callable[..., None]
) -> None:
    application = make_application(session, cast.provider, cast.applicant)
    given = {} if verb is sending.withdraw else {"store": store}
    with pytest.raises(NotFound):
        verb(work_of(session, cast.actor("reviewer")), application, **given)


def test_a_provider_has_one_open_application_in_a_pilot_also_for_the_database(
    session: Session, cast: Cast
) -> None:
    make_application(session, cast.provider, cast.applicant)
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        make_application(session, cast.provider, cast.applicant, complete=False)
