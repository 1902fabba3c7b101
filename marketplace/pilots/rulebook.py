"""The rulebook that a provider accepts: its sections, and the pilot's own figures in their texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from marketplace.i18n import LANGUAGES, LocalizedText
from marketplace.pilots.texts import ContentModel, Text


class RulebookSection(ContentModel):
    """A heading and its paragraphs."""

    heading: Text
    paragraphs: Annotated[tuple[Text, ...], Field(min_length=1)]


class Figure(StrEnum):
    """A figure of the pilot's own that a text of the rulebook names in braces, so that rules and texts never differ."""

    CLIENT_DAYS = "client_days"
    PROVIDER_DAYS = "provider_days"
    PRICE_CHANGE_DAYS = "price_change_days"
    OLDEST_DAYS = "oldest_days"
    OBJECTION_DAYS = "objection_days"
    CANCELLATION_HOURS = "cancellation_hours"
    CANCELLATION_PERCENT = "cancellation_percent"
    FREEZE_DAY = "freeze_day"
    STATEMENT_DAYS = "statement_days"


FIGURE: Final = re.compile(r"\{(\w+)\}")
"""The place of a figure in a text."""


class Rulebook(ContentModel):
    """The rules a provider accepts, by version. This is the general part; the service parts are on the services."""

    version: Annotated[str, Field(pattern=r"^\d+(\.\d+)*$")]
    valid_from: date
    general: Annotated[tuple[RulebookSection, ...], Field(min_length=1)]


def filled(text: LocalizedText, figures: Mapping[Figure, str]) -> LocalizedText:
    """The text with the figures in their places. Raises ValueError for a figure that no pilot has."""
    return LocalizedText(
        **{
            language: FIGURE.sub(lambda place: figures[Figure(place[1])], text[language])
            for language in LANGUAGES
        }
    )
