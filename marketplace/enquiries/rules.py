"""Rules of questions to providers: where one stands, how it may be answered, how long it is kept."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from marketplace.workflow import Workflow


class EnquiryState(StrEnum):
    """Where a question stands."""

    WAITING = "waiting"
    ANSWERED = "answered"


class EnquiryAction(StrEnum):
    """What can be done with a question."""

    ANSWER = "answer"


ENQUIRY: Final = Workflow[EnquiryState, EnquiryAction](
    "question to a provider",
    initial=EnquiryState.WAITING,
    table={(EnquiryState.WAITING, EnquiryAction.ANSWER): EnquiryState.ANSWERED},
)


class AnswerBy(StrEnum):
    """How the answer is wanted."""

    EMAIL = "email"
    PHONE = "phone"


KEPT: Final = timedelta(days=90)
"""How long a question, its answer and the letter with it are kept."""

LATE: Final = timedelta(days=7)
"""A question that has waited longer is told to the office, as a number."""

LONGEST_TEXT: Final = 2000
LONGEST_NAME: Final = 100
"""Characters of a question and of its answer, and of a name."""
