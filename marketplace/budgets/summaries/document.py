"""The summary as a document: a tagged PDF in the client's language, with no address of who must not be found."""

from __future__ import annotations

from datetime import datetime

from marketplace.budgets.summaries.models import ClientSummary
from marketplace.budgets.summaries.shown import shown
from marketplace.contact import shown_phone
from marketplace.i18n import _, date_text, helsinki_date, in_language
from marketplace.pdf import render_pdf
from marketplace.pilots.branding import letterhead
from marketplace.pilots.models import Organisation


def summary_pdf(summary: ClientSummary, organisation: Organisation, *, now: datetime) -> bytes:
    """The summary to post or to keep."""
    client = summary.client
    with in_language(client.language):
        said = shown(summary)
        content = {
            "organisation": organisation.name[client.language],
            "number": client.number,
            "facts": [
                {"label": _("Date"), "value": date_text(helsinki_date(summary.made_at))},
                {"label": _("Client number"), "value": client.number},
            ],
            "recipient": [client.name, *(client.address.splitlines() if client.address else [])],
            "lines": [{"service": each.service, "sentences": list(each.sentences)} for each in said.lines],
            "agreed_title": _("What was agreed"),
            "agreed": list(said.agreed),
            "head": [_("Day"), _("Service"), _("Provider"), _("How much"), _("State")],
            "rows": [[each.day, each.service, each.provider, each.amount, each.state] for each in said.given],
            "given": _("What was given"),
            "payment": said.payment,
            "paid": said.paid,
            "ending": [
                _(
                    "If something is wrong, call us or write to us. What has been confirmed can still be corrected."
                ),
                _("Telephone: %(number)s", number=shown_phone(organisation.phone, client.language)),
            ],
            "signature": _("Regards"),
            "decided_by": organisation.name[client.language],
        } | letterhead(organisation.key)
        return render_pdf("client_summary.typ", content, language=client.language, title=said.title, now=now)
