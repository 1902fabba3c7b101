"""Keys of links that come by mail: they go from the address into the browser at once.

An address stands in the history of the browser, in logs of machines between, and in what is copied to others; a key in
it would stand there as long. So every link with a key has it behind the `?`, where no log of ours looks, and leads on
to an address without it. What the key opens is looked for by the key each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace.errors import NotFound
from marketplace.i18n import _l
from marketplace.web.frame import cookie_name, drop_cookie, keep_cookie

PARAMETER: Final = "key"

_KEPT: Final = timedelta(days=2)
"""How long the browser keeps a key: as long as the link that confirms a registration holds, so that who
registers on the way comes back. After that the link of the mail leads here again."""


_LONGEST: Final = 200
"""More characters than any key has. Whoever makes up links to the portal could otherwise fill the browsers of who
follows them with cookies, until servers refuse what such a browser sends, for as long as keys are kept.
"""


@dataclass(frozen=True, slots=True)
class LinkKey:
    """The key of one kind of link, in the cookie `name`: whoever signs in on the way comes back to it.

    Where somebody may have several links of a kind, `of` is the id of what a link opens: each has a cookie of its own,
    so that a page that stands open in one tab does not act on what another tab has opened.
    """

    name: str

    def given(self) -> str | None:
        """The key in the address, or None."""
        return request.args.get(PARAMETER)

    def held(self, of: int | None = None) -> str:
        """The key that the browser holds, or an empty text."""
        return request.cookies.get(self._cookie(of), "")

    def demanded(self, of: int) -> str:
        """The key that the browser holds for this. Raises NotFound, which says to open the link again."""
        key = self.held(of)
        if not key:
            raise NotFound(
                _l(
                    "Open the link in the letter again. The browser remembers for two days that you have opened it."
                )
            )
        return key

    def keep(self, key: str, *, onward: str, of: int | None = None) -> Response:
        """Take the key of the address into the browser and lead on without it.

        What can be no key is not kept; the page that it leads to says that the link opens nothing.
        """
        kept = key if len(key) <= _LONGEST and key.isascii() else ""
        response = redirect(onward)
        response.headers["Referrer-Policy"] = "no-referrer"
        keep_cookie(response, self._cookie(of, bare=True), kept, lasts=_KEPT)
        return response

    def forget(self, response: Response, of: int | None = None) -> Response:
        """The key has done its work."""
        drop_cookie(response, self._cookie(of, bare=True))
        return response

    def _cookie(self, of: int | None, *, bare: bool = False) -> str:
        name = self.name if of is None else f"{self.name}-{of}"
        return name if bare else cookie_name(name)
