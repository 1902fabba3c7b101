"""Panels: what a page shows of the rooms above it."""

from __future__ import annotations

from marketplace.applications import panel as application_panel
from marketplace.applications import views as applications
from marketplace.approvals import today
from marketplace.approvals.companies import views as companies
from marketplace.approvals.contesting.panel import force_panel
from marketplace.approvals.standing import views as standing
from marketplace.approvals.standing.provider_views import standing_panel
from marketplace.budgets import views as budgets
from marketplace.budgets.summaries import views as summaries
from marketplace.clients import views as clients
from marketplace.clients.area import views as client_area
from marketplace.clients.plans import views as plans
from marketplace.deliveries import client_views as client_deliveries
from marketplace.deliveries import office_views as office_deliveries
from marketplace.deliveries import views as deliveries
from marketplace.effects import client_views as own_questions
from marketplace.effects import views as effects
from marketplace.enquiries import provider_views as questions
from marketplace.offers import pages as offers
from marketplace.offers.new_clients import new_clients_panel
from marketplace.offers.public import interest_panel
from marketplace.payments.batches import provider_views as provider_payments
from marketplace.payments.rails.stripe import views as stripe_pages
from marketplace.payments.statements import office_views as office_statements
from marketplace.payments.statements import views as statement_pages
from marketplace.pilots import views as pilots
from marketplace.providers import views as providers
from marketplace.providers.participation import views as participation_views
from marketplace.recruiting.sessions import views as sessions
from marketplace.search import views as search
from marketplace.undelivered import views as undelivered
from marketplace.vouchers import panels as agreement_panels
from marketplace.vouchers.agreeing import client_views as client_agreements
from marketplace.vouchers.agreeing import panels as choosing
from marketplace.vouchers.agreeing import provider_views as provider_clients
from marketplace.vouchers.granting import client_views as client_decisions
from marketplace.vouchers.granting import views as granting
from marketplace.vouchers.own_people import office_views as office_own_people
from marketplace.vouchers.own_people import pages as own_people


def fill() -> None:
    """Fill every slot of the kind `Panel`."""
    pilots.pilot_panels.fill(sessions.coming_in_pilot)
    providers.home_panels.fill(
        application_panel.applications_panel,
        standing_panel,
        agreement_panels.new_clients,
        stripe_pages.panel,
    )
    providers.last_panels.fill(interest_panel)
    applications.decision_panels.fill(force_panel)
    providers.area_links.fill(
        application_panel.applications_link,
        provider_clients.clients_link,
        deliveries.deliveries_link,
        statement_pages.statements_link,
        provider_payments.payments_link,
        offers.offers_link,
        questions.questions_link,
    )
    search.choosing.fill(choosing.choose_button)
    participation_views.place_panels.fill(new_clients_panel)
    standing.approval_panels.fill(agreement_panels.touched_clients)
    companies.company_panels.fill(agreement_panels.clients_of_company, questions.questions_of_company)
    client_area.own_panels.fill(own_questions.own_panel, budgets.own_panel, agreement_panels.own_agreements)
    client_area.own_links.fill(
        budgets.area_link,
        client_decisions.area_link,
        client_agreements.area_link,
        client_deliveries.area_link,
        own_questions.area_link,
    )
    plans.plan_panels.fill(own_people.plan_part)
    client_area.consent_pages.fill(own_questions.consent_page)
    clients.register_panels.fill(granting.returned_to_counsellor, agreement_panels.goes_on_without_provider)
    clients.client_panels.fill(
        budgets.client_panel,
        granting.decisions_of_client,
        agreement_panels.agreements_of_client,
        office_deliveries.own_deliveries,
        effects.client_panel,
    )
    today.more_matters.fill(
        agreement_panels.office_matters,
        granting.office_matters,
        office_own_people.office_matters,
        summaries.office_matters,
        office_deliveries.matters,
        office_statements.matters,
        questions.office_matters,
        effects.office_matters,
        undelivered.office_matters,
    )
