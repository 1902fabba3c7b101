"""Where the data of pilots lies: what ships with the portal, and the content folder of those who run it.

Both are laid out alike, so that everything the documentation says of one holds for the other:

    definitions/        one file per pilot
      common/           parts that pilots include
    data/               vocabularies, organisations, themes, synonyms
      logos/
      texts/            what the demo says of a service

The own folder is the setting PILOTS_DIR. Its entries are added to the shipped ones; one with a key that the portal has
already takes its place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).parent
DEFINITIONS: Final = SHIPPED / "definitions"
DATA: Final = SHIPPED / "data"

_own: Path | None = None


def use(folder: Path | None) -> None:
    """Make `folder` the own content folder of this process; None when there is only what ships."""
    global _own  # noqa: PLW0603 - one setting of the process, known before anything is read
    _own = folder


def own_folder() -> Path | None:
    """The own content folder, if there is one."""
    return _own


def data_folders() -> list[tuple[Path, Path]]:
    """The folders of data, the shipped one first, each with the folder under which its files are named in messages."""
    own = [(_own / "data", _own)] if _own is not None else []
    return [(DATA, DATA), *own]


def data_files(name: str) -> list[tuple[Path, Path]]:
    """The files of this name that there are, the shipped one first, each with the folder that names it."""
    return [(folder / name, root) for folder, root in data_folders() if (folder / name).is_file()]


def definition_files(*, shipped: bool, own: bool = True) -> list[Path]:
    """The files of pilots, by name; an own file takes the place of a shipped one of the same name.

    Shared parts lie in the subfolders and are no pilots.
    """
    folders = [DEFINITIONS] if shipped else []
    if own and _own is not None:
        folders.append(_own / "definitions")
    files = {path.name: path for folder in folders for path in folder.glob("*.yaml")}
    return [files[name] for name in sorted(files)]
