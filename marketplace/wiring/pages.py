"""The pages of the rooms: which stand inside the area of another room, and all that the portal serves."""

from __future__ import annotations

from flask import Flask

from marketplace.accounts import views as accounts
from marketplace.applications import pages as applications
from marketplace.approvals import pages as approvals
from marketplace.audit import views as audit
from marketplace.budgets import views as budgets
from marketplace.budgets.summaries import views as summaries
from marketplace.clients import views as clients
from marketplace.clients.area import views as client_area
from marketplace.clients.identified import views as identified
from marketplace.clients.letters import views as letters
from marketplace.clients.mandates import views as mandates
from marketplace.deliveries import client_views as client_deliveries
from marketplace.deliveries import office_views as office_deliveries
from marketplace.deliveries import views as deliveries
from marketplace.effects import client_views as own_questions
from marketplace.effects import views as effects
from marketplace.enquiries import provider_views as questions
from marketplace.enquiries import views as enquiries
from marketplace.offers import pages as offers
from marketplace.payments.batches import pages as payments
from marketplace.payments.batches import provider_views as provider_payments
from marketplace.payments.rails.stripe import api as stripe_calls
from marketplace.payments.rails.stripe import views as stripe_pages
from marketplace.payments.statements import office_views as office_statements
from marketplace.payments.statements import views as statement_pages
from marketplace.pilots import views as pilots
from marketplace.pilots.branding import show_own_organisation
from marketplace.planning import views as planning
from marketplace.programs import api as programs
from marketplace.providers import views as providers
from marketplace.providers.authority import asking as company_mandates
from marketplace.providers.authority import office_views as company_rights
from marketplace.providers.company import office_views as account_changes
from marketplace.recruiting import pages as recruiting
from marketplace.reports import api as open_data_api
from marketplace.reports import open_data_views as open_data
from marketplace.reports import public_views as results
from marketplace.reports import views as reports
from marketplace.reports.research import views as research
from marketplace.search import api as search_api
from marketplace.search import views as search
from marketplace.search.provider_list import views as provider_list_views
from marketplace.search.saved_services import views as saved_services
from marketplace.site import views as pages
from marketplace.undelivered import views as undelivered
from marketplace.vacancies import views as vacancies
from marketplace.vouchers import views as vouchers
from marketplace.vouchers.agreeing import client_views as client_agreements
from marketplace.vouchers.agreeing import counsellor_views as client_choices
from marketplace.vouchers.agreeing import provider_views as provider_clients
from marketplace.vouchers.granting import client_views as client_decisions
from marketplace.vouchers.granting import views as granting
from marketplace.vouchers.own_people import client_views as own_people
from marketplace.vouchers.own_people import office_views as office_own_people


def nest() -> None:
    """Put pages of rooms above into the areas of rooms below; once in a process, before any is served."""
    client_area.blueprint.register_blueprint(budgets.own_pages)
    client_area.blueprint.register_blueprint(summaries.own_pages)
    client_area.blueprint.register_blueprint(client_decisions.blueprint)
    client_area.blueprint.register_blueprint(client_agreements.blueprint)
    client_area.blueprint.register_blueprint(client_deliveries.blueprint)
    client_area.blueprint.register_blueprint(own_questions.blueprint)
    client_area.blueprint.register_blueprint(own_people.blueprint)
    for room in (
        *offers.rooms,
        questions.blueprint,
        stripe_pages.blueprint,
        provider_clients.blueprint,
        deliveries.blueprint,
        statement_pages.blueprint,
        provider_payments.blueprint,
    ):
        providers.blueprint.register_blueprint(room)
    audit.blueprint.before_request(show_own_organisation)
    account_changes.blueprint.before_request(show_own_organisation)


def serve(app: Flask) -> None:
    """Let the application serve the pages of every room."""
    app.register_blueprint(pages.site)
    app.register_blueprint(accounts.openid_views.returning)
    app.register_blueprint(pilots.logos)
    app.register_blueprint(search_api.description)
    app.register_blueprint(programs.blueprint)
    app.register_blueprint(letters.codes)
    app.register_blueprint(identified.leaving)
    app.register_blueprint(identified.returning)
    app.register_blueprint(mandates.accepting)
    for feature in (
        pages,
        audit,
        accounts,
        pilots,
        clients,
        client_area,
        providers,
        applications,
        approvals,
        recruiting,
        vouchers,
        granting,
        budgets,
        summaries,
        effects,
        search,
        saved_services,
        enquiries,
        vacancies,
        search_api,
        planning,
        payments,
        reports,
        research,
        results,
        open_data,
        open_data_api,
        undelivered,
    ):
        app.register_blueprint(feature.blueprint)
    app.register_blueprint(account_changes.blueprint)
    app.register_blueprint(account_changes.companies)
    app.register_blueprint(company_rights.blueprint)
    app.register_blueprint(company_mandates.returning)
    app.register_blueprint(stripe_calls.blueprint)
    app.register_blueprint(office_deliveries.blueprint)
    app.register_blueprint(client_choices.blueprint)
    app.register_blueprint(office_own_people.blueprint)
    app.register_blueprint(office_statements.blueprint)
    app.register_blueprint(provider_list_views.blueprint)
