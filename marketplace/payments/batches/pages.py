"""All of the payer's pages: importing this module gives the blueprint with every page of it."""

from __future__ import annotations

from marketplace.payments.batches import payment_views, stripe_views, views
from marketplace.payments.batches.blueprint import blueprint

__all__ = ["blueprint", "payment_views", "stripe_views", "views"]
