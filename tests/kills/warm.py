"""What every process that is going to be killed needs, imported before it is forked off; see `tests.kills.lives`."""

from __future__ import annotations

from tests.approvals.crashes.warm import PORTAL, on
from tests.journeys import visits
from tests.kills import tasks
from tests.races import plays

visits.page_endpoints()  # compiles the routes of the portal that knows the addresses of all pages
PORTAL.config |= {"TESTING": False, "PROPAGATE_EXCEPTIONS": False}

__all__ = ["PORTAL", "on", "plays", "tasks"]
