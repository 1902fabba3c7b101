"""The balance: what is granted, held, used, objected to and left, in hours and euros, for those who may see it."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.budgets.balance import balance_of
from marketplace.clients.models import ClientAccess
from marketplace.clients.rules import Ground
from marketplace.db import Database
from marketplace.deliveries import service as deliveries
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date, in_language
from marketplace.ledger.rules import AccountKind, Unit
from marketplace.ledger.service import open_account
from marketplace.money import Money
from marketplace.permissions import Role
from marketplace.vouchers.granting.balance import ProviderPrices, columns_of, periods_of, row_of, sentences
from marketplace.vouchers.granting.models import Budget, ServiceDecision
from marketplace.vouchers.granting.rules import FeeGround, Prices
from marketplace.vouchers.granting.service import post_letter
from tests.budgets.conftest import Budgeted, Enter, make_budgeted
from tests.deliveries.scenes import days_of, visit
from tests.factories import NOW, make_client, make_user
from tests.vouchers.granting.conftest import drafted
from tests.work import work_of

TODAY = helsinki_date(NOW)


def test_each_line_counts_its_own_unit(session: Session, store: FileStore) -> None:
    scene = make_budgeted(session, store)
    [shown] = balance_of(session, scene.client, TODAY).decisions
    hours, euros = (line.now for line in shown.lines)
    assert hours is not None and euros is not None  # noqa: PT018 - both lines run today
    assert (hours.granted, hours.reserved, hours.left) == ("30\u00a0h", "20\u00a0h", "10\u00a0h")
    assert (euros.granted, euros.reserved, euros.left) == ("600,00\u00a0€", "400,00\u00a0€", "200,00\u00a0€")
    assert all(len(line.rows) == 12 for line in shown.lines)


def test_what_is_objected_to_stands_in_its_month_in_the_line_s_unit(
    session: Session, store: FileStore
) -> None:
    scene = make_budgeted(session, store)
    provider = work_of(session, actor_of(scene.admin))
    client = work_of(session, actor_of(scene.citizen))
    for agreement, said in zip(scene.agreements, (visit(), days_of(scene.agreements[1], "2")), strict=True):
        given = deliveries.record(provider, scene.provider.id, agreement.id, said)
        deliveries.dispute(client, given, "Kukaan ei tullut.", owner_id=None)
    [shown] = balance_of(session, scene.client, TODAY).decisions
    hours, euros = shown.lines
    price = next(row.amount for row in scene.agreements[1].version.prices if row.unit == "day")
    assert [row.disputed for row in hours.rows] == ["2\u00a0h", *[""] * 11]
    assert euros.rows[0].disputed.startswith(f"{2 * price.cents // 100},")


def test_words_say_what_is_left_buys_from_the_own_provider_and_what_becomes_of_it(
    session: Session, store: FileStore
) -> None:
    scene = make_budgeted(session, store)
    hours, euros = scene.decision.lines
    prices = {"weekday_evening": ("h", Money(40_00)), "day": ("day", Money(70_00))}
    own = [ProviderPrices("Hoiva Oy", prices)]
    with in_language("fi"):
        said = sentences(hours, periods_of(hours), TODAY, {}, own)
        assert (
            said[1]
            == "Jäljellä oleva riittää vielä suunnilleen tähän: 10\u00a0h (arki-ilta). Palveluntuottaja: Hoiva Oy."
        )
        assert said[2].startswith("Käyttämättä jäävä osa palautuu")
        in_euros = sentences(euros, periods_of(euros), TODAY, {}, own)
        assert "2\u00a0päivää" in " ".join(in_euros)
        dear = [ProviderPrices("Hoiva Oy", {"day": ("day", Money(900_00))})]
        assert "ei nyt riitä" in sentences(euros, periods_of(euros), TODAY, {}, dear)[1]
        late = sentences(hours, periods_of(hours), date(2026, 12, 3), {}, own)
        assert "1.11.2026–30.11.2026 myönnetystä on käyttämättä 10\u00a0h" in late[-1]
        assert "31.12.2026" in late[-1]
        overdue = sentences(hours, periods_of(hours), date(2027, 1, 3), {}, own)
        assert any("kaksi viikkoa" in each for each in overdue), "no day is named that has gone by"
        several = sentences(hours, periods_of(hours), date(2027, 3, 3), {}, own)
        assert sum("kaksi viikkoa" in each for each in several) == 1, "however many months wait"
        assert "30\u00a0h" in next(each for each in several if "kaksi viikkoa" in each), (
            "three months of 10 h"
        )
        assert "1.11.2026–31.1.2027" in next(each for each in several if "kaksi viikkoa" in each)


def test_hours_are_bought_only_where_the_value_covers_the_price(session: Session, store: FileStore) -> None:
    line = make_budgeted(session, store).decision.lines[0]
    line.unit_value = Money(41_00)
    prices = {"weekday_evening": ("h", Money(41_00)), "sunday_holiday": ("h", Money(72_00))}
    with in_language("fi"):
        said = " ".join(sentences(line, periods_of(line), TODAY, {}, [ProviderPrices("Hoiva Oy", prices)]))
    assert "arki-ilta" in said
    assert "sunnuntai" not in said


def test_what_the_client_pays_beside_the_budget_is_told_with_what_it_buys(
    session: Session, store: FileStore
) -> None:
    hours, euros = make_budgeted(session, store).decision.lines
    dear = ProviderPrices(
        "Hoiva Oy", {"weekday_evening": ("h", Money(44_50)), "saturday": ("h", Money(40_00))}
    )
    for line in (hours, euros):
        line.unit_value, line.fee_ground = Money(40_00), FeeGround.FIXED_FEE
    with in_language("fi"):
        in_hours = sentences(hours, periods_of(hours), TODAY, {}, [dear])[1:3]
        in_euros = sentences(euros, periods_of(euros), TODAY, {}, [dear])[1:3]
        anywhere = sentences(euros, periods_of(euros), TODAY, {"day": Prices("h", (Money(50_00),))})
        hours.fee_ground = FeeGround.FREE_BY_LAW
        barred = " ".join(sentences(hours, periods_of(hours), TODAY, {}, [dear]))
    own = "Tunnin hinta on 4,50\u00a0€ korkeampi kuin sen arvo päätöksessäsi, joten omavastuuosuutesi tästä on noin"
    assert f"{own} 45,00\u00a0€." in in_hours[0], "ten hours at 4,50 € above the value"
    assert f"{own} 22,50\u00a0€." in in_euros[0], "200 € buy five hours of 40 €"
    assert all("omavastuu" not in said[1] for said in (in_hours, in_euros)), (
        "a price at the value leaves nothing"
    )
    assert any("noin 50,00\u00a0€" in each for each in anywhere), "the middle price too"
    assert "arki-ilta" not in barred
    assert "lauantai" in barred


def test_the_drawing_holds_everything_that_was_granted(session: Session, store: FileStore) -> None:
    line = make_budgeted(session, store).decision.lines[0]
    columns = columns_of(periods_of(line), TODAY)
    rows = [row_of(line.unit, each) for each in periods_of(line)]
    assert [each.is_now for each in columns].count(True) == 1
    assert all(each.used + each.reserved + each.left == pytest.approx(100) for each in columns)
    assert all(sum(row.bar) == pytest.approx(100, abs=0.05) for row in rows)


def test_more_than_a_year_is_shown_year_by_year(session: Session, store: FileStore) -> None:
    scene = make_budgeted(session, store)
    line = scene.decision.lines[0]
    account = open_account(
        scene.office.work(session), "line:later", AccountKind.BUDGET, Unit.MINUTES, organisation="keusote"
    )
    line.budgets.append(Budget(first_on=date(2028, 1, 1), last_on=date(2028, 1, 31), own=60, account=account))
    session.flush()
    now = balance_of(session, scene.client, TODAY)
    assert (now.year, list(now.years)) == (2026, [2026, 2027, 2028])
    assert [len(each.rows) for each in now.decisions[0].lines] == [2, 2]
    assert now.decisions[0].lines[0].now is not None
    later = balance_of(session, scene.client, TODAY, year=9999)
    assert (later.year, [len(each.rows) for each in later.decisions[0].lines]) == (2028, [1])


def test_the_client_the_helper_and_the_counsellor_see_it_and_nobody_else(
    app: Flask, kept: Budgeted, enter: Enter, database: Database
) -> None:
    own = enter(kept.citizen).get("/fi/client/balance")
    assert own.status_code == 200
    assert "10\u00a0h" in own.text
    assert "200,00\u00a0€" in own.text
    assert "no-store" in own.headers["Cache-Control"]
    assert "10\u00a0h" in enter(kept.citizen).get("/sv/client/").text
    helped = enter(kept.helper).get("/fi/client/balance").text
    assert helped.count(kept.client.title) >= 2  # the notice that the helper acts for the client
    assert "10\u00a0h" in helped
    address = f"/fi/counsellor/clients/{kept.client.id}"
    office = enter(kept.office.olga)
    assert "10\u00a0h" in office.get(f"{address}/balance").text
    assert f"{address}/balance" in office.get(address).text
    assert enter(kept.office.stranger).get(f"{address}/balance").status_code == 404
    with database.read() as session:
        grounds = set(session.scalars(sa.select(ClientAccess.ground)))
    assert {Ground.HANDLING, Ground.MANDATE} <= grounds


def test_the_client_reads_the_own_decisions_and_their_letters(
    app: Flask, kept: Budgeted, enter: Enter, database: Database
) -> None:
    with app.app_context(), database.transaction() as session:
        granting = kept.office
        decision = session.get_one(ServiceDecision, kept.decision.id)
        post_letter(granting.work(session), decision.id, TODAY)
        drafted(session, granting)
        someone = make_user(session, Role.CLIENT)
        make_client(session, number="Z-9", user_id=someone.id)
    own = enter(kept.citizen)
    page = own.get("/fi/client/decisions")
    assert page.text.count('id="decision-') == 1, "a draft is nobody's decision yet"
    assert kept.decision.number
    assert kept.decision.number in page.text
    assert "29.12.2026" in page.text, "the last day for asking for a review"
    assert kept.decision.number in enter(kept.helper).get("/sv/client/decisions").text
    letter = f"/fi/client/decisions/{kept.decision.id}/letter"
    with own.get(letter) as file:
        assert (file.status_code, file.mimetype) == (200, "application/pdf")
    stranger = enter(someone)
    assert stranger.get(letter).status_code == 404
    assert "Ei vielä päätöksiä" in stranger.get("/fi/client/decisions").text


def test_who_has_no_decision_is_told_so(app: Flask, kept: Budgeted, enter: Enter, database: Database) -> None:
    with app.app_context(), database.transaction() as session:
        someone = make_user(session, Role.CLIENT)
        make_client(session, number="Z-9", user_id=someone.id)
    browser = enter(someone)
    assert "Päätöstä, jossa on budjetti, ei ole vielä." in browser.get("/fi/client/balance").text
    assert "ei ole voimassa yhtään budjettia" in browser.get("/fi/client/").text
