"""A proof given by mistake is removed as long as nobody has it before them; the trail keeps that it was there."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.applications.filling import removing
from marketplace.applications.models import CompletionRequest
from marketplace.applications.rules import ApplicationState
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, NotFound
from marketplace.files.models import StoredFile
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.models import Evidence
from tests.approvals.cast import Cast
from tests.factories import NOW, make_application, make_approval, make_evidence, make_provider
from tests.forms import post_form
from tests.providers.home import Home, SignIn
from tests.work import work_of


def remove(session: Session, cast: Cast, proof: Evidence) -> None:
    work = work_of(session, cast.actor("applicant"))
    removing.remove_proof(work, provider_id=cast.provider.id, proof_id=proof.id)


def test_a_wrong_upload_is_removed_from_drafts_and_the_trail_keeps_that_it_was_there(
    session: Session, cast: Cast
) -> None:
    proof = make_evidence(session, cast.provider, number="A-17")
    application = make_application(session, cast.provider, cast.applicant)
    application.evidence = [*application.evidence, proof]
    session.flush()
    number = proof.id
    remove(session, cast, proof)
    assert session.get(Evidence, number) is None
    assert number not in [each.id for each in application.evidence]
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "evidence.remove")).one()
    assert (event.before["kind"], event.before["number"]) == ("tax", "A-17")


def test_a_proof_in_a_sent_application_stays(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state=ApplicationState.SUBMITTED)
    with pytest.raises(Conflict):
        remove(session, cast, application.evidence[0])


def test_what_was_added_while_completing_is_removed_until_it_is_sent(session: Session, cast: Cast) -> None:
    application = make_application(
        session, cast.provider, cast.applicant, state=ApplicationState.COMPLETION_REQUESTED
    )
    asked = session.scalars(
        sa.select(CompletionRequest).where(CompletionRequest.application_id == application.id)
    ).one()
    before = application.evidence[0]
    added = make_evidence(session, cast.provider, created_at=asked.requested_at + timedelta(minutes=5))
    application.evidence = [*application.evidence, added]
    session.flush()
    remove(session, cast, added)
    with pytest.raises(Conflict):
        remove(session, cast, before)


@pytest.mark.parametrize("state", [LookState.ACCEPTED, LookState.RETURNED])
def test_a_proof_that_an_office_has_looked_at_stays(session: Session, cast: Cast, state: LookState) -> None:
    make_approval(session, cast.provider)
    proof = make_evidence(session, cast.provider)
    look = ProofLook(
        evidence_id=proof.id,
        organisation_key="keusote",
        counts_until=NOW.date(),
        state=state,
        looked_at=NOW,
        looked_by_id=cast.reviewer.id,
        reason="Väärä yritys.",
    )
    session.add(look)
    session.flush()
    with pytest.raises(Conflict):
        remove(session, cast, proof)


def test_nobody_removes_the_proof_of_another_company(session: Session, cast: Cast) -> None:
    other = make_evidence(session, make_provider(session))
    with pytest.raises(NotFound):
        remove(session, cast, other)


def test_the_page_asks_first_and_the_file_is_gone(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        home = Home(session)
        file = StoredFile(
            sha256="a" * 64, media_type="application/pdf", size=9, name="Väärä.pdf", created_at=NOW
        )
        proof = make_evidence(session, home.provider, file=file)
    sign_in(client, home.person)
    page = client.get(f"{home.path}/evidence").text
    address = f"{home.path}/evidence/{proof.id}/remove"
    assert address in page
    assert "Väärä.pdf" in client.get(address).text
    assert post_form(client, address, {}).status_code == 303
    with app.extensions["database"].read() as session:
        assert session.scalars(sa.select(StoredFile)).all() == []
