"""The blueprint of recruiting: invitations and information sessions add their routes to it."""

from __future__ import annotations

from marketplace.web.frame import feature_blueprint

blueprint = feature_blueprint("recruiting", __name__)
