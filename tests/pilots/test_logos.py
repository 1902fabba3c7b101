"""An organisation's logo is a small picture that only draws; it is served as a file and shown beside the name."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from marketplace.accounts.models import User
from marketplace.permissions import Role
from marketplace.pilots import vocabulary
from marketplace.pilots.branding import letterhead
from marketplace.pilots.content import DATA
from marketplace.pilots.logos import LOGO_BYTES, InvalidLogo, read_logo
from marketplace.pilots.vocabulary_files import VocabularyContent, read_words
from tests import factories

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20">{}</svg>'
ORGANISATION = (
    "- {{key: a, name: {{fi: A, sv: A}}, short_name: {{fi: A, sv: A}}, theme: soite, email: a@a.example{}}}\n"
)


def png(width: int = 30, height: int = 10) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


def refusal(folder: Path, name: str, content: bytes | str | None = None) -> str:
    if content is not None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InvalidLogo) as caught:
        read_logo(folder, name)
    return str(caught.value)


def test_a_drawing_and_a_picture_are_taken_with_their_shape(tmp_path: Path) -> None:
    drawn = '<style>.a{fill:url(#b)}</style><defs><linearGradient id="b"/></defs><path class="a" d="M0 0h9"/>'
    (tmp_path / "a.svg").write_text(SVG.format(drawn), encoding="utf-8")
    (tmp_path / "a.png").write_bytes(png())
    drawing, picture = read_logo(tmp_path, "a.svg"), read_logo(tmp_path, "a.png")
    assert (drawing.media_type, drawing.width_at(28)) == ("image/svg+xml", 84)
    assert (picture.media_type, picture.width_at(28)) == ("image/png", 84)
    assert drawing.digest != picture.digest


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("<script>alert(1)</script>", "<script> is not allowed"),
        ("<foreignObject/>", "<foreignObject> is not allowed"),
        ('<image href="https://a.example/a.png"/>', "<image> is not allowed"),
        ('<a href="#b"/>', "<a> is not allowed"),
        ("<text>Keusote</text>", "<text> is not allowed"),
        ('<set attributeName="href"/>', "<set> is not allowed"),
        ('<x:script xmlns:x="https://a.example"/>', "<script> is not allowed"),
        ('<path onclick="alert(1)"/>', "onclick is a script"),
        (
            '<use href="https://a.example/a.svg#b"/>',
            "href leads out of the file: “https://a.example/a.svg#b”",
        ),
        (
            '<use xmlns:l="http://www.w3.org/1999/xlink" l:href="data:a"/>',
            "href leads out of the file: “data:a”",
        ),
        ('<path fill="url(https://a.example/a.svg#b)"/>', "fill may lead out of the file"),
        ('<path style="fill:\\75rl(//a.example)"/>', "style may lead out of the file"),
        ("<style>@import 'https://a.example/a.css';</style>", "<style> may lead out of the file"),
        ("<style>.a{fill:u<!-- -->rl(//a.example)}</style>", "<style> may lead out of the file"),
        ('<?xml-stylesheet href="https://a.example/a.css"?>', "<?xml-stylesheet?> may bring in other files"),
    ],
)
def test_a_drawing_that_does_more_than_draw_is_refused_with_its_line(
    tmp_path: Path, inside: str, why: str
) -> None:
    message = refusal(tmp_path, "a.svg", SVG.format("\n" + inside))
    assert message.startswith("the file a.svg, line 2: ")
    assert why in message


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "a document type may bring in other files"),
        ("<svg viewBox='0 0 9 9'/>", "an SVG drawing begins with <svg xmlns=…>"),
        (SVG.replace(' viewBox="0 0 60 20"', ""), "the drawing needs a viewBox"),
        (SVG.replace("60 20", "inf 0"), "the drawing needs a viewBox"),
        ("<svg", "the file a.svg is not a whole SVG drawing (line 1)"),
    ],
)
def test_what_is_no_plain_drawing_is_refused(tmp_path: Path, content: str, why: str) -> None:
    assert why in refusal(tmp_path, "a.svg", content)


def test_a_missing_a_large_and_a_broken_file_are_refused_by_name(tmp_path: Path) -> None:
    assert refusal(tmp_path, "b.svg") == "the file b.svg cannot be read: No such file or directory"
    large = SVG.format("<path/>" * LOGO_BYTES)
    assert refusal(tmp_path, "a.svg", large).endswith(f"at most {LOGO_BYTES} are allowed")
    assert refusal(tmp_path, "a.png", png()[:40]) == "the file a.png is not a whole PNG picture"
    assert refusal(tmp_path, "a.png", SVG) == "the file a.png is not a whole PNG picture"
    assert "2001 × 1 pixels" in refusal(tmp_path, "a.png", png(2001, 1))


@pytest.mark.parametrize("name", ["../a.svg", "/a.svg", "a.jpg", "A.svg", "a.svg.exe"])
def test_a_logo_is_a_file_of_its_folder(tmp_path: Path, name: str) -> None:
    assert "should be a file name" in refusal(tmp_path, name)


def organisations(folder: Path, more: str) -> VocabularyContent:
    (folder / "logos").mkdir(parents=True)
    (folder / "logos" / "a.svg").write_text(SVG.format(""), encoding="utf-8")
    (folder / "organisations.yaml").write_text(ORGANISATION.format(more), encoding="utf-8")
    return read_words([(DATA, DATA), (folder, folder)])


def test_an_organisation_may_have_one_logo_two_or_none(tmp_path: Path) -> None:
    held = {}
    for number, more in enumerate(("", ", logo: a.svg", ", logo: a.svg, logo_dark: a.svg")):
        entry = organisations(tmp_path / str(number), more).tables["organisations.yaml"]["a"]
        held[number] = (entry.logo is not None, entry.logo_dark is not None)
    assert held == {0: (False, False), 1: (True, False), 2: (True, True)}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (", logo: b.svg", "organisations.yaml:1 0.logo: the file b.svg cannot be read"),
        (
            ", logo_dark: a.svg",
            "organisations.yaml:1 0.logo_dark: an organisation with a logo for dark",
        ),
    ],
)
def test_a_wrong_logo_is_told_with_its_file_and_key(tmp_path: Path, more: str, message: str) -> None:
    [problem] = organisations(tmp_path, more).problems
    assert str(problem).startswith(message)


def test_no_two_organisations_show_the_same_logo() -> None:
    digests = [data.logo.digest for data in vocabulary.ORGANISATIONS.values() if data.logo]
    assert digests
    assert len(set(digests)) == len(digests)


def shown(client: FlaskClient, path: str) -> list[str]:
    return re.findall(r'<img class="logo"[^>]*>', client.get(path).text)


def test_a_pilot_shows_the_logo_of_its_organisation_beside_the_name(client: FlaskClient) -> None:
    light, dark = shown(client, "/fi/pilots/keusote-2022")
    assert 'data-ground="light"' in light
    assert 'data-ground="dark"' in dark
    assert 'width="28" height="28" alt=""' in light
    [only] = shown(client, "/sv/pilots/siunsote-2017")
    assert 'data-ground="any"' in only
    assert shown(client, "/fi/") == []


def test_the_office_sees_its_own_logo(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with app.extensions["database"].transaction() as session:
        reviewer = factories.make_user(session, Role.REVIEWER, organisation="keusote")
    sign_in(client, reviewer)
    assert "/logos/keusote/" in shown(client, "/fi/office")[0]


def test_a_logo_is_served_as_a_picture_that_may_be_kept_for_ever(client: FlaskClient) -> None:
    address = re.findall(r"/logos/[^\"]+", client.get("/fi/pilots/keusote-2022").text)[0]
    answer = client.get(address)
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(address.replace("keusote", "soite")).status_code == 404
    assert client.get(address.replace(".svg", ".png")).status_code == 404


def test_a_document_carries_the_logo_when_there_is_one() -> None:
    head = letterhead("keusote")["logo"]
    assert head["format"] == "svg"
    assert bytes(head["bytes"]).startswith(b"<svg")
    assert letterhead("unknown") == {}
