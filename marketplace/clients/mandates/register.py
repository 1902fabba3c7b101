"""Asking the register of mandates (Suomi.fi-valtuudet) whether somebody may act for somebody else.

`MandateRegister` is the interface; `SuomiFiRegister` speaks its Authorization REST API: a call names both by their
personal identity codes and is signed by a checksum over its path and the moment (HMAC-SHA-256), which the register
takes five minutes before and after. It answers ALLOWED or DISALLOWED and never why. The codes are used for the call and
kept nowhere, neither here nor in a log.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Final, Protocol
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from marketplace.config import Settings
from marketplace.errors import DomainError
from marketplace.i18n import _l

TIMEOUT_SECONDS: Final = 10
MOST_BYTES: Final = 64 * 1024
HEADER: Final = "X-AsiointivaltuudetAuthorization"


class NoRegisterAnswer(DomainError):
    """The register did not answer, or answered something else than it should: whether it allows is not known."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            _l(
                "The register of mandates does not answer now. Try again in a while, or write down a mandate that was "
                "given on paper."
            )
        )


class MandateRegister(Protocol):
    """Where mandates between people are kept."""

    def allows(self, agent: str, principal: str, *, asked_by: str, now: datetime) -> bool:
        """Whether the agent may act for the principal, both by identity code; `asked_by` names who asks, for the
        register's own log. Raises NoRegisterAnswer.
        """


def mandate_register(settings: Settings) -> MandateRegister | None:
    """The register that the settings name, or None."""
    wanted = settings.authorizations
    return None if wanted is None else SuomiFiRegister(wanted.url, wanted.client_id, wanted.key)


def checksum_header(client_id: str, key: str, path: str, now: datetime) -> str:
    """What signs a call: our name, the moment, and the checksum over the path with its query and the moment."""
    moment = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    checksum = hmac.digest(key.encode(), f"{path} {moment}".encode(), hashlib.sha256)
    return f"{client_id} {moment} {base64.b64encode(checksum).decode()}"


class _FollowsNothing(HTTPRedirectHandler):
    """Goes where the settings say and nowhere else: the address holds identity codes."""

    def redirect_request(self, *_of_answer: object) -> None:
        """Follow nothing."""


_OPENER: Final = build_opener(_FollowsNothing())


@dataclass(frozen=True, slots=True)
class SuomiFiRegister:
    """The register of the Digital and Population Data Services Agency."""

    url: str
    client_id: str
    key: str

    def allows(self, agent: str, principal: str, *, asked_by: str, now: datetime) -> bool:
        """See `MandateRegister`."""
        people = "/".join(quote(each.strip().upper(), safe="") for each in (agent, principal))
        query = urlencode({"requestId": str(uuid.uuid4())})
        path = f"/service/rest/hpa/authorization/{quote(self.client_id, safe='')}/{people}?{query}"
        call = Request(  # noqa: S310 - config takes http(s) only
            self.url + path,
            headers={
                "Accept": "application/json",
                "X-userId": asked_by,
                HEADER: checksum_header(self.client_id, self.key, path, now),
            },
        )
        try:
            with _OPENER.open(call, timeout=TIMEOUT_SECONDS) as answer:
                result = json.loads(answer.read(MOST_BYTES))["result"]
        except HTTPError as error:
            error.close()
            raise NoRegisterAnswer from None  # the address, which the error tells, holds the codes
        except (OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError):
            raise NoRegisterAnswer from None
        if result not in ("ALLOWED", "DISALLOWED"):
            raise NoRegisterAnswer
        return bool(result == "ALLOWED")
