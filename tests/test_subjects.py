"""A subject comes out of a mail as it went in: every one of ours, in both languages, with names of every length."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.calendars import MEDIA_TYPE
from marketplace.config import ROOT
from marketplace.outbox import _pack, as_email
from marketplace.text import one_line
from scripts.translations import read

NAMES = (
    "Aalto Oy",
    "Äiti & Öhman Vård Ab",
    "Tmi Lummeharjun Avainkodit",
    "Henkilökohtainen budjetti 2016 – kuusi aluetta",
    "Pääkaupunkiseudun ja Länsi-Uudenmaan omaishoitajien ja läheisten tuki ry",
    "22.11.2026",
    "Tekemisentalo 🌻",
)
_GIVEN = re.compile(r"_\(\"([^\"]+)\"")
_PLACE = re.compile(r"%\(\w+\)[sd]")


def subjects() -> Iterator[str]:
    """Every subject of the templates, translated and filled with names."""
    for path in sorted((ROOT / "templates" / "emails").glob("*.txt")):
        lines = [each for each in path.read_text("utf-8").splitlines() if each.startswith("Subject:")]
        for text in _GIVEN.findall(" ".join(lines)):
            for language in ("fi", "sv"):
                translated = str(read(language)[text].string)
                for name in NAMES:
                    for blanks in ("", " a", " ab", " abc", " abcd"):
                        yield _PLACE.sub(lambda _found, own=name + blanks: own, translated)  # type: ignore[misc]


def written(
    subject: str, *, recipient: str = "a@example.fi", attachments: bytes | None = None
) -> EmailMessage:
    """A message with this subject as it goes out."""
    message: Any = SimpleNamespace(
        recipient=recipient,
        language="fi",
        subject=subject,
        body="Hei\n",
        message_id="<1@example.fi>",
        created_at=datetime(2026, 11, 29, tzinfo=UTC),
        attachments=attachments,
    )
    return as_email(message, "palvelutori@example.fi")


def test_every_subject_of_ours_is_the_same_after_decoding() -> None:
    found = set(subjects())
    assert len(found) > 1500
    for subject in found:
        raw = written(subject).as_bytes()
        assert max(map(len, raw.split(b"\r\n"))) <= 78
        assert email.message_from_bytes(raw, policy=email.policy.default)["Subject"] == subject
        assert str(make_header(decode_header(email.message_from_bytes(raw)["Subject"]))) == subject


def test_no_subject_has_two_colons() -> None:
    """Also not the invitation of an office that has written no letter of its own, when it is sent once more."""
    made = {subject for subject in subjects() if "22.11.2026" in subject}
    for language in ("fi", "sv"):
        catalogue = read(language)
        invited = str(catalogue["You are invited to apply as a provider: %(pilot)s"].string)
        made.add(str(catalogue["Reminder: %(subject)s"].string) % {"subject": invited})
    assert [subject for subject in made if subject.count(":") > 1] == []


@given(st.text(max_size=200).map(one_line).filter(bool))
def test_any_subject_is_the_same_after_decoding(subject: str) -> None:
    raw = written(subject).as_bytes()
    assert email.message_from_bytes(raw, policy=email.policy.default)["Subject"] == subject


def test_the_recipient_is_written_in_ascii() -> None:
    raw = written("Hei", recipient="info@päiväkoti-esimerkki.fi").as_bytes()
    assert b"\r\nTo: info@xn--pivkoti-esimerkki-qqbc.fi\r\n" in raw


@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
def test_a_calendar_entry_tells_its_method(method: str) -> None:
    entry = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nEND:VCALENDAR\r\n".encode()
    raw = written("Hei", attachments=_pack([("palvelutori.ics", MEDIA_TYPE, entry)])).as_bytes()
    [part] = email.message_from_bytes(raw, policy=email.policy.default).iter_attachments()
    assert part["Content-Type"].params["method"] == method
    assert part.get_payload(decode=True) == entry
