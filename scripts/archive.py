"""The portal as one archive, with everything that is made from sources: installed from it, a server needs no Node.

    python -m scripts.archive build

The same commit gives the same archive, byte for byte. How to install it: docs/operations.md.
"""

import gzip
import io
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

from marketplace.config import VERSION

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = (
    "tests/",
    "benchmarks/",
    "scripts/",
    ".ci/",
    ".git",
    ".dockerignore",
    ".pre-commit",
    "package",
    ".npmrc",
    ".editorconfig",
)
"""What only those need who work on the portal."""

MADE = ("marketplace/static/dist", "marketplace/language/dictionaries")


def members(root: Path) -> list[Path]:
    """Everything that belongs into the archive."""
    tracked = _git(root, "ls-files", "-z").decode().split("\0")
    kept = [root / name for name in tracked if name and not name.startswith(LEFT_OUT)]
    made = [path for folder in MADE for path in (root / folder).rglob("*") if path.is_file()]
    texts = list((root / "translations").rglob("*.mo"))
    bill = root / "build" / "sbom.json"
    return sorted({*kept, *made, *texts, *([bill] if bill.exists() else [])})


def write(root: Path, target: Path, paths: Iterable[Path]) -> None:
    """Write the archive; times and owners are the same whoever makes it."""
    moment = int(_git(root, "log", "-1", "--format=%ct"))
    top = target.name.removesuffix(".tar.gz")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in paths:
            info = archive.gettarinfo(path, f"{top}/{path.relative_to(root).as_posix()}")
            info.mtime, info.uid, info.gid, info.uname, info.gname = moment, 0, 0, "root", "root"
            info.mode = 0o755 if info.mode & 0o100 else 0o644
            with path.open("rb") as content:
                archive.addfile(info, content)
    with target.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=moment) as squeezed:
        squeezed.write(packed.getvalue())


def _git(root: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, check=True).stdout


def main() -> None:
    """Write the archive into the folder that is named, and say where it is."""
    if len(sys.argv) != 2:
        sys.exit("Give the folder to write into")
    target = Path(sys.argv[1]) / f"palvelutori-{VERSION}.tar.gz"
    write(ROOT, target, members(ROOT))
    sys.stdout.write(f"{target}: {target.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
