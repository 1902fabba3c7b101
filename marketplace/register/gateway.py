"""The only file that speaks to the register: its open API over HTTP, and what its answers mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import requests

from marketplace.config import Settings
from marketplace.register.rules import PATHS, RegisterPart, Sending

TIMEOUT: Final = 20.0
"""Seconds to wait for an answer."""

LONGEST_ANSWER: Final = 2000
"""So many characters of an answer go into the journal."""


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """What the register said. `status` is None when it did not answer: what was sent may have arrived or not."""

    status: int | None
    text: str

    def settles(self, action: Sending) -> bool:
        """Whether the register is now as it should be: it has taken it, or does not know what is taken away."""
        if self.status is None:
            return False
        gone = action is Sending.WITHDRAW and self.status == requests.codes.not_found
        return gone or 200 <= self.status < 300

    @property
    def shuts_out(self) -> bool:
        """Whether nothing else would be taken now either: nobody answers, or the token is not the right one."""
        return self.status in (None, requests.codes.unauthorized, requests.codes.forbidden)


class NationalRegister:
    """The register at an address, with the token of the interface."""

    def __init__(self, address: str, token: str) -> None:
        self._address, self._token = address.rstrip("/"), token

    @classmethod
    def of(cls, settings: Settings) -> NationalRegister | None:
        """The register of the settings; None when nothing is sent."""
        return cls(settings.register_url, settings.register_token) if settings.register_url else None

    def send(
        self, kind: RegisterPart, source: str, action: Sending, content: dict[str, Any], *, tried: bool
    ) -> RegisterAnswer:
        """Send an entry. What may have arrived before (`tried`) or was accepted is first changed by its source id, so
        that nothing comes into the register twice; what the register does not know, or no more, is made.
        """
        if action is not Sending.CREATE or tried:
            answer = self._call("PUT", f"{PATHS[kind]}/sourceId/{source}", content)
            if action is Sending.WITHDRAW or answer.status != requests.codes.not_found:
                return answer
        return self._call("POST", PATHS[kind], content)

    def _call(self, method: str, path: str, content: dict[str, Any]) -> RegisterAnswer:
        try:
            answer = requests.request(
                method,
                f"{self._address}/api/v11/{path}",
                json=content,
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as fault:
            return RegisterAnswer(None, type(fault).__name__)
        return RegisterAnswer(answer.status_code, answer.text.replace("\0", "")[:LONGEST_ANSWER])
