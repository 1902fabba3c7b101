"""The office's page of the numbers of applications, as pictures and tables, and the table as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.applications.labels import STATES
from marketplace.applications.rules import APPLICATION, Outcome
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.queue.queries import organisation_pilots
from marketplace.approvals.statistics import labels, queries, rules
from marketplace.approvals.statistics.forms import StatisticsForm
from marketplace.approvals.statistics.rules import ApplicationFact, ApplicationFigures
from marketplace.errors import NotAllowed
from marketplace.i18n import _, count_text, current_language, days_text, helsinki_date, ngettext
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.queries import current_definition
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, now, render, requires, session
from marketplace.web.tables import table_file

PERIODS: Final = (12, 24, 60)


@dataclass(frozen=True, slots=True)
class StatisticsBar:
    """A bar of a picture: its name, how long it is, and what stands beside it."""

    name: str
    value: int | None
    text: str

    @property
    def said(self) -> str:
        """The bar in words."""
        return f"{self.name} {self.text}"


@blueprint.get("/office/statistics")
@requires(Permission.VIEW_APPLICATIONS)
def statistics() -> ResponseReturnValue:
    """How many applications come, how long they take and how they end, by month and by pilot."""
    names, form, facts, months = _asked()
    show_own_organisation()
    rows = rules.by_month(facts, months)
    whole = rules.figures(
        [each for each in facts if each.sent_on >= months[0]],
        [each for each in facts if each.decided_on is not None and each.decided_on >= months[0]],
    )
    return render(
        "approvals/statistics/statistics.html",
        form=form,
        whole=whole,
        rows=rows,
        pilots=[(names[key], row) for key, row in rules.by_pilot(facts, months[0]).items()],
        labels=labels,
        states=_state_bars(facts),
        sent=[
            StatisticsBar(month_text(month), row.sent, count_text(row.sent)) for month, row in rows.items()
        ],
        days=[
            StatisticsBar(month_text(month), row.days, "–" if row.days is None else days_text(row.days))
            for month, row in rows.items()
        ],
        most_sent=max(row.sent for row in rows.values()),
        most_days=max((row.days for row in rows.values() if row.days is not None), default=0),
        ended=_outcome_bars(whole),
        month_text=month_text,
        file_url=lambda kind: url_for(
            "approvals.statistics_file", kind=kind, pilot=form.pilot.data, months=form.months.data
        ),
    )


@blueprint.get("/office/statistics/months.<any(csv, xlsx):kind>")
@requires(Permission.VIEW_APPLICATIONS)
def statistics_file(kind: str) -> Response:
    """The table of months for a spreadsheet."""
    _names, _form, facts, months = _asked()
    heads = [
        _("Month"),
        str(labels.SENT),
        str(labels.DECIDED),
        _("Days to the decision"),
        *(str(labels.SERVICES[outcome]) for outcome in Outcome),
    ]
    rows = [
        [month, row.sent, row.decided, row.days, *(row.outcomes[outcome] for outcome in Outcome)]
        for month, row in rules.by_month(facts, months).items()
    ]
    return table_file(kind, heads, rows, title=_("Applications"), name=f"statistics-{months[-1].isoformat()}")


def _asked() -> tuple[Mapping[str, str], StatisticsForm, list[ApplicationFact], Sequence[date]]:
    """The names of the organisation's pilots, the form, and the applications and months that it asks for."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    names = {
        pilot.key: current_definition(session(), pilot.key).name[current_language()]
        for pilot in organisation_pilots(session(), organisation)
    }
    form = StatisticsForm(formdata=MultiDict(request.args.items(multi=True)))
    form.pilot.choices = options([("", _("All pilots")), *names.items()])
    form.months.choices = options(
        (str(number), ngettext("Last %(num)d month", "Last %(num)d months", number)) for number in PERIODS
    )
    if not form.pilot.validate(form):
        form.pilot.data = ""
    if not form.months.validate(form):
        form.months.data = str(PERIODS[0])
    chosen = [form.pilot.data] if form.pilot.data else list(names)
    months = rules.months_until(helsinki_date(now()), int(form.months.data))
    return names, form, queries.facts(session(), chosen), months


def month_text(month: date) -> str:
    """A month as it is written in a table: `11/2026`."""
    return f"{month.month}/{month.year}"


def _state_bars(facts: Sequence[ApplicationFact]) -> list[StatisticsBar]:
    counts = rules.by_state(facts)
    return [
        StatisticsBar(str(STATES[state][0]), counts[state], count_text(counts[state]))
        for state in APPLICATION.sent
        if counts.get(state)
    ]


def _outcome_bars(whole: ApplicationFigures) -> list[StatisticsBar]:
    return [
        StatisticsBar(str(labels.SERVICES[outcome]), number, count_text(number))
        for outcome, number in whole.outcomes.items()
    ]
