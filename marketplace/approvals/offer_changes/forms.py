"""The office's forms on a change of an offer."""

from __future__ import annotations

from wtforms import HiddenField, SelectField
from wtforms.validators import Length, Optional

from marketplace.decisions.forms import PartyForm
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, Prose, StrippedString, required


class ChangesForm(BaseForm):
    """The filters of the list, sent in the address."""

    class Meta:
        csrf = False

    words = StrippedString(_l("Company or business ID"), [Optional(), Length(max=100)])
    service = SelectField(_l("Service"), default="")
    municipality = SelectField(_l("Municipality"), default="")


class ApproveChangeForm(BaseForm):
    """The approval of exactly the version that the page shows."""

    seen = HiddenField()


class ReturnChangeForm(PartyForm):
    """Why the version goes back to the provider."""

    seen = HiddenField()
    reason = Prose(
        _l("What should the provider change?"),
        validators=[required(_l("Write what the provider should change.")), Length(max=2000)],
    )
