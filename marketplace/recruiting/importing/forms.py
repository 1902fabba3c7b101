"""Forms of importing: the list and its pilot, and whom to invite to take care of the companies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField

from marketplace.i18n import LANGUAGE_LABELS, _, _l, current_language
from marketplace.recruiting.importing.confirming import FirstAdmin
from marketplace.recruiting.importing.queries import CompanyWithoutAdmin
from marketplace.web.forms import BaseForm, EmailField, Optional, options, required


class SentListForm(BaseForm):
    """A list of approved providers, and the pilot that has approved them."""

    pilot = RadioField(_l("Pilot"), [required(_l("Choose the pilot."))])
    file = FileField(_l("The list"), [required(_l("Choose the file."))])


class ConfirmListForm(BaseForm):
    """The list is imported as its page has told: `seen` is the stamp of that report."""

    seen = HiddenField()


class FirstAdminsForm(BaseForm):
    """For each company a box, an address and a language; made by `first_admins_form`."""

    companies: Sequence[CompanyWithoutAdmin] = ()

    @property
    def rows(self) -> list[tuple[CompanyWithoutAdmin, Any, Any, Any]]:
        """Each company with its fields: the box, the address and the language."""
        return [
            (each, *(self[f"{name}_{each.provider.id}"] for name in ("invite", "email", "language")))
            for each in self.companies
        ]

    @property
    def wanted(self) -> list[FirstAdmin]:
        """Whom the form asks to invite."""
        return [
            FirstAdmin(each.provider.id, email.data or "", language.data)
            for each, box, email, language in self.rows
            if box.data
        ]


def first_admins_form(companies: Sequence[CompanyWithoutAdmin]) -> FirstAdminsForm:
    """The form for those of the companies to whom nobody has been invited yet."""
    waiting = [each for each in companies if each.invited is None]
    fields: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for each in waiting:
        key, name = each.provider.id, each.provider.name
        fields[f"invite_{key}"] = BooleanField(_("Invite: %(name)s", name=name))
        fields[f"email_{key}"] = EmailField(_("E-mail address of %(name)s", name=name), [Optional()])
        fields[f"language_{key}"] = SelectField(
            _("Language of the invitation to %(name)s", name=name), choices=options(LANGUAGE_LABELS.items())
        )
        values[f"invite_{key}"] = bool(each.provider.email)
        values[f"email_{key}"] = each.provider.email
        values[f"language_{key}"] = current_language()
    form = FirstAdminsForm.from_request(extra=fields, **values)
    form.companies = waiting
    return form
