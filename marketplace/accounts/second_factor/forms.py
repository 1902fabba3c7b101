"""The forms of second factors."""

from __future__ import annotations

from wtforms import HiddenField
from wtforms.validators import Length

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, StrippedString, required


class CodeForm(BaseForm):
    """A code of an app, or a recovery code."""

    code = StrippedString(_l("Code"), [required(_l("Write the code.")), Length(max=40)])


class PasskeyForm(BaseForm):
    """The answer of a device, which a script puts here; there is nothing to fill in."""

    credential = HiddenField()


class NewPasskeyForm(PasskeyForm):
    """A new passkey and what its owner calls it."""

    name = StrippedString(
        _l("Name of the device"), [required(_l("Write a name for the device.")), Length(max=60)]
    )
