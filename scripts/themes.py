"""Make one style sheet per organisation from its brand colours.

The colours are data (the vocabulary `themes.yaml`, and that of PILOTS_DIR); the design system turns them into scales
for light and dark mode. Every pair of colours that pages put on one another is measured first, in a second, and a theme
with a pair below its limit is refused with the ratio that the pair has (WCAG 2.2: 1.4.3 for text, 1.4.11 for borders
and controls). A style sheet is made only of a theme that has changed.

    python -m scripts.themes --out build/themes
"""

import argparse
import hashlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from marketplace.pilots import vocabulary
from marketplace.pilots.source import InvalidDefinition

ROOT = Path(__file__).resolve().parent.parent
MEASURE = ROOT / "scripts" / "colours.mjs"
PACKAGE = ROOT / "node_modules" / "@digdir" / "designsystemet" / "package.json"
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


Scales = Mapping[str, Mapping[str, Mapping[str, str]]]
"""The colours of one theme: scheme (light, dark) → colour (accent, …) → role → `#rrggbb`."""


def measured(themes: Mapping[str, Mapping[str, str]]) -> dict[str, Scales]:
    """The scales that the design system makes of the colours of each theme. Raises `ThemeError` with its own words."""
    done = subprocess.run(
        ["node", str(MEASURE)], input=json.dumps(themes), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ThemeError(f"the colours cannot be measured:\n{done.stderr}")
    found: dict[str, Scales] = json.loads(done.stdout)
    return found


def faults(scales: Scales) -> Iterator[Fault]:
    """Every pair of `PAIRS` below its limit among the colours of a theme, in both schemes, and on the neutral ground.

    Raises `ThemeError` when a scheme or a role is missing: then the design system has changed its output, and a silent
    pass would be worse than a stop.
    """
    for scheme in ("light", "dark"):
        try:
            neutral = scales[scheme]["neutral"]
            for colour, scale in scales[scheme].items():
                for over, under, least in PAIRS:
                    ratio = min(contrast(scale[over], scale[under]), _on_neutral(scale[over], under, neutral))
                    if ratio < least:
                        yield Fault(scheme, colour, over, under, ratio, least)
        except KeyError as missing:
            raise ThemeError(f"the design system gives no {missing} in {scheme} mode") from None


def _on_neutral(over: str, under: str, neutral: Mapping[str, str]) -> float:
    """Contrast on the page's own ground, where most coloured text lies; a colour on its own base has none."""
    return contrast(over, neutral[under]) if under in GROUNDS else float("inf")


def generate(themes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Run the design system's generator and give the style sheet of each theme.

    Each theme is made by a process of its own, as many at once as there are processors: what the generator needs for
    one grows with the others beside it. Raises `ThemeError` with the generator's own words when it fails.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(themes, pool.map(_style_sheet, themes, themes.values()), strict=True))


def _style_sheet(key: str, colours: Mapping[str, str]) -> str:
    with tempfile.TemporaryDirectory(prefix="themes-") as folder:
        work = Path(folder)
        theme = {
            "colors": {
                "main": {"accent": colours["accent"]},
                "support": {"warm": colours["warm"]},
                "neutral": colours["neutral"],
            },
            "borderRadius": RADIUS,
            "typography": {"fontFamily": FONT},
        }
        config = {"outDir": str(work / "tokens"), "themes": {key: theme}}
        (work / "config.json").write_text(json.dumps(config), "utf-8")
        _run(work, "create")
        _run(work, "build", "-t", "tokens", "-o", "css")
        return (work / "css" / f"{key}.css").read_text("utf-8")


def _run(work: Path, verb: str, *options: str) -> None:
    command = ["node", str(GENERATOR), "tokens", verb, "--config", "config.json", *options]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ThemeError(f"the theme generator failed:\n{done.stdout}{done.stderr}")


def mark(colours: Mapping[str, str]) -> str:
    """Changes when the style sheet of these colours would come out differently."""
    made_by = [Path(__file__).read_text("utf-8"), json.loads(PACKAGE.read_text("utf-8"))["version"]]
    return hashlib.sha256(json.dumps([dict(colours), made_by]).encode()).hexdigest()


def renew(themes: Mapping[str, Mapping[str, str]], out: Path) -> list[str]:
    """Write `<theme>.css` of every theme whose colours have changed into `out` and take away those of no theme.

    Gives the keys of the themes that were made. Raises `ThemeError` with all faults, and then writes nothing.
    """
    refused = [f"{key}: {fault}" for key, scales in measured(themes).items() for fault in faults(scales)]
    if refused:
        raise ThemeError("\n".join(refused))
    marks = {key: mark(colours) for key, colours in themes.items()}
    changed = {key: themes[key] for key in themes if not _stands(out, key, marks[key])}
    sheets = generate(changed) if changed else {}
    out.mkdir(parents=True, exist_ok=True)
    for key, css in sheets.items():
        (out / f"{key}.css").write_text(css, "utf-8")
        (out / f"{key}.mark").write_text(marks[key], "ascii")
    for path in out.iterdir():
        if path.stem not in themes:
            path.unlink()
    return sorted(sheets)


def _stands(out: Path, key: str, wanted: str) -> bool:
    kept = out / f"{key}.mark"
    return (out / f"{key}.css").exists() and kept.exists() and kept.read_text("ascii") == wanted


def main() -> None:
    """Write `<theme>.css` for every theme into `--out`, or stop with all faults and write nothing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    own = os.environ.get("PILOTS_DIR")
    vocabulary.use_content(Path(own).resolve() if own else None)
    try:
        vocabulary.ensure_no_problems()
        made = renew({key: theme.colours for key, theme in vocabulary.THEMES.items()}, arguments.out)
    except (ThemeError, InvalidDefinition) as error:
        sys.exit(f"No theme was made.\n{error}")
    if made:
        print(f"Made the colours of {', '.join(made)}")


if __name__ == "__main__":
    main()
