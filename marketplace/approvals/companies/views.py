"""The office's search, and the page of a company."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from marketplace.applications import labels
from marketplace.applications.messages.rules import Side
from marketplace.applications.messages.views import new_messages
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.circulars.queries import of_company
from marketplace.approvals.companies import queries
from marketplace.approvals.companies.forms import CompanySearchForm
from marketplace.approvals.standing import labels as standing_words
from marketplace.audit.viewing import record_view
from marketplace.errors import NotAllowed
from marketplace.i18n import _, helsinki_date
from marketplace.offers.labels import HIDDEN
from marketplace.offers.queries import standings_of
from marketplace.offers.rules import reasons_hidden
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.providers import labels as provider_words
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.providers.authority.queries import is_proven
from marketplace.providers.company.labels import ROLES
from marketplace.providers.company.queries import grants_of
from marketplace.providers.evidence.labels import LOOK_STATES
from marketplace.providers.evidence.queries import looks_of_provider
from marketplace.providers.models import ServiceApproval
from marketplace.providers.queries import evidence_of
from marketplace.slots import Panel
from marketplace.web.frame import current_actor, now, render, requires, session, work

company_panels: Final = Panel[Callable[[list[ServiceApproval]], Markup]](
    "approvals.company",
    "What rooms above know of a company, on its page in the office: ready HTML for its approvals there.",
)


@blueprint.get("/office/companies")
@requires(Permission.VIEW_APPLICATIONS)
def companies() -> ResponseReturnValue:
    """Find a company of the organisation by whatever is known of it."""
    organisation = _organisation()
    form = CompanySearchForm(formdata=MultiDict(request.args.items(multi=True)))
    words = (form.words.data or "") if form.words.validate(form) else ""
    return render(
        "approvals/companies/search.html",
        form=form,
        words=words,
        found=queries.search(work(), organisation, words) if words else None,
        states=labels.STATES,
        most=queries.MOST_FOUND,
    )


@blueprint.get("/office/search")
@requires(Permission.VIEW_APPLICATIONS)
def search() -> ResponseReturnValue:
    """The address of the office's search that others rely on: leads to it with the words, also as `q`."""
    words = request.args.get("words", request.args.get("q"))
    return redirect(url_for("approvals.companies", words=words))


def _organisation() -> str:
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_own_organisation()
    return organisation


@blueprint.get("/office/companies/<int:provider_id>")
@requires(Permission.VIEW_APPLICATIONS)
def company(provider_id: int) -> ResponseReturnValue:
    """Everything about a company in the pilots of the organisation; that it was opened is written down."""
    organisation = _organisation()
    provider = queries.company(work(), organisation, provider_id)
    record_view(provider, organisation=organisation, action=ProviderAudit.VIEW)
    held = queries.of_company(session(), organisation, provider_id)
    today = helsinki_date(now())
    looks = looks_of_provider(session(), provider_id)
    standings = standings_of(session(), held.offers, today)
    return render(
        "approvals/companies/company.html",
        provider=provider,
        street_address=provider_words.street_address(provider),
        held=held,
        grants=grants_of(session(), provider_id),
        roles=ROLES,
        right_is_proven=is_proven(session(), provider_id),
        news=new_messages(held.applications, Side.OFFICE),
        offers=[(each, reasons_hidden(standings[each.id], today)) for each in held.offers],
        proofs=[
            (proof, next((look for look in looks[proof.id] if look.organisation_key == organisation), None))
            for proof in evidence_of(session(), provider_id)
        ],
        stands=bool(held.approvals),
        circulars=of_company(session(), organisation, provider_id),
        panels=[panel(list(held.approvals)) for panel in company_panels],
        labels=labels,
        forms=provider_words.LEGAL_FORMS,
        measure_words=standing_words,
        look_states=LOOK_STATES,
        hidden=HIDDEN,
        today=today,
    )
