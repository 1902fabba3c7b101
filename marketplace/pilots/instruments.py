"""What a set of questions holds that asks people how they are: its items, its scale, and when it is asked."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from marketplace.pilots.entries import Named
from marketplace.pilots.texts import ContentModel, Key, Text

MOST_POINTS = 11
"""So many points a scale has at most: each is a target that a thumb can hit on a telephone."""


class AnswerScale(ContentModel):
    """The whole numbers with which an item is answered, and what the two ends mean.

    `names`: what each point is called, from the least on, where points have words instead of numbers.
    """

    least: int
    most: int
    least_text: Text
    most_text: Text
    names: tuple[Text, ...] = ()

    @property
    def points(self) -> range:
        """Every answer there is, from the least to the most."""
        return range(self.least, self.most + 1)

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if not 2 <= self.most - self.least + 1 <= MOST_POINTS:
            raise PydanticCustomError(
                "scale", "a scale has 2 to {most} points: set least and most", {"most": MOST_POINTS}
            )
        if self.names and len(self.names) != len(self.points):
            raise PydanticCustomError(
                "scale",
                "there are {names} names for {points} points",
                {"names": len(self.names), "points": len(self.points)},
            )
        return self


class InstrumentItem(ContentModel):
    """One question: in words of its own, and in plain language."""

    key: Key
    text: Text
    plain: Text


class AnswerBand(ContentModel):
    """A stretch of the scale, from its least point to its most, and what it is called."""

    key: Key
    least: int = Field(validation_alias="from")
    most: int = Field(validation_alias="to")
    name: Text


class Instrument(Named):
    """A set of questions (a measure of well-being, our own question about the budget).

    `rights` says who may use it and `source` where it comes from. `asks`: how things are now (`state`: what is told is
    the change of those who answered twice) or how something has changed (`change`). `scoring`: every item stands for
    itself (`each`) or all are added up (`sum`). `bands` go from the worst to the best and cover the scale, or the sum:
    an answer in a better band than before is an improvement. `interval`: months after the start at which it is asked.
    `organisations`: who may use it; empty: all. `demo`: invented for trying the portal out, said so on every page, and
    never asked in production or where the organisation has another set that asks for the state.
    """

    version: Annotated[str, Field(min_length=1, max_length=20)]
    purpose: Text
    rights: Text
    source: Annotated[str, Field(min_length=1)]
    asks: Literal["state", "change"]
    demo: bool = False
    scale: AnswerScale
    items: Annotated[tuple[InstrumentItem, ...], Field(min_length=1)]
    scoring: Literal["each", "sum"]
    bands: Annotated[tuple[AnswerBand, ...], Field(min_length=2)]
    interval: Annotated[tuple[Annotated[int, Field(ge=0, le=120)], ...], Field(min_length=1)]
    organisations: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _holds(self) -> Self:
        keys = [item.key for item in self.items]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise PydanticCustomError("items", "two items have the key “{key}”", {"key": twice})
        if any(later <= earlier for earlier, later in pairwise(self.interval)):
            raise PydanticCustomError(
                "interval", "write the months of interval in order, each once: [0, 3, 12]"
            )
        if self.scoring == "sum" and self.asks == "change":
            raise PydanticCustomError("scoring", "what asks for a change has no sum: write scoring: each")
        least, most = self.range
        stretches = sorted((band.least, band.most) for band in self.bands)
        covered = [point for low, high in stretches for point in range(low, high + 1)]
        if covered != list(range(least, most + 1)):
            raise PydanticCustomError(
                "bands",
                "the bands cover {least}–{most} without a gap, each point once",
                {"least": least, "most": most},
            )
        return self

    @property
    def range(self) -> tuple[int, int]:
        """The least and the most of what bands divide: an answer, or the sum of all."""
        times = len(self.items) if self.scoring == "sum" else 1
        return self.scale.least * times, self.scale.most * times

    def rank(self, value: int) -> int:
        """The place of the value's band, counted from the worst. Raises ValueError for a value outside of them."""
        for place, band in enumerate(self.bands):
            if band.least <= value <= band.most:
                return place
        raise ValueError(f"{self.key} has no band for {value}")

    def item(self, key: str) -> InstrumentItem | None:
        """The item with this key."""
        return next((item for item in self.items if item.key == key), None)
