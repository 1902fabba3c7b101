"""The blueprint of this feature: the provider's pages and the office's add their routes to it."""

from __future__ import annotations

from marketplace.web.frame import feature_blueprint

blueprint = feature_blueprint("approvals", __name__)
