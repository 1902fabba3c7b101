"""The blueprint of the client's pages; the parts of this room and the rooms above add theirs to it."""

from __future__ import annotations

from marketplace.web.frame import feature_blueprint

blueprint = feature_blueprint("client_area", __name__, "/client")
