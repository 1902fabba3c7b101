"""Make one style sheet per organisation from its brand colours.

The colours are data (`marketplace/pilots/data/themes.yaml`); the design system's own generator turns them into
scales for light and dark mode. Every pair of colours that pages put on one another is then measured, and a theme
with a pair below its limit is refused with the ratio that the pair has (WCAG 2.2: 1.4.3 for text, 1.4.11 for
borders and controls).

    python -m scripts.themes --out build/themes
"""

import argparse
import json
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
COLOURS = ROOT / "marketplace" / "pilots" / "data" / "themes.yaml"
GENERATOR = ROOT / "node_modules" / "@digdir" / "designsystemet" / "dist" / "bin" / "designsystemet.js"
FONT = "Source Sans 3"
RADIUS = 6

TEXT = 4.5
CONTROL = 3.0
GROUNDS = ("background-default", "background-tinted", "surface-default", "surface-tinted")

#: (colour on top, colour beneath, least ratio): what the portal's pages put on one another.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((text, ground, TEXT) for text in ("text-default", "text-subtle") for ground in GROUNDS),
    ("base-contrast-default", "base-default", TEXT),
    ("base-contrast-default", "base-hover", TEXT),
    ("base-contrast-default", "base-active", TEXT),
    *((edge, ground, CONTROL) for edge in ("border-default", "base-default") for ground in GROUNDS[:3]),
)

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_SCHEME = re.compile(
    r"^@layer ds\.theme\.color-scheme\.(?P<scheme>light|dark) \{\n[^{]*\{(?P<body>.*?)\n\}",
    re.MULTILINE | re.DOTALL,
)
_TOKEN = re.compile(r"--ds-color-(?P<colour>[a-z]+)-(?P<role>[a-z-]+): (?P<hex>#[0-9a-fA-F]{6});")


class ThemeError(Exception):
    """The colours cannot be used; the message names theme, colour and ratio, one line for each fault."""


@dataclass(frozen=True)
class Fault:
    """Two colours of one theme that are too near each other."""

    scheme: str
    colour: str
    over: str
    under: str
    ratio: float
    least: float

    def __str__(self) -> str:
        shown = math.floor(self.ratio * 100) / 100  # never rounded up to the limit it misses
        return (
            f"{self.colour} in {self.scheme} mode: {self.over} on {self.under} has contrast {shown:.2f}:1, "
            f"at least {self.least:g}:1 is needed"
        )


def luminance(colour: str) -> float:
    """Relative luminance 0–1 of `#rrggbb`, as WCAG 2.2 defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1–21 of two `#rrggbb` colours, the same in either order."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def schemes(css: str) -> dict[str, dict[str, dict[str, str]]]:
    """Colours of a generated style sheet: scheme (light, dark) → colour (accent, …) → role → `#rrggbb`."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for block in _SCHEME.finditer(css):
        colours = found.setdefault(block["scheme"], {})
        for token in _TOKEN.finditer(block["body"]):
            colours.setdefault(token["colour"], {})[token["role"]] = token["hex"]
    return found


def faults(css: str, own: tuple[str, ...]) -> Iterator[Fault]:
    """Every pair of `PAIRS` below its limit among the `own` colours, in both schemes, and on the neutral ground.

    Raises `ThemeError` when the style sheet lacks a scheme or a colour: then the generator has changed its output,
    and a silent pass would be worse than a stop.
    """
    found = schemes(css)
    for scheme in ("light", "dark"):
        for colour in own:
            try:
                scale, neutral = found[scheme][colour], found[scheme]["neutral"]
                for over, under, least in PAIRS:
                    ratio = min(contrast(scale[over], scale[under]), _on_neutral(scale[over], under, neutral))
                    if ratio < least:
                        yield Fault(scheme, colour, over, under, ratio, least)
            except KeyError as missing:
                raise ThemeError(
                    f"the generated style sheet has no {missing} for {colour} in {scheme} mode"
                ) from None


def _on_neutral(over: str, under: str, neutral: Mapping[str, str]) -> float:
    """Contrast on the page's own ground, where most coloured text lies; a colour on its own base has none."""
    return contrast(over, neutral[under]) if under in GROUNDS else float("inf")


def read_colours(path: Path = COLOURS) -> dict[str, dict[str, str]]:
    """Theme → colour name → `#rrggbb`. Raises `ThemeError` for a theme that lacks a colour or misspells one."""
    themes: dict[str, dict[str, str]] = yaml.safe_load(path.read_text("utf-8"))
    for theme, colours in themes.items():
        if set(colours) != {"accent", "warm", "neutral"}:
            raise ThemeError(
                f"{theme}: give exactly the colours accent, warm and neutral, not {', '.join(colours)}"
            )
        for name, value in colours.items():
            if not _HEX.fullmatch(value):
                raise ThemeError(f"{theme}: {name} must be written #rrggbb, not {value!r}")
    return themes


def generate(themes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Run the design system's generator and give the style sheet of each theme.

    Raises `ThemeError` with the generator's own words when it fails.
    """
    with tempfile.TemporaryDirectory(prefix="themes-") as folder:
        work = Path(folder)
        config = {
            "outDir": str(work / "tokens"),
            "themes": {
                key: {
                    "colors": {
                        "main": {"accent": colours["accent"]},
                        "support": {"warm": colours["warm"]},
                        "neutral": colours["neutral"],
                    },
                    "borderRadius": RADIUS,
                    "typography": {"fontFamily": FONT},
                }
                for key, colours in themes.items()
            },
        }
        (work / "config.json").write_text(json.dumps(config), "utf-8")
        _run(work, "create")
        _run(work, "build", "-t", "tokens", "-o", "css")
        return {key: (work / "css" / f"{key}.css").read_text("utf-8") for key in themes}


def _run(work: Path, verb: str, *options: str) -> None:
    command = ["node", str(GENERATOR), "tokens", verb, "--config", "config.json", *options]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ThemeError(f"the theme generator failed:\n{done.stdout}{done.stderr}")


def main() -> None:
    """Write `<theme>.css` for every theme into `--out`, or stop with all faults and write nothing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--colours", type=Path, default=COLOURS)
    arguments = parser.parse_args()
    try:
        themes = read_colours(arguments.colours)
        sheets = generate(themes)
        refused = [
            f"{key}: {fault}" for key, css in sheets.items() for fault in faults(css, tuple(themes[key]))
        ]
        if refused:
            raise ThemeError("\n".join(refused))
    except ThemeError as error:
        sys.exit(f"No theme was made.\n{error}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for key, css in sheets.items():
        (arguments.out / f"{key}.css").write_text(css, "utf-8")


if __name__ == "__main__":
    main()
