"""Finding what one looks for in the queue and in the list of approvals, and taking it along as a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.rules import ApplicationState
from marketplace.approvals.queue.queries import QueueFilter, queue
from marketplace.approvals.standing.queries import StandingFilter, of_organisation, whole_list
from marketplace.i18n import helsinki_date
from tests.approvals.cast import Cast, make_cast
from tests.approvals.test_queue import LIMITS
from tests.factories import NOW, make_application, make_approval, make_provider, make_required_evidence

SignIn = Callable[[FlaskClient, User], None]
TODAY = helsinki_date(NOW)


def found(session: Session, **wanted: str) -> list[str]:
    """The companies of the applications that the filter leaves, in order."""
    rows = queue(session, "keusote", QueueFilter(**wanted), LIMITS).rows  # type: ignore[arg-type]
    return [each.provider.official_name for each in rows]


@pytest.fixture
def queued(session: Session, cast: Cast) -> None:
    """Three applications of a day each, the last the oldest, in Tuusula and Järvenpää."""
    for days, (name, service) in enumerate(
        [("Ätäri Oy", "day_activity"), ("Öhman Ab", "transport"), ("Aalto Oy", "transport")]
    ):
        made = make_application(
            session,
            make_provider(session, official_name=name),
            cast.applicant,
            state="submitted",
            submitted_at=NOW - timedelta(days=days),
            services=(service,),
            complete=False,
        )
        made.lines[0].municipalities = ["186", "858"]
    session.flush()


@pytest.mark.usefixtures("queued")
@pytest.mark.parametrize(
    ("wanted", "companies"),
    [
        ({}, ["Aalto Oy", "Öhman Ab", "Ätäri Oy"]),
        ({"sort": "newest"}, ["Ätäri Oy", "Öhman Ab", "Aalto Oy"]),
        ({"sort": "name"}, ["Aalto Oy", "Ätäri Oy", "Öhman Ab"]),
        ({"words": "ÖHMAN"}, ["Öhman Ab"]),
        ({"service": "transport"}, ["Aalto Oy", "Öhman Ab"]),
        ({"service": "transport", "municipality": "858"}, ["Aalto Oy", "Öhman Ab"]),
        ({"municipality": "091"}, []),
        ({"words": "99999999999999"}, []),
    ],
)
def test_the_queue_is_narrowed_and_ordered(
    session: Session, wanted: dict[str, str], companies: list[str]
) -> None:
    assert found(session, **wanted) == companies


def test_an_application_is_found_by_its_number_and_that_of_its_decision(session: Session, cast: Cast) -> None:
    application = make_application(
        session, cast.provider, cast.applicant, state="submitted", submitted_at=NOW
    )
    assert found(session, words=str(application.id)) == [cast.provider.official_name]
    assert found(session, words=cast.provider.business_id) == [cast.provider.official_name]


def test_approvals_are_narrowed_and_ordered(session: Session) -> None:
    first = make_approval(session, make_provider(session, official_name="Aalto Oy"))
    second = make_approval(session, make_provider(session, trade_name="Bryggan"), municipalities=["186"])
    make_required_evidence(session, first)

    def names(**wanted: str) -> list[str]:
        rows = whole_list(session, "keusote", StandingFilter(**wanted), today=TODAY)  # type: ignore[arg-type]
        return [each.approval.provider.name for each in rows]

    assert names() == ["Aalto Oy", "Bryggan"]
    assert names(words="bryggan") == names(words=second.provider.business_id) == ["Bryggan"]
    assert names(municipality="858") == ["Aalto Oy"]
    assert names(sort="proof") == ["Bryggan", "Aalto Oy"]
    page = of_organisation(session, "keusote", StandingFilter(sort="proof"), today=TODAY)
    assert [each.approval.id for each in page.rows] == [second.id, first.id]


def test_a_decided_application_is_judged_by_the_day_of_its_decision(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        application = make_application(
            session,
            cast.provider,
            cast.applicant,
            state=ApplicationState.DECIDED,
            submitted_at=NOW - timedelta(days=400),
        )
        for proof in application.evidence:
            proof.issued_on, proof.valid_until = TODAY - timedelta(days=420), TODAY - timedelta(days=60)
        [decision] = application.decisions
        decision.number, decision.decided_on = "KEUSOTE-2025/7", TODAY - timedelta(days=390)
    sign_in(client, cast.reviewer)
    address = "/fi/office/applications?state=decided&words=KEUSOTE-2025/7"
    page = client.get(address).text
    assert "Päivätoiminta: Hyväksytty" in page
    assert ">Ei mitään<" in page
    assert ">10<" in page
    for kind, begins in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        file = client.get(address.replace("applications?", f"applications/list.{kind}?"))
        assert file.data.startswith(begins)
    assert "KEUSOTE-2025/7" in client.get(address.replace("applications?", "applications/list.csv?")).text
    assert client.get("/fi/office/approvals/list.csv").status_code == 200
    assert client.get("/fi/office/approvals/list.xlsx").data.startswith(b"PK")
