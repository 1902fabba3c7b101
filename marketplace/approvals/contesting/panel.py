"""What the provider's own pages say of the legal force of its decisions."""

from __future__ import annotations

from flask import render_template
from markupsafe import Markup

from marketplace.approvals.contesting import labels
from marketplace.approvals.contesting.queries import Contested, contest_of
from marketplace.i18n import helsinki_date
from marketplace.web.frame import now, session


def force_panel(decision: Contested) -> Markup:
    """The legal force of a decision that has been made, and the requests for a review of it."""
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "approvals/contesting/_for_provider.html",
            contest=contest_of(session(), decision, helsinki_date(now())),
            number=decision.number,
            review_words=labels,
        )
    )
