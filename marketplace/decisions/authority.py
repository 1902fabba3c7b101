"""Which authority decides: the organisation itself, or the one through which it decides as it is none of its own."""

from __future__ import annotations

from datetime import date

from marketplace.decisions.rules import CLIENT_REVIEW_DAYS
from marketplace.pilots.entries import Office, OrganisationData, in_force
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import ORGANISATIONS


def authority_name(organisation: Organisation, language: str, day: date) -> str:
    """The name of the authority that decides for the organisation on `day`."""
    other = _other(organisation, day)
    return (organisation.name if other is None else other.name)[language]


def decides_itself(organisation: Organisation, day: date) -> bool:
    """Whether the organisation is an authority on `day`, and decides in its own name."""
    return _other(organisation, day) is None


def data_of(organisation: Organisation) -> OrganisationData | None:
    """What the data files say of the organisation; None when they do not name it any more."""
    return ORGANISATIONS.get(organisation.key)


def client_review_days(organisation_key: str, day: date) -> int:
    """How many days a client has to ask for a review of a decision of the organisation that is made on `day`."""
    data = ORGANISATIONS.get(organisation_key)
    found = None if data is None else in_force(data.client_review_days, day)
    return CLIENT_REVIEW_DAYS if found is None else found.days


def _other(organisation: Organisation, day: date) -> Office | None:
    data = data_of(organisation)
    return None if data is None else in_force(data.decides_through, day)
