"""The office decides on changes: what waits, what goes live at once, and when it takes effect."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.approvals.offer_changes import queries, service
from marketplace.approvals.offer_changes.views import step_text
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.offers.content import NotReady
from marketplace.offers.models import OfferVersion
from marketplace.offers.publishing import service as publishing
from marketplace.offers.rules import Availability, OfferState, VersionState, version_in_force
from marketplace.offers.service import save_draft, set_availability, stamp
from marketplace.outbox import OutboxMessage
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import LaterCeiling, OfferRules, PilotDefinition
from marketplace.pilots.models import PilotVersion
from marketplace.providers.rules import ApprovalState
from marketplace.providers.service import Overtaken
from tests.approvals.offer_changes.offers import CHEAP, DEAR, Case, day_price, make_case, send, write
from tests.factories import NOW
from tests.work import work_of

TODAY = NOW.date()
NEW_YEAR = date(2027, 1, 1)


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session)


def approve(session: Session, case: Case, version: OfferVersion, **when: Any) -> OfferVersion:
    session.flush()
    return service.approve(
        work_of(session, actor_of(case.reviewer), now=when.get("now", NOW)), version.id, seen=stamp(version)
    )


def with_rules(monkeypatch: pytest.MonkeyPatch, **rules: Any) -> None:
    """Every pilot follows these rules of offers."""
    plain = pilots._readable

    def changed(version: PilotVersion) -> PilotDefinition:
        return plain(version).model_copy(update={"offers": OfferRules.model_validate(rules)})

    monkeypatch.setattr(pilots, "_readable", changed)


# --- what waits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"price": DEAR},
        {"minimum_minutes": 60},
        {"municipalities": ("858",)},
        {"groups": ("severely_disabled",)},
        {"title": LocalizedText("Uusi nimi", "Nytt namn")},
        {"plain": LocalizedText("Helppoa", "Lätt")},
        {"sign_video": "https://video.example.fi/1"},
    ],
    ids=str,
)
def test_price_area_group_and_text_wait_for_the_office(
    session: Session, case: Case, given: dict[str, Any]
) -> None:
    live = case.offer.versions[0]
    write(session, case, NEW_YEAR, **given)
    version = send(session, case)
    assert (version.state, version.submitted_at, version.published_at) == ("waiting", NOW, None)
    assert version_in_force(case.offer.versions, NEW_YEAR) is live
    assert list(queries.waiting(session, "keusote")) == [version]
    assert list(queries.waiting(session, "soite")) == []


@pytest.mark.parametrize(
    "given", [{"place": "Uusi talo"}, {"features": ("step_free",)}, {"languages": ("sv",)}, {}]
)
def test_place_languages_and_features_go_live_at_once_and_are_listed(
    session: Session, case: Case, given: dict[str, Any]
) -> None:
    tomorrow = TODAY + timedelta(days=1)
    write(session, case, tomorrow, **given)
    version = send(session, case)
    assert (version.state, version_in_force(case.offer.versions, tomorrow)) == ("published", version)
    (listed,) = queries.went_live(session, "keusote")
    assert (listed.event.action, listed.offer) == ("offer.publish", case.offer)
    assert queries.went_live(session, "soite") == []


def test_a_first_version_is_a_new_offer_and_a_later_one_a_change(session: Session) -> None:
    case = make_case(session, state=OfferState.DRAFT, version={"state": VersionState.DRAFT})
    told: list[str] = []
    for place in ("Talo", "Uusi talo"):
        write(session, case, TODAY + timedelta(days=len(told)), place=place)
        send(session, case)
        change = queries.went_live(session, "keusote")[0]
        assert change.title == case.offer.versions[-1].title
        told.append(step_text(change.event))
    assert told == ["Julkaisi uuden palvelun", "Julkaisi muutoksia, jotka eivät vaadi hyväksyntää"]


def test_free_places_change_at_once_while_a_version_waits(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    send(session, case)
    set_availability(
        work_of(session, actor_of(case.person)),
        provider_id=case.offer.provider_id,
        offer_id=case.offer.id,
        state=Availability.FULL,
    )
    assert [change.event.action for change in queries.went_live(session, "keusote")] == ["offer.availability"]


def test_a_pilot_may_let_prices_go_live_at_once(
    session: Session, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rules(monkeypatch, approval_needed=["area"])
    write(session, case, NEW_YEAR, price=DEAR)
    assert send(session, case).state == VersionState.PUBLISHED


def test_the_first_version_goes_live_at_once_unless_the_pilot_says_otherwise(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {"valid_from": TODAY}
    assert send(session, make_case(session, state="draft", version=first)).state == VersionState.PUBLISHED
    with_rules(monkeypatch, first="approve")
    waiting = make_case(session, state="draft", version=first)
    version = send(session, waiting)
    assert (version.state, waiting.offer.state) == ("waiting", "draft")
    approve(session, waiting, version)
    assert (version.state, waiting.offer.state, version.valid_from) == ("published", "published", TODAY)


# --- deciding --------------------------------------------------------------------------------------------------------


def test_an_approved_price_holds_from_its_day_and_the_provider_is_told(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = approve(session, case, send(session, case))
    versions = case.offer.versions
    assert day_price(version_in_force(versions, NEW_YEAR - timedelta(days=1))) == CHEAP
    assert day_price(version_in_force(versions, NEW_YEAR)) == DEAR
    assert (version.decided_at, version.decided_by_id) == (NOW, case.reviewer.id)
    mail = session.scalars(sa.select(OutboxMessage)).one()
    assert (mail.recipient, mail.language, mail.template) == (
        case.person.email,
        "sv",
        "offer_change_approved",
    )
    assert "1.1.2027" in mail.body
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.organisation_key) == ("offer.approve_change", "keusote")


def test_a_version_approved_after_its_day_takes_effect_the_day_after(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    late = NOW + timedelta(days=50)
    approve(session, case, version, now=late)
    assert version.valid_from == late.date() + timedelta(days=1)
    assert day_price(version_in_force(case.offer.versions, late.date())) == CHEAP


def test_a_version_approved_on_its_day_does_not_change_the_price_of_that_day(
    session: Session, case: Case
) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    approve(session, case, version, now=NOW.replace(year=2027, month=1, day=1))
    assert version.valid_from == date(2027, 1, 2)


def test_a_late_approval_keeps_to_the_pilots_price_windows(
    session: Session, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rules(
        monkeypatch, price_windows=[{"from": "01-01", "to": "01-10"}, {"from": "07-01", "to": "07-31"}]
    )
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    approve(session, case, version, now=NOW + timedelta(days=60))
    assert version.valid_from == date(2027, 7, 1)


def test_a_returned_version_says_why_and_is_sent_again(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    session.flush()
    reviewer = actor_of(case.reviewer)
    with pytest.raises(Invalid) as refusal:
        service.send_back(work_of(session, reviewer), version.id, seen=stamp(version), reason="  ")
    assert refusal.value.field == "reason"
    service.send_back(work_of(session, reviewer), version.id, seen=stamp(version), reason="Perustele.")
    session.flush()
    assert (version.state, version.return_reason) == ("returned", "Perustele.")
    assert "Perustele." in session.scalars(sa.select(OutboxMessage)).one().body
    assert day_price(version_in_force(case.offer.versions, NEW_YEAR)) == CHEAP
    write(session, case, NEW_YEAR, price=CHEAP + CHEAP - CHEAP, place="Talo")
    again = send(session, case)
    assert (again is version, again.return_reason) == (True, "")
    session.flush()
    returned = queries.last_return(session, again)
    assert returned is not None
    assert returned.after["reason"] == "Perustele."


def test_what_waits_cannot_be_written_but_taken_back(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    session.flush()
    with pytest.raises(Conflict):
        write(session, case, NEW_YEAR, price=CHEAP)
    mine: dict[str, Any] = {
        "provider_id": case.offer.provider_id,
        "offer_id": case.offer.id,
    }
    publishing.take_back(work_of(session, actor_of(case.person)), **mine)
    session.flush()
    assert (version.state, version.submitted_at) == ("draft", None)
    with pytest.raises(NotFound):
        queries.for_office(work_of(session, actor_of(case.reviewer)), version.id)
    with pytest.raises(Conflict):
        publishing.take_back(work_of(session, actor_of(case.person)), **mine)


def test_the_office_decides_on_what_it_saw(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    session.flush()
    with pytest.raises(Overtaken):
        service.approve(work_of(session, actor_of(case.reviewer)), version.id, seen="2.1")


def test_only_the_pilots_own_reviewers_decide(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    session.flush()
    with pytest.raises(NotFound):
        service.approve(work_of(session, actor_of(case.stranger)), version.id, seen=stamp(version))
    with pytest.raises(NotAllowed):
        service.approve(work_of(session, actor_of(case.decider)), version.id, seen=stamp(version))
    with pytest.raises(NotFound):
        service.approve(work_of(session, actor_of(case.person)), version.id, seen=stamp(version))


def test_a_decision_is_made_once(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = approve(session, case, send(session, case))
    with pytest.raises(Conflict):
        approve(session, case, version)


def test_an_area_that_was_cut_meanwhile_is_not_approved(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    case.offer.approval.municipalities = ["186"]
    with pytest.raises(NotReady) as refusal:
        approve(session, case, version)
    assert refusal.value.field == "municipalities"


@pytest.mark.parametrize("state", [ApprovalState.SUSPENDED, ApprovalState.WITHDRAWN])
def test_nothing_is_approved_under_an_approval_that_does_not_stand(
    session: Session, case: Case, state: ApprovalState
) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    case.offer.approval.state = state
    with pytest.raises(Conflict):
        approve(session, case, version)


def test_changes_of_an_ended_offer_are_neither_listed_nor_approved(session: Session, case: Case) -> None:
    write(session, case, NEW_YEAR, price=DEAR)
    version = send(session, case)
    case.offer.state, case.offer.ends_on = OfferState.ENDED, TODAY
    session.flush()
    assert list(queries.waiting(session, "keusote")) == []
    with pytest.raises(Conflict):
        approve(session, case, version)


def test_many_light_changes_are_approved_at_once_and_others_are_not(
    session: Session, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rules(monkeypatch, approval_needed=["price", "contact", "details", "date"])
    light, heavy = make_case(session), make_case(session)
    write(session, light, NEW_YEAR, place="Talo")
    write(session, heavy, NEW_YEAR, price=DEAR)
    reviewer = actor_of(case.reviewer)
    versions = [send(session, light), send(session, heavy)]
    session.flush()
    assert [service.is_light(session, version) for version in versions] == [True, False]
    chosen = {version.id: stamp(version) for version in versions}
    with pytest.raises(Invalid):
        service.approve_light(work_of(session, reviewer), chosen)
    with pytest.raises(Invalid):
        service.approve_light(work_of(session, reviewer), {})
    assert versions[1].state == VersionState.WAITING


@pytest.mark.parametrize(
    ("price", "light"), [(Money(41_25), True), (Money(41_30), False), (Money(33_75), True)]
)
def test_prices_that_change_by_ten_percent_at_most_are_approved_with_others(
    session: Session, case: Case, price: Money, light: bool
) -> None:
    write(session, case, NEW_YEAR, price=price)
    version = send(session, case)
    session.flush()
    assert service.is_light(session, version) is light


def test_the_list_is_narrowed_by_company_and_service(session: Session, case: Case) -> None:
    other = make_case(session)
    for each in (case, other):
        write(session, each, NEW_YEAR, price=DEAR)
        send(session, each)
    session.flush()
    name = other.offer.provider.business_id
    [found] = queries.waiting(session, "keusote", words=name)
    assert found.offer_id == other.offer.id
    assert len(queries.waiting(session, "keusote", service="day_activity")) == 2
    assert list(queries.waiting(session, "keusote", service="transport")) == []


def test_a_change_has_neighbours_in_the_order_of_the_list(session: Session, case: Case) -> None:
    other = make_case(session)
    for each in (case, other):
        write(session, each, NEW_YEAR, price=DEAR)
        send(session, each)
    session.flush()
    first, second = (version.id for version in queries.waiting(session, "keusote"))
    assert queries.neighbours(session, "keusote", first) == (None, second)
    assert queries.neighbours(session, "keusote", second) == (first, None)
    assert queries.neighbours(session, "keusote", 0) == (None, first)


def test_a_chosen_light_change_takes_effect(
    session: Session, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rules(monkeypatch, approval_needed=["contact"])
    write(session, case, NEW_YEAR, place="Talo")
    version = send(session, case)
    session.flush()
    count = service.approve_light(work_of(session, actor_of(case.reviewer)), {version.id: stamp(version)})
    assert (count, version.state) == (1, "published")


# --- what the provider may ask for -----------------------------------------------------------------------------------


def test_a_new_price_is_told_thirty_days_before(session: Session, case: Case) -> None:
    write(session, case, TODAY + timedelta(days=29), price=DEAR)
    with pytest.raises(NotReady) as refusal:
        send(session, case)
    (problem,) = refusal.value.problems
    assert (problem.field, "22.12.2026" in problem.message) == ("valid_from", True)
    write(session, case, TODAY + timedelta(days=30), price=DEAR)
    assert send(session, case).state == VersionState.WAITING


def test_the_ceiling_is_that_of_the_first_day_of_the_new_price(
    session: Session, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = pilots._readable

    def raised(version: PilotVersion) -> PilotDefinition:
        definition = plain(version).model_copy(deep=True)
        row = definition.service("day_activity").band("day")
        later = LaterCeiling.model_validate({"from": "2027-02-01", "ceiling": "77.50"})
        object.__setattr__(row, "later", (later,))
        return definition

    monkeypatch.setattr(pilots, "_readable", raised)
    with pytest.raises(NotReady) as refusal:
        write(session, case, date(2027, 1, 31), price=Money(76_00))
    assert "75,00" in refusal.value.problems[0].message
    write(session, case, date(2027, 2, 1), price=Money(76_00))
    assert send(session, case).state == VersionState.WAITING


def test_a_price_outside_the_pilots_windows_is_refused(
    session: Session, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rules(monkeypatch, price_windows=[{"from": "12-20", "to": "01-10"}])
    write(session, case, date(2027, 2, 1), price=DEAR)
    with pytest.raises(NotReady) as refusal:
        send(session, case)
    assert "20.12.–10.1." in refusal.value.problems[0].message
    write(session, case, NEW_YEAR, price=DEAR)
    assert send(session, case).state == VersionState.WAITING


def test_without_accepting_that_nothing_extra_is_charged_nothing_is_published(
    session: Session, case: Case
) -> None:
    version = write(session, case, NEW_YEAR, price=DEAR)
    session.flush()
    with pytest.raises(Invalid) as refusal:
        publishing.publish(
            work_of(session, actor_of(case.person)),
            provider_id=case.offer.provider_id,
            offer_id=case.offer.id,
            seen=stamp(version),
            nothing_extra=False,
        )
    assert (refusal.value.field, version.state) == ("nothing_extra", "draft")


def test_a_version_does_not_begin_after_the_offer_ends(session: Session) -> None:
    case = make_case(session, ends_on=TODAY + timedelta(days=60))
    write(session, case, TODAY + timedelta(days=61))
    with pytest.raises(NotReady) as refusal:
        send(session, case)
    assert refusal.value.field == "valid_from"


def test_a_draft_is_saved_by_the_people_of_the_provider_only(session: Session, case: Case) -> None:
    with pytest.raises(NotFound):
        save_draft(
            work_of(session, actor_of(case.reviewer)),
            provider_id=case.offer.provider_id,
            offer_id=case.offer.id,
            seen="1.1",
            content=None,  # type: ignore[arg-type]
        )
