"""Themes: a colour that cannot be read is refused with the ratio it has."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.themes import ROOT, ThemeError, contrast, faults, generate, read_colours, schemes


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#0f5257", "#0f5257", 1.0)],
)
def test_contrast_is_the_ratio_of_wcag_in_either_order(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


def test_every_organisation_and_the_portal_have_a_theme() -> None:
    assert set(read_colours()) == {"palvelutori", "siunsote", "metropolia", "soite", "keusote-hb", "keusote"}


@pytest.fixture(scope="module")
def sheets() -> dict[str, str]:
    """A theme that can be read and one whose accent is a pale yellow, by the real generator."""
    good = {"accent": "#0f5257", "warm": "#b4532a", "neutral": "#2f3b3c"}
    return generate({"good": good, "pale": {**good, "accent": "#ffe066"}})


def test_a_theme_has_light_and_dark_colours(sheets: dict[str, str]) -> None:
    found = schemes(sheets["good"])
    assert set(found) == {"light", "dark"}
    assert found["light"]["accent"]["base-default"] == "#0f5257"
    assert found["light"]["accent"]["base-default"] != found["dark"]["accent"]["base-default"]


def test_readable_colours_have_no_fault(sheets: dict[str, str]) -> None:
    assert list(faults(sheets["good"], ("accent", "warm", "neutral"))) == []


def test_a_pale_colour_is_refused_with_the_ratio_it_has(sheets: dict[str, str]) -> None:
    told = [str(fault) for fault in faults(sheets["pale"], ("accent", "warm", "neutral"))]
    assert (
        "accent in light mode: base-default on background-default has contrast 1.30:1, at least 3:1 is needed"
        in told
    )
    assert not [line for line in told if not line.startswith("accent")]


def test_the_ratio_shown_is_never_rounded_up_to_the_limit_it_misses(sheets: dict[str, str]) -> None:
    css = sheets["good"].replace(
        "--ds-color-accent-text-default: #", "--ds-color-accent-text-default: #777777; --was: #"
    )
    told = [str(fault) for fault in faults(css, ("accent",))]
    assert (
        "accent in light mode: text-default on background-default has contrast 4.47:1, at least 4.5:1 is needed"
        in told
    )


def test_a_generator_that_changed_its_output_is_noticed() -> None:
    with pytest.raises(ThemeError, match="has no 'light' for accent"):
        list(faults("body {}", ("accent",)))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("a: {accent: '#fff000'}", "a: give exactly the colours accent, warm and neutral, not accent"),
        (
            "a: {accent: red, warm: '#000000', neutral: '#000000'}",
            "a: accent must be written #rrggbb, not 'red'",
        ),
    ],
)
def test_a_misspelt_colour_file_names_the_theme_and_the_colour(
    tmp_path: Path, written: str, told: str
) -> None:
    path = tmp_path / "themes.yaml"
    path.write_text(written, "utf-8")
    with pytest.raises(ThemeError, match=told):
        read_colours(path)


def test_a_refused_theme_writes_nothing_and_fails(tmp_path: Path) -> None:
    colours = tmp_path / "themes.yaml"
    colours.write_text("pale: {accent: '#ffe066', warm: '#b4532a', neutral: '#2f3b3c'}", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "scripts.themes", "--out", str(tmp_path / "out"), "--colours", str(colours)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("No theme was made.\npale: accent in light mode")
    assert not (tmp_path / "out").exists()
