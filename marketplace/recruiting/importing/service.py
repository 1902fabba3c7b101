"""Importing a sheet: plan what becomes of every company, then write it, or nothing.

The plan alone makes the report, so a dry run tells exactly what a real one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.i18n import LocalizedText, _, current_language, ngettext
from marketplace.offers.content import usual_vat
from marketplace.offers.models import Offer, OfferPrice
from marketplace.offers.service import new_draft
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import PilotVersion
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.providers.approved_services import service as approved_services
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import APPROVAL, ProviderState
from marketplace.recruiting.importing.companies import (
    approval_refusal,
    companies,
    empty_facts,
    kept_facts,
    legal_form_of,
    refusal_of,
)
from marketplace.recruiting.importing.layout import Layout, find_layout
from marketplace.recruiting.importing.report import Report, RowOutcome, RowResult
from marketplace.recruiting.importing.rules import (
    FACTS,
    Claim,
    ImportedCompany,
    ImportedLine,
    ImportedRow,
    ImportedTerms,
    PriceTable,
    Refusal,
    completed,
    read_row,
    readable,
    service_name,
    without_sums,
)
from marketplace.recruiting.importing.words import ImportWords, places_called, words
from marketplace.sheets import Table, UnreadableFile
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """What is to become of one approval. `area_before` is None for a new one; `drafts`: an offer is begun."""

    claim: Claim
    held: ServiceApproval | None
    area_before: tuple[str, ...] | None
    drafts: bool

    @property
    def outcome(self) -> RowOutcome:
        """What happens to the approval."""
        if self.area_before is None:
            return RowOutcome.CREATED
        moved = set(self.area_before) != self.claim.municipalities
        return RowOutcome.UPDATED if moved or self.drafts else RowOutcome.UNCHANGED


@dataclass(frozen=True, slots=True)
class CompanyPlan:
    """What is to become of one provider: `fill` is written, `kept` names what the portal has otherwise and keeps."""

    company: ImportedCompany
    held: Provider | None
    fill: dict[str, str]
    kept: tuple[str, ...]
    services: tuple[ServicePlan, ...]

    @property
    def changes(self) -> bool:
        """Whether anything is written."""
        return bool(self.fill) or any(plan.outcome != RowOutcome.UNCHANGED for plan in self.services)


def import_sheet(
    work: UnitOfWork,
    *,
    pilot_key: str,
    tables: Sequence[Table],
    all_or_nothing: bool = False,
    dry_run: bool = False,
) -> Report:
    """Read a table of approved providers into a pilot and tell what became of each row.

    `tables` are the ways in which its file can be read (`sheets.read_tables`).
    Good rows are written although others are refused, unless `all_or_nothing`; with `dry_run` nothing is. A provider's
    own facts are never replaced, only empty ones filled. Raises UnreadableFile when there is no such pilot or the
    file holds no table with the needed columns.
    """
    return import_layout(
        work,
        pilot_key=pilot_key,
        layout=find_layout(tables, words()),
        all_or_nothing=all_or_nothing,
        dry_run=dry_run,
    )


def import_layout(
    work: UnitOfWork, *, pilot_key: str, layout: Layout, all_or_nothing: bool = False, dry_run: bool = False
) -> Report:
    """What `import_sheet` does, for a table whose columns are known already."""
    version, definition = _pilot(work.session, pilot_key)
    vocabulary = words()
    terms = _terms(definition, vocabulary, work.today)
    rows, sums = without_sums(layout.rows, vocabulary)
    read = [read_row(row, terms) for row in completed(rows)]
    refusals = [each for each in read if isinstance(each, Refusal)]
    found, contradictions = companies([each for each in read if isinstance(each, ImportedLine)], refusals)
    refusals += contradictions
    plans: list[CompanyPlan] = []
    for company in found:
        plan, refused = _plan(work.session, company, pilot_key, vocabulary, lock=not dry_run)
        refusals += refused
        if plan is not None:
            plans.append(plan)
    written = not dry_run and not (all_or_nothing and refusals)
    if written:
        for plan in plans:
            if plan.changes:
                _write(work, plan, version)
    return Report(
        origin=layout.origin,
        header_row=layout.header_row,
        unread=tuple(
            _("“%(text)s” (column %(letter)s)", text=text, letter=letter) for text, letter in layout.unread
        ),
        rows=tuple(
            sorted(
                [*_refused(refusals), *_results(plans), *map(_passed_over, sums)], key=lambda row: row.number
            )
        ),
        written=written,
        dry_run=dry_run,
    )


def _pilot(session: Session, key: str) -> tuple[PilotVersion, PilotDefinition]:
    try:
        version = pilots.current_version(session, key)
    except NotFound as error:
        known = ", ".join(pilot.key for pilot in pilots.pilots(session)) or "–"
        raise UnreadableFile(
            _("There is no pilot “%(key)s”. Pilots: %(known)s.", key=key, known=known)
        ) from error
    return version, pilots.kept_definition(session, version.id)


def _terms(definition: PilotDefinition, vocabulary: ImportWords, today: date) -> ImportedTerms:
    return ImportedTerms(
        pilot=definition.name[current_language()],
        words=vocabulary,
        area=definition.municipalities,
        place_names={code: place.name[current_language()] for code, place in MUNICIPALITIES.items()},
        services={each.key: PriceTable(each.bands, each.fixed_prices) for each in definition.services},
        today=today,
        places_called=_places_called,
    )


def _places_called(name: str) -> frozenset[str]:
    return frozenset[str]().union(*(told(name) for told in places_called))


# --- plan ------------------------------------------------------------------------------------------------------------


def _plan(
    session: Session, company: ImportedCompany, pilot_key: str, vocabulary: ImportWords, *, lock: bool
) -> tuple[CompanyPlan | None, list[Refusal]]:
    """What is to become of a company's good rows, and those that the portal's own state refuses."""
    query = sa.select(Provider).where(Provider.business_id == company.business_id)
    provider = session.scalar(query.with_for_update(**for_change(Provider)) if lock else query)
    reason = _company_refusal(provider, company)
    if reason is not None:
        return None, [refusal_of(line, reason) for line in company.lines]
    services: list[ServicePlan] = []
    refused: list[Refusal] = []
    for claim in company.claims:
        held = (
            None if provider is None else _held(session, provider.id, pilot_key, claim.service_key, lock=lock)
        )
        reason = approval_refusal(held, claim)
        if reason is None:
            services.append(_plan_service(session, claim, held))
        else:
            refused += [refusal_of(line, reason) for line in claim.lines]
    if not services:
        return None, refused
    told = _told(services, provider, vocabulary)
    facts = {} if provider is None else {name: getattr(provider, name) for name in FACTS}
    plan = CompanyPlan(company, provider, empty_facts(facts, told), kept_facts(facts, told), tuple(services))
    return plan, refused


def _company_refusal(provider: Provider | None, company: ImportedCompany) -> str | None:
    if provider is None and "official_name" not in company.facts:
        return _("the official name is missing, and the portal does not know the company")
    if provider is not None and provider.state == ProviderState.LEFT:
        return _("the provider has left the portal")
    return None


def _told(
    services: Sequence[ServicePlan], provider: Provider | None, vocabulary: ImportWords
) -> dict[str, str]:
    """The facts of the rows that are imported; a new company's name also gives its legal form away."""
    lines = sorted((line for plan in services for line in plan.claim.lines), key=lambda line: line.number)
    told = {name: value for line in reversed(lines) for name, value in line.facts.items()}
    if provider is None:
        told.setdefault("legal_form", legal_form_of(told["official_name"], vocabulary))
    return told


def _held(
    session: Session, provider_id: int, pilot_key: str, service_key: str, *, lock: bool
) -> ServiceApproval | None:
    """The approval that stands or is suspended, or else the latest one that has ended or been withdrawn; `lock` to
    write by it.
    """
    query = (
        sa.select(ServiceApproval)
        .where(
            ServiceApproval.provider_id == provider_id,
            ServiceApproval.pilot_key == pilot_key,
            ServiceApproval.service_key == service_key,
        )
        .order_by(ServiceApproval.id)
    )
    held = session.scalars(query.with_for_update(**for_change(ServiceApproval)) if lock else query).all()
    return next((each for each in held if each.state in APPROVAL.standing), held[-1] if held else None)


def _plan_service(session: Session, claim: Claim, held: ServiceApproval | None) -> ServicePlan:
    begun = held is not None and session.scalar(sa.select(sa.exists().where(Offer.approval_id == held.id)))
    before = None if held is None else tuple(sorted(held.municipalities))
    return ServicePlan(claim, held, before, drafts=bool(claim.prices) and not begun)


# --- write -----------------------------------------------------------------------------------------------------------


def _write(work: UnitOfWork, plan: CompanyPlan, version: PilotVersion) -> None:
    """The provider, its approvals and draft offers, and one audit event for all of it."""
    provider = plan.held or _new_provider(plan.company.business_id, work.now)
    before: dict[str, Any] = (
        {} if plan.held is None else {name: getattr(provider, name) for name in plan.fill}
    )
    for name, value in plan.fill.items():
        setattr(provider, name, value)
    work.session.add(provider)
    changed = [service for service in plan.services if service.outcome != RowOutcome.UNCHANGED]
    for service in changed:
        _write_service(work, service, provider, version)
    work.session.flush()
    areas = {
        each.claim.service_key: list(each.area_before) for each in changed if each.area_before is not None
    }
    work.record(
        ProviderAudit.IMPORT,
        provider,
        organisation=pilots.pilot(work.session, version.pilot_key).organisation_key,
        before=before | ({"areas": areas} if areas else {}),
        after={
            **plan.fill,
            "business_id": plan.company.business_id,
            "pilot": version.pilot_key,
            "approvals": {each.claim.service_key: _audited(each) for each in changed},
            "rows": [line.number for line in plan.company.lines],
        },
    )


def _new_provider(business_id: str, now: datetime) -> Provider:
    """A provider without facts; the portal asks its people for what the sheet does not tell."""
    blank = dict.fromkeys(FACTS, "")
    return Provider(
        business_id=business_id, languages=[], description=LocalizedText(), created_at=now, **blank
    )


def _write_service(work: UnitOfWork, plan: ServicePlan, provider: Provider, version: PilotVersion) -> None:
    approval = plan.held
    if approval is None:
        approval = approved_services.grant(
            work.session,
            provider,
            pilot_key=version.pilot_key,
            version_id=version.id,
            service_key=plan.claim.service_key,
            municipalities=plan.claim.municipalities,
            approved_on=plan.claim.approved_on or work.today,
        )
    else:
        approved_services.replace_area(work, approval, plan.claim.municipalities)
    if plan.drafts:
        work.session.add(_priced_draft(work, approval, plan.claim))


def _priced_draft(work: UnitOfWork, approval: ServiceApproval, claim: Claim) -> Offer:
    """A draft offer with the sheet's prices, for the provider to complete and publish."""
    definition = pilots.kept_definition(work.session, approval.pilot_version_id, current_ceilings=True)
    offer = new_draft(approval, definition, now=work.now)
    offer.versions[0].prices = [
        OfferPrice(
            band=row.band,
            unit=row.unit,
            amount=claim.prices[row.band],
            vat_code=usual_vat(offer),
            includes=[],
        )
        for row in definition.service(claim.service_key).bands
        if row.band in claim.prices
    ]
    return offer


def _audited(plan: ServicePlan) -> dict[str, Any]:
    """An approval and the prices of its draft offer as the audit trail keeps them."""
    prices = {band: amount.cents for band, amount in plan.claim.prices.items()} if plan.drafts else {}
    return {"municipalities": sorted(plan.claim.municipalities), "prices": prices}


# --- tell ------------------------------------------------------------------------------------------------------------


def _refused(refusals: Iterable[Refusal]) -> list[RowResult]:
    return [
        RowResult(each.number, RowOutcome.REFUSED, each.business_id or "", each.name, each.reasons)
        for each in refusals
    ]


def _results(plans: Iterable[CompanyPlan]) -> list[RowResult]:
    return [
        _result(plan, service, line)
        for plan in plans
        for service in plan.services
        for line in service.claim.lines
    ]


def _result(plan: CompanyPlan, service: ServicePlan, line: ImportedLine) -> RowResult:
    filled = [name for name in plan.fill if plan.held is not None and name in line.facts]
    kept = [name for name in plan.kept if name in line.facts]
    name = plan.held.official_name if plan.held is not None else plan.fill["official_name"]
    details, notes = list(_said(service)), list(line.notes)
    if filled:
        details.append(_("filled in: %(facts)s", facts=", ".join(map(readable, filled))))
    if kept:
        notes.append(_("the portal’s own stays: %(facts)s", facts=", ".join(map(readable, kept))))
    outcome = RowOutcome.UPDATED if filled and service.outcome == RowOutcome.UNCHANGED else service.outcome
    return RowResult(line.number, outcome, plan.company.business_id, name, tuple(details), tuple(notes))


def _passed_over(row: ImportedRow) -> RowResult:
    return RowResult(row.number, RowOutcome.PASSED_OVER, "", "", (_("a row that only adds up"),))


def _said(plan: ServicePlan) -> Iterator[str]:
    """What becomes of the approval, in words."""
    service = service_name(plan.claim.service_key)
    yield ngettext(
        "%(service)s in %(num)d municipality",
        "%(service)s in %(num)d municipalities",
        len(plan.claim.municipalities),
        service=service,
    )
    if plan.area_before is not None and set(plan.area_before) != plan.claim.municipalities:
        places = (MUNICIPALITIES[code].name[current_language()] for code in plan.area_before)
        yield _("before: %(places)s", places=", ".join(places))
    if plan.drafts:
        yield _("draft offer with prices")
