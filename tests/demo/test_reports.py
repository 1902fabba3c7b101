"""The figures of the reports over the demo content: the same as an independent count, and giving nobody away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.pilots.queries import pilots
from marketplace.reports.disclosure import FEWEST
from marketplace.reports.hiding import sums_of
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.queries import quarters_of
from marketplace.reports.rules import SPECS, Dimension, Place, Quarter
from marketplace.reports.service import facts_of
from tests.conftest import NOW
from tests.reports.compared import kept, make, recounted
from tests.reports.subtracting import solved


@pytest.fixture
def told(demo_database: Database, core_app: Flask) -> Iterator[Session]:
    """The demo content with its reports."""
    with core_app.app_context(), demo_database.writing_session() as session:
        assert make(session, now=NOW) > 30
        yield session
        session.rollback()


def test_every_number_is_what_the_raw_rows_say(told: Session) -> None:
    numbers, again = kept(told), recounted(told)
    assert len(numbers) > 1000
    assert numbers == again


Behind = Mapping[tuple[date, str], Mapping[Place, set[object]]]
"""First day of a quarter and block of measures → place → those who stand behind its number."""


def behind(session: Session, pilot: str) -> Behind:
    """Who stands behind the numbers of a pilot."""
    found: defaultdict[tuple[date, str], defaultdict[Place, set[object]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for fact in facts_of(session, pilot, quarters_of(session, pilot).values()):
        spec = SPECS[fact.measure]
        if spec.public or not fact.value:
            continue
        places = found[Quarter.of(fact.day).first, spec.block]
        places[Dimension.ALL, ""].add(fact.who)
        for dimension in spec.by:
            month = fact.day.strftime("%Y-%m")
            key = month if dimension is Dimension.MONTH else str(fact.keys.get(dimension, ""))
            places[dimension, key].add(fact.who)
    return found


def hidden_in(session: Session, pilot: str) -> Mapping[tuple[date, str], set[Place]]:
    """What the kept reports of a pilot do not tell."""
    found: defaultdict[tuple[date, str], set[Place]] = defaultdict(set)
    query = sa.select(ReportEdition.first_on, ReportCell).join(
        ReportCell, ReportCell.edition_id == ReportEdition.id
    )
    for first, cell in session.execute(query.where(ReportEdition.pilot_key == pilot, ReportCell.hidden)):
        found[first, SPECS[cell.measure].block].add((cell.dimension, cell.key))
    return found


def test_nobody_is_found_by_subtracting_in_any_pilot(told: Session) -> None:
    """Every pilot with its own places and services, hb-2016 with its six areas too: in each quarter and block of
    numbers no number of few is told, and none follows from what is.
    """
    tried = set()
    for pilot in pilots(told):
        hidden = hidden_in(told, pilot.key)
        for where, places in behind(told, pilot.key).items():
            tried.add(pilot.key)
            secret = hidden[where] & places.keys()
            few = [place for place in places.keys() - secret if len(places[place]) < FEWEST]
            assert not few, (pilot.key, where, few)
            for each in sums_of(places):
                missing = set().union(*(places[part] for part in each.parts if part in secret))
                assert each.total in secret or not missing or len(missing) >= FEWEST, (pilot.key, where, each)
            for place in solved(sums_of(places), secret):
                assert len(places[place]) >= FEWEST, (pilot.key, where, place)
    assert {"hb-2016", "keusote-2022", "siunsote-2017", "soite-2018"} <= tried
