"""What the fields of the events about effects are called in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import About, Field, numbered
from marketplace.effects.labels import wave_name
from marketplace.i18n import _l


def _wave(value: Any, _about: About) -> str:
    return wave_name(int(value))


FIELDS: Final[dict[str, Field]] = {
    "effect_asking.client": Field(_l("Client"), numbered),
    "effect_asking.pilot": Field(_l("Pilot")),
    "effect_asking.wave": Field(_l("When it was asked"), _wave),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
