"""Place what the pages and the documents use under `marketplace/static/dist/`.

Sources are the front-end packages in `node_modules/`, the themes of `scripts.themes` and the portal's own
`marketplace/static/{css,js,images}/`. Everything a browser asks for gets the hash of its content in its name, so
that it may be cached for ever, and `manifest.json` maps the plain name to that one:

    {"app.css": "app.3f9a1c2e.css", "themes/keusote.css": "themes/keusote.0d1e2f3a.css", …}

Documents (PDF) take whole static fonts from `dist/fonts/pdf/`. The Swedish dictionary, which only the search reads,
goes to `marketplace/search/dictionaries/`. Both folders are derived and can be deleted at any time.

    python -m scripts.assets --themes build/themes
"""

import argparse
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
STATIC = ROOT / "marketplace" / "static"
DIST = STATIC / "dist"
DICTIONARIES = ROOT / "marketplace" / "language" / "dictionaries"

DESIGN_SYSTEM = PACKAGES / "@digdir" / "designsystemet-css"
FONT = PACKAGES / "@fontsource-variable" / "source-sans-3"
SWEDISH = PACKAGES / "dictionary-sv"

FAMILY = "Source Sans 3"
SUBSETS = ("latin", "latin-ext")
STYLES = ("normal", "italic")
#: Static fonts of the documents: file name → (style, weight).
PDF_FONTS = {
    "SourceSans3-Regular.ttf": ("normal", 400),
    "SourceSans3-Italic.ttf": ("italic", 400),
    "SourceSans3-SemiBold.ttf": ("normal", 600),
    "SourceSans3-Bold.ttf": ("normal", 700),
}
#: Fonts for letters that the documents' own font lacks: file name → package and its file.
FALLBACK_FONTS = {
    f"{name}.ttf": PACKAGES / "@fontsource" / package / "files" / f"{package}-{subset}-400-normal.woff2"
    for name, package, subset in (
        ("NotoEmoji", "noto-emoji", "emoji"),
        ("NotoSansArabic", "noto-sans-arabic", "arabic"),
        ("NotoSansEthiopic", "noto-sans-ethiopic", "ethiopic"),
        ("NotoSansThai", "noto-sans-thai", "thai"),
    )
}
LICENCES = {
    **{f"{path.parents[1].name}.txt": path.parents[1] / "LICENSE" for path in FALLBACK_FONTS.values()},
    "designsystemet.txt": DESIGN_SYSTEM / "LICENSE",
    "source-sans-3.txt": FONT / "LICENSE",
    "dictionary-sv.txt": SWEDISH / "license",
}

_URL = re.compile(r"""url\((?P<quote>["']?)(?P<path>[^"')]+)(?P=quote)\)""")
_FACE = re.compile(
    r"/\* source-sans-3-(?P<subset>[a-z-]+)-wght-(?:normal|italic) \*/\s*(?P<rule>@font-face \{.*?\n\})",
    re.DOTALL,
)


class Dist:
    """The folder of served files while it is filled; `finish` removes what no longer belongs to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, str] = {}
        self._kept = {folder / "manifest.json"}

    def add(self, name: str, content: bytes) -> str:
        """Write `content` as `name` with its hash before the suffix; give that name, relative to the folder."""
        path = Path(name)
        digest = hashlib.sha256(content).hexdigest()[:8]
        hashed = path.with_name(f"{path.stem}.{digest}{path.suffix}").as_posix()
        self.put(hashed, content)
        self.manifest[name] = hashed
        return hashed

    def add_css(self, name: str, css: str, base: Path) -> str:
        """Like `add`, for a style sheet: each file it names, relative to `base`, is added and its new name put in.

        The portal's own files keep their folder; what a package's style sheet names are fonts.
        """
        depth = "../" * name.count("/")

        def renamed(match: re.Match[str]) -> str:
            if match["path"].startswith(("data:", "#")):
                return match[0]
            target = (base / match["path"]).resolve()
            own = target.is_relative_to(STATIC)
            place = target.relative_to(STATIC).as_posix() if own else f"fonts/{target.name}"
            return f'url("{depth}{self.add(place, target.read_bytes())}")'

        return self.add(name, _URL.sub(renamed, css).encode())

    def put(self, name: str, content: bytes) -> None:
        """Write `content` under exactly this name; a file that already holds it is left untouched."""
        path = self.keep(name)
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def keep(self, name: str) -> Path:
        """The path of `name`, which `finish` will not remove."""
        path = self.folder / name
        self._kept.add(path)
        return path

    def finish(self) -> None:
        """Write the manifest last, so that it never names a file that is not there yet.

        What the build before this one named stays, so that pages of the program before this one, and of another machine
        that still runs it, find their files. A build that changes nothing keeps what the one before it kept.
        """
        manifest = json.dumps(dict(sorted(self.manifest.items())), indent=2) + "\n"
        place, previous = self.folder / "manifest.json", self.folder / "previous.json"
        if place.exists() and place.read_text("utf-8") != manifest:
            place.replace(previous)
        place.write_text(manifest, "utf-8")
        if previous.exists():
            self._kept.add(previous)
            self._kept |= {self.folder / name for name in json.loads(previous.read_text("utf-8")).values()}
        for path in sorted(self.folder.rglob("*"), reverse=True):  # what is in a folder before the folder
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path not in self._kept:
                path.unlink()


def font_faces() -> str:
    """The `@font-face` rules of the subsets that Finnish, Swedish and Sámi names need, under the family's own name."""
    rules = []
    for source in ("wght.css", "wght-italic.css"):
        css = (FONT / source).read_text("utf-8")
        rules += [face["rule"] for face in _FACE.finditer(css) if face["subset"] in SUBSETS]
    if len(rules) != len(SUBSETS) * len(STYLES):
        sys.exit(f"{FONT.name}: expected {len(SUBSETS) * len(STYLES)} font faces, found {len(rules)}")
    return "\n".join(rules).replace(f"{FAMILY} Variable", FAMILY) + "\n"


def make_pdf_font(style: str, weight: int, target: Path) -> None:
    """One whole TrueType font of a fixed weight: the web's variable subsets, pinned and put together again.

    The document maker wants static fonts that it can embed, and a family in two files with the same name would
    leave it to choose one of them.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    for subset in SUBSETS:
        font = TTFont(FONT / "files" / f"source-sans-3-{subset}-wght-{style}.woff2")
        font = instancer.instantiateVariableFont(font, {"wght": weight}, updateFontNames=False)
        font.flavor = None
        part = target.with_suffix(f".{subset}.part")
        font.save(part)
        parts.append(part)
    merged = Merger().merge([str(part) for part in parts])
    name_font(merged, style, weight)
    merged.save(target)
    for part in parts:
        part.unlink()


def make_fallback_font(source: Path, target: Path) -> None:
    """The package's web font as a TrueType file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    font = TTFont(source)
    font.flavor = None
    font.save(target)


def name_font(font: TTFont, style: str, weight: int) -> None:
    """Give the font the family, style and weight by which documents ask for it."""
    label = {400: "Regular", 600: "SemiBold", 700: "Bold"}[weight]
    if style == "italic":
        label = "Italic" if weight == 400 else f"{label} Italic"
    names = {
        1: FAMILY,
        2: label,
        4: f"{FAMILY} {label}",
        6: f"SourceSans3-{label.replace(' ', '')}",
        16: FAMILY,
        17: label,
    }
    for record in [record for record in font["name"].names if record.nameID in {*names, 25}]:
        font["name"].removeNames(record.nameID, record.platformID, record.platEncID, record.langID)
    for name_id, text in names.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight


def place(dist: Dist, themes: Path) -> None:
    """Fill `dist` from the packages, the themes and the portal's own files."""
    dist.add("designsystemet.css", (DESIGN_SYSTEM / "dist" / "src" / "index.css").read_bytes())
    dist.add_css("fonts.css", font_faces(), FONT)
    for theme in sorted(themes.glob("*.css")):
        dist.add(f"themes/{theme.name}", theme.read_bytes())
    for image in sorted((STATIC / "images").rglob("*.*")):
        dist.add(image.relative_to(STATIC).as_posix(), image.read_bytes())
    for sheet in sorted((STATIC / "css").glob("*.css")):
        dist.add_css(sheet.name, sheet.read_text("utf-8"), sheet.parent)
    for script in sorted((STATIC / "js").glob("*.js")):
        dist.add(script.name, script.read_bytes())
    for name, (style, weight) in PDF_FONTS.items():
        target = dist.keep(f"fonts/pdf/{name}")
        if not target.exists() or target.stat().st_mtime < (FONT / "package.json").stat().st_mtime:
            make_pdf_font(style, weight, target)
    for name, source in FALLBACK_FONTS.items():
        target = dist.keep(f"fonts/pdf/{name}")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            make_fallback_font(source, target)
    for name, licence in LICENCES.items():
        dist.put(f"licences/{name}", licence.read_bytes())


def place_dictionary() -> None:
    """Give the search its Swedish word list in the file names that a Hunspell reader expects."""
    DICTIONARIES.mkdir(parents=True, exist_ok=True)
    for source, name in (("index.aff", "sv.aff"), ("index.dic", "sv.dic"), ("license", "sv.licence.txt")):
        shutil.copyfile(SWEDISH / source, DICTIONARIES / name)


def main() -> None:
    """Fill both derived folders from the installed packages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--themes", type=Path, required=True)
    arguments = parser.parse_args()
    if not DESIGN_SYSTEM.exists():
        sys.exit("The front-end packages are not installed: run make assets")
    dist = Dist(DIST)
    place(dist, arguments.themes)
    dist.finish()
    place_dictionary()


if __name__ == "__main__":
    main()
