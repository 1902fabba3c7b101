"""The blueprint of applications: the pages on which a provider applies add their routes to it."""

from __future__ import annotations

from marketplace.web.frame import feature_blueprint

blueprint = feature_blueprint("applications", __name__)
