"""The plays of all workflows."""

from __future__ import annotations

from typing import Final

from tests.races import (
    agreeing,
    applying,
    asking,
    batching,
    circulating,
    companies,
    contesting,
    correcting,
    delivering,
    effects,
    granting,
    looking,
    nearby,
    offering,
    paying,
    recruiting,
    settling,
)

PLAYS: Final = (
    *agreeing.PLAYS,
    *companies.PLAYS,
    *applying.PLAYS,
    contesting.REVIEWS,
    correcting.CORRECTIONS,
    *asking.PLAYS,
    effects.ASKINGS,
    *offering.PLAYS,
    *recruiting.PLAYS,
    *paying.PLAYS,
    *granting.PLAYS,
    *looking.PLAYS,
    *nearby.PLAYS,
    *delivering.PLAYS,
    *settling.PLAYS,
    *batching.PLAYS,
    circulating.MESSAGES,
)
