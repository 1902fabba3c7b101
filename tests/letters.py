"""A listener for the whole run: a letter with a link that leads nowhere fails the test that wrote it."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import event
from werkzeug.exceptions import HTTPException

from marketplace.outbox import OutboxMessage

LINK: Final = re.compile(r"https?://[^\s<>\"]+")


def follow_links() -> None:
    """Listen from now on."""
    event.listen(OutboxMessage, "init", _check)


def own_links(body: str, public_url: str) -> list[str]:
    """The paths of the portal's own pages that a letter names."""
    return [urlsplit(link).path for link in LINK.findall(body) if link.startswith(f"{public_url}/")]


def _check(_message: OutboxMessage, _positional: Any, content: dict[str, Any]) -> None:
    pages = current_app.url_map.bind("")
    for path in own_links(content.get("body", ""), current_app.extensions["settings"].public_url):
        try:
            pages.match(path, method="GET")
        except HTTPException as error:
            raise AssertionError(f"the letter {content['template']} leads to {path}: {error}") from error
