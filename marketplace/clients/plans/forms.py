"""The form of a support plan: a few rows, of which empty ones are left out."""

from __future__ import annotations

from typing import Any, Final

from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import Length

from marketplace.clients.forms import no_identity_code
from marketplace.clients.plans.labels import WAYS
from marketplace.clients.plans.rules import Arranged, Line, PlanContent
from marketplace.i18n import _l
from marketplace.text import whole_number
from marketplace.web.forms import BaseForm, Optional, Prose, StrippedString, options, required

ROWS: Final = 8
"""Rows that the form shows."""


class PlanForm(BaseForm):
    """What the client wants, what helps, and who does it."""

    based_on = HiddenField()
    goals = Prose(
        _l("What do I want to do or have?"),
        validators=[required(_l("Write what you want to do or have.")), Length(max=3000), no_identity_code],
    )
    helps = Prose(_l("What helps me?"), validators=[Optional(), Length(max=3000), no_identity_code])
    in_decision = BooleanField(_l("I want this plan to be a part of my decision"))

    def offer(self, ways: list[Arranged]) -> None:
        """Set from whom support may come."""
        for row in range(ROWS):
            self[f"arranged_{row}"].choices = options((way.value, WAYS[way]) for way in ways)

    def show(self, content: PlanContent) -> None:
        """Fill the form with a version of the plan."""
        self.goals.data, self.helps.data = content.goals, content.helps
        self.in_decision.data = content.in_decision
        for row, line in enumerate(content.lines[:ROWS]):
            self[f"need_{row}"].data = line.need
            self[f"arranged_{row}"].data = line.arranged.value
            self[f"who_{row}"].data = line.who

    def content(self) -> PlanContent:
        """What was written; a row without any words is left out."""
        lines = (
            Line(
                self[f"need_{row}"].data or "",
                Arranged(self[f"arranged_{row}"].data),
                self[f"who_{row}"].data or "",
            )
            for row in range(ROWS)
        )
        return PlanContent(
            self.goals.data or "",
            self.helps.data or "",
            tuple(line for line in lines if line.need or line.who),
            self.in_decision.data,
        )

    @property
    def base(self) -> int:
        """The version that the writer had before their eyes; 0 for none."""
        return whole_number(self.based_on.data) or 0

    @property
    def rows(self) -> list[tuple[Any, Any, Any]]:
        """The rows of the form: what is needed, from whom, and who that is."""
        return [tuple(self[f"{part}_{row}"] for part in ("need", "arranged", "who")) for row in range(ROWS)]


for _row in range(ROWS):
    setattr(
        PlanForm,
        f"need_{_row}",
        StrippedString(_l("What I need"), validators=[Optional(), Length(max=300), no_identity_code]),
    )
    setattr(PlanForm, f"arranged_{_row}", SelectField(_l("From whom"), default=Arranged.BUDGET.value))
    setattr(
        PlanForm,
        f"who_{_row}",
        StrippedString(_l("Who"), validators=[Optional(), Length(max=200), no_identity_code]),
    )
