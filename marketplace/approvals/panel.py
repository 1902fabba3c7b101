"""What the company's home page says of its applications."""

from __future__ import annotations

from flask import render_template, url_for
from markupsafe import Markup

from marketplace.approvals import queries, words
from marketplace.i18n import _
from marketplace.providers.models import Provider
from marketplace.web import session


def applications_panel(provider: Provider) -> Markup:
    """The provider's applications and, first, what the office asks to be completed."""
    own = queries.of_provider(session(), provider.id)
    requests = {each.id: request for each in own if (request := queries.waiting_completion(each)) is not None}
    asked = [each for each in own if each.state == "completion_requested" and each.id in requests]
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "approvals/panel.html",
            provider=provider,
            applications=own,
            asked=asked,
            requests=requests,
            definitions={each.id: queries.definition_of(session(), each) for each in own},
            words=words,
        )
    )


def applications_link(provider: Provider) -> tuple[str, str]:
    """The applications among the pages of the provider's area."""
    return _("Applications"), url_for("approvals.applications", provider_id=provider.id)
