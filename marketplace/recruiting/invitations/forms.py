"""Forms of inviting: one addressee, a file of them, the letter's text, and narrowing the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import request
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import Length

from marketplace.days import DUE
from marketplace.i18n import LANGUAGE_LABELS, _, _l
from marketplace.recruiting.invitations.addresses import COLUMNS, MAX_NAME, Addressee, BrokenRow, addressee
from marketplace.recruiting.invitations.rules import MAX_BODY, MAX_SUBJECT
from marketplace.web.forms import (
    BaseForm,
    BilingualField,
    ChoicesField,
    DateField,
    Optional,
    StrippedString,
    options,
    required,
)


class AddresseeForm(BaseForm):
    """Somebody to invite. `addressees.addressee` says what is wrong with a row, typed or read from a file."""

    name = StrippedString(_l("Name of the provider"), [required(_l("Write the name.")), Length(max=MAX_NAME)])
    email = StrippedString(_l("E-mail address"), [required(_l("Write the e-mail address."))])
    language = RadioField(
        _l("Language of the letter"), choices=options(LANGUAGE_LABELS.items()), default="fi"
    )
    business_id = StrippedString(_l("Business ID"), [Optional()])

    @property
    def addressee(self) -> Addressee:
        """Who was written down. Raises Invalid with the field."""
        return addressee(
            self.name.data or "", self.email.data or "", self.language.data, self.business_id.data or ""
        )


class FileForm(BaseForm):
    """A list of providers as a spreadsheet saves it."""

    file = FileField(_l("The list"), [required(_l("Choose the file."))])


class RowsForm(BaseForm):
    """Rows of a file to be corrected by hand; made by `rows_form`. `rows`: number → why it was refused."""

    numbers = HiddenField()
    rows: Mapping[int, object] = {}

    @property
    def values(self) -> dict[int, dict[str, str]]:
        """What stands in the rows now: number → values by column."""
        return {
            number: {name: self[f"{name}_{number}"].data or "" for name in COLUMNS} for number in self.rows
        }


MOST_ROWS: Final = 100
"""Broken rows that are corrected on the page; a file with more is mended in the spreadsheet."""


def rows_form(broken: Sequence[BrokenRow] | None = None) -> RowsForm:
    """The form for the broken rows of a file, or for those that come back with the request."""
    told = {each.number: each for each in (broken or [])[:MOST_ROWS] if each.cells}
    sent = request.form.get("numbers", "").split() if broken is None else []
    numbers = list(told) or [
        int(each) for each in sent[:MOST_ROWS] if each.isdecimal() and len(each) < MAX_DIGITS
    ]
    fields: dict[str, Any] = {}
    for number in numbers:
        fields[f"name_{number}"] = StrippedString(_("Name on row %(number)s", number=number), [Optional()])
        fields[f"email_{number}"] = StrippedString(_("E-mail on row %(number)s", number=number), [Optional()])
        fields[f"language_{number}"] = StrippedString(
            _("Language on row %(number)s", number=number), [Optional()]
        )
        fields[f"business_id_{number}"] = StrippedString(
            _("Business ID on row %(number)s", number=number), [Optional()]
        )
    values = {f"{name}_{number}": row.cells.get(name, "") for number, row in told.items() for name in COLUMNS}
    data: dict[str, Any] = {"numbers": " ".join(map(str, numbers)), **values}
    form = RowsForm(formdata=None, extra=fields, **data) if broken is not None else RowsForm(extra=fields)
    form.rows = {number: told[number].reason if number in told else "" for number in numbers}
    return form


MAX_DIGITS: Final = 9


class RoundForm(BaseForm):
    """To whom a round goes; `choosable` fills the choices."""

    chosen = ChoicesField(_l("Who gets the letter"))


class InvitationTextForm(BaseForm):
    """What the letter says; `seen` is the revision that was open."""

    seen = HiddenField()
    subject = BilingualField(_l("Subject"), languages_required=("fi", "sv"), max_length=MAX_SUBJECT)
    body = BilingualField(_l("Letter"), long=True, languages_required=("fi", "sv"), max_length=MAX_BODY)
    deadline = DateField(_l("Apply by"), validators=[Optional()], reach=DUE)


class ShowForm(BaseForm):
    """Whom the list shows, sent in the address."""

    class Meta:
        csrf = False

    show = SelectField(_l("Show"), validators=[Optional()])
