"""People who sign in: the staff of each organisation, the demo accounts, and one person for each company."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from marketplace.accounts.models import RoleGrant, User
from marketplace.demo.chance import Chance
from marketplace.demo.companies import person_name
from marketplace.demo.rows import Rows
from marketplace.i18n import LocalizedText
from marketplace.permissions import Role

PASSWORD: Final = "palvelutori-demo"  # noqa: S105 - the published password of the demo accounts
MAIN_ORGANISATION: Final = "keusote"
DOMAIN: Final = "demo.fi"

STAFF: Final[Mapping[str, Role]] = {
    "coordinator": Role.COORDINATOR,
    "reviewer": Role.REVIEWER,
    "decider": Role.DECIDER,
    "counsellor": Role.COUNSELLOR,
    "payer": Role.PAYER,
    "payer2": Role.PAYER,
    "auditor": Role.AUDITOR,
}
"""Who works in each organisation, by the first part of their address."""

SWEDISH: Final = {
    "soite": {"coordinator", "reviewer", "counsellor"},
    "keusote-hb": {"coordinator", "counsellor"},
    "keusote": {"counsellor", "payer2"},
}
"""Those who read the portal in Swedish, by organisation."""

PROVIDER_ACCOUNTS: Final = {0: f"provider@{DOMAIN}", 1: f"newprovider@{DOMAIN}"}
"""The demo accounts of the first two providers."""

CITIZENS: Final[Mapping[str, tuple[Role, str]]] = {
    "client": (Role.CLIENT, "fi"),
    "helper": (Role.HELPER, "sv"),
}


TITLES: Final[Mapping[Role, LocalizedText]] = {
    Role.COORDINATOR: LocalizedText(fi="projektikoordinaattori", sv="projektkoordinator"),
    Role.REVIEWER: LocalizedText(fi="palveluasiantuntija", sv="servicesakkunnig"),
    Role.DECIDER: LocalizedText(fi="palvelupäällikkö", sv="servicechef"),
    Role.COUNSELLOR: LocalizedText(fi="sosiaalityöntekijä", sv="socialarbetare"),
}
"""What the staff are called in decisions."""


@dataclass(frozen=True, slots=True)
class Staff:
    """The people of an organisation who handle applications and agreements, by their ids."""

    coordinator: int
    reviewer: int
    decider: int
    counsellor: int


def staff_address(name: str, organisation: str) -> str:
    """`reviewer@demo.fi` in the main organisation, `reviewer.soite@demo.fi` in another."""
    return f"{name}@{DOMAIN}" if organisation == MAIN_ORGANISATION else f"{name}.{organisation}@{DOMAIN}"


def add_staff(rows: Rows, organisation: str, *, password_hash: str, seed: int, now: datetime) -> Staff:
    """The people of an organisation, each with one role."""
    ids = {}
    for name, role in STAFF.items():
        language = "sv" if name in SWEDISH.get(organisation, ()) else "fi"
        ids[name] = add_person(
            rows,
            staff_address(name, organisation),
            person_name(language, Chance.of(seed, organisation, name)),
            language,
            password_hash=password_hash,
            now=now,
            title=TITLES.get(role),
        )
        grant(rows, ids[name], role, organisation=organisation)
    return Staff(ids["coordinator"], ids["reviewer"], ids["decider"], ids["counsellor"])


def add_citizens(rows: Rows, *, password_hash: str, seed: int, now: datetime) -> dict[str, int]:
    """A client and a helper; gives their ids."""
    ids = {}
    for name, (role, language) in CITIZENS.items():
        person = person_name(language, Chance.of(seed, name))
        user_id = add_person(rows, f"{name}@{DOMAIN}", person, language, password_hash=password_hash, now=now)
        grant(rows, user_id, role)
        ids[name] = user_id
    return ids


def add_person(
    rows: Rows,
    email: str,
    name: str,
    language: str,
    *,
    password_hash: str,
    now: datetime,
    title: LocalizedText | None = None,
) -> int:
    """An account; gives its id."""
    values: dict[str, Any] = {
        "email": email,
        "name": name,
        "password_hash": password_hash,
        "language": language,
        "created_at": now,
        "active": True,
        "title": title,
    }
    return rows.add(User, values)


def grant(
    rows: Rows, user_id: int, role: Role, *, organisation: str | None = None, provider_id: int | None = None
) -> None:
    """Give the person a role."""
    values = {"user_id": user_id, "role": role, "organisation_key": organisation, "provider_id": provider_id}
    rows.add(RoleGrant, values)
