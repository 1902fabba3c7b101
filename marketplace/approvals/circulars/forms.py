"""The forms of a message to many: what it says and to whom, and which companies get it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import SelectField

from marketplace.approvals.circulars.addressing import Addressed
from marketplace.approvals.circulars.rules import MAX_SUBJECT, MAX_TEXT
from marketplace.approvals.circulars.service import CircularFacts
from marketplace.i18n import LANGUAGES, _l
from marketplace.web.forms import BaseForm, BilingualField, ChoicesField, options


class CircularForm(BaseForm):
    """A message and whom it goes to; an empty choice does not narrow."""

    pilot = SelectField(_l("Pilot"), default="")
    service = SelectField(_l("Service"), default="")
    municipality = SelectField(_l("Municipality"), default="")
    standing = SelectField(_l("State of the approval"), default="")
    subject = BilingualField(_l("Subject"), languages_required=LANGUAGES, max_length=MAX_SUBJECT)
    text = BilingualField(_l("Message"), long=True, languages_required=LANGUAGES, max_length=MAX_TEXT)

    def facts(self) -> CircularFacts:
        """What was written."""
        return CircularFacts(
            self.subject.text,
            self.text.text,
            self.pilot.data,
            self.service.data,
            self.municipality.data,
            self.standing.data,
        )


class RecipientsForm(BaseForm):
    """The companies that get the message; all of them are ticked beforehand."""

    chosen = ChoicesField(_l("Companies that get the message"))

    def numbers(self) -> list[int]:
        """The numbers of the companies that are ticked."""
        return [int(each) for each in self.chosen.data]


def recipients_form(companies: Sequence[Addressed]) -> Any:
    """The form for these companies."""
    form = RecipientsForm.from_request(chosen=[str(each.provider.id) for each in companies])
    form.chosen.choices = options(_named(companies))
    return form


def _named(companies: Iterable[Addressed]) -> Iterable[tuple[str, str]]:
    return ((str(each.provider.id), each.provider.name) for each in companies)
