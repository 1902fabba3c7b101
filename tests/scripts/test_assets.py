"""Assets: the name tells the content, and the folder holds nothing that nobody asks for."""

import json
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from scripts import assets
from scripts.assets import DIST, PDF_FONTS, Dist


def test_a_file_gets_the_hash_of_its_content_in_its_name(tmp_path: Path) -> None:
    dist = Dist(tmp_path)
    first = dist.add("themes/a.css", b"a {}")
    assert re.fullmatch(r"themes/a\.[0-9a-f]{8}\.css", first)
    assert dist.add("themes/a.css", b"a {}") == first
    assert dist.add("themes/a.css", b"b {}") != first


def test_what_no_longer_belongs_is_removed_and_the_manifest_names_the_rest(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "app.00000000.css").write_text("old")
    dist = Dist(tmp_path)
    kept = dist.add("app.css", b"new")
    dist.finish()
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted([kept, "manifest.json"])
    assert json.loads((tmp_path / "manifest.json").read_text()) == {"app.css": kept}


def build(folder: Path, content: bytes) -> str:
    dist = Dist(folder)
    name = dist.add("app.css", content)
    dist.finish()
    return name


def test_the_files_of_the_last_two_builds_are_there(tmp_path: Path) -> None:
    first, second = build(tmp_path, b"1"), build(tmp_path, b"2")
    assert {path.name for path in tmp_path.glob("*.css")} == {first, second}
    assert build(tmp_path, b"2") == second
    assert {path.name for path in tmp_path.glob("*.css")} == {first, second}
    third = build(tmp_path, b"3")
    assert {path.name for path in tmp_path.glob("*.css")} == {second, third}
    assert json.loads((tmp_path / "manifest.json").read_text()) == {"app.css": third}


def test_a_style_sheet_names_its_files_by_their_new_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = tmp_path / "static"
    (static / "css").mkdir(parents=True)
    (static / "images").mkdir()
    (static / "images" / "mark.svg").write_text("<svg/>")
    monkeypatch.setattr(assets, "STATIC", static)
    dist = Dist(static / "dist")
    css = 'a { background: url(../images/mark.svg) } b { mask: url("data:image/svg+xml,x") }'
    placed = (static / "dist" / dist.add_css("app.css", css, static / "css")).read_text()
    assert f'url("{dist.manifest["images/mark.svg"]}")' in placed
    assert 'url("data:image/svg+xml,x")' in placed


def test_nothing_that_is_served_names_another_host() -> None:
    for path in DIST.rglob("*.css"):
        named = re.findall(r"url\([\"']?(?!data:|#)([^\"')]+)", path.read_text("utf-8"))
        assert not [target for target in named if "//" in target], path.name


def test_every_placed_package_brings_its_licence() -> None:
    assert {path.name for path in (DIST / "licences").iterdir()} == set(assets.LICENCES)


@pytest.mark.parametrize(("name", "style"), [(name, style) for name, style in PDF_FONTS.items()])
def test_document_fonts_are_whole_and_of_one_family(name: str, style: tuple[str, int]) -> None:
    font = TTFont(DIST / "fonts" / "pdf" / name)
    assert font["name"].getDebugName(16) == "Source Sans 3"
    assert font["OS/2"].usWeightClass == style[1]
    assert "fvar" not in font
    assert not [letter for letter in "äöåÄÖÅšžŋŧđ€–”§" if ord(letter) not in font.getBestCmap()]


def test_the_fonts_beside_the_documents_own_have_the_letters_they_are_for() -> None:
    letters = {
        "NotoEmoji": "🌻❤👩",
        "NotoSansArabic": "ۆبپ",
        "NotoSansEthiopic": "አማር",
        "NotoSansThai": "ไทย",
    }
    assert {f"{name}.ttf" for name in letters} == set(assets.FALLBACK_FONTS)
    for name, needed in letters.items():
        known = TTFont(DIST / "fonts" / "pdf" / f"{name}.ttf").getBestCmap()
        assert not [letter for letter in needed if ord(letter) not in known]
