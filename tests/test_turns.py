"""Turns at hashing: few at once on the machine, a few who wait, and threads that stay for pages."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from marketplace.turns import NoTurn, Turns

_FORKED = multiprocessing.get_context("fork")
AT_ONCE = 2


def _work(folder: Path, seats: int, told: Any) -> None:
    """What a web process does: several threads that all want a turn; when each began and ended is told."""
    turns = Turns(AT_ONCE, patience=30)
    turns.share(folder, seats=seats)

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
    turns = Turns(1, patience=20)
    turns.share(tmp_path, seats=1)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with turns.turn():
            os.write(writing, b"1")
            time.sleep(60)
    os.read(reading, 1)
    short = Turns(1, patience=0.05)
    short.share(tmp_path, seats=1)
    with pytest.raises(NoTurn), short.turn():
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with turns.turn():
        assert turns.folder == tmp_path


@contextmanager
def _held(turns: Turns) -> Iterator[threading.Event]:
    """A turn that another thread has until the end of the block."""
    has, ending = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.turn():
            has.set()
            ending.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    has.wait(30)
    try:
        yield ending
    finally:
        ending.set()
        thread.join()


def test_who_finds_no_seat_is_told_at_once_and_not_after_waiting(tmp_path: Path) -> None:
    turns = Turns(1, patience=30)
    turns.share(tmp_path, seats=1)
    with _held(turns):
        began = time.monotonic()
        with pytest.raises(NoTurn) as refusal, turns.turn():
            pass
        assert time.monotonic() - began < 5
        assert refusal.value.wait == 30
    with turns.turn():
        pass


def test_who_waits_gets_the_turn_when_it_is_free(tmp_path: Path) -> None:
    turns = Turns(1, patience=30)
    turns.share(tmp_path, seats=2)
    with _held(turns) as ending:
        threading.Timer(0.1, ending.set).start()
        with turns.turn():
            assert ending.is_set()
