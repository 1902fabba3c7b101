"""What the states of messages to many are called, and to whom one goes in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.approvals.circulars.models import Circular
from marketplace.approvals.circulars.rules import CircularState
from marketplace.i18n import LocalizedText, _, _l, current_language, listed
from marketplace.pilots.vocabulary import MUNICIPALITIES, SERVICES
from marketplace.providers.labels import APPROVAL_STATES
from marketplace.providers.rules import ApprovalState

STATES: Final[dict[CircularState, tuple[Any, str]]] = {
    CircularState.DRAFT: (_l("Draft"), "neutral"),
    CircularState.SENT: (_l("Sent"), "success"),
}
"""State → its name and the tone of its tag."""


def chosen_by(circular: Circular, pilots: Mapping[str, LocalizedText]) -> str:
    """What the companies were chosen by, the municipality last; `pilots` are the names of the organisation's own."""
    language = current_language()
    narrowed = [
        pilots[circular.pilot][language] if circular.pilot else "",
        SERVICES[circular.service].name[language] if circular.service else "",
        str(APPROVAL_STATES[ApprovalState(circular.standing)][0]) if circular.standing else "",
    ]
    place = MUNICIPALITIES[circular.municipality].name[language] if circular.municipality else ""
    told = [each for each in (listed([each for each in narrowed if each]), place) if each]
    return ", ".join(told) or _("All providers that have been approved")
