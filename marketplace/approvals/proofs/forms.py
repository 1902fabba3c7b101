"""The forms of looking at proofs."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Length, Optional

from marketplace.decisions.forms import PartyForm
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, Prose, StrippedString, required


class ProofListForm(BaseForm):
    """What the list of proofs is narrowed to, sent in the address."""

    class Meta:
        csrf = False

    words = StrippedString(_l("Company or business ID"), [Optional(), Length(max=100)])
    state = SelectField(_l("State"), [Optional()])


class ReturnProofForm(PartyForm):
    """Why a proof goes back to the provider."""

    reason = Prose(
        _l("What is wrong with the proof?"),
        validators=[required(_l("Write what is wrong with the proof.")), Length(max=1000)],
    )
