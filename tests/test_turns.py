"""Turns at hashing: few at once on the machine, a few who wait, and threads that stay for pages."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from marketplace.turns import NoTurn, Seats, Turns
from tests.turns import held

_FORKED = multiprocessing.get_context("fork")
AT_ONCE = 2


def _turns(folder: Path, at_once: int = 1, *, seats: int, patience: float = 30) -> Turns:
    turns = Turns(at_once, patience=patience, seats=Seats(seats))
    turns.share(folder)
    return turns


def _work(folder: Path, seats: int, told: Any) -> None:
    """What a web process does: several threads that all want a turn; when each began and ended is told."""
    turns = _turns(folder, AT_ONCE, seats=seats)

    def one(_number: int) -> None:
        with turns.turn():
            began = time.monotonic()
            time.sleep(0.05)
            told.put((began, time.monotonic()))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))


def test_all_processes_of_a_machine_count_together(tmp_path: Path) -> None:
    told = _FORKED.Queue()
    processes = [_FORKED.Process(target=_work, args=(tmp_path, 4, told)) for _each in range(3)]
    for process in processes:
        process.start()
    seen = [told.get(timeout=60) for _each in range(12)]
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    most = max(sum(began <= moment < ended for began, ended in seen) for moment, _end in seen)
    assert most == AT_ONCE


def test_a_process_that_is_killed_gives_its_turn_back(tmp_path: Path) -> None:
    turns = _turns(tmp_path, seats=1, patience=20)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with turns.turn():
            os.write(writing, b"1")
            time.sleep(60)
    os.read(reading, 1)
    short = _turns(tmp_path, seats=1, patience=0.05)
    with pytest.raises(NoTurn), short.turn():
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with turns.turn():
        assert turns.folder == tmp_path


def test_who_finds_no_seat_is_told_at_once_and_not_after_waiting(tmp_path: Path) -> None:
    turns = _turns(tmp_path, seats=1)
    with held(turns):
        began = time.monotonic()
        with pytest.raises(NoTurn) as refusal, turns.turn():
            pass
        assert time.monotonic() - began < 5
        assert refusal.value.wait == 30
    with turns.turn():
        pass


def test_who_waits_gets_the_turn_when_it_is_free(tmp_path: Path) -> None:
    turns = _turns(tmp_path, seats=2)
    with held(turns) as ending:
        threading.Timer(0.1, ending.set).start()
        with turns.turn():
            assert ending.is_set()


def test_several_kinds_of_work_have_their_seats_in_common(tmp_path: Path) -> None:
    seats = Seats(2)
    one, other = Turns(1, patience=30, seats=seats), Turns(1, patience=30, seats=seats)
    with held(one), held(other), pytest.raises(NoTurn), other.turn():
        pass
    with held(one), other.turn():
        pass


def test_work_within_work_needs_no_seat_of_its_own() -> None:
    seats = Seats(1)
    outer, inner = Turns(1, patience=0.05, seats=seats), Turns(1, patience=0.05, seats=seats)
    with outer.turn():
        with inner.turn(), outer.turn():
            assert seats.is_mine
        assert seats.is_mine
    assert not seats.is_mine
