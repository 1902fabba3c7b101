"""The blueprint of accounts' pages; the parts of this room add their routes to it."""

from __future__ import annotations

from marketplace.web.frame import feature_blueprint

blueprint = feature_blueprint("accounts", __name__, "/account")
