"""Parameters that others add to links they share or count are passed over in silence, on every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import unquote_plus

from marketplace.web.hosts import Wsgi

TAGS_OF_OTHERS: Final = re.compile(
    r"utm_\w*|mtm_\w*|pk_\w*|hsa_\w*|_hs\w*|mc_[ce]id|[gfy]clid|fbclid|gclsrc|gbraid|wbraid|msclkid|dclid|twclid"
    r"|ttclid|li_fat_id|igshid|igsh|_gl|_ga|ref|ref_src|srsltid|yclid|epik|vero_id|s_cid|gad_\w+",
    re.IGNORECASE,
)
"""Names of such parameters: none is one of the portal's own."""


def without_tags(app: Wsgi) -> Wsgi:
    """The application, to which the tags of others in a query string are as if they had never been there.

    Outside the application, so that no page calls them unknown, no kept page is made again for each of them, and no
    address that a page gives carries them on.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        if query:
            environ["QUERY_STRING"] = "&".join(pair for pair in query.split("&") if not _is_tag(pair))
        return app(environ, start_response)

    return answer


def _is_tag(pair: str) -> bool:
    return bool(TAGS_OF_OTHERS.fullmatch(unquote_plus(pair.partition("=")[0])))
