"""What the keys and states of this feature are called on screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from marketplace.i18n import _, _l, current_language, date_text, lazy_pgettext, listed, percent_text
from marketplace.pilots.vocabulary import VAT
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState, LegalForm

LEGAL_FORMS: Final[dict[LegalForm, Any]] = {
    LegalForm.LIMITED_COMPANY: _l("Limited company"),
    LegalForm.PARTNERSHIP: _l("Partnership"),
    LegalForm.COOPERATIVE: _l("Cooperative"),
    LegalForm.SOLE_TRADER: _l("Sole trader"),
    LegalForm.ASSOCIATION: _l("Association"),
    LegalForm.FOUNDATION: _l("Foundation"),
    LegalForm.PUBLIC_UNIT: _l("Public unit"),
}


APPROVAL_STATES: Final[dict[ApprovalState, tuple[Any, str]]] = {
    ApprovalState.APPROVED: (lazy_pgettext("approval", "Approved"), "success"),
    ApprovalState.SUSPENDED: (lazy_pgettext("approval", "Suspended"), "warning"),
    ApprovalState.ENDING: (_l("Ending"), "warning"),
    ApprovalState.WITHDRAWN: (lazy_pgettext("approval", "Withdrawn"), "danger"),
    ApprovalState.ENDED: (lazy_pgettext("approval", "Ended"), "neutral"),
    ApprovalState.PRIVATE: (_l("Approved for one client"), "success"),
    ApprovalState.PRIVATE_ENDED: (_l("Ended for one client"), "neutral"),
}
"""State of an approval → its name and the tone of its tag."""


def approval_state(approval: ServiceApproval) -> tuple[Any, str]:
    """The name of an approval's state, with the last day of one that is ending, and the tone of its tag."""
    name, tone = APPROVAL_STATES[approval.state]
    if approval.state is ApprovalState.ENDING:
        name = _("Ending, on %(day)s at the latest", day=date_text(approval.ends_on))
    return name, tone


def last_day_text(approval: ServiceApproval) -> str:
    """Until when an approval that is ending holds, as a sentence; empty of any other."""
    if approval.state is not ApprovalState.ENDING:
        return ""
    return _("The approval ends on %(day)s at the latest.", day=date_text(approval.ends_on))


def postal_address(provider: Provider) -> list[str]:
    """The lines of the address that letters to the company go to; those that are not known are left out."""
    if provider.postal_street:
        return _lines(provider.postal_street, provider.postal_postal_code, provider.postal_city)
    return _lines(provider.street, provider.postal_code, provider.city)


def street_address(provider: Provider) -> str:
    """Where the company is, on one line; empty when it is not known."""
    return ", ".join(_lines(provider.street, provider.postal_code, provider.city))


def _lines(street: str, postal_code: str, city: str) -> list[str]:
    return [line for line in (street, f"{postal_code} {city}".strip()) if line]


def address_fact(provider: Provider) -> list[tuple[str, str]]:
    """The address as a row of a document; no row when it is not known."""
    lines = postal_address(provider)
    return [(_("Postal address"), ", ".join(lines))] if lines else []


def vat_text(code: str, day: date) -> str:
    """A VAT class with its rate on `day`: `Yleinen arvonlisävero, 25,5 %`; the name alone when it has none that day."""
    entry = VAT[code]
    name = str(entry.name[current_language()])
    in_force = [r for r in entry.rates if r.valid_from <= day and (r.valid_to is None or day <= r.valid_to)]
    if not in_force:
        return name
    return f"{name}, {percent_text(in_force[0].percent)}"


def names(vocabulary: Mapping[str, Any], keys: Iterable[str], language: str) -> str:
    """The names of vocabulary entries in a row that begins with a capital, or a dash for none."""
    text = listed([vocabulary[key].name[language] for key in keys])
    return text[:1].upper() + text[1:] or "–"
