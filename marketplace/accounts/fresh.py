"""Acts that need a fresh proof of who one is: what a thief of an open session would do first.

A view that is always sensitive is marked `@fresh` below `@requires`; one that is so for some entries only calls
`demand_proof`. What was written is kept and comes back after the proof (`proof.py`).
"""

from __future__ import annotations

import functools
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts.sessions.rules import proof_is_fresh
from marketplace.web.frame import SAFE_METHODS, View, now


class ProofNeeded(Exception):
    """The person showed who they are too long ago for this, and does so first (`proof.py`)."""


def fresh(view: View) -> View:
    """Ask for a proof before a form of this view is dealt with, unless there was one within ten minutes."""

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if request.method not in SAFE_METHODS:
            demand_proof()
        return view(*args, **kwargs)

    guarded.needs_proof = True  # type: ignore[attr-defined]
    return guarded


def demand_proof() -> None:
    """Raises ProofNeeded when the person showed who they are more than ten minutes ago."""
    if not proof_is_fresh(current_user.proved_at, now()):
        raise ProofNeeded()
