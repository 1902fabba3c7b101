"""What the fields of companies, proofs and offers are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from marketplace.audit.fields import About, Field, Text, bilingual, cents, choice, day, numbered
from marketplace.files.rules import FileState
from marketplace.i18n import _l, current_language, lazy_pgettext, money_text
from marketplace.money import Money
from marketplace.pilots.vocabulary import (
    BANDS,
    EVIDENCE_KINDS,
    MUNICIPALITIES,
    SERVICES,
    VAT,
)
from marketplace.providers import labels
from marketplace.providers.authority.rules import RightState
from marketplace.providers.company.labels import ROLES
from marketplace.providers.company.rules import AccessRequestState, AccountChangeState, PersonInvitationState
from marketplace.providers.evidence.labels import LOOK_STATES
from marketplace.providers.rules import ProviderState
from marketplace.providers.units.rules import UnitState

ACCOUNT_STATES: Final[dict[AccountChangeState | AccessRequestState | PersonInvitationState, Any]] = {
    AccountChangeState.WAITING: _l("Waits for an answer"),
    AccountChangeState.CONFIRMED: _l("Confirmed"),
    AccountChangeState.REFUSED: _l("Refused"),
    AccountChangeState.TAKEN_BACK: _l("Taken back"),
    AccountChangeState.REPLACED: lazy_pgettext("account change", "Replaced by a newer one"),
    AccessRequestState.ACCEPTED: _l("Accepted"),
    PersonInvitationState.CANCELLED: lazy_pgettext("invitation", "Cancelled"),
}
"""State of a change of account, of a request for access and of an invitation of a person → its name."""

PROVIDER_STATES: Final[dict[ProviderState, Any]] = {
    ProviderState.ACTIVE: _l("Active"),
    ProviderState.PAUSED: _l("On a pause"),
    ProviderState.LEFT: _l("Has left"),
}
UNIT_STATES: Final[dict[UnitState, Any]] = {
    UnitState.OPEN: lazy_pgettext("unit", "In use"),
    UnitState.CLOSED: _l("Closed"),
}
RIGHT_STATES: Final[dict[RightState, Any]] = {
    RightState.UNPROVEN: lazy_pgettext("right", "Not shown"),
    RightState.LETTER_SENT: _l("A letter has been made"),
    RightState.PROVEN: lazy_pgettext("right", "Shown"),
}
FILE_STATES: Final[dict[FileState, Any]] = {
    FileState.QUARANTINED: _l("Waits to be scanned"),
    FileState.CLEAN: _l("Clean"),
    FileState.INFECTED: _l("Infected"),
}


def entries(vocabulary: Mapping[str, Any]) -> Text:
    """A key, or a list of keys, by the names of a vocabulary."""

    def text(value: Any, _about: About) -> str:
        keys = value if isinstance(value, list) else [value]
        return ", ".join(entry_name(vocabulary, key) for key in keys)

    return text


def entry_name(vocabulary: Mapping[str, Any], key: str) -> str:
    """The name of a vocabulary's entry in the reader's language; the key of one that is no longer there."""
    return str(vocabulary[key].name[current_language()]) if key in vocabulary else key


def part_of(vocabulary: Mapping[str, Any]) -> Callable[[str, About], str]:
    """Names for the parts of a mapping whose keys are a vocabulary's."""
    return lambda key, _about: entry_name(vocabulary, key)


def _imported(value: Any, about: About) -> str:
    """What a sheet said of a service: where it is given, and its prices."""
    areas = entries(MUNICIPALITIES)(value["municipalities"], about)
    prices = [
        f"{entry_name(BANDS, band)} {money_text(Money(cents))}" for band, cents in value["prices"].items()
    ]
    return "; ".join([areas, *prices])


FIELDS: Final[dict[str, Field]] = {
    # companies and their people
    "account_change.state": Field(_l("State"), choice(ACCOUNT_STATES)),
    "access.state": Field(_l("State"), choice(ACCOUNT_STATES)),
    "person.state": Field(_l("State"), choice(ACCOUNT_STATES)),
    "participation.state": Field(_l("State"), choice(PROVIDER_STATES)),
    "participation.until": Field(_l("Until"), day),
    "participation.offers": Field(_l("Offers that this concerns")),
    "unit.state": Field(_l("State"), choice(UNIT_STATES)),
    "file.state": Field(_l("State"), choice(FILE_STATES)),
    "file.found": Field(_l("What was found in it")),
    "provider.reason": Field(_l("Reason")),
    "provider.right": Field(_l("Right to act"), choice(RIGHT_STATES)),
    "provider.codes": Field(_l("Roles and mandates")),
    "provider.checked_until": Field(_l("To be shown again by"), day),
    "bic": Field(_l("Bank (BIC)")),
    "business_id": Field(_l("Business ID")),
    "city": Field(_l("Town or city")),
    "contact_email": Field(_l("E-mail address of the contact person")),
    "contact_name": Field(_l("Contact person")),
    "contact_phone": Field(_l("Telephone of the contact person")),
    "einvoice_address": Field(_l("E-invoice address")),
    "einvoice_operator": Field(_l("Operator of the e-invoice address")),
    "iban": Field(_l("Account number (IBAN)")),
    "invoicing_email": Field(_l("E-mail address of the person for payments")),
    "invoicing_name": Field(_l("Person for statements and payments")),
    "invoicing_phone": Field(_l("Telephone of the person for payments")),
    "legal_form": Field(_l("Legal form"), choice(labels.LEGAL_FORMS)),
    "official_name": Field(_l("Official name")),
    "opening_hours": bilingual(_l("Opening hours")),
    "phone": Field(_l("Phone")),
    "postal_city": Field(_l("Town of the postal address")),
    "postal_code": Field(_l("Postal code")),
    "postal_postal_code": Field(_l("Postal code of the postal address")),
    "postal_street": Field(_l("Postal address")),
    "provider": Field(_l("Provider"), numbered),
    "responsible_person": Field(_l("Responsible person")),
    "role": Field(_l("Role"), choice(ROLES)),
    "signatory": Field(_l("Who may sign for the company")),
    "soteri_reference": Field(_l("Registration in Soteri")),
    "street": Field(_l("Street address")),
    "trade_name": Field(_l("Trade name")),
    "vat": Field(_l("Value added tax"), entries(VAT), part_of(SERVICES)),
    "website": Field(_l("Website")),
    "provider.approvals": Field(_l("Services of the sheet"), _imported, part_of(SERVICES)),
    "provider.areas": Field(_l("Operating area before"), entries(MUNICIPALITIES), part_of(SERVICES)),
    "provider.rows": Field(_l("Rows of the sheet")),
    # proofs
    "evidence.address": Field(_l("Address on the web")),
    "evidence.insured_cents": Field(_l("Insured sum"), cents),
    "evidence.issued_on": Field(_l("Issued on"), day),
    "evidence.look": Field(
        _l("State"), choice({state: name for state, (name, _tone) in LOOK_STATES.items()})
    ),
    "evidence.kind": Field(_l("Proof"), entries(EVIDENCE_KINDS)),
    "evidence.stated_until": Field(_l("Last day that the document names"), day),
    "evidence.valid_until": Field(_l("Counts until"), day),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
