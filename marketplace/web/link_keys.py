"""Keys of links that come by mail: they go from the address into the browser at once.

An address stands in the history of the browser, in logs of machines between, and in what is copied to others; a key in
it would stand there as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace.web.frame import cookie_name, drop_cookie, keep_cookie

PARAMETER: Final = "key"

_KEPT: Final = timedelta(days=1)
"""How long the browser keeps a key: long enough to find a password. After that the link of the mail leads here."""


@dataclass(frozen=True, slots=True)
class LinkKey:
    """The key of one kind of link, in the cookie `name`: whoever signs in on the way comes back to it."""

    name: str

    def held(self) -> str:
        """The key that the browser holds, or an empty text."""
        return request.cookies.get(cookie_name(self.name), "")

    def keep(self, key: str, *, onward: str) -> Response:
        """Take the key of the address into the browser and lead on without it."""
        response = redirect(onward)
        keep_cookie(response, self.name, key, lasts=_KEPT)
        return response

    def forget(self, response: Response) -> None:
        """The key has done its work."""
        drop_cookie(response, self.name)
