"""The gate for slow work: every kind is named in one table, and all together leave threads for pages."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from marketplace import slow_work
from marketplace.accounts.passwords.hashing import hash_password, password_is_right
from marketplace.config import ROOT
from marketplace.files import photographs
from marketplace.files.uploads import refusals_at_the_field
from marketplace.offers.photos.pictures import narrower, remake
from marketplace.pdf import render_pdf
from marketplace.reports.research.files import as_zip
from marketplace.search.kept_files import KeptFiles
from marketplace.sheets import as_xlsx, read_tables
from marketplace.slow_work import FOR_PAGES, KINDS, TURNS, Busy, Slow, SlowKind
from marketplace.turns import Seats, Turns
from tests.turns import held

MOMENT = datetime(2026, 11, 30, tzinfo=UTC)

COSTLY = ("typst.compile(", "subprocess.run(", "Workbook(", "Image.open(", "ZipFile(", "PasswordHasher(")
"""What begins work of a kind in the table."""

ELSEWHERE = {
    "backups/engines.py": "a command of the operator",
    "files/child.py": "the child itself, which `photographs` starts",
    "sheets/child.py": "the child itself, which `sheets.reading` starts",
    "pilots/logos.py": "read when definitions are loaded, by a command",
}
"""Files of the program in which it begins without a turn, and why."""


def _picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (300, 300)).save(file, "PNG")
    return file.getvalue()


def _webp() -> bytes:
    file = BytesIO()
    Image.new("RGB", (300, 300)).save(file, "WEBP")
    return file.getvalue()


WORK: dict[str, tuple[Slow, Callable[[], object]]] = {
    "hashing": (Slow.HASH, lambda: hash_password("kolme pientä kalaa")),
    "comparing a hash": (Slow.HASH, lambda: password_is_right(None, "kolme pientä kalaa")),
    "a list that anybody fetches": (Slow.LIST, lambda: KeptFiles().file(1, "list", lambda: b"made")),
    "a table that is sent": (Slow.TABLE, lambda: read_tables(b"a;b\n1;2\n")),
    "a workbook": (Slow.WORKBOOK, lambda: as_xlsx(("a",), [("b",)], title="c")),
    "a document": (
        Slow.DOCUMENT,
        lambda: render_pdf("signs.typ", {"signs": []}, language="fi", title="a", now=MOMENT),
    ),
    "a photo": (Slow.PICTURE, lambda: remake(_picture())),
    "sizes of a photo": (Slow.PICTURE, lambda: narrower(_webp())),
    "a photographed document": (Slow.PICTURE, lambda: photographs.is_locked(Path("there-is-none.pdf"))),
    "an archive": (Slow.ARCHIVE, lambda: as_zip({}, [], {}, now=MOMENT)),
}
"""Everything that takes a turn, with its kind."""


def test_every_kind_has_work_that_takes_its_turn() -> None:
    assert {slow for slow, _do in WORK.values()} == set(KINDS) == set(TURNS) == set(Slow)


@pytest.mark.parametrize("name", WORK)
def test_work_of_every_kind_waits_for_its_turn_and_is_told_when_in_vain(
    name: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, do = WORK[name]
    full = Turns(1, patience=0.01)
    monkeypatch.setitem(TURNS, slow, full)
    with app.test_request_context("/fi/"), held(full), pytest.raises(Busy) as refusal:
        do()
    assert (refusal.value.status, refusal.value.wait) == (503, 1)
    with app.test_request_context("/fi/"):
        assert "odota muutama sekunti" in str(refusal.value.message).casefold()
        do()


def test_nothing_costly_begins_in_a_file_that_takes_no_turns() -> None:
    beginning = {
        str(path.relative_to(ROOT / "marketplace")): text
        for path in (ROOT / "marketplace").rglob("*.py")
        if any(sign in (text := path.read_text(encoding="utf-8")) for sign in COSTLY)
    }
    without = {name for name, text in beginning.items() if "Slow." not in text}
    assert without == set(ELSEWHERE)


def test_all_kinds_together_leave_two_threads_for_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    threads, seats = 4, Seats()
    monkeypatch.setattr(slow_work, "_seats", seats)
    for slow, kind in KINDS.items():
        monkeypatch.setitem(TURNS, slow, Turns(kind.at_once, patience=kind.patience, seats=seats))
    slow_work.leave_room(threads)
    with ExitStack() as stack:
        for slow in list(Slow)[: threads - FOR_PAGES]:
            stack.enter_context(held(TURNS[slow]))
        for slow in Slow:
            with pytest.raises(Busy), slow_work.turn(slow):
                pass
    with slow_work.turn(Slow.ARCHIVE):
        assert seats.is_mine


def test_a_process_without_pages_waits_instead_of_giving_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_work, "TURNS", {Slow.DOCUMENT: (turns := Turns(1, patience=0.0))})
    slow_work.be_patient()
    assert turns.patience == slow_work.WITHOUT_READERS


def test_a_file_that_finds_no_turn_is_refused_at_its_field_and_the_rest_is_kept(app: Flask) -> None:
    refusal = Busy(Slow.PICTURE, 10)
    with (
        app.test_request_context("/fi/"),
        pytest.raises(ValueError, match="Odota muutama sekunti"),
        refusals_at_the_field(),
    ):
        raise refusal


def test_every_kind_says_what_to_do() -> None:
    for kind in KINDS.values():
        assert isinstance(kind, SlowKind)
        assert kind.at_once >= 1
        assert kind.patience <= 10, "a browser waits no longer for a page"
