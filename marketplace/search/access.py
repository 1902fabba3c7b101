"""The catalogue of the running application, opened at the first request of each process."""

from __future__ import annotations

import threading
from typing import cast

from flask import current_app

from marketplace.search.catalogue import Catalogue
from marketplace.web.frame import settings

_opening = threading.Lock()


def catalogue() -> Catalogue:
    """The process's catalogue. Each worker process opens its own: SQLite connections do not survive a fork."""
    with _opening:
        if "catalogue" not in current_app.extensions:
            found = settings()
            current_app.extensions["catalogue"] = Catalogue(found.index_dir, server=found.search_server)
    return cast(Catalogue, current_app.extensions["catalogue"])
