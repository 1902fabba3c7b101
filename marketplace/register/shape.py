"""Approved services in the shape of the register: JSON of its open API, version 11 (V11VmOpenApiServiceIn and WebPage).

Texts are those that clients read: name and description of the service, name of the provider. A service without a class
in the register (`national` in services.yaml) is not sent: the register demands one, and we make none up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from marketplace.i18n import LANGUAGES, LocalizedText
from marketplace.pilots.entries import Service
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.register.rules import PUBLISHED, RegisterPart, WantedEntry

CLASSES: Final = "http://uri.suomi.fi/codelist/ptv/ptvserclass2/code/"
GROUPS: Final = "http://uri.suomi.fi/codelist/ptv/ptvkohderyhmat/code/"
EVERYBODY: Final = "KR1"
"""The target group of all people, where a service has none of its own."""

LONGEST_NAME: Final = 100
LONGEST_SUMMARY: Final = 150
"""So many characters the register takes."""


def service_source(approval_id: int) -> str:
    """Our own id of a service in the register."""
    return f"palvelutori-service-{approval_id}"


def channel_source(organisation: str, provider_id: int) -> str:
    """Our own id of the channel of a provider."""
    return f"palvelutori-provider-{organisation}-{provider_id}"


def may_be_sent(service: Service) -> bool:
    """Whether the register can hold the service."""
    return bool(service.national.classes)


def service_entry(
    approval: ServiceApproval,
    service: Service,
    *,
    organisation: str,
    register_id: str,
    voucher_page: dict[str, str],
) -> WantedEntry:
    """An approved service; `voucher_page` is the address of the service voucher's page by language."""
    national, provider = service.national, approval.provider
    content = {
        "sourceId": service_source(approval.id),
        "type": "Service",
        "fundingType": "PubliclyFunded",
        "mainResponsibleOrganization": register_id,
        "publishingStatus": PUBLISHED,
        "languages": list(provider.languages),
        "serviceNames": _both("Name", _named(service.name, provider)),
        "serviceDescriptions": [
            *_both("Summary", service.description, longest=LONGEST_SUMMARY),
            *_both("Description", service.description),
        ],
        "serviceClasses": [CLASSES + code for code in national.classes],
        "ontologyTerms": list(national.concepts),
        "targetGroups": [GROUPS + code for code in national.groups or (EVERYBODY,)],
        "areaType": "LimitedType",
        "areas": [{"type": "Municipality", "areaCodes": sorted(approval.municipalities)}],
        "serviceProducers": [
            {
                "provisionType": "Other",
                "organizations": [],
                "additionalInformation": [
                    {"language": language, "value": f"{provider.name}, {provider.business_id}"}
                    for language in LANGUAGES
                ],
            }
        ],
        "serviceVouchersInUse": True,
        "serviceVouchers": [
            {"language": language, "value": service.name[language], "url": voucher_page[language]}
            for language in LANGUAGES
        ],
    }
    return WantedEntry(RegisterPart.SERVICE, service_source(approval.id), organisation, content)


def channel_entry(
    provider: Provider,
    services: Sequence[str],
    *,
    organisation: str,
    register_id: str,
    page: dict[str, str],
) -> WantedEntry:
    """The public page of a provider, by which its services are reached; `services` are the sources of these."""
    name = LocalizedText(provider.name, provider.name)
    source = channel_source(organisation, provider.id)
    content = {
        "sourceId": source,
        "organizationId": register_id,
        "publishingStatus": PUBLISHED,
        "languages": list(LANGUAGES),
        "serviceChannelNames": _both("Name", name),
        "serviceChannelDescriptions": [*_both("Summary", name), *_both("Description", name)],
        "webPages": [{"language": language, "url": page[language]} for language in LANGUAGES],
        "supportEmails": [{"language": language, "value": provider.email} for language in LANGUAGES],
        "services": sorted(services),
    }
    return WantedEntry(RegisterPart.CHANNEL, source, organisation, content)


def _named(name: LocalizedText, provider: Provider) -> LocalizedText:
    return LocalizedText(f"{name.fi}: {provider.name}", f"{name.sv}: {provider.name}")


def _both(kind: str, text: LocalizedText, longest: int | None = None) -> list[dict[str, str]]:
    limit = LONGEST_NAME if kind == "Name" else longest
    return [
        {"type": kind, "language": language, "value": _shortened(text[language], limit)}
        for language in LANGUAGES
    ]


def _shortened(text: str, limit: int | None) -> str:
    """The text, cut at a word where it is too long."""
    if limit is None or len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0] + "…"
