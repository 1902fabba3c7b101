"""Who may do what: roles, permissions and the one table between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The parts people play. Staff roles belong to one organisation, provider roles to one provider."""

    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    DECIDER = "decider"
    COUNSELLOR = "counsellor"
    PAYER = "payer"
    AUDITOR = "auditor"
    PROVIDER_ADMIN = "provider_admin"
    PROVIDER_EDITOR = "provider_editor"
    CLIENT = "client"
    HELPER = "helper"


STAFF_ROLES: Final = frozenset(
    {Role.COORDINATOR, Role.REVIEWER, Role.DECIDER, Role.COUNSELLOR, Role.PAYER, Role.AUDITOR}
)
PROVIDER_ROLES: Final = frozenset({Role.PROVIDER_ADMIN, Role.PROVIDER_EDITOR})
CITIZEN_ROLES: Final = frozenset({Role.CLIENT, Role.HELPER})
"""Those of people in their own matters, or those of somebody near to them: no data of theirs is kept for good."""


class Permission(StrEnum):
    """What a view or a service asks for. PUBLIC and SIGNED_IN need no role."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MANAGE_PROVIDER = "manage_provider"
    EDIT_PROVIDER = "edit_provider"
    VIEW_APPLICATIONS = "view_applications"
    REVIEW_APPLICATIONS = "review_applications"
    DECIDE_APPLICATIONS = "decide_applications"
    INVITE_PROVIDERS = "invite_providers"
    APPROVE_OFFERS = "approve_offers"
    CONFIRM_IBAN = "confirm_iban"
    VIEW_AUDIT = "view_audit"
    VIEW_AGREEMENTS = "view_agreements"
    RECORD_AGREEMENTS = "record_agreements"
    VIEW_CLIENTS = "view_clients"
    MANAGE_CLIENTS = "manage_clients"
    OWN_MATTERS = "own_matters"
    PROPOSE_SERVICES = "propose_services"
    DECIDE_SERVICES = "decide_services"
    VIEW_PAYMENTS = "view_payments"
    MAKE_PAYMENTS = "make_payments"
    VIEW_REPORTS = "view_reports"
    SEND_MAIL_AGAIN = "send_mail_again"
    GIVE_RESEARCH_DATA = "give_research_data"


GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.COORDINATOR: frozenset(
        {
            Permission.VIEW_APPLICATIONS,
            Permission.REVIEW_APPLICATIONS,
            Permission.INVITE_PROVIDERS,
            Permission.APPROVE_OFFERS,
            Permission.CONFIRM_IBAN,
            Permission.VIEW_AGREEMENTS,
            Permission.VIEW_REPORTS,
            Permission.SEND_MAIL_AGAIN,
            Permission.GIVE_RESEARCH_DATA,
        }
    ),
    Role.REVIEWER: frozenset(
        {
            Permission.VIEW_APPLICATIONS,
            Permission.REVIEW_APPLICATIONS,
            Permission.APPROVE_OFFERS,
            Permission.VIEW_AGREEMENTS,
            Permission.VIEW_REPORTS,
            Permission.SEND_MAIL_AGAIN,
        }
    ),
    Role.DECIDER: frozenset(
        {
            Permission.VIEW_APPLICATIONS,
            Permission.DECIDE_APPLICATIONS,
            Permission.VIEW_AGREEMENTS,
            Permission.VIEW_CLIENTS,
            Permission.DECIDE_SERVICES,
            Permission.VIEW_REPORTS,
            Permission.SEND_MAIL_AGAIN,
        }
    ),
    Role.COUNSELLOR: frozenset(
        {
            Permission.VIEW_AGREEMENTS,
            Permission.RECORD_AGREEMENTS,
            Permission.VIEW_CLIENTS,
            Permission.MANAGE_CLIENTS,
            Permission.PROPOSE_SERVICES,
            Permission.DECIDE_SERVICES,
            Permission.VIEW_REPORTS,
            Permission.SEND_MAIL_AGAIN,
        }
    ),
    Role.PAYER: frozenset(
        {
            Permission.CONFIRM_IBAN,
            Permission.VIEW_PAYMENTS,
            Permission.MAKE_PAYMENTS,
            Permission.VIEW_REPORTS,
            Permission.SEND_MAIL_AGAIN,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.VIEW_APPLICATIONS,
            Permission.VIEW_AUDIT,
            Permission.VIEW_AGREEMENTS,
            Permission.VIEW_PAYMENTS,
            Permission.VIEW_REPORTS,
        }
    ),
    Role.PROVIDER_ADMIN: frozenset({Permission.MANAGE_PROVIDER, Permission.EDIT_PROVIDER}),
    Role.PROVIDER_EDITOR: frozenset({Permission.EDIT_PROVIDER}),
    Role.CLIENT: frozenset({Permission.OWN_MATTERS}),
    Role.HELPER: frozenset({Permission.OWN_MATTERS}),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and where it holds: an organisation's key, a provider's id, or neither (client, helper)."""

    role: Role
    organisation: str | None = None
    provider: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, as services see them: who, and with which grants.

    `user_id` is None for the system itself (worker, command line). `disqualified` holds the providers in whose matters
    the person may take no part for the office, besides those that they act for now (Hallintolaki 27–28 §).
    `acting_for` is the client in whose stead a helper acts, `key` the key with which a program acts for the person.
    """

    user_id: int | None
    email: str
    name: str
    grants: tuple[Grant, ...] = ()
    disqualified: frozenset[int] = frozenset()
    acting_for: int | None = None
    key: int | None = None

    def may(
        self,
        permission: Permission,
        *,
        organisation: str | None = None,
        provider: int | None = None,
        about: int | None = None,
    ) -> bool:
        """Whether some grant gives `permission`, in the given organisation or provider when one is named.

        `about` is the provider whose matter an office deals with: nobody does that who is disqualified in it.
        """
        if permission is Permission.PUBLIC or permission is Permission.SIGNED_IN:
            return True
        if about is not None and self.is_disqualified(about):
            return False
        return any(
            permission in GRANTS[grant.role]
            and (organisation is None or grant.organisation == organisation)
            and (provider is None or grant.provider == provider)
            for grant in self.grants
        )

    def is_disqualified(self, provider: int) -> bool:
        """Whether the person may take no part in the provider's matters for an office."""
        return provider in self.disqualified or provider in self.providers

    @property
    def organisation(self) -> str | None:
        """The organisation whose staff the person is; staff belong to exactly one."""
        return next((g.organisation for g in self.grants if g.organisation is not None), None)

    @property
    def providers(self) -> tuple[int, ...]:
        """The providers the person acts for."""
        return tuple(dict.fromkeys(g.provider for g in self.grants if g.provider is not None))

    @property
    def is_citizen(self) -> bool:
        """Whether the person is a client or a helper and nothing else."""
        return bool(self.grants) and self.roles <= CITIZEN_ROLES

    @property
    def roles(self) -> frozenset[Role]:
        """The person's roles, wherever they hold."""
        return frozenset(grant.role for grant in self.grants)


SYSTEM: Final = Actor(user_id=None, email="", name="Palvelutori")
"""The portal itself, as the actor of expiries, imports and other work that no person does."""

ANYBODY: Final = Actor(user_id=None, email="", name="")
"""Somebody who is not signed in: may do only what is public."""
