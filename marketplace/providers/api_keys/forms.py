"""The form of a key."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Length

from marketplace.i18n import _l
from marketplace.providers.api_keys.service import HOLDS, USUALLY
from marketplace.web.forms import BaseForm, StrippedString, options, required


class ApiKeyForm(BaseForm):
    """The name of a new key, and for how long it holds."""

    holds = SelectField(
        _l("How long the key holds"),
        choices=options((str(days), name) for days, name in HOLDS.items()),
        coerce=int,
        default=USUALLY,
    )
    name = StrippedString(_l("Name of the key"), [required(_l("Name the key.")), Length(max=60)])
