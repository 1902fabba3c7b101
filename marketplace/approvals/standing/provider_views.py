"""The provider's pages of its approvals: measures that it is heard on or told of, and the conditions."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.standing import labels, queries, rules, service
from marketplace.approvals.standing.forms import ExplanationForm
from marketplace.approvals.standing.rules import MeasureAction
from marketplace.errors import NotFound
from marketplace.files.uploads import hand_out
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_organisation
from marketplace.providers.models import Provider
from marketplace.web.frame import SAFE_METHODS, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

PAGE = "/provider/<int:provider_id>/measures/<int:measure_id>"


@blueprint.route(PAGE, methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def measure(provider_id: int, measure_id: int) -> ResponseReturnValue:
    """What the office plans or has decided, and the provider's explanation."""
    lock = request.method not in SAFE_METHODS
    told = queries.for_provider(work(), provider_id, measure_id, lock=lock)
    form = ExplanationForm.from_request()
    show_organisation(pilots.pilot(session(), told.approval.pilot_key).organisation)
    return carry_out(
        form,
        lambda: service.answer(work(), told, form.answer.data),
        done=lambda _answered: lead_on(
            url_for("approvals.measure", provider_id=provider_id, measure_id=measure_id),
            _("Your explanation has been sent to the office."),
        ),
        show=lambda: render(
            "approvals/standing/measure_for_provider.html",
            form=form,
            measure=told,
            provider=told.approval.provider,
            definition=pilots.kept_definition(session(), told.approval.pilot_version_id),
            waits=rules.MEASURE.allows(told.state, MeasureAction.ANSWER),
            labels=labels,
        ),
    )


@blueprint.get(f"{PAGE}/decision.pdf")
@requires(Permission.EDIT_PROVIDER)
def measure_decision(provider_id: int, measure_id: int) -> ResponseReturnValue:
    """The archived decision."""
    told = queries.for_provider(work(), provider_id, measure_id)
    if told.file is None:
        raise NotFound()
    return hand_out(told.file)


def standing_panel(provider: Provider) -> Markup:
    """Measures and conditions on the company's home page; nothing when there are none."""
    told = queries.told_to_provider(session(), provider.id)
    conditions = queries.conditions_of_provider(session(), provider.id)
    if not told and not conditions:
        return Markup()
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "approvals/standing/panel.html",
            provider=provider,
            measures=told,
            conditions=conditions,
            labels=labels,
            today=helsinki_date(now()),
        )
    )
