"""Looking a company up in the public register, so that nobody types what the register knows.

`CompanyRegister` is the interface; `YtjRegister` asks the open data of the Finnish Patent and Registration Office
(YTJ, version 3). A register that does not answer costs three seconds and no more: the person types instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final, Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from marketplace.config import Settings
from marketplace.contact import NoWebAddress, web_address
from marketplace.errors import DomainError
from marketplace.i18n import _l

TIMEOUT_SECONDS: Final = 3
MAX_ANSWER: Final = 2 * 1024 * 1024

LEGAL_FORMS: Final = {
    **dict.fromkeys(("16", "17", "80"), "limited_company"),
    **dict.fromkeys(("5", "13"), "partnership"),
    **dict.fromkeys(("14", "83"), "cooperative"),
    "26": "sole_trader",
    **dict.fromkeys(("6", "21", "29", "31"), "association"),
    **dict.fromkeys(("18", "39"), "foundation"),
    **dict.fromkeys(("22", "40", "41", "42", "49", "61", "62"), "public_unit"),
}
"""The register's code of a company form → ours; a form that is not here is left for the person to choose."""

_STREET, _POSTAL = "1", "2"
_OFFICIAL, _TRADE = "1", "3"


class RegisterUnreachable(DomainError):
    """The register did not answer, or answered something else than it should."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            _l("The company register does not answer now. Write the facts of the company yourself."),
            field="business_id",
        )


@dataclass(frozen=True, slots=True)
class RegisteredAddress:
    """Street or post-office box, postal code, town; empty texts when not known."""

    street: str = ""
    postal_code: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class RegisteredCompany:
    """What the register says of a company. `legal_form` is ours or empty; `ended` when it has ceased to exist."""

    business_id: str
    official_name: str
    trade_name: str = ""
    legal_form: str = ""
    address: RegisteredAddress = RegisteredAddress()
    postal: RegisteredAddress = RegisteredAddress()
    website: str = ""
    ended: bool = False


class CompanyRegister(Protocol):
    """Where a company can be looked up."""

    def look_up(self, business_id: str) -> RegisteredCompany | None:
        """The company with this business ID (`1234567-8`), or None. Raises RegisterUnreachable."""


def company_register(settings: Settings) -> CompanyRegister | None:
    """The register that the settings name, or None: then everybody types."""
    return YtjRegister(settings.ytj_url) if settings.ytj_url else None


class _Stays(HTTPRedirectHandler):
    """Goes where the settings say and nowhere else, whatever the answer."""

    def redirect_request(self, *_of_answer: object) -> None:
        """Follow nothing."""


_OPENER: Final = build_opener(_Stays())


@dataclass(frozen=True, slots=True)
class YtjRegister:
    """The open data of YTJ; `url` is the address of its companies, without a query."""

    url: str

    def look_up(self, business_id: str) -> RegisteredCompany | None:
        """The company with this business ID, or None. Raises RegisterUnreachable."""
        address = f"{self.url}?{urlencode({'businessId': business_id})}"
        request = Request(address, headers={"Accept": "application/json"})  # noqa: S310 - config takes http(s) only
        try:
            with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
                found = json.loads(answer.read(MAX_ANSWER))["companies"]
            company = next((each for each in found if each["businessId"]["value"] == business_id), None)
            return None if company is None else read_company(company)
        except HTTPError as error:
            error.close()
            if error.code == 404:
                return None
            raise RegisterUnreachable() from error
        except (
            OSError,
            HTTPException,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
        ) as error:
            raise RegisterUnreachable() from error


def read_company(company: Mapping[str, Any]) -> RegisteredCompany:
    """A company of the register's answer in our terms: what holds now, Finnish before other languages."""
    forms = list(_present(company.get("companyForms")))
    addresses = {str(each.get("type")): _address(each) for each in company.get("addresses") or ()}
    return RegisteredCompany(
        business_id=company["businessId"]["value"],
        official_name=_name(company, _OFFICIAL),
        trade_name=_name(company, _TRADE),
        legal_form=LEGAL_FORMS.get(str(forms[0].get("type")), "") if forms else "",
        address=addresses.get(_STREET, RegisteredAddress()),
        postal=addresses.get(_POSTAL, RegisteredAddress()),
        website=_website(company),
        ended=bool(company.get("endDate")),
    )


def _present(entries: Iterable[Mapping[str, Any]] | None) -> Iterable[Mapping[str, Any]]:
    return (entry for entry in entries or () if not entry.get("endDate"))


def _name(company: Mapping[str, Any], kind: str) -> str:
    names = [each for each in _present(company.get("names")) if str(each.get("type")) == kind]
    return str(names[0]["name"]).strip() if names else ""


def _address(entry: Mapping[str, Any]) -> RegisteredAddress:
    offices = sorted(entry.get("postOffices") or (), key=lambda each: str(each.get("languageCode")))
    box = entry.get("postOfficeBox")
    parts = [entry.get(part) for part in ("street", "buildingNumber", "entrance", "apartmentNumber")]
    street = " ".join(str(part).strip() for part in parts if part)
    return RegisteredAddress(
        street=street or (f"PL {box}" if box else str(entry.get("freeAddressLine") or "")),
        postal_code=str(entry.get("postCode") or ""),
        city=str(offices[0].get("city") or "").title() if offices else "",
    )


def _website(company: Mapping[str, Any]) -> str:
    try:
        return web_address(str((company.get("website") or {}).get("url") or ""))
    except NoWebAddress:
        return ""
