"""A portal without content for looking at components."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server


@pytest.fixture(scope="session")
def gallery_address(core_app: Flask) -> Iterator[str]:
    """Where the gallery's portal answers: pages that need no data."""
    server = make_server("127.0.0.1", 0, core_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
