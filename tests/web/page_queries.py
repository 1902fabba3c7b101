"""How many queries each page may take, whoever opens it and however many rows the portal holds.

`tests/web/test_page_queries.py` opens every page of the portal on the demo's hundreds of rows. A page that is not named
may take MOST; who adds a query to a page sees here what it costs, and lowers the number when a page gets leaner.
"""

from __future__ import annotations

from typing import Final

MOST: Final = 14
"""Three of them, with roles, are who is signed in; one counts what waits in the bar of rooms."""

PUBLIC: Final[dict[str, int]] = {
    "pages.start": 1,
    "search.compare": 5,
    "search.offer": 5,
    "search.provider": 7,
    "search.results": 1,
    "search.supply_map": 1,
    "saved.services": 1,
}
"""What visitors open most, none of them signed in."""

MORE: Final[dict[str, int]] = {
    "approvals.change": 15,
    "approvals.changes": 16,
    "approvals.company": 29,
    "approvals.decide_measure": 20,
    "approvals.decision": 15,
    "approvals.office_file_page": 15,
    "approvals.open_measure": 17,
    "approvals.proposal": 15,
    "approvals.review": 37,
    "approvals.standing": 34,
    "approvals.take_back_completion": 16,
    "approvals.today": 26,
    "audit.events": 36,
    "choosing.choose": 22,
    "client_area.agreements.agreement": 15,
    "client_area.agreements.change": 19,
    "client_area.agreements.choose": 20,
    "client_area.home": 17,
    "clients.client": 24,
    "granting.decision": 27,
    "granting.facts": 15,
    "office_deliveries.show": 17,
    "payments.show": 16,
    "payments.trace": 23,
    "providers.clients.agreement": 18,
    "providers.overview": 30,
    "recruiting.invitations": 16,
    "recruiting.office_session": 15,
    "vouchers.agreement": 19,
    "vouchers.annul": 16,
    "vouchers.end": 16,
    "vouchers.move_on": 17,
}
"""Pages about one thing and all that hangs on it; the audit trail asks once for each kind of thing on its page."""
