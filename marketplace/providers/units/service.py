"""Adding, changing and closing units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from marketplace.errors import Fault, refuse_all
from marketplace.i18n import LocalizedText, _l
from marketplace.pilots.vocabulary import FEATURES, LANGUAGES
from marketplace.providers.audit_actions import UnitAudit
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.queries import my_provider
from marketplace.providers.service import Overtaken
from marketplace.providers.units import queries
from marketplace.providers.units.models import ServiceUnit
from marketplace.providers.units.rules import UNIT, UnitAction
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What a unit is."""

    name: str
    street: str
    postal_code: str
    city: str
    responsible_person: str
    phone: str = ""
    email: str = ""
    languages: list[str] = field(default_factory=list)
    features: list[str] = field(default_factory=list)
    opening_hours: LocalizedText = field(default_factory=LocalizedText)
    soteri_reference: str = ""


def add_unit(work: UnitOfWork, *, provider_id: int, facts: UnitFacts) -> ServiceUnit:
    """A new unit, open. Raises NotFound for another's provider, Invalid for unknown languages or features."""
    provider = my_provider(work, provider_id)
    unit = ServiceUnit(provider_id=provider.id, state=UNIT.initial, created_at=work.now, **_checked(facts))
    work.session.add(unit)
    work.session.flush()
    record_of_company(
        work, provider.id, UnitAudit.ADD, unit, after={"provider": provider.id, **_plain(asdict(facts))}
    )
    return unit


def update_unit(
    work: UnitOfWork, *, provider_id: int, unit_id: int, seen: str, facts: UnitFacts
) -> ServiceUnit:
    """Save what a unit is. `seen` is the revision the person was looking at.

    Raises Overtaken when somebody saved meanwhile, otherwise as `add_unit`.
    """
    unit = queries.my_unit(work, provider_id, unit_id, lock=True)
    if str(unit.revision) != seen:
        raise Overtaken()
    changed = {name: value for name, value in _checked(facts).items() if getattr(unit, name) != value}
    if not changed:
        return unit
    before = {name: getattr(unit, name) for name in changed}
    for name, value in changed.items():
        setattr(unit, name, value)
    record_of_company(
        work, unit.provider_id, UnitAudit.UPDATE, unit, before=_plain(before), after=_plain(changed)
    )
    return unit


def move_unit(work: UnitOfWork, *, provider_id: int, unit_id: int, action: UnitAction) -> ServiceUnit:
    """Close a unit or open it again (`action` of `rules.UNIT`). Raises NotFound, Conflict."""
    unit = queries.my_unit(work, provider_id, unit_id, lock=True)
    before, unit.state = unit.state, UNIT.next(unit.state, action)
    record_of_company(
        work,
        unit.provider_id,
        UnitAudit.of(action),
        unit,
        before={"state": before},
        after={"state": unit.state},
    )
    return unit


def _checked(facts: UnitFacts) -> dict[str, Any]:
    refuse_all(_unknown(facts))
    return asdict(facts) | {"opening_hours": facts.opening_hours}


def _unknown(facts: UnitFacts) -> Iterator[Fault]:
    if not set(facts.languages) <= set(LANGUAGES):
        yield "languages", _l("Choose languages from the list.")
    if not set(facts.features) <= set(FEATURES):
        yield "features", _l("Choose features from the list.")


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON for the audit trail."""
    return {
        name: {"fi": value.fi, "sv": value.sv} if isinstance(value, LocalizedText) else value
        for name, value in values.items()
    }
