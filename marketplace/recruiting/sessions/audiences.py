"""Whom information sessions are for, from `audiences.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from marketplace.i18n import LocalizedText

FILE: Final = Path(__file__).with_name("audiences.yaml")
FIRST: Final = "providers"
"""What sessions were for before there was a choice."""


@dataclass(frozen=True, slots=True)
class Audience:
    """A kind of visitors; `asks_company`: they are asked which company they come from."""

    key: str
    name: LocalizedText
    asks_company: bool


@cache
def audiences() -> Mapping[str, Audience]:
    """Every audience by key, in the order of the file."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        row["key"]: Audience(row["key"], LocalizedText(**row["name"]), row["asks_company"]) for row in rows
    }
