"""The form of a key."""

from __future__ import annotations

from wtforms.validators import Length

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, StrippedString, required


class ApiKeyForm(BaseForm):
    """The name of a new key."""

    name = StrippedString(_l("Name of the key"), [required(_l("Name the key.")), Length(max=60)])
