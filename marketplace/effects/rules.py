"""Rules of asking about effects: when somebody is asked, what becomes of an asking, and what a change is.

Answering is voluntary, agreed to apart from the service, and never a condition of it; every question can be skipped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from marketplace.providers.rules import add_months
from marketplace.workflow import Workflow

START: Final = 0
"""The wave at the start; waves are named by their months after it."""

REMINDED_AFTER: Final = timedelta(days=14)
"""How long after having been asked somebody who has not answered is reminded, once."""

OPEN_FOR: Final = timedelta(days=42)
"""How long an asking waits for answers."""

ON_ITS_WAY: Final = timedelta(days=14)
"""How long after that a paper can still be typed in: it was filled in in time and came by post. No quarter has been
told by then.
"""


class AskingState(StrEnum):
    """Where an asking stands. Opened: the client has looked at it, and may have answered a part; closed: the time was
    over before that was sent, and it counts as answered.
    """

    DUE = "due"
    OPENED = "opened"
    ANSWERED = "answered"
    CLOSED = "closed"
    SKIPPED = "skipped"
    LAPSED = "lapsed"
    STOPPED = "stopped"


class AskingAction(StrEnum):
    """What happens to an asking. Skip: not this time; arrive: a paper has come after its time; stop: the client has
    taken the consent back or left the pilot; close: the time is over and something was answered, though not sent.
    """

    OPEN = "open"
    ANSWER = "answer"
    SKIP = "skip"
    LAPSE = "lapse"
    CLOSE = "close"
    ARRIVE = "arrive"
    STOP = "stop"
    RESUME = "resume"


class AskingWorkflow(Workflow[AskingState, AskingAction]):
    """The table of an asking, the states in which it waits, and those in which something was answered."""

    waiting: Final = frozenset({AskingState.DUE, AskingState.OPENED})
    answered: Final = frozenset({AskingState.ANSWERED, AskingState.CLOSED})


ASKING: Final = AskingWorkflow(
    "asking",
    AskingState.DUE,
    {
        (AskingState.DUE, AskingAction.OPEN): AskingState.OPENED,
        (AskingState.DUE, AskingAction.ANSWER): AskingState.ANSWERED,
        (AskingState.DUE, AskingAction.SKIP): AskingState.SKIPPED,
        (AskingState.DUE, AskingAction.LAPSE): AskingState.LAPSED,
        (AskingState.DUE, AskingAction.STOP): AskingState.STOPPED,
        (AskingState.OPENED, AskingAction.ANSWER): AskingState.ANSWERED,
        (AskingState.OPENED, AskingAction.SKIP): AskingState.SKIPPED,
        (AskingState.OPENED, AskingAction.LAPSE): AskingState.LAPSED,
        (AskingState.OPENED, AskingAction.CLOSE): AskingState.CLOSED,
        (AskingState.OPENED, AskingAction.STOP): AskingState.STOPPED,
        (AskingState.LAPSED, AskingAction.ARRIVE): AskingState.ANSWERED,
        (AskingState.CLOSED, AskingAction.ARRIVE): AskingState.ANSWERED,
        (AskingState.STOPPED, AskingAction.RESUME): AskingState.DUE,
    },
)


class Way(StrEnum):
    """How the answers came: on the portal, or on paper and typed in by the counsellor."""

    PORTAL = "portal"
    PAPER = "paper"


class Keeping(StrEnum):
    """What becomes of the answers when the consent is taken back."""

    DELETE = "delete"
    KEEP = "keep"


def begins_on(joined_on: date, agreed_on: date, first_asked: date | None) -> date:
    """The day from which months are counted: that of the first asking, or joining or agreeing, whichever is later."""
    return first_asked or max(joined_on, agreed_on)


def due_waves(
    months: Iterable[int], begins: date, asked: Collection[int], today: date
) -> Iterator[tuple[int, date]]:
    """The waves that are due and have not been asked, each with its day; `begins` is the start, `asked` those asked.
    What was stopped has not been asked: it is due again while its day is not too far back.

    What is so late that nobody could answer it in its time is left out; the start is always asked first.
    """
    for wave in sorted(set(months)):
        day = add_months(begins, wave)
        if wave in asked or day > today:
            continue
        if wave == START or today <= day + OPEN_FOR:
            yield wave, day


def open_until(asked_on: date) -> date:
    """The last day on which an asking can be answered."""
    return asked_on + OPEN_FOR


def can_be_typed_in(state: AskingState, asked_on: date, today: date, *, agrees: bool) -> bool:
    """Whether a paper that has come can be typed in: while the asking waits, and a while after its time was over.

    What was sent stands, what was only begun does not hinder. `agrees`: nothing is kept of who has taken the consent
    back, whenever the paper was filled in.
    """
    late = ASKING.allows(state, AskingAction.ARRIVE) and today <= open_until(asked_on) + ON_ITS_WAY
    return agrees and (late or state in ASKING.waiting)


# --- what changed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangeTally:
    """How many have improved, stayed and got worse."""

    improved: int = 0
    same: int = 0
    worse: int = 0

    @property
    def all(self) -> int:
        """Everybody counted."""
        return self.improved + self.same + self.worse

    def plus(self, change: int, number: int) -> ChangeTally:
        """The tally with `number` more people whose band went up (`change` > 0), stayed or went down."""
        return ChangeTally(
            self.improved + (number if change > 0 else 0),
            self.same + (number if change == 0 else 0),
            self.worse + (number if change < 0 else 0),
        )


@dataclass(frozen=True, slots=True)
class AskedTally:
    """What became of those who were asked; `waiting` may still answer."""

    answered: int = 0
    skipped: int = 0
    lapsed: int = 0
    waiting: int = 0

    @property
    def asked(self) -> int:
        """Those whose time to answer is over, however it went."""
        return self.answered + self.skipped + self.lapsed

    @property
    def rate(self) -> float | None:
        """The share of those asked who answered; None where nobody's time is over."""
        return self.answered / self.asked if self.asked else None

    def plus(self, state: AskingState, number: int) -> AskedTally:
        """The tally with `number` more askings in a state; those stopped with the consent do not count."""
        return AskedTally(
            self.answered + (number if state in ASKING.answered else 0),
            self.skipped + (number if state is AskingState.SKIPPED else 0),
            self.lapsed + (number if state is AskingState.LAPSED else 0),
            self.waiting + (number if state in ASKING.waiting else 0),
        )
