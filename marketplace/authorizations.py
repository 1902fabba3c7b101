"""Speaking with the register of mandates (Suomi.fi-valtuudet): how a call is signed, and what counts as an answer.

Each call carries a checksum over its path and the moment (HMAC-SHA-256), which the register takes five minutes before
and after. Paths hold personal identity codes: they are used for the call and kept nowhere, neither in an error nor in
a log.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT_SECONDS: Final = 10
MOST_BYTES: Final = 64 * 1024
HEADER: Final = "X-AsiointivaltuudetAuthorization"


class NoMandateAnswer(Exception):
    """The register did not answer, or answered something that is no answer; nothing of the call is told."""


class Unauthorised(NoMandateAnswer):
    """The call is not accepted (401): the session is over or another's, our clock is off, or a key is wrong."""


class _FollowsNothing(HTTPRedirectHandler):
    """Goes where the settings say and nowhere else: the address holds identity codes."""

    def redirect_request(self, *_of_answer: object) -> None:
        """Follow nothing."""


_OPENER: Final = build_opener(_FollowsNothing())


def checksum_header(client_id: str, key: str, path: str, now: datetime) -> str:
    """What signs a call: our name, the moment, and the checksum over the path with its query and the moment."""
    moment = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    checksum = hmac.digest(key.encode(), f"{path} {moment}".encode(), hashlib.sha256)
    return f"{client_id} {moment} {base64.b64encode(checksum).decode()}"


def path_of(*parts: str, **query: str) -> str:
    """The path of a call with its query, which names the call for the register's own log."""
    named = urlencode({"requestId": str(uuid.uuid4()), **query})
    return "/" + "/".join(quote(each, safe="") for each in parts) + f"?{named}"


@dataclass(frozen=True, slots=True)
class Connection:
    """The register at an address, the name by which it knows us, and the key that signs our calls."""

    url: str
    client_id: str
    key: str = field(repr=False)

    def get(self, path: str, *, now: datetime, **headers: str) -> Any:
        """What the register answers to a signed call, as JSON. Raises NoMandateAnswer."""
        signed = {HEADER: checksum_header(self.client_id, self.key, path, now)}
        return self._answer(path, headers | signed)

    def token(self, password: str, *, code: str, return_address: str) -> str:
        """What an authorisation code is exchanged for, once (OAuth 2.0). Raises NoMandateAnswer."""
        who = base64.b64encode(f"{self.client_id}:{password}".encode()).decode()
        asked = {"grant_type": "authorization_code", "redirect_uri": return_address, "code": code}
        answer = self._answer(f"/oauth/token?{urlencode(asked)}", {"Authorization": f"Basic {who}"}, b"")
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise NoMandateAnswer
        return token

    def _answer(self, path: str, headers: Mapping[str, str], content: bytes | None = None) -> Any:
        call = Request(  # noqa: S310 - config takes http(s) only
            self.url + path, content, {"Accept": "application/json", **headers}
        )
        try:
            with _OPENER.open(call, timeout=TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read(MOST_BYTES))
        except HTTPError as error:
            error.close()
            raise (
                Unauthorised if error.code == 401 else NoMandateAnswer
            ) from None  # the address is told by the error
        except (OSError, HTTPException, ValueError, RecursionError):
            raise NoMandateAnswer from None
