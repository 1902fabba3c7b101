"""Requests that name another host than the portal's are not answered: nothing of theirs can get into an address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def only_own_hosts(app: Wsgi, hosts: Sequence[str], address: str) -> Wsgi:
    """The application for requests to `hosts`; all others get 400 and the portal's true `address`, in plain text.

    Outside the application, because its pages are full of addresses, which cannot be made for an unknown host.
    """
    refusal = Response(
        f"Tämä ei ole Palvelutorin osoite. Oikea osoite on {address}\n"
        f"Det här är inte Servicetorgets adress. Den rätta adressen är {address}\n",
        400,
        {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        content_type="text/plain; charset=utf-8",
    )

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if host_is_trusted(environ.get("HTTP_HOST", ""), hosts):
            return app(environ, start_response)
        return refusal(environ, start_response)

    return answer
