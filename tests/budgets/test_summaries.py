"""The month in writing: once for each client and month, in words and numbers, by mail or by a letter of the office."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.budgets.summaries import queries, service
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.budgets.summaries.shown import shown
from marketplace.clients.models import Client
from marketplace.clients.privacy.service import erase
from marketplace.db import Database
from marketplace.deliveries import service as deliveries
from marketplace.errors import Conflict
from marketplace.files.store import FileStore
from marketplace.i18n import date_text, in_language
from marketplace.money import Money
from marketplace.outbox import OutboxMessage
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.rules import DecisionKind
from marketplace.vouchers.rules import AgreementState
from tests.budgets.conftest import HOURS, Budgeted, Enter, make_budgeted
from tests.deliveries.scenes import visit
from tests.forms import post_form
from tests.vouchers.granting.conftest import changed, made, make_granting
from tests.work import work_of

MONTH = date(2026, 11, 1)
THIRD = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)


def test_it_says_what_was_granted_used_left_and_given(session: Session, store: FileStore) -> None:
    scene = make_budgeted(session, store)
    given = deliveries.record(
        work_of(session, actor_of(scene.admin)), scene.provider.id, scene.agreements[0].id, visit()
    )
    assert service.write_summary(work_of(session, now=THIRD), scene.client.id, MONTH)
    assert not service.write_summary(work_of(session, now=THIRD), scene.client.id, MONTH)
    summary = queries.summary_of(session, scene.client.id, MONTH)
    hours, euros = summary.content["lines"]
    assert (hours["unit"], hours["granted"]) == ("minutes", 1800)
    assert (euros["unit"], euros["granted"]) == ("cents", 600_00)
    assert hours["granted"] == hours["reserved"] + hours["used"] + hours["left"]
    assert [each["cents"] for each in summary.content["given"]] == [given.amount.cents]
    with in_language("fi"):
        said = shown(summary)
    assert said.title == "Kuukautesi 11/2026"
    assert "30\u00a0h" in said.lines[0].sentences[0]
    assert "31.12.2026" in said.lines[0].sentences[-1]
    assert said.given[0].amount.startswith("2\u00a0h · ")
    assert given.objection_until is not None
    assert said.given[0].state.endswith(f"Voit riitauttaa {date_text(given.objection_until)} asti.")


def test_it_says_what_was_agreed_and_what_was_paid(
    session: Session, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_budgeted(session, store)
    asked: list[tuple[str, date, date]] = []

    def paid(_session: Session, client: Client, first: date, last: date) -> Money:
        asked.append((client.number, first, last))
        return Money(123_45)

    monkeypatch.setattr(queries, "paid_between", (paid,))
    scene.agreements[1].state, scene.agreements[1].ends_on = AgreementState.ENDING, date(2026, 11, 14)
    session.flush()
    service.write_summary(work_of(session, now=THIRD), scene.client.id, MONTH)
    summary = queries.summary_of(session, scene.client.id, MONTH)
    assert asked == [(scene.client.number, MONTH, date(2026, 11, 30))]
    with in_language("fi"):
        said = shown(summary)
    assert [each.split(": ")[1].removeprefix(scene.provider.name) for each in said.agreed] == [
        ", 1.11.2026 alkaen toistaiseksi; 20\u00a0h kuukaudessa.",
        ", 1.11.2026–14.11.2026; 400,00\u00a0€ kuukaudessa.",
    ]
    assert "123,45\u00a0€" in said.paid
    december = queries.content_of(session, scene.client, date(2026, 12, 1), THIRD.date())
    assert [each["last"] for each in december["agreed"]] == [None]
    del summary.content["agreed"], summary.content["paid"]
    assert (shown(summary).agreed, shown(summary).paid) == ([], "")


def test_the_worker_writes_last_month_once_and_not_before_the_third(
    app: Flask, kept: Budgeted, database: Database
) -> None:
    with app.app_context():
        assert service.write_summaries(database, now=THIRD.replace(day=2)) == 0
        assert service.write_summaries(database, now=THIRD) == 1
        assert service.write_summaries(database, now=THIRD) == 0
    with database.read() as session:
        assert session.scalars(sa.select(ClientSummary.month)).all() == [MONTH]


def test_nobody_is_written_to_of_months_in_which_nothing_was_granted(
    app: Flask, database: Database, store: FileStore
) -> None:
    december = date(2026, 12, 1)
    with app.app_context(), database.transaction() as session:
        office = make_granting(session)
        facts = changed(starts_on=MONTH, ends_on=date(2027, 10, 31))
        decision = made(session, office, store, facts, (HOURS,))
        end = granting.begin_change(office.work(session), decision.id, DecisionKind.END, december)
        granting.save(office.work(session), end.id, changed(starts_on=december, grounds="Palvelu päättyy."))
        granting.propose(office.work(session), end.id)
        granting.make(office.work(session, "decider"), end.id, store=store)
    with app.app_context(), database.read() as session:
        assert list(queries.without_summary(session, MONTH)) == [office.client.id]
        assert list(queries.without_summary(session, december)) == []


def test_what_was_told_goes_with_the_data_of_an_erased_client(session: Session, store: FileStore) -> None:
    scene = make_budgeted(session, store)
    service.write_summary(work_of(session, now=THIRD), scene.client.id, MONTH)
    assert queries.count_to_post(session, "keusote") == 1
    [participation] = scene.client.participations
    participation.ended_on = MONTH - timedelta(days=1)
    for each in scene.agreements:
        each.state, each.ends_on, each.reason = AgreementState.STOPPED, each.starts_on, "Muutto."
    session.flush()
    erase(work_of(session, now=THIRD), scene.client)
    assert session.scalars(sa.select(ClientSummary)).all() == []
    assert queries.count_to_post(session, "keusote") == 0


@pytest.mark.parametrize(
    ("email", "protected", "mailed"),
    [("aino@example.fi", False, True), ("", False, False), ("aino@example.fi", True, False)],
)
def test_who_cannot_be_mailed_gets_a_letter_of_the_office(
    session: Session, store: FileStore, email: str, protected: bool, mailed: bool
) -> None:
    scene = make_budgeted(session, store)
    client = scene.client
    client.email, client.protected, client.municipality, client.address = email, protected, None, ""
    service.write_summary(work_of(session, now=THIRD), client.id, MONTH)
    sent = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.recipient == "aino@example.fi")).all()
    assert bool(sent) is mailed
    assert queries.count_to_post(session, "keusote") == (0 if mailed else 1)
    if mailed:
        assert "\u00a0h" not in sent[0].body  # amounts stand on the page alone
        with pytest.raises(Conflict):
            service.post_summary(scene.office.work(session), client.id, MONTH)
    else:
        service.post_summary(scene.office.work(session), client.id, MONTH)
        assert queries.count_to_post(session, "keusote") == 0
        with pytest.raises(Conflict):
            service.post_summary(scene.office.work(session), client.id, MONTH)


def test_the_client_reads_it_and_the_office_posts_it(
    app: Flask, kept: Budgeted, enter: Enter, database: Database
) -> None:
    with app.app_context(), database.transaction() as session:
        session.get_one(Client, kept.client.id).email = ""
    with app.app_context():
        service.write_summaries(database, now=THIRD)
    own, address = enter(kept.citizen), "/fi/client/summaries"
    assert "11/2026" in own.get(address).text
    assert "30\u00a0h" in own.get(f"{address}/2026-11").text
    assert own.get(f"{address}/2026-11.pdf").data.startswith(b"%PDF")
    assert own.get(f"{address}/2026-10").status_code == 404
    assert own.get(f"{address}/nothing").status_code == 404
    office = enter(kept.office.olga)
    assert kept.client.title in office.get("/fi/counsellor/summaries").text
    letter = f"/fi/counsellor/clients/{kept.client.id}/summaries/2026-11"
    assert office.get(f"{letter}.pdf").data.startswith(b"%PDF")
    assert enter(kept.office.stranger).get(f"{letter}.pdf").status_code == 404
    assert post_form(office, f"{letter}/posted", {}, page="/fi/counsellor/summaries").status_code == 303
    assert kept.client.title not in office.get("/fi/counsellor/summaries").text
