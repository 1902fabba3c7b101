"""Legal force, and every state and action of a request for a review."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.approvals.contesting.rules import (
    REVIEW,
    AskedReview,
    Force,
    LegalForce,
    ReviewAction,
    ReviewState,
    legal_force,
)
from marketplace.offers.pricing.days import is_day_off

SERVED = date(2026, 11, 27)
LAST = date(2026, 12, 11)
REVIEWED = date(2026, 12, 20)


@pytest.mark.parametrize("action", list(ReviewAction))
@pytest.mark.parametrize("state", list(ReviewState))
def test_every_state_and_action_of_a_request(state: ReviewState, action: ReviewAction) -> None:
    settles = state is ReviewState.PENDING and action in REVIEW.outcomes
    records = (state, action) == (ReviewState.NEW, ReviewAction.RECORD)
    assert REVIEW.allows(state, action) == (settles or records)


@pytest.mark.parametrize(
    ("served_on", "requests", "today", "found"),
    [
        (None, [], LAST, LegalForce(Force.UNSERVED)),
        (SERVED, [], LAST, LegalForce(Force.OPEN, LAST)),
        (SERVED, [], date(2026, 12, 12), LegalForce(Force.FINAL, date(2026, 12, 12))),
        (date(2026, 12, 10), [], date(2026, 12, 25), LegalForce(Force.OPEN, date(2026, 12, 28))),
        (SERVED, [AskedReview(ReviewState.PENDING, None)], date(2027, 1, 8), LegalForce(Force.PENDING)),
        (SERVED, [AskedReview(ReviewState.UPHELD, REVIEWED)], REVIEWED, LegalForce(Force.UPHELD, REVIEWED)),
        (SERVED, [AskedReview(ReviewState.CHANGED, REVIEWED)], REVIEWED, LegalForce(Force.CHANGED, REVIEWED)),
        (
            SERVED,
            [AskedReview(ReviewState.SET_ASIDE, REVIEWED)],
            REVIEWED,
            LegalForce(Force.SET_ASIDE, REVIEWED),
        ),
        (
            SERVED,
            [AskedReview(ReviewState.DISMISSED, REVIEWED)],
            REVIEWED,
            LegalForce(Force.FINAL, date(2026, 12, 12)),
        ),
    ],
)
def test_legal_force_follows_service_days_off_and_reviews(
    served_on: date | None, requests: list[AskedReview], today: date, found: LegalForce
) -> None:
    assert legal_force(served_on, requests, today, is_day_off) == found
