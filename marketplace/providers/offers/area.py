"""The rooms around a provider's offers, as `providers.views` opens them: offers, photos, the price list."""

from __future__ import annotations

from marketplace.providers.offers import step_views, views
from marketplace.providers.offers.blueprint import blueprint as offers
from marketplace.providers.photos.views import blueprint as photos
from marketplace.providers.pricelists.views import blueprint as pricelists

__all__ = ["rooms", "step_views", "views"]

rooms = (offers, photos, pricelists)
