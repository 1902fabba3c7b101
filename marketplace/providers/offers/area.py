"""The rooms around a provider's offers, as `providers.views` opens them: offers with their steps, and photos."""

from __future__ import annotations

from marketplace.providers.offers import step_views, views
from marketplace.providers.offers.blueprint import blueprint as offers
from marketplace.providers.photos.views import blueprint as photos

__all__ = ["rooms", "step_views", "views"]

rooms = (offers, photos)
