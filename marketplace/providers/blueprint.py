"""The blueprint of the provider's own pages; the rooms of this feature add their routes to it."""

from __future__ import annotations

from marketplace.web.frame import feature_blueprint

blueprint = feature_blueprint("providers", __name__, "/provider")
