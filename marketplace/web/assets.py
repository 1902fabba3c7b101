"""The front-end files and their addresses."""

from __future__ import annotations

import functools
import json
from typing import Final, cast

from marketplace.config import ROOT

MANIFEST: Final = ROOT / "marketplace" / "static" / "dist" / "manifest.json"


def _manifest() -> dict[str, str]:
    """The front-end files by their logical names, as they are now: colours may be added while the portal runs."""
    try:
        return _manifest_of(MANIFEST.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


@functools.lru_cache(maxsize=1)
def _manifest_of(_written: int) -> dict[str, str]:
    return cast(dict[str, str], json.loads(MANIFEST.read_text(encoding="utf-8")))


def has_asset(name: str) -> bool:
    """Whether there is a front-end file of this logical name."""
    return name in _manifest()


def asset(name: str) -> str:
    """The address of a front-end file by its logical name, for example `app.css`."""
    return f"/static/dist/{_manifest().get(name, name)}"
