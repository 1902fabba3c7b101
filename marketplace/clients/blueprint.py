"""The blueprint of the counsellor's pages about clients; the parts of this room and rooms above add their pages."""

from __future__ import annotations

from marketplace.web.frame import feature_blueprint

blueprint = feature_blueprint("clients", __name__, "/counsellor/clients")
