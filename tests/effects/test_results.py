"""What the answers show, recounted by hand: paired change of those who answered twice, and who answered at all."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest
from sqlalchemy.orm import Session

from marketplace.effects.models import EffectAnswer, EffectSheet
from marketplace.effects.results import changes, responses
from marketplace.effects.rules import AskedTally, Way
from marketplace.pilots import vocabulary
from marketplace.pilots.vocabulary import INSTRUMENTS
from tests.clients.conftest import Scene
from tests.effects.conftest import PILOT
from tests.effects.test_service import agreed

MONTH = date(2026, 11, 1)


def sheet(session: Session, who: str, wave: int, answers: dict[str, int | None], **given: object) -> None:
    """A sheet with answers by `set.item`."""
    facts = {"language": "fi", "group": None, "month": MONTH} | given
    session.add(EffectSheet(pseudonym=who, wave=wave, pilot_key=PILOT, way=Way.PORTAL, helped=False, **facts))
    session.flush()
    for key, value in answers.items():
        instrument, item = key.split(".")
        session.add(
            EffectAnswer(pseudonym=who, wave=wave, instrument=instrument, item=item, version="1", value=value)
        )
    session.flush()


def test_only_those_count_who_answered_the_same_question_twice(session: Session) -> None:
    home = "demo_wellbeing.home"
    sheet(session, "better", 0, {home: 4})
    sheet(session, "better", 3, {home: 8})
    sheet(session, "in the same band", 0, {home: 5})
    sheet(session, "in the same band", 3, {home: 7})
    sheet(session, "worse", 0, {home: 8})
    sheet(session, "worse", 3, {home: 7})
    sheet(session, "once", 0, {home: 2})
    sheet(session, "skipped", 0, {home: 2})
    sheet(session, "skipped", 3, {home: None})
    sheet(session, "not sent", 0, {home: 2})
    sheet(session, "not sent", 3, {home: 9}, month=None)
    [change] = changes(session)
    assert (change.pilot, change.item, change.earlier, change.later) == (PILOT, "home", 0, 3)
    assert (change.tally.improved, change.tally.same, change.tally.worse) == (1, 1, 1)


def test_our_own_question_tells_the_change_by_itself(session: Session) -> None:
    for number, value in enumerate((3, 3, 2, 1)):
        sheet(session, f"p{number}", 12, {"budget_areas.people": value}, language="sv")
    [change] = changes(session, by="language")
    assert (change.of, change.earlier, change.later) == ("sv", None, 12)
    assert (change.tally.improved, change.tally.same, change.tally.worse) == (2, 1, 1)


def test_random_answers_recounted_one_by_one(session: Session) -> None:
    chance = random.Random(7)
    instrument = INSTRUMENTS["demo_wellbeing"]
    wanted: Counter[tuple[str, str, int, int]] = Counter()
    for number in range(60):
        language, given = chance.choice(("fi", "sv")), {}
        for wave in chance.choice(((0,), (0, 3), (0, 12), (0, 3, 12), (3, 12))):
            given[wave] = {
                item.key: chance.choice((None, *instrument.scale.points))
                for item in instrument.items
                if chance.random() < 0.9
            }
            answers = {f"demo_wellbeing.{key}": value for key, value in given[wave].items()}
            sheet(session, f"r{number}", wave, answers, language=language)
        for wave in (3, 12):
            for item in instrument.items:
                before, after = given.get(0, {}).get(item.key), given.get(wave, {}).get(item.key)
                if before is not None and after is not None:
                    step = instrument.rank(after) - instrument.rank(before)
                    wanted[language, item.key, wave, (step > 0) - (step < 0)] += 1
    found = Counter(
        {
            (str(each.of), each.item, each.later, sign): number
            for each in changes(session, by="language")
            for sign, number in ((1, each.tally.improved), (0, each.tally.same), (-1, each.tally.worse))
            if number
        }
    )
    assert found == wanted
    whole = sum(each.tally.all for each in changes(session))
    assert whole == wanted.total()


def test_a_set_that_is_added_up_is_judged_by_its_sum(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = INSTRUMENTS["demo_wellbeing"]
    low, middle, high = shipped.bands
    added = shipped.model_copy(
        update={
            "scoring": "sum",
            "bands": (
                low.model_copy(update={"most": 20}),
                middle.model_copy(update={"least": 21, "most": 40}),
                high.model_copy(update={"least": 41, "most": 60}),
            ),
        }
    )
    tables = vocabulary._held.words().tables  # the words of this process
    monkeypatch.setitem(tables["instruments.yaml"], "demo_wellbeing", added)
    keys = [f"demo_wellbeing.{item.key}" for item in added.items]
    sheet(session, "up", 0, dict.fromkeys(keys, 3))
    sheet(session, "up", 3, dict.fromkeys(keys, 7))
    sheet(session, "one skipped", 0, dict.fromkeys(keys, 3))
    sheet(session, "one skipped", 3, {**dict.fromkeys(keys, 9), keys[0]: None})
    [change] = changes(session)
    assert (change.item, change.tally.improved, change.tally.all) == ("sum", 1, 1)


def test_responses_are_counted_by_pilot_and_wave(session: Session, scene: Scene) -> None:
    agreed(session, scene)
    assert responses(session) == {(PILOT, None, 0): AskedTally(waiting=1)}
    assert responses(session, by="language") == {(PILOT, "sv", 0): AskedTally(waiting=1)}
