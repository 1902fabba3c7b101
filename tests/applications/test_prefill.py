"""Nobody is asked twice: a new application begins with the earlier one, and says what is new."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.applications import queries, rules
from marketplace.applications.definition_changes.labels import changed_sections
from marketplace.applications.filling import service
from marketplace.applications.models import Application
from marketplace.applications.prefill import queries as applying
from marketplace.applications.rules import ApplicationState
from marketplace.applications.sending import service as sending
from marketplace.approvals.deciding import service as deciding
from marketplace.errors import Conflict, Invalid
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date, in_language
from marketplace.pilots import queries as pilots
from tests.applications.definitions import new_version
from tests.approvals.cast import Cast
from tests.factories import NOW, make_application, make_approval
from tests.work import work_of

TODAY = helsinki_date(NOW)


def start(session: Session, cast: Cast, pilot_key: str = "keusote-2022") -> Application:
    return service.start(
        work_of(session, cast.actor("applicant")), provider_id=cast.provider.id, pilot_key=pilot_key
    )


def progress(session: Session, application: Application) -> dict[str, str]:
    return {each.key: each.progress for each in queries.outline_of(session, application, today=TODAY)}


def seen(session: Session, application: Application, section: str) -> str:
    definition = pilots.kept_definition(session, application.definition_version_id)
    return rules.fingerprint(queries.section_values(application, definition, section))


def sections_lacking(session: Session, application: Application) -> set[str]:
    return {each.section for each in sending.lacking(session, application, now=NOW)}


def test_a_first_application_begins_empty(session: Session, cast: Cast) -> None:
    application = start(session, cast)
    assert (application.answers, application.lines) == ({}, [])
    assert applying.supplement_of(session, application) is None


def test_earlier_answers_wait_for_the_providers_word(session: Session, cast: Cast) -> None:
    earlier = make_application(session, cast.provider, cast.applicant, state="withdrawn")
    application = start(session, cast)
    assert {line.service_key for line in application.lines} == {"day_activity", "transport"}
    assert application.answers["staff_count"] == earlier.answers["staff_count"]
    assert progress(session, application)["staff"] == "needs_attention"
    assert "staff" in sections_lacking(session, application)


def test_declarations_and_the_rulebook_are_never_taken_over(session: Session, cast: Cast) -> None:
    make_application(session, cast.provider, cast.applicant, state="withdrawn")
    application = start(session, cast)
    definition = pilots.kept_definition(session, application.definition_version_id)
    declarations = {
        question.key
        for section in definition.sections_for(definition.service_keys)
        for question in section.questions
        if question.type == "declaration"
    }
    assert declarations
    assert not declarations & application.answers.keys()
    assert application.rulebook_accepted_at is None


def test_confirming_a_section_settles_it_and_is_written_down(session: Session, cast: Cast) -> None:
    make_application(session, cast.provider, cast.applicant, state="withdrawn")
    application = start(session, cast)
    for _time in range(2):
        service.confirm_section(work_of(session, cast.actor("colleague")), application, "staff")
    assert progress(session, application)["staff"] == "done"
    assert [e.action for e in queries.history(session, application)].count("application.confirm") == 1


def test_changing_a_section_settles_it_too(session: Session, cast: Cast) -> None:
    make_application(session, cast.provider, cast.applicant, state="withdrawn")
    application = start(session, cast)
    service.save_answers(
        work_of(session, cast.actor("applicant")),
        application,
        "staff",
        {"staff_count": 12},
        seen=seen(session, application, "staff"),
    )
    assert "staff" not in applying.unchecked_sections(session, application)


def test_the_same_pilots_application_is_taken_before_a_newer_one_of_another(
    session: Session, cast: Cast
) -> None:
    same = make_application(session, cast.provider, cast.applicant, state="withdrawn")
    make_application(
        session,
        cast.provider,
        cast.applicant,
        pilot_key="soite-2018",
        services=("day_activity",),
        state="withdrawn",
    )
    assert applying.earlier_application(session, start(session, cast)) is same


# --- the definition changes while the draft is open ------------------------------------------------------------------


def test_a_changed_form_is_told_section_by_section(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant)
    new_version(session)
    found = applying.changes_since(session, application, {})
    with in_language("en"):
        told = {
            each.key: each.sentences
            for each in changed_sections(
                found, pilots.kept_definition(session, application.definition_version_id)
            )
        }
    assert list(told) == ["staff"]
    assert len(told["staff"]) == 1
    assert told["staff"][0].endswith(("Työskenteletkö öisin?", "Arbetar du nattetid?"))


def test_what_is_new_stays_until_its_own_section_is_saved(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant)
    new_version(session)
    actor = cast.actor("applicant")
    mark = seen(session, application, "quality")
    service.save_answers(work_of(session, actor), application, "quality", {}, seen=mark)
    unchecked = applying.unchecked_sections(session, application)
    assert set(unchecked) == {"staff"}
    assert [c.subject for c in applying.changes_since(session, application, unchecked)["staff"]] == [
        "night_work"
    ]
    mark = seen(session, application, "staff")
    service.save_answers(work_of(session, actor), application, "staff", {"night_work": True}, seen=mark)
    assert applying.unchecked_sections(session, application) == {}
    assert progress(session, application)["staff"] == "done"


def test_nothing_entered_is_lost_when_the_definition_changes(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant)
    before = dict(application.answers)
    new_version(session)
    service.save_answers(
        work_of(session, cast.actor("applicant")),
        application,
        "staff",
        {"night_work": False},
        seen=seen(session, application, "staff"),
    )
    assert application.answers == before | {"night_work": False}


# --- supplementary applications --------------------------------------------------------------------------------------


@pytest.fixture
def approved(session: Session, cast: Cast) -> Application:
    """A decided application for day activities in Tuusula and Järvenpää."""
    return make_application(
        session, cast.provider, cast.applicant, state=ApplicationState.DECIDED, services=("day_activity",)
    )


def test_a_supplement_asks_only_for_services_when_nothing_else_is_new(
    session: Session, cast: Cast, approved: Application
) -> None:
    supplement = start(session, cast)
    assert applying.supplement_of(session, supplement) is not None
    assert supplement.lines == []
    assert sections_lacking(session, supplement) == {"services"}
    assert {each.id for each in supplement.evidence} <= {each.id for each in approved.evidence}


def test_widening_the_area_needs_nothing_but_the_municipalities(
    session: Session, cast: Cast, store: FileStore, approved: Application
) -> None:
    supplement = start(session, cast)
    actor = cast.actor("applicant")
    service.choose_services(work_of(session, actor), supplement, ["day_activity"], seen=rules.fingerprint([]))
    with pytest.raises(Invalid):
        service.set_area(
            work_of(session, actor), supplement, "day_activity", ["858"], seen=rules.fingerprint([])
        )
    service.set_area(work_of(session, actor), supplement, "day_activity", ["106"], seen=rules.fingerprint([]))
    sending.submit(work_of(session, actor), supplement, store=store)
    assert supplement.state == ApplicationState.SUBMITTED


def test_a_new_service_brings_its_questions_proofs_and_rulebook_part(
    session: Session, cast: Cast, approved: Application
) -> None:
    supplement = start(session, cast)
    service.choose_services(
        work_of(session, cast.actor("applicant")), supplement, ["transport"], seen=rules.fingerprint([])
    )
    assert {"services", "rulebook", "evidence"} <= sections_lacking(session, supplement)


def test_a_form_that_has_changed_since_asks_only_what_is_new(
    session: Session, cast: Cast, approved: Application
) -> None:
    new_version(session)
    supplement = start(session, cast)
    assert sections_lacking(session, supplement) == {"services", "staff"}
    unchecked = applying.unchecked_sections(session, supplement)
    found = applying.changes_since(session, supplement, unchecked)
    assert [each.subject for each in found["staff"]] == ["night_work"]


def test_an_imported_provider_is_asked_everything_but_what_it_is_approved_for(
    session: Session, cast: Cast
) -> None:
    make_approval(session, cast.provider, "day_activity")
    supplement = start(session, cast)
    mark = applying.supplement_of(session, supplement)
    assert mark is not None
    assert mark.earlier_id is None
    assert {"staff", "rulebook", "evidence", "services"} <= sections_lacking(session, supplement)


def test_nobody_applies_for_what_is_already_approved_as_a_whole(session: Session, cast: Cast) -> None:
    definition = pilots.current_definition(session, "keusote-2022")
    for key in definition.service_keys:
        make_approval(session, cast.provider, key, municipalities=sorted(definition.municipalities))
    with pytest.raises(Conflict):
        start(session, cast)


def test_a_decision_on_a_supplement_extends_the_approval(
    session: Session, cast: Cast, store: FileStore, approved: Application
) -> None:
    supplement = make_application(
        session, cast.provider, cast.applicant, state="proposed", services=("day_activity",)
    )
    [line] = supplement.lines
    line.municipalities = ["106"]
    session.flush()
    deciding.decide(
        work_of(session, cast.actor("decider")), supplement, seen=deciding.seen_mark(supplement), store=store
    )
    areas = applying.approved_areas(session, cast.provider.id, "keusote-2022")
    assert areas == {"day_activity": ["106", "186", "858"]}
