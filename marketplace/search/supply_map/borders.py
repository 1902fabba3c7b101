"""The borders of the municipalities, coarse, as `scripts/borders.py` has made them from open data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).resolve().parent / "borders.json"

Point = tuple[float, float]
"""Longitude and latitude in degrees (WGS 84)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A municipality: the rings of its border, the largest first, and the point where its name has the most room."""

    rings: tuple[tuple[Point, ...], ...]
    name: Point


@dataclass(frozen=True, slots=True)
class Borders:
    """All municipalities by code, whose data it is, and its licence."""

    source: str
    licence: str
    shapes: Mapping[str, Shape]


@cache
def borders() -> Borders:
    """The borders, read once in a process."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    return Borders(
        kept["source"],
        kept["licence"],
        {
            code: Shape(
                tuple(tuple((x, y) for x, y in ring) for ring in shape["rings"]), tuple(shape["name"])
            )
            for code, shape in kept["municipalities"].items()
        },
    )
