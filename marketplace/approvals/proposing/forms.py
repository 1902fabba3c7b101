"""The form of a proposal: fields for every line, built for the application at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import g, request
from wtforms import SelectField

from marketplace.applications.filling.forms import MayWait
from marketplace.applications.models import Application, ApplicationLine
from marketplace.applications.rules import Outcome
from marketplace.approvals.proposing.phrases import LIBRARY
from marketplace.approvals.proposing.rules import (
    MAX_CONDITIONS,
    Condition,
    LineProposal,
    Told,
    conditions_of,
    takes,
    with_shared,
)
from marketplace.days import DUE
from marketplace.decisions.forms import PartyForm, short_enough
from marketplace.decisions.phrases import Phrase
from marketplace.errors import Fault
from marketplace.i18n import _, current_language, pgettext
from marketplace.pilots.vocabulary import municipalities_by_name
from marketplace.web.forms import ChoicesField, DateField, Optional, Prose, RadioField, options

FIELDS: Final = ("outcome", "grounds")


MORE: Final = "more"
"""The button that adds a row for a condition; its value is the id of the line."""


SAME: Final = "same"
"""What is for all services at once: the end of the names of its fields, and the button that gives it to them."""


class ProposalForm(PartyForm):
    """A proposal; `proposal_form` adds the fields of every line, and those for all of several lines at once.

    `rows`: line id → number of rows for conditions.
    """

    rows: Mapping[int, int]

    def share(self, application: Application) -> int:
        """Give what is written for all services to each that takes it, and empty its fields; how many took it.

        Where none takes it, because each has another proposal, it stays where it is.
        """
        shared = self[f"outcome-{SAME}"].data or None
        taking = [
            line.id
            for line in application.lines
            if takes(_outcome(self[f"outcome-{line.id}"].data), _outcome(shared))
        ]
        for line_id in taking:
            if shared:
                _fill(self[f"outcome-{line_id}"], shared)
            for outcome in Outcome:
                own = self[phrases_field(outcome, line_id)]
                _fill(own, [*dict.fromkeys([*own.data, *self[phrases_field(outcome, SAME)].data])])
            own = self[f"grounds-{line_id}"]
            _fill(own, with_shared(own.data or "", self[f"grounds-{SAME}"].data or ""))
        for field in self._shared() if taking else ():
            _fill(field, [] if isinstance(field, ChoicesField) else "")
        return len(taking)

    @property
    def shares(self) -> bool:
        """Whether something is sent for all services."""
        return self.is_submitted() and any(field.data for field in self._shared())

    def unshared(self) -> list[Fault]:
        """What is wrong when something is still written for all services after it was given to those that take it."""
        if not self.shares:
            return []
        return [
            (
                f"outcome-{SAME}",
                _("Every service has another proposal already. Change one of them, or this one."),
            )
        ]

    def nothing_to_share(self) -> list[Fault]:
        """What is wrong when something is to be given to all services before it is chosen or written."""
        return [(f"outcome-{SAME}", _("Choose or write first what goes to all services."))]

    def _shared(self) -> list[Any]:
        return [field for name, field in self._fields.items() if name.endswith(f"-{SAME}")]


def _fill(field: Any, value: Any) -> None:
    """Set a field as if `value` had been sent, so that it is checked like what was."""
    field.data = value
    field.raw_data = value if isinstance(value, list) else [value] if value else []


def proposal_form(application: Application) -> ProposalForm:
    """A proposal for every line, filled with an earlier one when the decider has returned it."""
    fields: dict[str, Any] = {}
    values: dict[str, Any] = {}
    rows = {line.id: _condition_rows(line) for line in application.lines}
    for line in application.lines:
        fields |= _line_fields(line, rows[line.id])
        for outcome in Outcome:
            values[phrases_field(outcome, line.id)] = list(line.proposed_phrases)
        for fact in FIELDS:
            values[f"{fact}-{line.id}"] = getattr(line, f"proposed_{fact}")
        values[f"left_out-{line.id}"] = list(line.proposed_left_out)
        for number, each in enumerate(conditions_of(line.proposed_conditions)):
            values[f"condition-{number}-{line.id}"] = each.text
            values[f"due-{number}-{line.id}"] = each.due_on
            values[f"told-{number}-{line.id}"] = each.told
    if len(application.lines) > 1:
        fields |= _shared_fields(application)
    form = ProposalForm.from_request(extra=fields, **values)
    form.rows = rows
    return form.addressed(application.created_by.language)


def _condition_rows(line: ApplicationLine) -> int:
    """How many conditions the form has room for: those there are, at least one, and one more when it was asked for."""
    recall = g.get("kept_entries")
    entries = request.form or (recall(ProposalForm.__name__) if recall else None) or {}
    sent = sum(f"condition-{number}-{line.id}" in entries for number in range(MAX_CONDITIONS))
    room = max(sent, 1) if entries else max(len(line.proposed_conditions), 1)
    return min(room + (entries.get(MORE) == str(line.id)), MAX_CONDITIONS)


def _shared_fields(application: Application) -> dict[str, Any]:
    services = [line.service_key for line in application.lines]
    return _reasoned_fields(SAME, {outcome: LIBRARY.common(services, outcome) for outcome in Outcome})


def _line_fields(line: ApplicationLine, rows: int) -> dict[str, Any]:
    return {
        **_reasoned_fields(
            line.id, {outcome: LIBRARY.ready(line.service_key, outcome) for outcome in Outcome}
        ),
        f"left_out-{line.id}": ChoicesField(
            _("Municipalities that the approval does not cover"),
            choices=options(
                (place.code, place.name[current_language()])
                for place in municipalities_by_name(line.municipalities, current_language())
            ),
        ),
        **_condition_fields(line, rows),
    }


def _reasoned_fields(end: object, ready: Mapping[Outcome, Iterable[Phrase]]) -> dict[str, Any]:
    """The proposal and its grounds, in fields whose names end in `end`. `ready`: the phrases of each outcome."""
    outcomes = [
        (Outcome.APPROVED, _("Approve")),
        (Outcome.APPROVED_WITH_CONDITIONS, _("Approve with conditions")),
        (Outcome.REJECTED, _("Reject")),
    ]
    phrases = {
        phrases_field(outcome, end): ChoicesField(
            _("Grounds from the library: %(outcome)s", outcome=name),
            choices=options((each.key, each.text[current_language()]) for each in ready[outcome]),
        )
        for outcome, name in outcomes
    }
    return {
        f"outcome-{end}": RadioField(_("Proposal"), choices=options(outcomes), validators=[MayWait()]),
        **phrases,
        f"grounds-{end}": Prose(_("Grounds in your own words"), validators=[MayWait(), short_enough()]),
    }


def _condition_fields(line: ApplicationLine, rows: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    told = options(
        [
            (Told.BY_KIND, _("Clients, if it has no day")),
            (Told.CLIENTS, pgettext("told to", "Clients")),
            (Told.NOBODY, _("Only the provider and the office")),
        ]
    )
    for number in range(rows):
        fields[f"condition-{number}-{line.id}"] = Prose(
            _("Condition %(number)d", number=number + 1), validators=[Optional(), short_enough()]
        )
        fields[f"due-{number}-{line.id}"] = DateField(
            _("Condition %(number)d to be met by", number=number + 1), validators=[Optional()], reach=DUE
        )
        fields[f"told-{number}-{line.id}"] = SelectField(
            _("Condition %(number)d is told to", number=number + 1), choices=told, default=Told.BY_KIND
        )
    return fields


def phrases_field(outcome: Outcome, end: object) -> str:
    """The name of the field with the ready phrases of an outcome for a line, by its id, or for all of them, SAME."""
    return f"phrases-{outcome}-{end}"


def _outcome(said: str | None) -> Outcome | None:
    return Outcome(said) if said in set(Outcome) else None


def proposals(form: ProposalForm, application: Application) -> list[LineProposal]:
    """What a proposal form proposes, line by line."""
    return [
        LineProposal(
            line.id,
            outcome=_outcome(form[f"outcome-{line.id}"].data),
            grounds=form[f"grounds-{line.id}"].data or "",
            conditions=tuple(
                Condition(
                    form[f"condition-{number}-{line.id}"].data or "",
                    form[f"due-{number}-{line.id}"].data,
                    Told(form[f"told-{number}-{line.id}"].data or Told.BY_KIND),
                )
                for number in range(form.rows[line.id])
            ),
            left_out=tuple(form[f"left_out-{line.id}"].data),
            phrases=tuple(key for outcome in Outcome for key in form[phrases_field(outcome, line.id)].data),
        )
        for line in application.lines
    ]
