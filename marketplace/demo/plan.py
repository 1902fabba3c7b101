"""Who does what in the demo content, before anything is written: providers, their applications and how those went.

States are dealt out by counting, not by chance, so that every pilot has some of each even when it has few providers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from marketplace.applications.rules import ApplicationState, Outcome
from marketplace.demo.chance import Chance
from marketplace.demo.places import PilotArea, distance_km
from marketplace.demo.sources import service_texts
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.providers.rules import ApprovalState, ProviderState

MAIN_PILOT: Final = "keusote-2022"
MAIN_TOWN: Final = "106"
"""Hyvinkää: the demo provider and its neighbours live here, so that there is always something to compare."""

NEIGHBOURS: Final = 3
FIRST_ORDINARY: Final = 2 + NEIGHBOURS
SIDE_PILOTS: Final[Mapping[str, str]] = {"keusote-2022": "keusote-2019", "keusote-2019": "keusote-2022"}
"""Pilots of the same area: a third of the providers are in both."""

APPLICATION_STATES: Final = (
    ApplicationState.DECIDED,
    ApplicationState.SUBMITTED,
    ApplicationState.DECIDED,
    ApplicationState.IN_REVIEW,
    ApplicationState.DECIDED,
    ApplicationState.DECIDED,
    ApplicationState.COMPLETION_REQUESTED,
    ApplicationState.DECIDED,
    ApplicationState.DECIDED,
    ApplicationState.PROPOSED,
    ApplicationState.DECIDED,
    ApplicationState.SUBMITTED,
    ApplicationState.DECIDED,
    ApplicationState.DECIDED,
    ApplicationState.DRAFT,
    ApplicationState.DECIDED,
    ApplicationState.WITHDRAWN,
    ApplicationState.DECIDED,
    ApplicationState.HEARING,
    ApplicationState.DECIDED,
)
"""The states of a pilot's applications, dealt out in this order again and again."""

RELATED: Final[Mapping[str, tuple[str, ...]]] = {
    "day": ("day", "transport", "housing"),
    "transport": ("transport", "assistance"),
    "assistance": ("assistance", "care"),
    "care": ("care", "housing", "assistance"),
    "housing": ("housing", "care", "day"),
}
"""What kinds of service companies of a trade also give."""


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A service applied for: its outcome once decided, and what has become of the approval since."""

    service: str
    outcome: Outcome | None = None
    approval: ApprovalState | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """An application to a pilot and where its services would be given."""

    pilot: str
    state: ApplicationState
    area: tuple[str, ...]
    lines: tuple[PlannedLine, ...]


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """One provider. `part`: demo, newcomer, neighbour or ordinary; `proofs`: valid, expiring or expired."""

    number: int
    part: str
    language: str
    home: str
    trade: str
    state: ProviderState
    proofs: str
    filings: tuple[Filing, ...]

    @property
    def approved(self) -> Iterator[tuple[Filing, PlannedLine]]:
        """The lines that became approvals."""
        return (
            (filing, line) for filing in self.filings for line in filing.lines if line.approval is not None
        )


class Planner:
    """Deals out providers one after another; the same seed and number give the same provider."""

    def __init__(self, definitions: Mapping[str, PilotDefinition], *, seed: int) -> None:
        self.definitions = definitions
        self.grounds = {key: PilotArea(each.municipalities) for key, each in definitions.items()}
        self._seed = seed
        self._dealt: Counter[str] = Counter()
        main = [MAIN_PILOT] if MAIN_PILOT in definitions else []
        self._pilots = [*main, *(key for key in sorted(definitions) if key != MAIN_PILOT), *main]

    def plans(self, count: int) -> Iterator[DemoPlan]:
        """The first `count` providers."""
        return map(self._plan, range(count))

    def _plan(self, number: int) -> DemoPlan:
        chance = Chance.of(self._seed, "plan", number)
        if number == 0:
            return self._demo(chance)
        if number == 1:
            return DemoPlan(1, "newcomer", "fi", self._main_town(), "day", ProviderState.ACTIVE, "valid", ())
        if number < FIRST_ORDINARY:
            return self._neighbour(number)
        return self._ordinary(number, chance)

    # --- those that the demo accounts and the tour of the portal rest on --------------------------------------------

    def _demo(self, chance: Chance) -> DemoPlan:
        definition, town = self._main, self._main_town()
        area = tuple(self.grounds[definition.key].around(town, chance)) or (town,)
        *first, last = definition.service_keys
        lines = (
            *(PlannedLine(key, Outcome.APPROVED, ApprovalState.APPROVED) for key in first),
            PlannedLine(last, Outcome.APPROVED_WITH_CONDITIONS, ApprovalState.APPROVED),
        )
        filings = [Filing(definition.key, ApplicationState.DECIDED, area, lines)]
        side = SIDE_PILOTS.get(definition.key, "")
        beside = self.definitions.get(side)
        if beside is not None and town in beside.municipalities:
            services = beside.service_keys[:2]
            filings.append(
                Filing(
                    side, ApplicationState.COMPLETION_REQUESTED, (town,), tuple(map(PlannedLine, services))
                )
            )
        return DemoPlan(
            0, "demo", "fi", town, self._trade(definition), ProviderState.ACTIVE, "expiring", tuple(filings)
        )

    def _neighbour(self, number: int) -> DemoPlan:
        definition, town = self._main, self._main_town()
        lines = tuple(
            PlannedLine(key, Outcome.APPROVED, ApprovalState.APPROVED) for key in definition.service_keys[:2]
        )
        filing = Filing(definition.key, ApplicationState.DECIDED, (town,), lines)
        trade = self._trade(definition)
        return DemoPlan(number, "neighbour", "fi", town, trade, ProviderState.ACTIVE, "valid", (filing,))

    @property
    def _main(self) -> PilotDefinition:
        return self.definitions[self._pilots[0]]

    def _main_town(self) -> str:
        codes = self._main.municipalities
        return MAIN_TOWN if MAIN_TOWN in codes else min(codes)

    def _trade(self, definition: PilotDefinition) -> str:
        return service_texts(definition.service_keys[0]).trade

    # --- everybody else ---------------------------------------------------------------------------------------------

    def _ordinary(self, number: int, chance: Chance) -> DemoPlan:
        turn = number - FIRST_ORDINARY
        pilot = self._pilots[turn % len(self._pilots)]
        home = self.grounds[pilot].home(self._deal(f"homes of {pilot}"))
        first = self._services(pilot, chance)
        trade = service_texts(first[0]).trade
        filings = [self._filing(pilot, home, first, chance)]
        other = self._other_pilot(pilot, home, chance)
        if other is not None:
            filings.append(self._filing(other, home, self._services(other, chance, trade), chance))
        state = ProviderState.ACTIVE
        if turn % 23 == 9:
            state = ProviderState.PAUSED
        elif turn % 31 == 12:
            state = ProviderState.LEFT
        proofs = "expired" if turn % 13 == 5 else "expiring" if turn % 11 == 3 else "valid"
        if not any(line.approval for filing in filings for line in filing.lines):
            state, proofs = ProviderState.ACTIVE, "valid"
        if state == ProviderState.LEFT:
            filings = [
                _ended(filing)
                for filing in filings
                if filing.state in (ApplicationState.DECIDED, ApplicationState.WITHDRAWN)
            ]
        language = self._language(home, chance)
        return DemoPlan(number, "ordinary", language, home, trade, state, proofs, tuple(filings))

    def _services(self, pilot: str, chance: Chance, trade: str | None = None) -> list[str]:
        """One to four services: the first by turn or by the company's trade, the others near it."""
        keys = self.definitions[pilot].service_keys
        fitting = [key for key in keys if trade is None or service_texts(key).trade == trade] or list(keys)
        turn = self._deal(f"services of {pilot}")
        # The first two services of a pilot are its main ones: they come round twice as often.
        order = [*keys, *keys[:2]] if trade is None else fitting
        first = order[turn % len(order)]
        near = RELATED[service_texts(first).trade]
        others = [key for key in keys if key != first and service_texts(key).trade in near]
        return [first, *chance.some(others, 0, chance.one((0, 0, 1, 1, 2, 3)))]

    def _filing(self, pilot: str, home: str, services: Sequence[str], chance: Chance) -> Filing:
        state = APPLICATION_STATES[self._deal(pilot) % len(APPLICATION_STATES)]
        area = tuple(self.grounds[pilot].around(home, chance))
        lines = tuple(PlannedLine(service) for service in services)
        if state == ApplicationState.DECIDED:
            lines = tuple(map(self._decided, lines))
        return Filing(pilot, state, area, lines)

    def _decided(self, line: PlannedLine) -> PlannedLine:
        turn = self._deal("decided lines")
        if turn % 12 == 7:
            return replace(line, outcome=Outcome.REJECTED)
        approval = {4: ApprovalState.SUSPENDED, 19: ApprovalState.WITHDRAWN, 33: ApprovalState.ENDED}.get(
            turn % 37, ApprovalState.APPROVED
        )
        outcome = Outcome.APPROVED_WITH_CONDITIONS if turn % 8 == 3 else Outcome.APPROVED
        return replace(line, outcome=outcome, approval=approval)

    def _other_pilot(self, pilot: str, home: str, chance: Chance) -> str | None:
        """A second pilot, mostly the one of the same area, now and then one elsewhere."""
        side = SIDE_PILOTS.get(pilot, "")
        beside = self.definitions.get(side)
        if beside is not None and home in beside.municipalities and chance.happens(0.35):
            return side
        if chance.happens(0.05):
            near = [key for key, ground in self.grounds.items() if key != pilot and _is_near(home, ground)]
            return chance.one(near) if near else None
        return None

    def _language(self, home: str, chance: Chance) -> str:
        languages = MUNICIPALITIES[home].languages
        if "sv" in languages:  # every second one, and in a mostly Swedish town three of four
            swedish = (0, 1, 2) if languages[0] == "sv" else (0, 2)
            return "sv" if self._deal(f"languages of {home}") % 4 in swedish else "fi"
        return "sv" if chance.happens(0.02) else "fi"

    def _deal(self, what: str) -> int:
        """How many times this has been asked for before."""
        self._dealt[what] += 1
        return self._dealt[what] - 1


def _ended(filing: Filing) -> Filing:
    """What a provider that has left leaves behind."""
    return replace(
        filing,
        lines=tuple(replace(line, approval=line.approval and ApprovalState.ENDED) for line in filing.lines),
    )


def _is_near(home: str, ground: PilotArea) -> bool:
    return min(distance_km(home, code) for code in ground.codes) < 150


def allot(plans: Sequence[DemoPlan], offers: int) -> list[int]:
    """How many offers each approved line of `plans` gets, in their order; together exactly `offers`.

    The demo provider and its neighbours get theirs first; the rest is dealt in uneven rounds, so that some providers
    have one offer and some a handful.
    """
    lines = [(plan, line) for plan in plans for _filing, line in plan.approved]
    counts = [0] * len(lines)
    left = offers
    for index, (plan, _line) in enumerate(lines):
        wanted = {"demo": 2, "neighbour": 1}.get(plan.part, 0)
        counts[index] = min(wanted, left)
        left -= counts[index]
    share, turn = max(left // max(len(lines), 1), 1), 0
    while left and lines:
        for index in range(len(lines)):
            portion = min((share, share, 2 * share, share, 1)[(index + turn) % 5], left)
            counts[index] += portion
            left -= portion
        share, turn = 1, turn + 1
    return counts
