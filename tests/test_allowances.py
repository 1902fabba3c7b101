"""Allowances: used at once or little by little, counted for all processes together."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from marketplace.allowances import Allowance, TooOften, purge, take
from marketplace.db import Database
from tests.factories import NOW

THREE = Allowance("a test", 3, timedelta(hours=1))


def test_a_whole_allowance_is_used_at_once_and_comes_back_little_by_little(session: Session) -> None:
    for _time in range(3):
        take(session, THREE, "anna", now=NOW)
    with pytest.raises(TooOften) as refusal:
        take(session, THREE, "anna", now=NOW)
    assert refusal.value.wait == 20 * 60
    take(session, THREE, "anna", now=NOW + timedelta(minutes=20))
    with pytest.raises(TooOften):
        take(session, THREE, "anna", now=NOW + timedelta(minutes=20))


def test_people_and_things_are_counted_apart(session: Session) -> None:
    for who, allowance in (
        ("anna", THREE),
        ("bertil", THREE),
        ("anna", Allowance("another", 3, THREE.within)),
    ):
        for _time in range(3):
            take(session, allowance, who, now=NOW)


def test_what_is_done_in_vain_is_not_counted(database: Database) -> None:
    for _time in range(5):
        with database.writing_session() as session:
            take(session, THREE, "anna", now=NOW)
            session.rollback()
    with database.transaction() as session:
        take(session, THREE, "anna", now=NOW)


def test_many_at_once_get_no_more_than_the_allowance(database: Database) -> None:
    outcomes, barrier = Counter[str](), threading.Barrier(8)

    def use() -> None:
        barrier.wait()
        try:
            with database.transaction() as session:
                take(session, THREE, "anna", now=NOW)
            outcomes["done"] += 1
        except TooOften:
            outcomes["refused"] += 1

    threads = [threading.Thread(target=use) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"done": 3, "refused": 5}


def test_counts_that_are_whole_again_are_dropped(session: Session) -> None:
    take(session, THREE, "anna", now=NOW)
    take(session, THREE, "bertil", now=NOW + timedelta(minutes=15))
    assert purge(session, now=NOW + timedelta(minutes=21)) == 1
