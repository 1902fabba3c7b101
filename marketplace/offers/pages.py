"""The pages around a provider's offers, which `wiring/pages.py` puts into the provider's area."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.i18n import _
from marketplace.offers import labels, step_views, views
from marketplace.offers.blueprint import blueprint as offers
from marketplace.offers.new_clients import blueprint as new_clients
from marketplace.offers.photos.views import blueprint as photos
from marketplace.offers.pricelists.views import blueprint as pricelists
from marketplace.offers.publishing.changes import minutes_text
from marketplace.providers.models import Provider

__all__ = ["offers_link", "rooms", "step_views", "views"]

rooms = (offers, new_clients, photos, pricelists)


@offers.app_context_processor
def _area() -> dict[str, Any]:
    """What templates of offers need beside those of the provider's area: the words of this room."""
    return {"offer_labels": labels, "minutes_text": minutes_text}


def offers_link(provider: Provider) -> tuple[str, str]:
    """The offers among the pages of the provider's area."""
    return _("Offers"), url_for("providers.offers.index", provider_id=provider.id)
