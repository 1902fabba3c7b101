"""The form with which a client signs in by a letter."""

from __future__ import annotations

from wtforms.validators import Length

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, StrippedString, required


class LetterCodeForm(BaseForm):
    """The two things that the letter tells."""

    number = StrippedString(
        _l("Client number"),
        validators=[required(_l("Write the client number. It is in the letter.")), Length(max=60)],
    )
    code = StrippedString(
        _l("Code"), validators=[required(_l("Write one of the codes of the letter.")), Length(max=60)]
    )


class LetterForm(BaseForm):
    """The button that makes a letter."""
