"""The form of a proof."""

from __future__ import annotations

from wtforms.validators import Length, Optional

from marketplace.forms import BaseForm, DateField, StrippedString, required
from marketplace.i18n import _l
from marketplace.uploads import UploadField


class ShownForm(BaseForm):
    """A document that is shown and never uploaded: the day only."""

    issued_on = DateField(_l("Day on which the extract was shown"), [required(_l("Give the day."))])
    note = StrippedString(_l("Note"), [Optional(), Length(max=300)])


class EvidenceForm(BaseForm):
    """A document with its dates."""

    document = UploadField(_l("File"), [required(_l("Choose the file of the proof."))])
    issued_on = DateField(_l("Date of issue"), [required(_l("Give the day on which the proof was issued."))])
    valid_until = DateField(_l("Valid until"), [Optional()])
    note = StrippedString(_l("Note"), [Optional(), Length(max=300)])
