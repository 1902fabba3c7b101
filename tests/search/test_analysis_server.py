"""The process that reads words never met before: there when asked, gone when it is quiet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.language import analysis_server
from marketplace.language.lexicon import Lexicon
from marketplace.language.reading import WordReading

WORDS = [("fi", "siivousta"), ("sv", "städningen"), ("fi", "keinutuolissa")]


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[object]:
    with analysis_server.listen(tmp_path / "index") as listener:
        yield listener


def serve(listener: object, folder: Path) -> threading.Thread:
    """The server as a thread; the portal has it as a process."""
    thread = threading.Thread(target=analysis_server.answer, args=(listener, folder), kwargs={"quiet": 3.0})
    thread.start()
    return thread


def test_it_answers_as_one_would_read_oneself_and_ends_when_it_is_quiet(
    listener: object, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    server = serve(listener, folder)
    answers = [analysis_server.ask(folder, language, word) for language, word in WORDS]
    assert answers == [Lexicon().read(language, word) for language, word in WORDS]
    server.join(30)
    assert not server.is_alive()


def test_what_is_asked_while_it_starts_again_waits_for_its_answer(listener: object, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    answers: list[WordReading | None] = []
    asking = threading.Thread(target=lambda: answers.append(analysis_server.ask(folder, *WORDS[0])))
    asking.start()
    server = serve(listener, folder)
    asking.join(30)
    assert answers == [Lexicon().read(*WORDS[0])]
    server.join(30)


def test_what_it_was_asked_is_in_the_table_for_everybody(listener: object, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    server = serve(listener, folder)
    reading = analysis_server.ask(folder, *WORDS[0])
    server.join(30)

    def nobody(language: str, word: str) -> WordReading | None:
        raise AssertionError("asked for a word that is in the table")

    assert Lexicon(folder / "words.sqlite3", ask=nobody).read(*WORDS[0]) == reading


def test_nobody_answers_where_nobody_listens(tmp_path: Path) -> None:
    assert analysis_server.ask(tmp_path, "fi", "siivous") is None
