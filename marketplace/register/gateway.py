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

    @property
    def accepted(self) -> bool:
        """Whether the register has taken it."""
        return self.status is not None and 200 <= self.status < 300


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
        """Send an entry. With `tried` a creation may have arrived before, so it is first changed by its source id:
        nothing comes into the register twice.
        """
        by_source = f"{PATHS[kind]}/sourceId/{source}"
        if action is not Sending.CREATE:
            return self._call("PUT", by_source, content)
        if tried:
            answer = self._call("PUT", by_source, content)
            if answer.status != requests.codes.not_found:
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
