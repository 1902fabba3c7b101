"""Verbs of different rooms that touch the same thing come out as one after the other, too.

The pairs of one workflow are in `test_two_at_once`, those of one company in `test_of_one_company`; here are those in
which a verb of one room goes by what a verb of another one changes. For each pair one verb has done everything but its
commit before the other begins, and the other way round (`meeting.Overtaking`); what came of it must be what one of the
two orders brings about, and nothing may be wrong that is wrong in either (`Shared.wrong`). On SQLite, whose writers
never overlap, both begin at once, one pair of each verb.
"""

from __future__ import annotations

from typing import Final

import pytest
from flask import Flask

from marketplace.db import Database
from tests.conftest import ENGINES, NOW
from tests.races.accounts import ACCOUNT
from tests.races.agreed import AGREED, REPLACED
from tests.races.applied import APPLIED
from tests.races.consenting import CONSENTS
from tests.races.helping import HELPED, MANDATED
from tests.races.imported import IMPORTED
from tests.races.offered import GIVEN, WRITTEN
from tests.races.outcomes import in_turn, on_server, outcome, overtaken
from tests.races.payees import PREPARED, RELEASED, SENT
from tests.races.play import Shared
from tests.races.reviewed import BOUND, SUSPENDED
from tests.races.revoked import COMPANY, KEY, OFFICE
from tests.races.sitting import SEAT
from tests.races.stating import STATED

SHARED: Final = (AGREED, REPLACED, APPLIED, ACCOUNT, SEAT, STATED, WRITTEN, OFFICE)
MORE: Final = (
    BOUND,
    SUSPENDED,
    CONSENTS,
    GIVEN,
    IMPORTED,
    COMPANY,
    KEY,
    HELPED,
    MANDATED,
    PREPARED,
    RELEASED,
    SENT,
)
"""These are played in the longer run alone."""

SCENES: Final = [
    *(pytest.param(each, id=each.name) for each in SHARED),
    *(pytest.param(each, id=each.name, marks=pytest.mark.more) for each in MORE),
]

CASES: Final = [
    *(pytest.param(each, first, id=f"{each.name}: {first}") for each in SHARED for first in each.pairs),
    *(
        pytest.param(each, first, id=f"{each.name}: {first}", marks=pytest.mark.more)
        for each in MORE
        for first in each.pairs
    ),
]


@pytest.fixture
def pages(races: Database, wired_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages use the database of the pairs."""
    monkeypatch.setitem(wired_app.extensions, "database", races)
    monkeypatch.setitem(wired_app.extensions, "clock", lambda: NOW)


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize(("shared", "first"), CASES)
def test_verbs_of_several_rooms_come_out_as_one_after_the_other(
    shared: Shared, first: str, races: Database, wired_app: Flask
) -> None:
    others = shared.pairs[first] if on_server(races) else shared.pairs[first][:1]
    found = [overtaken(shared, (first, other), races, wired_app) for other in others]
    assert [each for each in found if each] == []


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("engine_name", ENGINES[:1], scope="session", indirect=True)
@pytest.mark.parametrize("shared", SCENES)
def test_each_verb_can_be_done_where_nobody_else_does_anything(
    shared: Shared, races: Database, wired_app: Flask
) -> None:
    for name in shared.deeds.keys() - shared.second:
        told, *_rest = outcome(shared, None, (name,), races, wired_app, in_turn)
        assert told == {f"{name}#0": "done"}


@pytest.mark.parametrize("shared", SCENES)
def test_each_verb_is_paired(shared: Shared) -> None:
    named = {*shared.pairs, *(other for others in shared.pairs.values() for other in others)}
    assert named == shared.deeds.keys()
