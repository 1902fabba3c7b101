"""The contract of a client and a provider, in the client's language, as a tagged PDF (PDF/UA-1).

It names the client by name and the organisation's number. No personal identity code stands in it, and of somebody under
a non-disclosure order no place.
"""

from __future__ import annotations

from typing import Any

from marketplace.clients.models import Client
from marketplace.contact import shown_email, shown_phone
from marketplace.i18n import _, current_language, date_text, in_language
from marketplace.pdf import render_pdf
from marketplace.pilots.branding import letterhead
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.entries import Office, in_force
from marketplace.pilots.labels import price_text
from marketplace.pilots.models import Organisation
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import ORGANISATIONS, SERVICES
from marketplace.vouchers.agreeing.labels import rule_texts
from marketplace.vouchers.granting.labels import band_name
from marketplace.vouchers.labels import held_text, own_share_texts, wanted_texts
from marketplace.vouchers.models import Agreement
from marketplace.work import UnitOfWork


def contract_pdf(work: UnitOfWork, agreement: Agreement, client: Client) -> bytes:
    """The contract as it holds from its first day on; both sides get the same."""
    pilot = kept_definition(work.session, agreement.offer.approval.pilot_version_id, current_ceilings=True)
    organisation = work.session.get_one(Organisation, client.organisation_key)
    with in_language(client.language):
        name = organisation.name[client.language]
        content = {
            "organisation": name,
            **letterhead(organisation.key),
            "number": _("Agreement %(number)s", number=agreement.id),
            "facts": [{"label": label, "value": value} for label, value in _facts(work, agreement, pilot)],
            "parties": [
                {"name": _("Client"), "lines": _client(client)},
                {"name": _payee(agreement), "lines": _provider(agreement)},
                {
                    "name": _("Who pays"),
                    "lines": [
                        _paid_by(agreement, name),
                        *own_share_texts(agreement),
                    ],
                },
            ],
            "wanted": wanted_texts(agreement) or _prices_of(agreement),
            "sections": [
                *({"title": title, "lines": lines} for title, lines in rule_texts(pilot, agreement.version).items()),
                {"title": _("If you are not content"), "lines": _complaining(agreement, client, work)},
                *_quality(agreement),
            ],
            "words": {
                "parties": _("Between whom"),
                "wanted": _("What is wanted in a month, and at what price") if agreement.wanted else _("Prices"),
                "prices": _prices(agreement),
            },
            "signature": _("Made on Palvelutori: the client asked for it and the provider accepted.")
            if agreement.asked_by is not None
            else _agreed(agreement),
            "decided_by": date_text(work.today),
        }  # fmt: skip
        return render_pdf(
            "agreement.typ",
            content,
            language=client.language,
            title=_("Agreement on a service"),
            now=work.now,
        )


def _facts(work: UnitOfWork, agreement: Agreement, pilot: PilotDefinition) -> list[tuple[str, str]]:
    language = current_language()
    rows = [
        (_("Number of the agreement"), str(agreement.id)),
        (_("Accepted on") if agreement.asked_by is not None else _("Written down on"), date_text(work.today)),
        (_("Service"), _service(agreement, language)),
        (_("Pilot"), pilot.name[language]),
        (_("First day"), date_text(agreement.starts_on)),
        (_("Last day"), date_text(agreement.ends_on) or _("Until further notice")),
        (_("From the client’s budget each month"), held_text(agreement)),
    ]  # fmt: skip
    if agreement.line is not None and agreement.line.decision.number:
        rows.append((_("Decision"), agreement.line.decision.number))
    return rows


def _service(agreement: Agreement, language: str) -> str:
    """The title of what is given and its kind; the kind alone when the title says nothing more."""
    title, kind = agreement.version.title[language], SERVICES[agreement.offer.service_key].name[language]
    return kind if title == kind else f"{title} ({kind})"


def _paid_by(agreement: Agreement, organisation: str) -> str:
    if agreement.offer.provider.is_private:
        return _(
            "%(organisation)s pays the person near to the client. No money passes through the client.",
            organisation=organisation,
        )
    return _(
        "%(organisation)s pays the provider. No money passes through the client.", organisation=organisation
    )


def _agreed(agreement: Agreement) -> str:
    if agreement.offer.provider.is_private:
        return _("The client and the person agreed; the client’s counsellor wrote it down on Palvelutori.")
    return _("The client and the provider agreed; the client’s counsellor wrote it down on Palvelutori.")


def _client(client: Client) -> list[str]:
    told = [
        client.name,
        _("Client number %(number)s", number=client.number),
        shown_phone(client.phone, client.language),
        shown_email(client.email),
    ]
    return [each for each in told if each]


def _provider(agreement: Agreement) -> list[str]:
    provider = agreement.offer.provider
    told = [
        provider.official_name,
        "" if provider.is_private else _("Business ID %(number)s", number=provider.business_id),
        shown_phone(provider.phone, current_language()),
        shown_email(provider.email),
    ]
    return [each for each in told if each]


def _payee(agreement: Agreement) -> str:
    return _("Person near to the client") if agreement.offer.provider.is_private else _("Provider")


def _prices_of(agreement: Agreement) -> list[str]:
    """Every price of an agreement that names no amounts: `Weekday day: 25,00 €/h`."""
    return [f"{band_name(row.band)}: {price_text(row.amount, row.unit)}" for row in agreement.version.prices]


def _prices(agreement: Agreement) -> str:
    if agreement.offer.provider.is_private:
        return _(
            "Nothing may be asked beyond the prices. The person is a private person, so they bear no value added tax."
        )
    return _("The prices include value added tax, and nothing may be asked beyond them.")


def _complaining(agreement: Agreement, client: Client, work: UnitOfWork) -> list[str]:
    data, language = ORGANISATIONS[client.organisation_key], client.language
    lines = [
        _("Talk with the person first. Many things are put right so.")
        if agreement.offer.provider.is_private
        else _("Tell the provider first. Many things are put right so."),
        _("You may make an objection to the organisation that pays the service."),
    ]
    registry = in_force(data.registry, work.today)
    if registry is not None:
        lines.append(_reach(registry, language))
    lines.append(_("The social ombudsperson tells you what your rights are and helps you. It costs nothing."))
    ombudsman = in_force(data.social_ombudsman, work.today)
    if ombudsman is not None:
        lines.append(_reach(ombudsman, language))
    if agreement.offer.provider.is_private:
        return lines
    lines.append(
        _(
            "This is an agreement under consumer law. The consumer advice service and the Consumer Disputes Board help "
            "with disputes about it."
        )
    )
    return lines


def _reach(office: Office, language: str) -> str:
    parts = [
        office.name[language],
        "" if office.address is None else office.address[language],
        shown_phone(office.phone, language) if office.phone else "",
        office.email,
    ]
    return ", ".join(part for part in parts if part)


def _quality(agreement: Agreement) -> list[dict[str, Any]]:
    """How the quality is looked after: a private person has no plan of self-monitoring."""
    if agreement.offer.provider.is_private:
        return []
    return [{"title": _("How the quality is looked after"), "lines": [_self_monitoring()]}]


def _self_monitoring() -> str:
    return _(
        "The provider looks after the quality of the service by its own self-monitoring plan, which it publishes and "
        "follows up every four months (741/2023). You may ask to see it."
    )
