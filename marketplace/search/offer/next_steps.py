"""What one does next with an offer: whom to ask, and who helps when something goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.pilots.definition import Contact, PilotDefinition
from marketplace.pilots.entries import Office, OrganisationData, in_force
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import ORGANISATIONS


@dataclass(frozen=True, slots=True)
class NextSteps:
    """Who answers: the office of the pilot, its organisation (None: no longer among the data) and the social
    ombudsperson in force, who advises clients on their rights (739/2023).
    """

    office: Contact
    organisation: OrganisationData | None
    ombudsman: Office | None
    registry: Office | None


def of(pilot: PilotDefinition, organisation: Organisation, day: date) -> NextSteps:
    """Who answers for an offer of a pilot on a day."""
    data = ORGANISATIONS.get(organisation.key)
    return NextSteps(
        office=pilot.contact,
        organisation=data,
        ombudsman=in_force(data.social_ombudsman, day) if data else None,
        registry=in_force(data.registry, day) if data else None,
    )
