"""What the numbers of applications are called where they stand in a table or a picture."""

from __future__ import annotations

from typing import Any, Final

from marketplace.applications.rules import Outcome
from marketplace.i18n import _l

SENT: Final = _l("Applications sent")
DECIDED: Final = _l("Applications decided")

SERVICES: Final[dict[Outcome, Any]] = {
    Outcome.APPROVED: _l("Services approved"),
    Outcome.APPROVED_WITH_CONDITIONS: _l("Services approved with conditions"),
    Outcome.REJECTED: _l("Services rejected"),
}
"""The services that were decided on so."""
