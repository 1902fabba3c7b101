"""The report of a year as PDF: every figure of its quarters, and pictures and tables of its months and last quarter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.errors import NotFound
from marketplace.i18n import _, in_language
from marketplace.pdf import render_pdf
from marketplace.pilots.queries import current_definition, pilot
from marketplace.reports import dictionary, shown
from marketplace.reports.disclosure import FEWEST
from marketplace.reports.labels import number_text, quarter_text
from marketplace.reports.queries import Edition, editions
from marketplace.reports.rules import SPECS, Dimension, Measure, ReportKind, measures_of


def yearly_pdf(session: Session, pilot_key: str, year: int, language: str, now: datetime) -> bytes:
    """The report of a pilot's year as tagged PDF. Raises NotFound for another pilot and for a year without figures."""
    found = pilot(session, pilot_key)
    told = [each for each in editions(session, pilot_key, tuple(Measure)) if each.quarter.first.year == year]
    if not told:
        raise NotFound()
    name = current_definition(session, pilot_key).name
    with in_language(language):
        title = _("%(pilot)s: the year %(year)s", pilot=name[language], year=year)
        data = {
            "organisation": found.organisation.name[language],
            "opening": [
                _("The months %(months)s in short", months=quarter_text(told[-1].quarter)) + ":",
                *shown.plain_sentences(told[-1], language),
                _(
                    "Two dots mean that a number is not told: fewer than %(fewest)s would stand behind it, one would "
                    "make up most of it, or it would give another such number away.",
                    fewest=FEWEST,
                ),
                *filter(None, [shown.note_of(told[-1])]),
            ],
            "reports": [_report(report, told, language) for report in ReportKind],
        }
        return render_pdf("yearly_report.typ", data, language=language, title=title, now=now)


def _report(report: ReportKind, told: Sequence[Edition], language: str) -> dict[str, Any]:
    """A report as headed tables: its figures quarter by quarter, then what it tells by service and the like."""
    words = dictionary.measures()
    own = dictionary.reports()[report]
    whole = (Dimension.ALL, "")
    return {
        "name": own.name[language],
        "text": own.text[language],
        "note": shown.note_of(told[-1]) if report is ReportKind.EFFECTS else "",
        "heads": [_("Figure"), *(quarter_text(each.quarter) for each in told)],
        "rows": [
            [
                words[measure].name[language],
                *(number_text(measure, each.number(measure, whole)) for each in told),
            ]
            for measure in measures_of(report)
            if SPECS[measure].whole
        ],
        "parts": [
            {
                "name": table.title if table.along else f"{table.title}, {quarter_text(told[-1].quarter)}",
                "heads": [table.first, *table.heads],
                "rows": [[name, *numbers] for name, numbers in table.rows],
                "along": table.along,
                "wordy": table.wordy,
                "picture": _picture(table.picture),
            }
            for table in shown.shown(report, told, told[-1]).tables
            if table.rows
        ],
    }


def _picture(picture: shown.Picture) -> dict[str, Any] | None:
    """A picture for the document, each bar as a part of the scale; none where there is nothing to see."""
    if not any(bar.value for bar in picture.bars):
        return None
    return {
        "title": picture.title,
        "summary": f"{picture.title}. {picture.summary}",
        "top_text": picture.top_text,
        "bars": [
            {
                "name": bar.name,
                "text": bar.text,
                "value": None if bar.value is None else max(bar.value, 0) / picture.top,
            }
            for bar in picture.bars
        ],
    }
