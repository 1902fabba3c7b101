"""Asking the register of mandates (Suomi.fi-valtuudet) for which companies somebody may act, by its Web API.

Four steps: the register is told who asks (`begin`); the browser goes there, where the person chooses a company
(`Visit.address`); it comes back with a code, which is exchanged for a token, once; and with the token and the name of
the session the register tells the companies that were chosen and by which roles and mandates (`chosen`). The name of
the session is kept by us alone: with the token of another person's it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from marketplace.authorizations import Connection, NoMandateAnswer, Unauthorised, path_of
from marketplace.config import Settings
from marketplace.errors import Conflict, DomainError
from marketplace.i18n import _l

MOST_COMPANIES: Final = 50
"""A person chooses one; the register never tells of more than a few."""


class NoCompanyAnswer(DomainError):
    """The register did not answer, or answered something else than it should."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            _l(
                "Suomi.fi e-Authorizations does not answer now. Try again in a while, or ask the organisation for a "
                "letter with a code."
            )
        )


class VisitOver(Conflict):
    """The register no longer knows the session there, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__(
            _l("Suomi.fi e-Authorizations did not accept the answer: it came too late. Begin again.")
        )


@dataclass(frozen=True, slots=True)
class Visit:
    """A session at the register: its name, which nobody else learns, and that of the person in addresses."""

    session: str
    person: str


@dataclass(frozen=True, slots=True)
class ChosenCompany:
    """A company for which the person may act: its business ID, and the codes of the roles and mandates for it."""

    business_id: str
    codes: tuple[str, ...]


class CompanyMandates(Protocol):
    """Where roles and mandates of companies are kept."""

    def begin(self, code: str, *, asked_by: str, now: datetime) -> Visit:
        """Tell who asks, by personal identity code. Raises NoCompanyAnswer."""

    def address(self, visit: Visit, *, return_address: str, state: str, language: str) -> str:
        """Where the person chooses the company."""

    def chosen(
        self, session: str, code: str, *, return_address: str, asked_by: str, now: datetime
    ) -> Sequence[ChosenCompany]:
        """The companies that were chosen there. Raises NoCompanyAnswer, VisitOver."""


def company_mandates(settings: Settings) -> CompanyMandates | None:
    """The register that the settings name, or None."""
    wanted = settings.authorizations
    if wanted is None or not wanted.web_key:
        return None
    return SuomiFiMandates(Connection(wanted.url, wanted.client_id, wanted.web_key), wanted.password)


@dataclass(frozen=True, slots=True)
class SuomiFiMandates:
    """The register of the Digital and Population Data Services Agency."""

    there: Connection
    password: str

    def begin(self, code: str, *, asked_by: str, now: datetime) -> Visit:
        """See `CompanyMandates`."""
        person = code.strip().upper()
        path = path_of("service", "ypa", "user", "register", self.there.client_id, person, endUserId=asked_by)
        try:
            answer = self.there.get(path, now=now)
        except NoMandateAnswer:
            raise NoCompanyAnswer from None
        match answer:
            case {"sessionId": str(session), "userId": str(known_as)} if session and known_as:
                return Visit(session, known_as)
        raise NoCompanyAnswer

    def address(self, visit: Visit, *, return_address: str, state: str, language: str) -> str:
        """See `CompanyMandates`."""
        asked = {
            "client_id": self.there.client_id,
            "response_type": "code",
            "redirect_uri": return_address,
            "user": visit.person,
            "state": state,
            "lang": language,
        }
        return f"{self.there.url}/oauth/authorize?{urlencode(asked)}"

    def chosen(
        self, session: str, code: str, *, return_address: str, asked_by: str, now: datetime
    ) -> Sequence[ChosenCompany]:
        """See `CompanyMandates`."""
        path = path_of("service", "ypa", "api", "organizationRoles", session, endUserId=asked_by)
        try:
            token = self.there.token(self.password, code=code, return_address=return_address)
            answer = self.there.get(path, now=now, Authorization=f"Bearer {token}")
        except Unauthorised:
            raise VisitOver from None
        except NoMandateAnswer:
            raise NoCompanyAnswer from None
        if not isinstance(answer, list) or len(answer) > MOST_COMPANIES:
            raise NoCompanyAnswer
        return [_found(each) for each in answer]


def _found(told: Any) -> ChosenCompany:
    match told:
        case {"identifier": str(business_id), "roles": [*codes]} if all(
            isinstance(each, str) for each in codes
        ):
            return ChosenCompany(business_id.strip(), tuple(codes))
    raise NoCompanyAnswer
