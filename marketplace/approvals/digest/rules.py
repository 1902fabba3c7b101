"""When the letter of the morning goes out, and which mail people of the office switch off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from marketplace.permissions import Permission

FIRST_HOUR: Final = 6
LAST_HOUR: Final = 12
"""From which hour in Helsinki the letter is written, and until when it still is after the worker has stood still."""

_SATURDAY: Final = 5


def is_morning(local: datetime) -> bool:
    """Whether the letter of the day is written at this moment in Helsinki: on working days before noon."""
    return local.weekday() < _SATURDAY and FIRST_HOUR <= local.hour < LAST_HOUR


class OfficeMail(StrEnum):
    """Kinds of mail to people of the office, each with a switch of its own."""

    MORNING = "morning"
    SAFETY = "safety"
    ANSWERS = "answers"
    MESSAGES = "messages"
    HANDED = "handed"
    COMPANIES = "companies"


TEMPLATES: Final[Mapping[OfficeMail, frozenset[str]]] = {
    OfficeMail.MORNING: frozenset({"office_morning"}),
    OfficeMail.SAFETY: frozenset({"approval_safety"}),
    OfficeMail.ANSWERS: frozenset(
        {"application_completed", "application_heard", "approval_measure_back", "completion_late"}
    ),
    OfficeMail.MESSAGES: frozenset({"application_message"}),
    OfficeMail.HANDED: frozenset({"application_handed_over", "application_returned"}),
    OfficeMail.COMPANIES: frozenset(
        {
            "access_asked_office",
            "account_change_waits",
            "application_withdrawn",
            "provider_goes_on",
            "provider_left",
            "provider_paused",
        }
    ),
}
"""Kind of mail → the templates that are written only to who wants it."""

NEEDED: Final[Mapping[OfficeMail, frozenset[Permission]]] = {
    OfficeMail.MORNING: frozenset({Permission.REVIEW_APPLICATIONS, Permission.DECIDE_APPLICATIONS}),
    OfficeMail.SAFETY: frozenset({Permission.DECIDE_APPLICATIONS}),
    OfficeMail.ANSWERS: frozenset({Permission.REVIEW_APPLICATIONS}),
    OfficeMail.MESSAGES: frozenset({Permission.REVIEW_APPLICATIONS}),
    OfficeMail.HANDED: frozenset({Permission.REVIEW_APPLICATIONS}),
    OfficeMail.COMPANIES: frozenset({Permission.REVIEW_APPLICATIONS, Permission.CONFIRM_IBAN}),
}
"""Kind of mail → who gets any of it: those with one of these."""


def kind_of(template: str) -> OfficeMail | None:
    """The kind of mail that a template belongs to; None for one that cannot be switched off."""
    return next((kind for kind, templates in TEMPLATES.items() if template in templates), None)
