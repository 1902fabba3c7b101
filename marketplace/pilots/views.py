"""The public pages of the pilots: what they are, what they pay for, their rulebooks."""

from __future__ import annotations

from collections.abc import Iterable

from flask.typing import ResponseReturnValue

from marketplace.i18n import current_language, helsinki_date, money_text
from marketplace.money import Money
from marketplace.permissions import Permission
from marketplace.pilots import queries, vocabulary
from marketplace.pilots.definition import PilotDefinition
from marketplace.web import feature_blueprint, now, render, requires, session

blueprint = feature_blueprint("pilots", __name__, "/pilots")


def price_text(amount: Money, unit: str) -> str:
    """A price with its unit in the reader's language: `34,50 €/h`, `75,00 €/pv`, `75,00 €/dag`."""
    return f"{money_text(amount)}/{vocabulary.UNITS[unit].short[current_language()]}"


def time_text(minutes: int) -> str:
    """A time of day as it is written in Finland: `16` on the hour, otherwise `16.30`."""
    hour, minute = divmod(minutes, 60)
    return f"{hour}.{minute:02d}" if minute else str(hour)


@blueprint.app_context_processor
def _vocabularies() -> dict[str, object]:
    """Let templates name services, groups, bands and the rest by their keys."""
    return {"vocabulary": vocabulary}


@blueprint.get("")
@requires(Permission.PUBLIC)
def index() -> ResponseReturnValue:
    """All pilots, the one that takes applications first."""
    today = helsinki_date(now())
    found = [(pilot, queries.current_definition(session(), pilot.key)) for pilot in queries.pilots(session())]
    found.sort(key=lambda pair: (not pair[1].takes_applications(today), pair[1].name[current_language()]))
    return render("pilots/index.html", pilots=found, today=today)


@blueprint.get("/<key>")
@requires(Permission.PUBLIC)
def pilot(key: str) -> ResponseReturnValue:
    """One pilot: whom it is for, where, its services with their highest prices, and how to join."""
    found = queries.pilot(session(), key)
    definition = queries.current_definition(session(), key)
    return render(
        "pilots/pilot.html",
        pilot=found,
        definition=definition,
        municipalities=vocabulary.municipality_names(definition.municipalities, current_language()),
        evidence=_evidence_rows(definition),
        takes_applications=definition.takes_applications(helsinki_date(now())),
        time_text=time_text,
    )


@blueprint.get("/<key>/rulebook")
@requires(Permission.PUBLIC)
def rulebook(key: str) -> ResponseReturnValue:
    """The rulebook in force now."""
    found = queries.pilot(session(), key)
    return _rulebook_page(key, found.version_id)


@blueprint.get("/<key>/rulebook/<int:number>")
@requires(Permission.PUBLIC)
def rulebook_version(key: str, number: int) -> ResponseReturnValue:
    """The rulebook as it stood in version `number` of the pilot: what was accepted then can be read for ever."""
    queries.pilot(session(), key)
    return _rulebook_page(key, queries.version_by_number(session(), key, number).id)


def _rulebook_page(key: str, version_id: int | None) -> ResponseReturnValue:
    found = queries.pilot(session(), key)
    definition = (
        queries.current_definition(session(), key)
        if version_id is None
        else queries.definition(session(), version_id)
    )
    return render(
        "pilots/rulebook.html",
        pilot=found,
        definition=definition,
        shown_version_id=version_id,
        versions=queries.versions(session(), key),
    )


def _evidence_rows(definition: PilotDefinition) -> Iterable[tuple[str, int | None, tuple[str, ...]]]:
    """Every proof the pilot asks for: its kind, its highest age in months, and the services that ask (empty: all)."""
    for requirement in definition.evidence:
        yield requirement.kind, requirement.max_age_months, ()
    asked_by: dict[tuple[str, int | None], list[str]] = {}
    for service in definition.services:
        for requirement in service.evidence:
            asked_by.setdefault((requirement.kind, requirement.max_age_months), []).append(service.key)
    for (kind, age), services in asked_by.items():
        yield kind, age, tuple(services)
