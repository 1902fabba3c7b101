"""The pages of approvals, through the browser's eyes: the office's and the provider's."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import event

from marketplace.accounts.models import RoleGrant, User
from marketplace.approvals.standing import queries, rules
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure, ApprovalRecheck
from marketplace.approvals.standing.rules import ConditionState, MeasureState
from marketplace.audit.models import AuditEvent
from marketplace.contact import shown_phone
from marketplace.db import Database
from marketplace.i18n import date_text
from marketplace.permissions import Role
from marketplace.pilots.queries import current_definition
from marketplace.providers.approved_services.service import end_by_leaving
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.models import Evidence, ServiceApproval
from marketplace.providers.rules import ApprovalAction, ApprovalState
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import TODAY, make_condition, make_standing, open_measure
from tests.factories import NOW, make_application, make_approval, make_evidence, make_provider, make_user
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
LIST = "/fi/office/approvals"


@pytest.fixture
def cast(app: Flask, database: Database) -> Cast:
    with app.app_context(), database.transaction() as session:
        return make_cast(session)


@pytest.fixture
def page(app: Flask, database: Database, cast: Cast) -> str:
    """The address of an approval with proofs and an offer."""
    with database.transaction() as session:
        return f"{LIST}/{make_standing(session, cast).id}"


def browser(app: Flask, sign_in: SignIn, person: User) -> FlaskClient:
    client = app.test_client()
    sign_in(client, person)
    return client


@pytest.fixture
def reviewer(app: Flask, sign_in: SignIn, cast: Cast) -> FlaskClient:
    return browser(app, sign_in, cast.reviewer)


@pytest.fixture
def decider(app: Flask, sign_in: SignIn, cast: Cast) -> FlaskClient:
    return browser(app, sign_in, cast.decider)


@pytest.fixture
def applicant(app: Flask, sign_in: SignIn, cast: Cast) -> FlaskClient:
    return browser(app, sign_in, cast.applicant)


def test_a_withdrawal_goes_from_hearing_over_the_explanation_to_the_decision(
    database: Database,
    cast: Cast,
    page: str,
    reviewer: FlaskClient,
    decider: FlaskClient,
    applicant: FlaskClient,
) -> None:
    due = date_text(TODAY + timedelta(days=14))
    sent = post_form(reviewer, f"{page}/withdraw", {"grounds": "Vakuutus puuttuu.", "due_on": due})
    assert sent.status_code == 303
    with database.read() as session:
        measure_id = session.scalars(sa.select(ApprovalMeasure.id)).one()
    own = f"/fi/provider/{cast.provider.id}/measures/{measure_id}"
    assert own in applicant.get(f"/fi/provider/{cast.provider.id}/").text
    assert "Vakuutus puuttuu." in applicant.get(own).text
    assert post_form(applicant, own, {"answer": ""}).status_code == 422
    assert post_form(applicant, own, {"answer": "Vakuutus tulee huomenna."}).status_code == 303
    assert "Vakuutus tulee huomenna." in decider.get(page).text
    proposal = f"{page}/measures/{measure_id}/proposal"
    assert "Vakuutus tulee huomenna." in reviewer.get(proposal).text
    assert post_form(reviewer, proposal, {"response": ""}).status_code == 422
    assert post_form(reviewer, proposal, {"response": "Vakuutusta ei ole nähty."}).status_code == 303
    decision = f"{page}/measures/{measure_id}/decision"
    assert f"{decision}/preview.pdf" in decider.get(decision).text
    with decider.get(f"{decision}/preview.pdf") as draft:
        words = " ".join(PdfReader(io.BytesIO(draft.data)).pages[0].extract_text().split())
    assert all(
        part in words for part in ("Luonnos, ei päätetty", "Vakuutus puuttuu.", "Vakuutusta ei ole nähty.")
    )
    assert reviewer.get(f"{decision}/preview.pdf").status_code == 403
    assert post_form(decider, decision, {}).status_code == 303
    assert decider.get(f"{decision}/preview.pdf").location == page, "what is decided is read as it is"
    for client, address in ((decider, f"{decision}.pdf"), (applicant, f"{own}/decision.pdf")):
        with client.get(address) as answer:
            assert answer.data.startswith(b"%PDF")
    with database.read() as session:
        assert session.scalars(sa.select(ServiceApproval.state)).one() == ApprovalState.WITHDRAWN


def test_what_the_state_does_not_allow_leads_back_with_the_reason(
    database: Database, page: str, reviewer: FlaskClient
) -> None:
    with database.transaction() as session:
        session.scalars(sa.select(ServiceApproval)).one().state = ApprovalState.WITHDRAWN
    answer = reviewer.get(f"{page}/suspend")
    assert (answer.status_code, answer.location) == (302, page)
    shown = reviewer.get(page).text
    assert f"{page}/suspend" not in shown
    assert f"{page}/reinstate" not in shown


def test_a_second_measure_is_refused_before_anything_is_written(
    app: Flask, database: Database, cast: Cast, page: str, reviewer: FlaskClient
) -> None:
    with app.app_context(), database.transaction() as session:
        open_measure(session, session.scalars(sa.select(ServiceApproval)).one(), cast, ApprovalAction.SUSPEND)
    answer = reviewer.get(f"{page}/withdraw")
    assert (answer.status_code, answer.location) == (302, page)
    assert "toinen toimenpide" in reviewer.get(page).text


def test_a_condition_that_no_row_can_be_is_no_condition(page: str, reviewer: FlaskClient) -> None:
    assert reviewer.get(f"{page}/condition?condition={10**30}").status_code == 200


@pytest.mark.parametrize(
    "entries",
    [{"grounds": "", "due_on": "1.12.2026"}, {"grounds": "Syy.", "due_on": "1.1.2020"}, {"grounds": "Syy."}],
)
def test_a_faulty_measure_comes_back_with_what_was_written(
    database: Database, page: str, reviewer: FlaskClient, entries: dict[str, str]
) -> None:
    answer = post_form(reviewer, f"{page}/suspend", entries)
    assert answer.status_code == 422
    assert entries["grounds"] in answer.text
    with database.read() as session:
        assert session.scalar(sa.select(ApprovalMeasure.id)) is None


def test_ones_own_proposal_is_not_decided_and_can_be_dropped(
    app: Flask, database: Database, cast: Cast, page: str, sign_in: SignIn, reviewer: FlaskClient
) -> None:
    with app.app_context(), database.transaction() as session:
        approval = session.scalars(sa.select(ServiceApproval)).one()
        measure = open_measure(
            session, approval, cast, ApprovalAction.SUSPEND, due_on=None, safety=True, safety_reason="Vaara."
        )
        person = session.get_one(User, cast.reviewer.id)
        person.grants.append(RoleGrant(role=Role.DECIDER, organisation_key="keusote"))
    address = f"{page}/measures/{measure.id}"
    assert post_form(reviewer, f"{address}/decision", {}).status_code == 403
    assert f"{address}/drop" in reviewer.get(page).text
    assert post_form(reviewer, f"{address}/drop", {"reason": " "}).status_code == 422
    assert post_form(reviewer, f"{address}/drop", {"reason": "Vaara on ohi."}).location == page
    assert "Vaara on ohi." in reviewer.get(page).text
    assert reviewer.get(f"{address}/drop").location == page
    with database.read() as session:
        assert session.scalars(sa.select(ApprovalMeasure.state)).one() == MeasureState.DROPPED


def test_the_yearly_check_of_several_approvals_is_written_down_at_once(
    database: Database, cast: Cast, page: str, reviewer: FlaskClient, decider: FlaskClient
) -> None:
    checks = f"{LIST}/yearly-checks"
    first = int(page.rpartition("/")[2])
    with database.transaction() as session:
        other, waits = (
            make_standing(session, cast, service_key=each) for each in ("transport", "carer_leave_home")
        )
        make_condition(session, waits, cast, due_on=TODAY + timedelta(days=20))
        for approval in session.scalars(sa.select(ServiceApproval)):
            approval.approved_on = TODAY - timedelta(days=350)
        second, third = other.id, waits.id
    assert decider.get(checks).status_code == 403
    assert checks in reviewer.get(LIST).text
    shown = reviewer.get(checks).text
    for number, offered in ((first, True), (second, True), (third, False)):
        assert (f'value="{number}"' in shown) is offered
    assert f"{LIST}/{third}" in shown, "what waits for something else is opened by itself"
    assert post_form(reviewer, checks, {"chosen": [], "note": "Todistukset."}).status_code == 422
    both = {"chosen": [str(first), str(second)], "note": "Todistukset katsottu."}
    assert post_form(reviewer, checks, {**both, "note": ""}).status_code == 422
    gone = post_form(reviewer, checks, {**both, "chosen": [str(first), str(third)]})
    assert gone.status_code == 422
    assert "Jokin valitsemistasi hyväksymisistä on jo tarkistettu" in gone.text
    assert post_form(reviewer, checks, both).status_code == 303
    with database.read() as session:
        written = session.scalars(sa.select(ApprovalRecheck)).all()
    assert {(each.approval_id, each.note) for each in written} == {
        (first, "Todistukset katsottu."),
        (second, "Todistukset katsottu."),
    }
    assert f'value="{first}"' not in reviewer.get(checks).text


def test_each_approval_keeps_the_points_of_its_own_service(
    database: Database, cast: Cast, page: str, reviewer: FlaskClient
) -> None:
    checks = f"{LIST}/yearly-checks"
    with database.transaction() as session:
        other = make_standing(session, cast, service_key="transport").id
        for approval in session.scalars(sa.select(ServiceApproval)):
            approval.approved_on = TODAY - timedelta(days=350)
        points = current_definition(session, "keusote-2022").yearly_check
    ids = {each.key: rules.point_id(each) for each in points}
    shown = reviewer.get(checks).text
    assert [key for key, each in ids.items() if f'value="{each}"' in shown] == [
        each.key for each in points if each.key != "substitute"
    ]
    chosen = {"chosen": [page.rpartition("/")[2], str(other)]}
    refused = post_form(reviewer, checks, {**chosen, "points": ids["vehicles"]})
    assert (refused.status_code, 'href="#points"' in refused.text) == (422, True)
    assert f'value="{ids["vehicles"]}" id="points-' in refused.text
    both = {**chosen, "points": [ids["proofs"], ids["vehicles"]]}
    assert post_form(reviewer, checks, both).status_code == 303
    with database.read() as session:
        kept = {each.approval_id: each.points for each in session.scalars(sa.select(ApprovalRecheck))}
    looked = {key: [each["key"] for each in said if each["looked"]] for key, said in kept.items()}
    assert looked == {int(page.rpartition("/")[2]): ["proofs"], other: ["proofs", "vehicles"]}
    told = reviewer.get(f"{LIST}/{other}").text
    assert re.search(r"Tarkistettu: Todistukset ovat voimassa.*Liikennelupa on voimassa", told)
    assert re.search(r"Jäi tarkistamatta: Y-tunnus, nimi.*pitävät paikkansa\.", told)
    assert "Tilat ovat edelleen" not in told


def test_a_point_is_ticked_on_the_page_of_an_approval(
    database: Database, page: str, reviewer: FlaskClient
) -> None:
    with database.read() as session:
        points = current_definition(session, "keusote-2022").yearly_check_of("day_activity")
    assert post_form(reviewer, f"{page}/recheck", {"note": " "}, page=page).status_code == 422
    foreign = post_form(reviewer, f"{page}/recheck", {"points": "vehicles-0"}, page=page)
    assert foreign.status_code == 422
    first = {"points": rules.point_id(points[0])}
    assert post_form(reviewer, f"{page}/recheck", first, page=page).status_code == 303
    assert f"Tarkistettu: {points[0].text.fi}" in reviewer.get(page).text
    assert f"Kontrollerat: {points[0].text.sv}" in reviewer.get(page.replace("/fi/", "/sv/")).text


def test_a_request_is_sent_marked_and_seen_by_the_provider(
    database: Database, cast: Cast, page: str, reviewer: FlaskClient, applicant: FlaskClient
) -> None:
    entries = {"text": "Toimita Soteri-päätös.", "due_on": "1.12.2026"}
    assert post_form(reviewer, f"{page}/requests", {**entries, "text": ""}, page=page).status_code == 422
    assert post_form(reviewer, f"{page}/requests", entries, page=page).status_code == 303
    home = f"/fi/provider/{cast.provider.id}/"
    assert "Toimita Soteri-päätös." in applicant.get(home).text
    with database.read() as session:
        identity = session.scalars(sa.select(ApprovalCondition.id)).one()
    post_form(reviewer, f"{page}/conditions/{identity}/met", {}, page=page)
    assert reviewer.get(f"{page}/conditions/{identity}/not-met").location == page
    with database.read() as session:
        assert session.scalars(sa.select(ApprovalCondition.state)).one() == ConditionState.MET
    assert "Toimita Soteri-päätös." not in applicant.get(home).text
    again = f"{page}/conditions/{identity}/open-again"
    assert again in reviewer.get(page).text
    assert post_form(reviewer, again, {}, page=page).status_code == 303
    assert "Toimita Soteri-päätös." in applicant.get(home).text, "marked by mistake"
    assert again not in reviewer.get(page).text
    assert "ei ole merkitty" in post_form(reviewer, again, {}, page=page, follow_redirects=True).text


def test_a_condition_that_is_not_met_is_told_and_leads_on_to_a_suspension(
    database: Database, cast: Cast, page: str, reviewer: FlaskClient, applicant: FlaskClient
) -> None:
    with database.transaction() as session:
        approval = session.scalars(sa.select(ServiceApproval)).one()
        condition = make_condition(session, approval, cast, text="Toimita Soteri-päätös")
        place = f"{page}/conditions/{condition.id}/not-met"
    assert place not in reviewer.get(page).text, "its day has not passed"
    early = post_form(reviewer, place, {"reason": "Päätöstä ei ole."})
    assert (early.status_code, "on vielä aikaa" in early.text) == (422, True)
    with database.transaction() as session:
        session.scalars(sa.select(ApprovalCondition)).one().due_on = TODAY - timedelta(days=1)
    assert place in reviewer.get(page).text
    assert post_form(reviewer, place, {"reason": "Päätöstä ei ole."}).location == page
    assert "Ei täyttynyt" in applicant.get(f"/fi/provider/{cast.provider.id}/").text
    onward = re.search(r'href="([^"]+/suspend\?condition=\d+)"', reviewer.get(page).text)
    assert onward is not None
    grounds = "Toimita Soteri-päätös. Ehto ei ole täyttynyt: Päätöstä ei ole."
    assert grounds in reviewer.get(onward[1]).text


def test_a_request_without_an_answer_leads_on_to_a_condition_that_is_heard_and_decided(
    database: Database,
    cast: Cast,
    page: str,
    reviewer: FlaskClient,
    applicant: FlaskClient,
    decider: FlaskClient,
) -> None:
    post_form(reviewer, f"{page}/requests", {"text": "Kerro sijaisista", "due_on": "1.12.2026"}, page=page)
    with database.transaction() as session:
        request = session.scalars(sa.select(ApprovalCondition)).one()
        place, request.due_on = f"{page}/conditions/{request.id}/not-met", TODAY - timedelta(days=1)
    assert post_form(reviewer, place, {"reason": "Vastausta ei ole tullut."}).location == page
    onward = re.search(r'href="([^"]+/condition\?condition=\d+)"', reviewer.get(page).text)
    assert onward is not None
    assert "Kerro sijaisista." in reviewer.get(onward[1]).text
    entries = {"grounds": "Sijaisista ei tiedetä.", "condition": "Nimeä sijaiset.", "due_on": "15.12.2026"}
    early = post_form(reviewer, f"{page}/condition", {**entries, "condition_due_on": "15.12.2026"})
    assert (early.status_code, "Nimeä sijaiset." in early.text) == (422, True)
    assert (
        post_form(reviewer, f"{page}/condition", {**entries, "condition_due_on": "15.1.2027"}).location
        == page
    )
    with database.read() as session:
        measure_id = session.scalars(sa.select(ApprovalMeasure.id)).one()
    own = f"/fi/provider/{cast.provider.id}/measures/{measure_id}"
    assert "Nimeä sijaiset." in applicant.get(own).text
    assert post_form(applicant, own, {"answer": "Tarvitsemme aikaa."}).status_code == 303
    proposal = f"{page}/measures/{measure_id}/proposal"
    said = {"response": "Aikaa annetaan.", "condition_due_on": "14.1.2027"}
    assert post_form(reviewer, proposal, said).status_code == 422, "no day before the one that was heard"
    assert post_form(reviewer, proposal, {**said, "condition_due_on": "31.1.2027"}).status_code == 303
    decision = f"{page}/measures/{measure_id}/decision"
    assert "Nimeä sijaiset." in decider.get(decision).text
    assert post_form(decider, decision, {}).status_code == 303
    home = applicant.get(f"/fi/provider/{cast.provider.id}/").text
    assert ("Nimeä sijaiset." in home, "31.1.2027" in home) == (True, True)


def test_a_yearly_check_takes_the_approval_off_the_round(
    database: Database, page: str, reviewer: FlaskClient
) -> None:
    with database.transaction() as session:
        approval = session.scalars(sa.select(ServiceApproval)).one()
        approval.approved_on = TODAY - timedelta(days=364)
    assert page in reviewer.get(f"{LIST}?attention=recheck").text
    assert post_form(reviewer, f"{page}/recheck", {"note": "Kunnossa."}, page=page).status_code == 303
    assert page not in reviewer.get(f"{LIST}?attention=recheck").text
    with database.read() as session:
        assert session.scalars(sa.select(ApprovalRecheck.note)).one() == "Kunnossa."


def test_the_list_is_narrowed_by_what_the_address_says(
    database: Database, cast: Cast, page: str, reviewer: FlaskClient
) -> None:
    with database.transaction() as session:
        transport = make_approval(session, session.merge(cast.provider), "transport", state="suspended")
        elsewhere = make_approval(session, make_provider(session), "home_care", pilot_key="soite-2018")
        for proof in session.scalars(sa.select(Evidence)):
            proof.valid_until = TODAY + timedelta(days=20)
    other = f"{LIST}/{transport.id}"
    shown = reviewer.get(LIST).text
    assert f'"{page}"' in shown
    assert f'"{other}"' in shown
    assert f'"{LIST}/{elsewhere.id}"' not in shown
    for query, is_shown in {
        "service=transport": False,
        "service=day_activity": True,
        "state=suspended": False,
        "attention=proofs": True,
        "attention=conditions": False,
        "pilot=keusote-2022": True,
        "state=nonsense&page=99": True,
    }.items():
        assert (f'"{page}"' in reviewer.get(f"{LIST}?{query}").text) is is_shown, query


def test_the_list_and_its_file_tell_the_renewal_of_a_proof_from_its_end(
    database: Database, page: str, reviewer: FlaskClient
) -> None:
    with database.transaction() as session:
        proofs = sa.update(Evidence).where(Evidence.kind == "liability_insurance")
        session.execute(
            proofs.values(valid_until=TODAY + timedelta(days=20), stated_until=date(2028, 12, 31))
        )
    said = "Voimassa 31.12.2028 asti, uusi todistus viimeistään 12.12.2026"
    for address in (LIST, page):
        assert said in reviewer.get(address).text.replace("\xa0", " ")
    head, row = reviewer.get(f"{LIST}/list.csv").text.splitlines()[:2]
    told = dict(zip(head.split(";"), row.split(";"), strict=True))
    assert told["Kelpaa asti"] == "12.12.2026"
    assert told["Asiakirjan oma viimeinen päivä"] == "31.12.2028"


def test_an_approval_and_its_application_lead_to_each_other_and_say_what_was_decided(
    database: Database, cast: Cast, reviewer: FlaskClient
) -> None:
    with database.transaction() as session:
        made = make_application(
            session, cast.provider, cast.applicant, services=("day_activity",), state="decided"
        )
        application, number = f"/fi/office/applications/{made.id}", made.decisions[0].number
        approval = session.scalars(sa.select(ServiceApproval)).one()
        page = f"{LIST}/{approval.id}"
        end_by_leaving(work_of(session), approval, reason="Muutamme Ouluun.")
    shown = reviewer.get(page).text
    assert re.search(rf'href="{application}">{number}<', shown)
    for told in (shown_phone(cast.provider.phone, "fi"), cast.provider.email, "Muutamme Ouluun."):
        assert told in shown
    assert "Päivätoiminta: Hyväksytty" in reviewer.get(application).text


def test_a_hundred_approvals_need_no_more_queries_than_one(
    app: Flask, database: Database, cast: Cast, page: str
) -> None:
    def count() -> int:
        statements: list[str] = []
        with database.read() as session:
            listen = lambda *args: statements.append(args[2])  # noqa: E731
            event.listen(database.engine, "before_cursor_execute", listen)
            queries.of_organisation(session, "keusote", queries.StandingFilter(), today=TODAY)
            event.remove(database.engine, "before_cursor_execute", listen)
        return len(statements)

    one = count()
    with database.transaction() as session:
        for _number in range(100):
            make_approval(session, make_provider(session))
    assert count() == one


def test_those_who_rest_on_a_countys_register_are_listed_until_they_show_soteri(
    database: Database, reviewer: FlaskClient, cast: Cast
) -> None:
    with database.transaction() as session:
        provider = make_provider(session, official_name="Apu Oy")
        make_approval(session, provider, "personal_assistance")
    assert "Apu Oy" in reviewer.get(f"{LIST}/county-register").text
    with database.transaction() as session:
        make_evidence(session, session.merge(provider), "soteri", valid_until=None)
    assert "Apu Oy" not in reviewer.get(f"{LIST}/county-register").text


def test_a_typed_soteri_number_takes_nobody_off_the_list_before_it_is_looked_up(
    database: Database, reviewer: FlaskClient, cast: Cast
) -> None:
    with database.transaction() as session:
        provider = make_provider(session, official_name="Apu Oy")
        make_approval(session, provider, "personal_assistance")
        proof = make_evidence(session, provider, "soteri", valid_until=None, number="12345")
        look = ProofLook(evidence=proof, organisation_key="keusote", counts_until=NOW.date())
        session.add(look)
        session.flush()
        waiting = look.id
    text = reviewer.get(f"{LIST}/county-register").text
    assert "Apu Oy" in text
    assert "Hae tieto rekisteristä ja hyväksy todistus" in text
    with database.transaction() as session:
        look = session.get_one(ProofLook, waiting)
        look.state, look.looked_at, look.looked_by_id = LookState.ACCEPTED, NOW, cast.reviewer.id
    assert "Apu Oy" not in reviewer.get(f"{LIST}/county-register").text


def test_others_do_not_see_the_approval_and_a_look_leaves_a_trace(
    app: Flask, database: Database, cast: Cast, page: str, sign_in: SignIn, reviewer: FlaskClient
) -> None:
    assert browser(app, sign_in, cast.stranger).get(page).status_code == 404
    assert browser(app, sign_in, cast.applicant).get(page).status_code == 403
    assert reviewer.get(page).status_code == 200
    with database.read() as session:
        seen = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "approval.view")).all()
    assert [(event.actor_id, event.organisation_key) for event in seen] == [(cast.reviewer.id, "keusote")]


def test_an_auditor_sees_the_approval_and_changes_nothing(
    app: Flask, database: Database, cast: Cast, page: str, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        person = make_user(session, Role.AUDITOR, organisation="keusote")
    auditor = browser(app, sign_in, person)
    shown = auditor.get(page)
    assert shown.status_code == 200
    assert f"{page}/suspend" not in shown.text
    assert auditor.get(f"{page}/suspend").status_code == 403
