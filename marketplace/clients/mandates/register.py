"""Asking the register of mandates (Suomi.fi-valtuudet) whether somebody may act for somebody else.

`MandateRegister` is the interface; `SuomiFiRegister` speaks its Authorization REST API: a call names both by their
personal identity codes, and the register answers ALLOWED or DISALLOWED and never why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marketplace.authorizations import Connection, NoMandateAnswer, path_of
from marketplace.config import Settings
from marketplace.errors import DomainError
from marketplace.i18n import _l


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
    if wanted is None or not wanted.key:
        return None
    return SuomiFiRegister(Connection(wanted.url, wanted.client_id, wanted.key))


@dataclass(frozen=True, slots=True)
class SuomiFiRegister:
    """The register of the Digital and Population Data Services Agency."""

    there: Connection

    def allows(self, agent: str, principal: str, *, asked_by: str, now: datetime) -> bool:
        """See `MandateRegister`."""
        people = [each.strip().upper() for each in (agent, principal)]
        path = path_of("service", "rest", "hpa", "authorization", self.there.client_id, *people)
        try:
            answer = self.there.get(path, now=now, **{"X-userId": asked_by})
        except NoMandateAnswer:
            raise NoRegisterAnswer from None
        result = answer.get("result") if isinstance(answer, dict) else None
        if result not in ("ALLOWED", "DISALLOWED"):
            raise NoRegisterAnswer
        return bool(result == "ALLOWED")
