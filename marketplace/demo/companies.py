"""Companies, the people who run them, and their names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from marketplace.demo import identifiers
from marketplace.demo.chance import Chance
from marketplace.demo.places import place
from marketplace.demo.plan import DemoPlan
from marketplace.demo.sources import Pair, filled, names, shared
from marketplace.i18n import LocalizedText, helsinki_date
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.providers.authority.rules import RightAction, RightState
from marketplace.providers.company.rules import AccountChangeState
from marketplace.providers.identifiers import bic_of
from marketplace.providers.rules import LegalForm, ProviderState

LEGAL_FORMS: Final = {
    LegalForm.LIMITED_COMPANY: 54.0,
    LegalForm.ASSOCIATION: 17.0,
    LegalForm.SOLE_TRADER: 11.0,
    LegalForm.FOUNDATION: 6.0,
    LegalForm.COOPERATIVE: 5.0,
    LegalForm.PUBLIC_UNIT: 4.0,
    LegalForm.PARTNERSHIP: 3.0,
}
"""Legal forms and how many in a hundred have them."""

FORMS: Final[dict[str, dict[LegalForm, str]]] = {
    "fi": {
        LegalForm.LIMITED_COMPANY: "{place} {brand} Oy",
        LegalForm.PARTNERSHIP: "{place} {brand} Ky",
        LegalForm.COOPERATIVE: "Osuuskunta {place} {brand}",
        LegalForm.SOLE_TRADER: "Tmi {place} {brand}",
        LegalForm.ASSOCIATION: "{place} {brand} ry",
        LegalForm.FOUNDATION: "{place} {brand} -säätiö sr",
        LegalForm.PUBLIC_UNIT: "{place} sosiaalipalvelujen kuntayhtymä, {brand}",
    },
    "sv": {
        LegalForm.LIMITED_COMPANY: "{place} {brand} Ab",
        LegalForm.PARTNERSHIP: "{place} {brand} Kb",
        LegalForm.COOPERATIVE: "Andelslaget {place} {brand}",
        LegalForm.SOLE_TRADER: "Firma {place} {brand}",
        LegalForm.ASSOCIATION: "{place} {brand} rf",
        LegalForm.FOUNDATION: "Stiftelsen {place} {brand} sr",
        LegalForm.PUBLIC_UNIT: "{place} samkommun för socialservice, {brand}",
    },
}

OTHER_LANGUAGES: Final = {
    "en": 30.0,
    "ru": 10.0,
    "et": 8.0,
    "fse": 6.0,
    "ar": 4.0,
    "so": 3.0,
    "uk": 4.0,
    "fss": 1.0,
}


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """A provider as the other parts of the content need it."""

    plan: DemoPlan
    row: dict[str, Any]
    person: str
    slug: str

    @property
    def languages(self) -> list[str]:
        """The languages in which it gives service."""
        languages: list[str] = self.row["languages"]
        return languages


class Register:
    """Gives every company a name that no other has."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, plan: DemoPlan, form: LegalForm, chance: Chance) -> tuple[str, str]:
        """The official name, and the brand and place alone: `Päiväkehrä Kaislapuro`-like short name."""
        words = names()[plan.language]
        for attempt in range(200):
            place_name = chance.one(words["first"]) + chance.one(words["second"])
            brand = chance.one(words[plan.trade])
            if attempt >= 100:  # thousands of companies: towards the end of the words they are numbered
                brand = f"{brand} {attempt - 98}"
            short = f"{place_name} {brand}"
            if short not in self._taken:
                self._taken.add(short)
                return FORMS[plan.language][form].format(place=place_name, brand=brand), short
        raise RuntimeError("the word lists are too short for so many companies")


def person_name(language: str, chance: Chance) -> str:
    """An invented person."""
    words = names()["people"]
    return f"{chance.one(words[f'first_{language}'])} {chance.one(words[f'last_{language}'])}"


def company(plan: DemoPlan, register: Register, *, seed: int, now: datetime) -> DemoCompany:
    """The facts of the provider of `plan`, as a row of the providers' table without its id."""
    chance = Chance.of(seed, "company", plan.number)
    form = LegalForm.LIMITED_COMPANY if plan.part != "ordinary" else chance.weighted(LEGAL_FORMS)
    official, short = register.name(plan, form, chance)
    home, town = place(plan.home), MUNICIPALITIES[plan.home]
    slug = identifiers.slug(short)
    row = {
        "business_id": identifiers.business_id(plan.number),
        "official_name": official,
        "trade_name": short if chance.happens(0.3) and plan.part == "ordinary" else "",
        "legal_form": form,
        "street": f"{chance.one(names()[plan.language]['streets'])} {chance.between(1, 48)}",
        "postal_code": home.postal_code,
        "city": town.name[plan.language],
        "phone": identifiers.phone(town.county, plan.number * 7 + 11),
        "email": f"info@{slug}.example",
        "website": f"https://{slug}.example" if chance.happens(0.8) else "",
        "languages": _languages(plan, chance),
        "description": _description(plan, home.within, chance),
        "iban": identifiers.iban(plan.number + 1),
        "bic": bic_of(identifiers.iban(plan.number + 1)),
        "state": plan.state,
        "paused_until": _paused_until(seed, plan, now),
        "created_at": now - timedelta(days=chance.between(950, 1800) if plan.filings else 2),
        "revision": 1,
    }
    return DemoCompany(plan, row, person_name(plan.language, chance), slug)


def _paused_until(seed: int, plan: DemoPlan, now: datetime) -> date | None:
    """The last day of the pause of a company that has one."""
    if plan.state != ProviderState.PAUSED:
        return None
    return helsinki_date(now) + timedelta(days=Chance.of(seed, "pause", plan.number).between(20, 90))


def account_change(firm: DemoCompany, provider_id: int, user_id: int, *, now: datetime) -> dict[str, Any]:
    """A new account number that the company has asked for and the office has not confirmed yet."""
    iban = identifiers.iban(firm.plan.number + 500_000)
    return {
        "provider_id": provider_id,
        "iban": iban,
        "bic": bic_of(iban),
        "state": AccountChangeState.WAITING,
        "requested_by_id": user_id,
        "requested_at": now - timedelta(days=2),
    }


def right(provider_id: int, firm: DemoCompany) -> dict[str, Any]:
    """The office has made sure that the company's people may act for it."""
    return {
        "provider_id": provider_id,
        "state": RightState.PROVEN,
        "shown_by": RightAction.APPROVE,
        "shown_at": firm.row["created_at"] + timedelta(days=1),
        "reason": "Soitettu kaupparekisterin numeroon.",
        "tries": 0,
        "revision": 1,
    }


def _languages(plan: DemoPlan, chance: Chance) -> list[str]:
    """Languages of service: the company's own, the other one where the town or chance has it, and some others."""
    both = "sv" in MUNICIPALITIES[plan.home].languages or plan.part in ("demo", "neighbour")
    spoken = [plan.language]
    if plan.language == "sv" or chance.happens(0.75 if both else 0.12):
        spoken = ["fi", "sv"]
    while chance.happens(0.35):
        other = chance.weighted(OTHER_LANGUAGES)
        if other not in spoken:
            spoken.append(other)
    return spoken


def _description(plan: DemoPlan, within: Pair, chance: Chance) -> LocalizedText:
    """Two sentences about the company, in both languages or, for a tenth, in its own only."""
    if plan.part == "newcomer":
        return LocalizedText()
    year, staff = str(chance.between(1996, 2023)), str(chance.between(3, 60))
    values: dict[str, Pair] = {"in": within, "year": (year, year), "staff": (staff, staff)}
    sentences = [chance.one(shared()["company"]["openings"]), chance.one(shared()["company"]["endings"])]
    texts = [filled((fi, sv), values) for fi, sv in sentences]
    whole = LocalizedText(" ".join(t.fi for t in texts), " ".join(t.sv for t in texts))
    if plan.part == "ordinary" and chance.happens(0.1):
        return LocalizedText(fi=whole.fi) if plan.language == "fi" else LocalizedText(sv=whole.sv)
    return whole
