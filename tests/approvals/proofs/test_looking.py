"""A proof of a provider that stands: it waits, is opened, accepted or returned, and the offers follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.approvals.proofs import queries, service
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.errors import Invalid, NotAllowed, NotFound
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.offers.models import Offer
from marketplace.offers.queries import standing_of
from marketplace.outbox import OutboxMessage
from marketplace.providers.evidence.looking import settle_with_decision
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.evidence.service import add_evidence
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.search.passing_days import changed_between
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import TODAY, make_standing
from tests.factories import NOW, make_approval, make_evidence
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def approval(session: Session, cast: Cast) -> ServiceApproval:
    """An approval whose tax proof has run out, so that clients do not see its offer."""
    made = make_standing(session, cast)
    session.execute(
        sa.update(Evidence).where(Evidence.kind == "tax").values(valid_until=TODAY - timedelta(days=1))
    )
    session.expire_all()
    return made


def renew(session: Session, cast: Cast) -> ProofLook:
    """The applicant sends a new tax proof by a number that needs no file."""
    proof = add_evidence(
        work_of(session, cast.actor("applicant")),
        provider_id=cast.provider.id,
        kind="soteri",
        issued_on=TODAY,
        number="1234",
    )
    session.flush()
    proof.kind = "tax"
    session.flush()
    return session.scalars(sa.select(ProofLook)).one()


def unproven(session: Session, days: int = 0) -> tuple[str, ...]:
    """What the offer lacks, so many days from now."""
    session.expire_all()
    return standing_of(
        session, session.scalars(sa.select(Offer)).one(), TODAY + timedelta(days=days)
    ).unproven


def test_a_renewal_counts_unseen_for_the_pilots_days_and_then_hides_the_offer(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    assert unproven(session) == ("tax",)
    look = renew(session, cast)
    assert (look.state, look.organisation_key) == (LookState.WAITING, "keusote")
    assert look.counts_until == TODAY + timedelta(days=14)
    assert unproven(session, 14) == ()
    assert unproven(session, 15) == ("tax",)
    last = look.counts_until
    assert changed_between(session, last, last + timedelta(days=1)) == {
        session.scalars(sa.select(Offer.id)).one()
    }


def test_an_accepted_proof_counts_to_its_end_and_a_returned_one_not_at_all(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    look = renew(session, cast)
    reviewer = work_of(session, cast.actor("reviewer"))
    service.accept(reviewer, cast.provider.id, look.evidence_id)
    assert (look.looked_by_id, look.looked_at) == (cast.reviewer.id, reviewer.now)
    assert unproven(session, 15) == ()
    with pytest.raises(Invalid):
        service.send_back(reviewer, cast.provider.id, look.evidence_id, " ")
    service.send_back(reviewer, cast.provider.id, look.evidence_id, "Toisen yrityksen todistus.")
    assert unproven(session) == ("tax",)
    letter = session.scalars(sa.select(OutboxMessage)).one()
    assert (letter.recipient, "Toisen yrityksen todistus." in letter.body) == (cast.applicant.email, True)


def test_only_the_office_where_the_provider_stands_looks(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    look = renew(session, cast)
    for who, refusal in (("stranger", NotFound), ("applicant", NotFound), ("decider", NotAllowed)):
        with pytest.raises(refusal):
            service.accept(work_of(session, cast.actor(who)), cast.provider.id, look.evidence_id)


def test_nobody_looks_at_a_proof_of_a_company_that_stands_nowhere(session: Session, cast: Cast) -> None:
    add_evidence(
        work_of(session, cast.actor("applicant")),
        provider_id=cast.provider.id,
        kind="soteri",
        issued_on=TODAY,
        number="1234",
    )
    session.flush()
    assert session.scalars(sa.select(ProofLook)).all() == []


def test_a_decision_accepts_the_proofs_of_its_application_and_asks_for_the_others(
    session: Session, cast: Cast
) -> None:
    make_approval(session, cast.provider)
    [shown, unseen, before] = [
        make_evidence(session, cast.provider, kind) for kind in ("tax", "soteri", "pension")
    ]
    ended = make_evidence(session, cast.provider, valid_until=TODAY - timedelta(days=1))
    session.add(
        ProofLook(
            evidence_id=shown.id, organisation_key="keusote", counts_until=TODAY, state=LookState.WAITING
        )
    )
    decider = work_of(session, cast.actor("decider"))
    settle_with_decision(decider, cast.provider.id, "keusote", seen={shown.id}, seen_before={before.id})
    session.flush()
    states = {look.evidence_id: look.state for look in session.scalars(sa.select(ProofLook))}
    assert states == {shown.id: LookState.ACCEPTED, unseen.id: LookState.WAITING}
    assert ended.id not in states


def test_a_proof_that_was_replaced_before_it_was_looked_at_does_not_wait(
    session: Session, cast: Cast
) -> None:
    approval = make_approval(session, cast.provider)
    first, second = (waiting_proof(session, cast.provider) for _each in range(2))
    other = waiting_proof(session, cast.provider, "pension")

    def listed() -> list[ProofLook]:
        found = [row.look for row in queries.looks(session, "keusote").rows]
        assert queries.waiting(session, "keusote") == len(found)
        return found

    assert listed() == [second, other]
    assert queries.next_waiting(session, "keusote", other) is second
    reviewer = work_of(session, cast.actor("reviewer"))
    service.send_back(reviewer, cast.provider.id, second.evidence_id, "Sivu puuttuu.")
    session.flush()
    assert listed() == [first, other], "what stands in for a returned proof is looked at"
    newest = waiting_proof(session, cast.provider)
    newest.evidence.file = StoredFile(
        sha256="0" * 64,
        media_type="application/pdf",
        size=1,
        name="vero.pdf",
        created_at=NOW,
        state=FileState.QUARANTINED,
    )
    session.flush()
    assert listed() == [first, other, newest], "a file that the scanner has yet to see replaces nothing"
    shorter = waiting_proof(session, cast.provider, "pension", valid_until=TODAY + timedelta(days=9))
    assert listed() == [first, other, newest, shorter], "what ends sooner replaces nothing"
    approval.state = ApprovalState.ENDED
    session.flush()
    assert listed() == [], "nobody looks at proofs of a company that stands nowhere any more"


def waiting_proof(session: Session, provider: Provider, kind: str = "tax", **given: Any) -> ProofLook:
    """A proof that waits for the office."""
    proof = make_evidence(session, provider, kind, **given)
    look = ProofLook(
        evidence_id=proof.id, organisation_key="keusote", counts_until=TODAY + timedelta(days=14)
    )
    session.add(look)
    session.flush()
    return look


def test_the_next_proof_that_waits_goes_round(session: Session, cast: Cast) -> None:
    make_approval(session, cast.provider)
    made = []
    for days, kind in ((3, "tax"), (1, "pension"), (2, "soteri")):
        proof = make_evidence(session, cast.provider, kind)
        look = ProofLook(
            evidence_id=proof.id, organisation_key="keusote", counts_until=TODAY + timedelta(days)
        )
        session.add(look)
        session.flush()
        made.append(look)
    third, first, second = made
    assert queries.next_waiting(session, "keusote", first) is second
    assert queries.next_waiting(session, "keusote", third) is first
    assert [row.look for row in queries.looks(session, "keusote").rows] == [first, second, third]
    assert queries.waiting(session, "keusote") == 3


def test_the_office_finds_opens_and_returns_a_proof_in_its_pages(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    database: Database = app.extensions["database"]
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        approval = make_standing(session, cast)
        look = renew(session, cast)
        own = f"/fi/office/proofs/{cast.provider.id}/{look.evidence_id}"
        of_approval = f"/fi/office/approvals/{approval.id}"
    sign_in(client, cast.reviewer)
    for page in ("/fi/office", "/fi/office/proofs"):
        assert "/fi/office/proofs" in client.get(page).text
    assert own in client.get("/fi/office/proofs").text
    assert own in client.get(of_approval).text
    assert "Tarkistamatta, kelpaa 6.12.2026 asti" in client.get(own).text
    assert post_form(client, f"{own}/return", {"reason": ""}, page=own).status_code == 422
    assert post_form(client, f"{own}/return", {"reason": "Sivu puuttuu."}, page=own).status_code == 303
    assert "Sivu puuttuu." in client.get(own).text
    other = app.test_client()
    sign_in(other, cast.applicant)
    assert "Lähetä uusi todistus" in other.get(f"/fi/provider/{cast.provider.id}/").text
    assert "Sivu puuttuu." in other.get(f"/fi/provider/{cast.provider.id}/evidence").text
    with database.read() as session:
        actions = session.scalars(sa.select(AuditEvent.action)).all()
        assert "evidence.return" in actions
    stranger = app.test_client()
    sign_in(stranger, cast.stranger)
    assert stranger.get(own).status_code == 404


def test_proofs_are_counted_among_those_that_wait_and_not_among_all_there_are(session: Session) -> None:
    asked = str(sa.select(queries.waiting_count("keusote")).compile(session.get_bind()))
    assert "EXISTS" not in asked, "PostgreSQL makes joins of it, which read every proof"
