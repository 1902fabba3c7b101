"""What the fields of people near to clients are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import Field, choice, day, numbered
from marketplace.i18n import _l
from marketplace.vouchers.own_people.labels import OWN_PERSON_STATES

FACTS: Final[dict[str, Any]] = {
    "name": _l("Name"),
    "phone": _l("Telephone"),
    "email": _l("E-mail"),
    "street": _l("Street address"),
    "postal_code": _l("Postal code"),
    "city": _l("Town or city"),
}
"""Facts of a person, which the trail names and does not keep."""

FIELDS: Final[dict[str, Field]] = {
    "own_person.changed": Field(_l("Facts changed"), choice(FACTS)),
    "own_person.client": Field(_l("Client"), numbered),
    "own_person.ends_on": Field(_l("Last day"), day),
    "own_person.number": Field(_l("Number")),
    "own_person.state": Field(
        _l("State"), choice({state: name for state, (name, _tone) in OWN_PERSON_STATES.items()})
    ),
}


def fields() -> Mapping[str, Field]:
    """The words of this part's fields, for the slot `audit.fields`."""
    return FIELDS
