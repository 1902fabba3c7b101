"""What the fields of reviews and approvals are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from marketplace.applications.audit_labels import definition_of_event
from marketplace.approvals.contesting.labels import STATES as REVIEWS
from marketplace.approvals.reviewing.forms import MARK_NAMES
from marketplace.approvals.serving import labels as served
from marketplace.approvals.standing import labels as standing
from marketplace.audit.fields import About, Field, bilingual, choice, day, mark, numbered
from marketplace.i18n import _, _l, current_language, date_text, ngettext
from marketplace.providers.labels import APPROVAL_STATES


def _checked(key: str, about: About) -> str:
    definition = definition_of_event(about)
    items = definition.checklist_for(definition.service_keys) if definition else ()
    return next((item.text[current_language()] for item in items if item.key == key), key)


def _in_words(value: Any, _about: About) -> str:
    """Sentences that are kept in both languages."""
    return " ".join(each[current_language()] for each in value)


def _reminded_of(value: Any, _about: About) -> str:
    """What a reminder was about: `proofs:<provider>:<day>` or `condition:<number>`."""
    kind, *rest = value.split(":")
    if kind == "proofs":
        return _("Proofs that end on %(day)s", day=date_text(date.fromisoformat(rest[-1])))
    return _("Condition %(number)d", number=int(rest[0]))


def _checksums(value: Any, about: About) -> str:
    return ", ".join(mark(each, about) for each in value)


def _days(value: Any, _about: About) -> str:
    """Days from the last day; a negative number is before it."""
    if value < 0:
        return ngettext("%(num)d day before", "%(num)d days before", -value)
    return ngettext("%(num)d day after", "%(num)d days after", value) if value else _("on the day")


_STANDING: Final[dict[str, Any]] = {
    **{str(state): name for state, name in APPROVAL_STATES.items()},
    **{str(state): name for state, name in standing.CONDITIONS.items()},
}

_LETTER: Final = Field(_l("Letter"), choice(served.KINDS))
_CAME: Final = Field(_l("Day on which the answer came"), day)
_RECEIVED: Final = Field(_l("When the request came"), day)
_REVIEWED: Final = Field(_l("When the review was decided"), day)
_REVIEW: Final = Field(
    _l("What came of the review"), choice({str(state): name for state, (name, _tone) in REVIEWS.items()})
)
_POSTED: Final = Field(_l("Posted on"), day)
_ATTACHMENTS: Final = Field(_l("Attachments"), _checksums)
_SERVED: Final = Field(_l("Taken to have been received on"), day)

FIELDS: Final[dict[str, Field]] = {
    "approval.state": Field(_l("State"), choice(_STANDING)),
    "approval.about": Field(_l("Of what"), _reminded_of),
    "approval.condition": Field(_l("Condition"), numbered, always=True),
    "approval.days": Field(_l("When"), _days),
    "approval.decision": Field(_l("Decision that is corrected")),
    "approval.right": Field(_l("Corrected words")),
    "approval.wrong": Field(_l("Wrong words")),
    "approval.grounds": Field(_l("Grounds")),
    "approval.kind": Field(_l("Measure"), choice(standing.NAMES)),
    "approval.looked_at": Field(_l("Points looked at"), _in_words),
    "approval.not_looked_at": Field(_l("Points not looked at"), _in_words),
    "approval.note": Field(_l("What was looked at")),
    "approval.public": Field(_l("Clients see it")),
    "approval.response": Field(_l("What the office says to the explanation")),
    "approval.safety": Field(_l("No hearing, because of client safety")),
    "approval.until": Field(_l("Clients are served until"), day),
    "approval.letter": _LETTER,
    "approval.posted_on": _POSTED,
    "approval.served_on": _SERVED,
    "application.letter": _LETTER,
    "application.posted_on": _POSTED,
    "application.served_on": _SERVED,
    **{f"{thing}.attachments": _ATTACHMENTS for thing in ("application", "approval")},
    "circular.letter": _LETTER,
    "circular.posted_on": _POSTED,
    "circular.served_on": _SERVED,
    "circular.circular": Field(_l("Message to many providers"), numbered, always=True),
    "circular.subject": bilingual(_l("Subject")),
    "circular.channel": Field(_l("How"), choice(served.CHANNELS)),
    **{f"{thing}.came_on": _CAME for thing in ("application", "approval")},
    **{f"{thing}.received_on": _RECEIVED for thing in ("application", "approval")},
    **{f"{thing}.decided_on": _REVIEWED for thing in ("application", "approval")},
    **{f"{thing}.review": _REVIEW for thing in ("application", "approval")},
    "application.marks": Field(_l("Checklist"), choice(MARK_NAMES), _checked),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
