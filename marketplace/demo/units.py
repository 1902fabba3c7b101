"""Units of the demo companies: the places to which clients come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from marketplace.demo.chance import Chance
from marketplace.demo.companies import DemoCompany, person_name
from marketplace.demo.places import place
from marketplace.demo.sources import filled, pairs, shared
from marketplace.pilots.vocabulary import FEATURES, MUNICIPALITIES
from marketplace.providers.units.rules import UnitState

NAMES: Final = {"fi": "Toimipiste {street}", "sv": "Verksamhetsstället {street}"}


def unit_row(
    company: DemoCompany,
    provider_id: int,
    street: str,
    town: str,
    features: Sequence[str],
    chance: Chance,
    now: datetime,
) -> dict[str, Any]:
    """An open unit at a street address in the municipality `town`, as a row without its id."""
    language = company.plan.language
    return {
        "provider_id": provider_id,
        "name": NAMES[language].format(street=street),
        "street": street,
        "postal_code": place(town).postal_code,
        "city": MUNICIPALITIES[town].name[language],
        "phone": company.row["phone"],
        "email": company.row["email"],
        "languages": list(company.languages),
        "features": [key for key in features if FEATURES[key].kind != "practice"],
        "opening_hours": filled(chance.one(pairs(shared()["opening_hours"])), {}),
        "soteri_reference": "",
        "responsible_person": person_name(language, chance),
        "state": UnitState.OPEN,
        "created_at": now,
        "revision": 1,
    }
