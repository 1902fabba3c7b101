"""The form of a research extract."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import SelectField

from marketplace.i18n import _l
from marketplace.reports.labels import quarter_text
from marketplace.reports.research.service import Wanted
from marketplace.reports.rules import Quarter
from marketplace.web.forms import BaseForm, StrippedString, required


class ExtractForm(BaseForm):
    """Of which pilot and quarters, to whom, and by what leave."""

    pilot = SelectField(_l("Pilot"))
    first = SelectField(_l("From the quarter"))
    last = SelectField(_l("To the quarter"))
    recipient = StrippedString(
        _l("Given to"), validators=[required(_l("Write to whom the extract is given."))]
    )
    permit = StrippedString(
        _l("Research permit"), validators=[required(_l("Write the number of the research permit."))]
    )

    def offer(self, pilots: Sequence[tuple[str, str]], quarters: Sequence[Quarter]) -> None:
        """Set among which pilots and quarters one chooses."""
        self.pilot.choices = list(pilots)
        self.first.choices = self.last.choices = [(each.name, quarter_text(each)) for each in quarters]

    def wanted(self, quarters: Sequence[Quarter]) -> Wanted:
        """What is asked for."""
        named = {each.name: each for each in quarters}
        return Wanted(
            named[self.first.data], named[self.last.data], self.recipient.data or "", self.permit.data or ""
        )
