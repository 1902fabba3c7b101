"""A ceiling that is lowered after a price was approved: who is told, and that nothing else happens by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace import health
from marketplace.accounts.models import User
from marketplace.db import Database
from marketplace.i18n import in_language
from marketplace.money import Money
from marketplace.offers.content import NotReady, above_ceiling_message
from marketplace.offers.models import Offer, OfferPrice
from marketplace.offers.pricing.ceilings import AboveCeiling, above_ceiling
from marketplace.offers.pricing.queries import offers_above_ceiling
from marketplace.offers.rules import VersionState
from marketplace.permissions import Role
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import LaterCeiling, PilotDefinition, PriceBand
from marketplace.pilots.service import take_into_use
from tests import factories
from tests.approvals.offer_changes.offers import make_case, send, write
from tests.conftest import settings_for
from tests.factories import NOW, make_approval, make_offer, make_provider
from tests.work import work_of

TODAY = NOW.date()
NEW_YEAR = date(2027, 1, 1)
PILOT = "keusote-2022"
LATER = NOW + timedelta(hours=1)


@dataclass(frozen=True)
class Priced:
    """A version with the price of a day."""

    valid_from: date
    cents: int
    unit: str = "day"

    @property
    def prices(self) -> list[OfferPrice]:
        return [OfferPrice(band="day", unit=self.unit, amount=Money(self.cents))]


def day_row(ceiling: str, *later: tuple[date, str]) -> PriceBand:
    coming = tuple(LaterCeiling.model_validate({"from": day, "ceiling": amount}) for day, amount in later)
    return PriceBand.model_validate({"band": "day", "unit": "day", "ceiling": ceiling, "later": coming})


def found(row: PriceBand, *versions: Priced, ends_on: date | None = None) -> list[tuple[date, int, int]]:
    return [
        (each.on, each.amount.cents, each.ceiling.cents)
        for each in above_ceiling(versions, [row], TODAY, ends_on)
    ]


OLD = date(2026, 1, 1)


def test_a_price_up_to_the_ceiling_is_not_above_it() -> None:
    assert found(day_row("70"), Priced(OLD, 70_00)) == []
    assert found(day_row("70"), Priced(OLD, 70_01)) == [(TODAY, 70_01, 70_00)]


def test_a_ceiling_that_is_lowered_on_a_day_binds_the_price_in_force_on_it() -> None:
    row = day_row("75", (NEW_YEAR, "70"))
    assert found(row, Priced(OLD, 72_00)) == [(NEW_YEAR, 72_00, 70_00)]
    assert found(row, Priced(OLD, 72_00), Priced(NEW_YEAR, 70_00)) == []
    assert found(row, Priced(OLD, 72_00), ends_on=NEW_YEAR - timedelta(days=1)) == []


def test_a_ceiling_that_is_raised_in_time_lets_the_coming_price_be() -> None:
    assert found(day_row("70", (NEW_YEAR, "75")), Priced(OLD, 70_00), Priced(NEW_YEAR, 75_00)) == []


def test_a_price_to_come_is_told_with_its_first_day_and_a_replaced_one_not_at_all() -> None:
    versions = (Priced(OLD, 90_00), Priced(date(2026, 6, 1), 60_00), Priced(NEW_YEAR, 80_00))
    assert found(day_row("75"), *versions) == [(NEW_YEAR, 80_00, 75_00)]


def test_a_price_by_another_unit_is_not_compared() -> None:
    assert found(day_row("70"), Priced(OLD, 90_00, unit="h")) == []


def test_the_message_names_the_day_the_band_the_price_and_the_ceiling() -> None:
    above = AboveCeiling("day", "day", Money(72_00), Money(70_00), NEW_YEAR, OLD)
    with in_language("fi"):
        text = above_ceiling_message(above).replace("\u00a0", " ")
    for part in ("1.1.2027", "Päivä", "72,00 €/pv", "70,00 €/pv"):
        assert part in text


# --- a later definition ----------------------------------------------------------------------------------------------


def price_a_day_at(session: Session, ceiling: str) -> None:
    """Take a definition into use that differs in the ceiling of a day of day activities."""
    document = pilots.current_definition(session, PILOT).document()
    for service in document["services"]:
        for row in service["bands"]:
            if (service["key"], row["band"]) == ("day_activity", "day"):
                row["ceiling"] = ceiling
    take_into_use(work_of(session, now=LATER), PilotDefinition.model_validate(document))


def priced(session: Session, cents: int, **given: Any) -> Offer:
    """A published offer of day activities at this price of a day."""
    row = OfferPrice(band="day", unit="day", amount=Money(cents), vat_code="EX", includes=[])
    approval = make_approval(session, make_provider(session))
    return make_offer(session, approval, version={"prices": [row]}, **given)


def ids_above(session: Session, organisation: str | None = "keusote") -> list[int]:
    return [offer.id for offer, _prices in offers_above_ceiling(session, TODAY, organisation)]


def test_only_offers_that_a_lowered_ceiling_leaves_above_are_listed(session: Session) -> None:
    above, under = priced(session, 70_00), priced(session, 60_00)
    ended = priced(session, 70_00, state="ended", ends_on=TODAY)
    assert ids_above(session) == []
    price_a_day_at(session, "65")
    assert ids_above(session) == [above.id]
    assert {under.id, ended.id}.isdisjoint(ids_above(session))
    assert ids_above(session, "soite") == []
    assert ids_above(session, None) == [above.id]


def test_an_offer_comes_off_the_list_when_a_price_under_the_ceiling_has_replaced_the_old(
    session: Session,
) -> None:
    case = make_case(session)
    case.offer.versions[0].prices[0].amount = Money(70_00)
    session.flush()
    price_a_day_at(session, "65")
    [(_offer, [price])] = offers_above_ceiling(session, TODAY, "keusote")
    assert (price.on, price.amount, price.ceiling) == (TODAY, Money(70_00), Money(65_00))
    with pytest.raises(NotReady) as refusal:
        write(session, case, NEW_YEAR, price=Money(66_00))
    assert "65,00" in refusal.value.problems[0].message
    write(session, case, NEW_YEAR, price=Money(65_00))
    version = send(session, case)
    version.state, version.published_at = VersionState.PUBLISHED, NOW
    session.flush()
    assert ids_above(session) == [case.offer.id], "until the new price is in force"
    assert offers_above_ceiling(session, NEW_YEAR, "keusote") == []


def test_an_earlier_approval_may_use_a_raised_ceiling(session: Session) -> None:
    case = make_case(session)
    price_a_day_at(session, "80")
    write(session, case, NEW_YEAR, price=Money(80_00))
    assert send(session, case).state == VersionState.WAITING


def test_the_rest_of_the_definition_stays_as_it_was_decided(session: Session) -> None:
    approval = make_approval(session, make_provider(session))
    kept = pilots.kept_definition(session, approval.pilot_version_id, current_ceilings=True)
    document = pilots.current_definition(session, PILOT).document() | {"handling_days": 5}
    document["services"][0]["bands"][0]["ceiling"] = "1.00"
    take_into_use(work_of(session, now=LATER), PilotDefinition.model_validate(document))
    shown = pilots.kept_definition(session, approval.pilot_version_id, current_ceilings=True)
    assert shown.handling_days == kept.handling_days
    assert shown.services[0].bands[0].ceiling == Money(1_00)
    assert [row.band for row in shown.services[0].bands] == [row.band for row in kept.services[0].bands]


def test_many_offers_on_the_list_take_no_more_queries_than_a_few(session: Session) -> None:
    approval = make_approval(session, make_provider(session))
    row = {"band": "day", "unit": "day", "vat_code": "EX", "includes": []}
    for cents in range(50_00, 75_00, 50):
        make_offer(session, approval, version={"prices": [OfferPrice(amount=Money(cents), **row)]})
    price_a_day_at(session, "65")
    session.flush()
    session.expire_all()
    taken: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        taken.append((statement, parameters))

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert len(ids_above(session)) == 19
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert len(taken) <= 12
    if engine.dialect.name == "sqlite":  # PostgreSQL reads so few rows from the table itself
        [(statement, parameters)] = [each for each in taken if "offer_prices.amount >" in each[0]]
        plan = session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
        scans = [row[-1] for row in plan if row[-1].startswith("SCAN")]
        assert all("offer_prices" not in scan and "offer_versions" not in scan for scan in scans), scans


# --- where it is told ------------------------------------------------------------------------------------------------


@pytest.fixture
def lowered(app: Flask) -> Offer:
    """An offer of 70 € a day, after the ceiling has come down to 65 €."""
    with app.extensions["database"].transaction() as session:
        offer = priced(session, 70_00)
        factories.make_required_evidence(session, offer.approval)
        price_a_day_at(session, "65")
    return offer


SignIn = Callable[[FlaskClient, User], None]


def test_the_office_finds_it_from_today_and_the_provider_at_home(
    app: Flask, client: FlaskClient, sign_in: SignIn, lowered: Offer
) -> None:
    with app.extensions["database"].transaction() as session:
        reviewer = factories.make_user(session, Role.REVIEWER, organisation="keusote")
        person = factories.make_provider_admin(session, lowered.provider)
    sign_in(client, reviewer)
    assert 'href="/fi/office/changes#above-title"' in client.get("/fi/office").text
    page = client.get("/fi/office/changes").text.replace("\u00a0", " ")
    assert "22.11.2026" in page.partition("above-title")[2]
    assert "70,00 €/pv" in page
    assert "65,00 €/pv" in page
    sign_in(client, person)
    home = client.get(f"/fi/provider/{lowered.provider_id}/").text.replace("\u00a0", " ")
    assert "65,00 €/pv" in home
    assert f'href="/fi/provider/{lowered.provider_id}/offers/{lowered.id}"' in home


def test_the_offer_stays_where_clients_see_it(client: FlaskClient, lowered: Offer) -> None:
    answer = client.get(f"/fi/services/{lowered.id}")
    assert answer.status_code == 200
    assert "70,00" in answer.text


def test_the_operator_is_told_and_nothing_is_wrong(database: Database, tmp_path: Path) -> None:
    settings = settings_for(str(database.url), tmp_path)
    assert health.notices(database, settings, now=NOW) == []
    with database.transaction() as session:
        offer = priced(session, 70_00)
        price_a_day_at(session, "65")
    [notice] = health.notices(database, settings, now=NOW)
    assert notice == (
        f"offer {offer.id} (keusote-2022, day_activity): on 2026-11-22 the price of day is 70.00 €, "
        "above the pilot's ceiling of 65.00 €"
    )
