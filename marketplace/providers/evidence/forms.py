"""The form of a proof: it asks what its kind needs and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms.validators import Length, Optional

from marketplace.days import BEGAN, HOLDS_UNTIL
from marketplace.errors import Fault
from marketplace.files.uploads import UploadField
from marketplace.i18n import _l
from marketplace.pilots.entries import EvidenceKind
from marketplace.providers.evidence.service import proof_faults
from marketplace.web.forms import BaseForm, DateField, MoneyField, StrippedString, WebAddressField, required


class ProofForm(BaseForm):
    """What every proof has; `facts` are the arguments of `service.add_evidence`."""

    issued_on = DateField(
        _l("Date of issue"), [required(_l("Give the day on which the proof was issued."))], reach=BEGAN
    )
    note = StrippedString(_l("Note"), [Optional(), Length(max=300)])

    @property
    def facts(self) -> dict[str, Any]:
        """What was given, by the names of `service.add_evidence`."""
        facts = {name: self[name].data for name in _FACTS if name in self}
        facts |= {name: facts[name] or "" for name in ("address", "number") if name in facts}
        return facts | {"note": self.note.data or "", "received": facts.pop("document", None)}


_FACTS = ("document", "issued_on", "valid_until", "insured_sum", "address", "number")


class _ShownForm(ProofForm):
    issued_on = DateField(
        _l("Day on which the extract was shown"), [required(_l("Give the day."))], reach=BEGAN
    )


class _DocumentForm(ProofForm):
    document = UploadField(_l("File"), [required(_l("Choose the file of the proof."))])
    valid_until = DateField(_l("Valid until"), [Optional()], reach=HOLDS_UNTIL)


class _InsuranceForm(_DocumentForm):
    valid_until = DateField(
        _l("Last day of the insurance"),
        [required(_l("Write the last day of the insurance."))],
        reach=HOLDS_UNTIL,
    )
    insured_sum = MoneyField(
        _l("Up to how much the insurance pays"), [required(_l("Write up to how much the insurance pays."))]
    )


class _PublishedForm(_DocumentForm):
    document = UploadField(_l("File"), [Optional()])
    address = WebAddressField(_l("Address where it can be read"), [Optional(), Length(max=300)])


class _RegisteredForm(_DocumentForm):
    document = UploadField(_l("File"), [Optional()])
    number = StrippedString(_l("Number in the register"), [Optional(), Length(max=60)])


def faults_in(form: ProofForm, kind: EvidenceKind, today: date) -> tuple[Fault, ...]:
    """What cannot be in the proof of a form that may not be valid. A file that was refused is not called missing."""
    refused = {name for name in ("document", "address", "number") if form.refuses(name)}
    return tuple(
        fault
        for fault in proof_faults(kind, today=today, **form.facts)
        if not (refused and fault[0] in ("document", "number"))
    )


def proof_form(kind: EvidenceKind) -> ProofForm:
    """The form of a proof of this kind, as the request brings it."""
    if not kind.file:
        return _ShownForm.from_request()
    if kind.insurance:
        return _InsuranceForm.from_request()
    if kind.registered:
        return _RegisteredForm.from_request()
    return _PublishedForm.from_request() if kind.published else _DocumentForm.from_request()
