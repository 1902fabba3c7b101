"""The blueprint of a provider's offers: the editor's pages and the steps add their routes to it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("offers", __name__, url_prefix="/<int:provider_id>/offers")
