"""Result pages that are kept ready for visitors who are not signed in.

A page depends on its address, the state of the index and the day. As long as these are the same it is sent again
without being made again, compressed, and not at all to a browser that has it. A new state of the index drops every
page, so nothing stale is ever shown.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Request, Response
from flask import session as browser_session
from flask_login import current_user

from marketplace.web.compression import accepts_gzip, etag_of, gzipped

PRIVATE: Final = {"Vary": "Accept-Encoding, Cookie", "Cache-Control": "private, no-cache"}

OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Vary": "Accept-Encoding",
    "Cache-Control": "public, no-cache",
}

MOST_PAGES: Final = 300

MOST_BYTES: Final = 25 * 1024 * 1024
"""So much of a process is filled at most, whatever addresses somebody makes up."""


@dataclass(frozen=True, slots=True)
class CachedPage:
    """A finished page, as it is and compressed."""

    body: bytes
    gzipped: bytes
    etag: str

    @property
    def size(self) -> int:
        """How many bytes it fills."""
        return len(self.body) + len(self.gzipped)


class PageCache:
    """The pages used last, for one state of the index."""

    def __init__(
        self, content_type: str = "text/html; charset=utf-8", headers: Mapping[str, str] = PRIVATE
    ) -> None:
        self._content_type = content_type
        self._headers = headers
        self._state: Hashable = None
        self._pages: OrderedDict[Hashable, CachedPage] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def answer(
        self, request: Request, state: Hashable, make: Callable[[], tuple[Response, bool]], language: str
    ) -> Response:
        """The page for a request. `make` makes it and says whether it may be kept; `state` is what it depends on."""
        if current_user.is_authenticated or "_flashes" in browser_session:
            return make()[0]
        name = (language, request.full_path)
        page = self._find(state, name)
        if page is None:
            response, may_be_kept = make()
            if response.status_code != 200 or not may_be_kept:
                return response
            body = response.get_data()
            page = CachedPage(body, gzipped(body), etag_of(body))
            self._keep(state, name, page)
        small = accepts_gzip(request)
        response = Response(page.gzipped if small else page.body, content_type=self._content_type)
        if small:
            response.headers["Content-Encoding"] = "gzip"
        response.headers.update(self._headers)
        response.set_etag(page.etag, weak=True)
        return response.make_conditional(request)  # type: ignore[return-value]  # it returns itself

    def _find(self, state: Hashable, name: Hashable) -> CachedPage | None:
        with self._lock:
            if state != self._state:
                self._state = state
                self._pages.clear()
                self._size = 0
            page = self._pages.get(name)
            if page is not None:
                self._pages.move_to_end(name)
            return page

    def _keep(self, state: Hashable, name: Hashable, page: CachedPage) -> None:
        with self._lock:
            if state != self._state or page.size > MOST_BYTES // 10:  # one alone pushes few others out
                return
            if (former := self._pages.pop(name, None)) is not None:
                self._size -= former.size
            self._pages[name] = page
            self._size += page.size
            while len(self._pages) > MOST_PAGES or self._size > MOST_BYTES:
                _name, oldest = self._pages.popitem(last=False)
                self._size -= oldest.size
