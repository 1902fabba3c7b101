"""Files that anybody may fetch: made once for a state of the data, and nobody's thread waits long for another's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace import slow_work
from marketplace.search.kept_files import MOST_KEPT, KeptFiles
from marketplace.search.provider_list import views
from marketplace.slow_work import Busy, Slow
from marketplace.turns import Turns


@pytest.fixture
def busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The one turn of the machine is taken, by another process."""
    others = Turns(1, patience=1)
    others.share(tmp_path)
    ours = Turns(1, patience=0.05)
    ours.share(tmp_path)
    monkeypatch.setitem(slow_work.TURNS, Slow.LIST, ours)
    with others.turn():
        yield


def test_a_file_is_made_again_for_another_state_only() -> None:
    kept = KeptFiles()
    made: list[int] = []

    def make() -> bytes:
        made.append(len(made))
        return b"%d" % len(made)

    assert [kept.file(state, "list", make) for state in (1, 1, 2, 2)] == [b"1", b"1", b"2", b"2"]
    assert kept.file(2, "another", make) == b"3"


def test_while_a_newer_one_is_made_the_others_get_what_held_until_then() -> None:
    kept, begun, ending = KeptFiles(), threading.Event(), threading.Event()
    kept.file(1, "list", lambda: b"old")

    def slowly() -> bytes:
        begun.set()
        ending.wait(30)
        return b"new"

    maker = threading.Thread(target=lambda: kept.file(2, "list", slowly))
    maker.start()
    begun.wait(30)
    assert kept.file(2, "list", lambda: b"never made") == b"old"
    ending.set()
    maker.join()
    assert kept.file(2, "list", lambda: b"never made") == b"new"


def test_who_finds_no_turn_gets_the_former_file_or_is_asked_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptFiles()
    kept.file(1, "list", lambda: b"old")
    others = Turns(1, patience=1)
    others.share(tmp_path)
    ours = Turns(1, patience=0.05)
    ours.share(tmp_path)
    monkeypatch.setitem(slow_work.TURNS, Slow.LIST, ours)
    with others.turn():
        assert kept.file(2, "list", lambda: b"new") == b"old"
        with pytest.raises(Busy):
            kept.file(2, "another", lambda: b"new")
    assert kept.file(2, "list", lambda: b"new") == b"new"


@pytest.mark.usefixtures("busy")
def test_the_page_says_when_to_come_again(app: Flask, client: FlaskClient) -> None:
    app.extensions.pop("provider_lists", None)
    answer = client.get("/sv/providers/list.csv")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "Vänta några sekunder" in answer.text
    assert views.MEDIA_TYPES["csv"] not in answer.headers["Content-Type"]


def test_whoever_asks_for_all_there_can_be_does_not_fill_the_memory() -> None:
    kept = KeptFiles()
    for number in range(MOST_KEPT + 1):
        kept.file(1, number, lambda: b"made")
    made: list[int] = []

    def make() -> bytes:
        made.append(1)
        return b"made again"

    assert kept.file(1, MOST_KEPT, make) == b"made"
    assert kept.file(1, 0, make) == b"made again"
    assert len(made) == 1
