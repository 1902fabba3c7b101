"""Which engine the catalogue has: the embedded one, or the search server that the settings name."""

from __future__ import annotations

from pathlib import Path

from marketplace.backends import SearchServer
from marketplace.search.engine import Engine
from marketplace.search.offer_index import OfferIndex


def engine_of(folder: Path, server: SearchServer | None) -> Engine:
    """The engine of a portal: over the index folder of this machine, or over a server that machines share."""
    if server is None:
        return OfferIndex(folder)
    from marketplace.search.opensearch.engine import OpenSearchOffers

    return OpenSearchOffers(server)
