"""Themes: a colour that cannot be read is refused with the ratio it has."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from marketplace.pilots import vocabulary
from marketplace.pilots.entries import Theme
from scripts.themes import ROOT, ThemeError, contrast, faults, generate, measured, renew, schemes
from tests.own_content import COLOURS


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#0f5257", "#0f5257", 1.0)],
)
def test_contrast_is_the_ratio_of_wcag_in_either_order(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


GOOD = {"accent": "#0f5257", "warm": "#b4532a", "neutral": "#2f3b3c"}
PALE = {**GOOD, "accent": "#ffe066"}


def told(colours: dict[str, str]) -> list[str]:
    return [str(fault) for fault in faults(measured({"x": colours})["x"])]


@pytest.mark.parametrize("theme", vocabulary.THEMES.values(), ids=lambda theme: theme.key)
def test_the_colours_of_every_organisation_and_of_the_portal_can_be_read(theme: Theme) -> None:
    assert told(theme.colours) == []


def test_the_portal_has_colours_of_its_own() -> None:
    assert "palvelutori" in vocabulary.THEMES


def test_what_is_measured_is_what_the_style_sheet_holds() -> None:
    found = schemes(generate({"good": GOOD})["good"])
    scales = measured({"good": GOOD})["good"]
    assert found["light"]["accent"]["base-default"] == "#0f5257"
    assert found["light"]["accent"]["base-default"] != found["dark"]["accent"]["base-default"]
    for scheme in ("light", "dark"):
        for colour in GOOD:
            for role, shade in found[scheme][colour].items():
                assert scales[scheme][colour][role] == shade, (scheme, colour, role)


def test_a_pale_colour_is_refused_with_the_ratio_it_has() -> None:
    lines = told(PALE)
    assert (
        "accent in light mode: base-default on background-default has contrast 1.30:1, at least 3:1 is needed"
        in lines
    )
    assert not [line for line in lines if not line.startswith("accent")]


def test_the_ratio_shown_is_never_rounded_up_to_the_limit_it_misses() -> None:
    scales: Any = measured({"x": GOOD})["x"]
    scales["light"]["accent"]["text-default"] = "#777777"
    assert (
        "accent in light mode: text-default on background-default has contrast 4.47:1, at least 4.5:1 is needed"
        in [str(fault) for fault in faults(scales)]
    )


def test_a_design_system_that_changed_its_output_is_noticed() -> None:
    with pytest.raises(ThemeError, match="gives no 'light' in light mode"):
        list(faults({}))
    with pytest.raises(ThemeError, match="gives no 'text-default' in light mode"):
        list(faults({"light": {"neutral": {}}, "dark": {"neutral": {}}}))


def test_only_a_theme_that_has_changed_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[list[str]] = []

    def generated(themes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        made.append(sorted(themes))
        return {key: f"/* {key} */" for key in themes}

    monkeypatch.setattr("scripts.themes.generate", generated)
    other = {**GOOD, "warm": "#8a5a00"}
    assert renew({"a": GOOD, "b": GOOD}, tmp_path) == ["a", "b"]
    assert renew({"a": GOOD, "b": GOOD}, tmp_path) == []
    assert renew({"a": GOOD, "b": other}, tmp_path) == ["b"]
    assert renew({"a": GOOD}, tmp_path) == []
    assert made == [["a", "b"], ["b"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.css", "a.mark"]


def run(own: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.themes", "--out", str(out)]
    env = {**os.environ, "PILOTS_DIR": str(own)}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            COLOURS.replace("#0f5257", "#ffe066"),
            "No theme was made.\nxanadu: accent in light mode: base-default on background-default has contrast",
        ),
        (COLOURS.replace("accent:", "acent:"), "No theme was made.\ndata/themes.yaml:1 xanadu.acent: "),
    ],
)
def test_a_refused_theme_of_the_own_folder_writes_nothing(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "themes.yaml").write_text(text, "utf-8")
    done = run(tmp_path, tmp_path / "out")
    assert done.returncode == 1
    assert words in done.stderr
    assert not (tmp_path / "out").exists()
