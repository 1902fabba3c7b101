"""The pages of the office: every module of this room that adds routes to its blueprint."""

from __future__ import annotations

from marketplace.approvals import today
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.offer_changes import views as offer_changes
from marketplace.approvals.reviewing import (
    correction_views,
    handling_views,
    hearing_views,
    queue_views,
    step_views,
    viewer,
    views,
)
from marketplace.approvals.standing import provider_views
from marketplace.approvals.standing import views as standing

__all__ = [
    "blueprint",
    "correction_views",
    "handling_views",
    "hearing_views",
    "offer_changes",
    "provider_views",
    "queue_views",
    "standing",
    "step_views",
    "today",
    "viewer",
    "views",
]
