"""Mail about summaries: that there is one. What it says stands on the page alone."""

from __future__ import annotations

from marketplace import outbox
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.outbox import MailAddress, OutboxMessage
from marketplace.work import UnitOfWork


def client_summary(work: UnitOfWork, summary: ClientSummary) -> OutboxMessage:
    """The month's summary can be read."""
    client = summary.client
    return outbox.send(
        work,
        MailAddress(client.email, client.name, client.language),
        "client_summary",
        organisation_key=client.organisation_key,
        link=outbox.address(
            "client_area.summaries.show", client.language, month=summary.month.strftime("%Y-%m")
        ),
    )
