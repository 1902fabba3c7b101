"""The pages of the office: every module of this room that adds routes to its blueprint."""

from __future__ import annotations

from marketplace.approvals import today
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.circulars import views as circulars
from marketplace.approvals.companies import views as companies
from marketplace.approvals.completion import views as completion
from marketplace.approvals.contesting import views as contesting
from marketplace.approvals.correcting import views as correcting
from marketplace.approvals.deciding import views as deciding
from marketplace.approvals.digest import views as digest
from marketplace.approvals.due_days import views as due_days
from marketplace.approvals.extending import views as extending
from marketplace.approvals.hearing import views as hearing
from marketplace.approvals.offer_changes import views as offer_changes
from marketplace.approvals.proofs import views as proofs
from marketplace.approvals.proposing import views as proposing
from marketplace.approvals.queue import views as queue
from marketplace.approvals.reviewing import handling_views, viewer
from marketplace.approvals.reviewing import views as reviewing
from marketplace.approvals.serving import views as serving
from marketplace.approvals.standing import condition_views, list_views, provider_views, yearly_views
from marketplace.approvals.standing import views as standing
from marketplace.approvals.statistics import views as statistics

__all__ = [
    "blueprint",
    "circulars",
    "companies",
    "completion",
    "condition_views",
    "contesting",
    "correcting",
    "deciding",
    "digest",
    "due_days",
    "extending",
    "handling_views",
    "hearing",
    "list_views",
    "offer_changes",
    "proofs",
    "proposing",
    "provider_views",
    "queue",
    "reviewing",
    "serving",
    "standing",
    "statistics",
    "today",
    "viewer",
    "yearly_views",
]
