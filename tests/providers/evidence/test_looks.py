"""What a proof counts for while nobody of the office has looked at it, and after it was returned."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.providers.evidence.rules import (
    LOOK,
    HeldProof,
    LookAction,
    LookState,
    Unaccepted,
    counting,
    not_returned,
)

TODAY = date(2026, 11, 22)
END = TODAY + timedelta(days=300)
SOON = TODAY + timedelta(days=14)


def proof(state: LookState | None, valid_until: date | None = END) -> HeldProof:
    found = {} if state is None else {"keusote": Unaccepted(state, SOON)}
    return HeldProof("tax", TODAY, valid_until, found)


@pytest.mark.parametrize(
    ("state", "valid_until", "ends"),
    [
        (None, END, END),
        (LookState.WAITING, END, SOON),
        (LookState.WAITING, None, SOON),
        (LookState.WAITING, SOON - timedelta(days=1), SOON - timedelta(days=1)),
    ],
)
def test_an_unseen_proof_counts_until_its_own_end_or_the_pilots_days(
    state: LookState | None, valid_until: date | None, ends: date
) -> None:
    [held] = counting([proof(state, valid_until)], "keusote")
    assert held.valid_until == ends


def test_a_returned_proof_counts_for_nothing_where_it_was_returned_and_as_before_elsewhere() -> None:
    returned = proof(LookState.RETURNED)
    assert counting([returned], "keusote") == not_returned([returned], "keusote") == []
    assert counting([returned], "soite") == not_returned([returned], "soite") == [returned]


def test_what_has_to_be_renewed_goes_by_the_proofs_own_end() -> None:
    assert not_returned([proof(LookState.WAITING)], "keusote")[0].valid_until == END


def test_what_was_found_can_be_found_otherwise() -> None:
    assert LOOK.next(LookState.ACCEPTED, LookAction.RETURN) == LookState.RETURNED
    assert LOOK.next(LookState.RETURNED, LookAction.ACCEPT) == LookState.ACCEPTED
