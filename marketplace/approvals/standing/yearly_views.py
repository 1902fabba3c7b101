"""The office's page for the yearly check of several approvals at once."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.applications.labels import service_name
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.standing import labels, queries, service
from marketplace.approvals.standing.forms import YearlyForm
from marketplace.approvals.standing.list_views import list_form, own_organisation
from marketplace.approvals.standing.queries import StandingApproval, StandingFilter
from marketplace.i18n import _, date_text, helsinki_date, ngettext
from marketplace.permissions import Permission
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

MOST_CHOICES: Final = 100
"""Approvals that are chosen on one page; the others come when these have been checked."""


@blueprint.route("/office/approvals/yearly-checks", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def yearly_checks() -> ResponseReturnValue:
    """Choose approvals that are due and in which nothing else waits, and write down what was looked at."""
    organisation = own_organisation()
    narrowing = list_form(organisation)
    given = {
        name: (narrowing[name].data or "") if narrowing[name].validate(narrowing) else ""
        for name in ("words", "service")
    }
    alone, others = _due(organisation, given)
    form = YearlyForm.from_request()
    form.asking(
        point for each in alone[:MOST_CHOICES] for point in queries.yearly_points(session(), each.approval)
    )
    form.chosen.choices = options((str(each.approval.id), _told(each)) for each in alone[:MOST_CHOICES])
    return carry_out(
        form,
        lambda: service.recheck_several(
            work(),
            [int(each) for each in form.chosen.data or ()],
            form.note.data or "",
            form.points.data or (),
        ),
        done=lambda count: lead_on(
            url_for(
                "approvals.yearly_checks", words=given["words"] or None, service=given["service"] or None
            ),
            ngettext(
                "The yearly check of %(num)d approval has been written down.",
                "The yearly check of %(num)d approvals has been written down.",
                count,
            ),
        ),
        show=lambda: render(
            "approvals/standing/yearly.html",
            form=form,
            narrowing=narrowing,
            narrowed=any(given.values()),
            given=given,
            pages={str(each.approval.id): _link(each) for each in alone[:MOST_CHOICES]},
            left=max(0, len(alone) - MOST_CHOICES),
            others=others,
            labels=labels,
            today=_today(),
        ),
    )


def _due(organisation: str, given: dict[str, Any]) -> tuple[list[StandingApproval], list[StandingApproval]]:
    """The approvals that are due, the first due first: those that need nothing else, and those that do.

    Those of companies that the reader may not judge are left out.
    """
    wanted = StandingFilter(**given, attention=queries.RECHECK, sort="check")
    alone: list[StandingApproval] = []
    others: list[StandingApproval] = []
    for each in queries.whole_list(session(), organisation, wanted, today=_today()):
        if not current_actor().is_disqualified(each.approval.provider_id):
            (alone if each.needs(_today()) == {queries.RECHECK} else others).append(each)
    return alone, others


def _told(standing: StandingApproval) -> str:
    approval = standing.approval
    return _(
        "%(provider)s: %(service)s, by %(day)s",
        provider=approval.provider.name,
        service=service_name(approval.service_key),
        day=date_text(standing.recheck_on),
    )


def _link(standing: StandingApproval) -> Markup:
    """The way to the page of an approval, where it is looked at."""
    return Markup('<a class="ds-link" href="{}">{}<span class="ds-sr-only"> {}</span></a>').format(
        url_for("approvals.standing", approval_id=standing.approval.id),
        _("Open the approval"),
        standing.approval.provider.name,
    )


def _today() -> Any:
    return helsinki_date(now())
