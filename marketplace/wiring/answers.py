"""Answers: what rooms above tell a lower room that asks."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts import browser, rooms
from marketplace.accounts import views as accounts
from marketplace.applications import panel as application_panel
from marketplace.applications import queries as application_queries
from marketplace.approvals import today
from marketplace.approvals.digest.queries import is_unwanted
from marketplace.approvals.standing.provider_views import standing_tasks
from marketplace.budgets import fitting
from marketplace.budgets.summaries import queries as summary_queries
from marketplace.clients.identified import views as identified
from marketplace.clients.mandates import service as mandates
from marketplace.clients.privacy import service as privacy
from marketplace.deliveries import booking
from marketplace.deliveries import queries as delivery_queries
from marketplace.effects import own as effects_own
from marketplace.enquiries import provider_views as questions
from marketplace.files import quarantine
from marketplace.offers.photos.queries import contents_in_use
from marketplace.offers.tasks import offer_tasks
from marketplace.payments.batches import figures as payment_figures
from marketplace.payments.batches import provider_queries as provider_payment_queries
from marketplace.payments.batches import queries as payment_queries
from marketplace.payments.statements import office_views as office_statements
from marketplace.payments.statements import queries as statement_queries
from marketplace.pilots import figures as pilot_figures
from marketplace.providers import todo
from marketplace.providers.company import queries as company_queries
from marketplace.providers.participation import ending
from marketplace.providers.participation import service as participation
from marketplace.recruiting.importing.words import places_called
from marketplace.reports.research import queries as research_queries
from marketplace.search import own_budget, sitemap
from marketplace.search.places import municipalities_called
from marketplace.search.results import understood
from marketplace.site import guide
from marketplace.site import views as pages
from marketplace.undelivered import views as undelivered
from marketplace.vouchers import queries as agreement_queries
from marketplace.vouchers import service as agreement_verbs
from marketplace.vouchers.agreeing import provider_views as provider_clients
from marketplace.vouchers.granting import queries as decision_queries
from marketplace.vouchers.granting import service as budget_verbs
from marketplace.vouchers.granting import views as granting
from marketplace.vouchers.own_people import queries as own_people
from marketplace.vouchers.service import settled as settled_days
from marketplace.web import frame


def fill() -> None:
    """Fill the slots of the kind `Answer`, but for those of the audit trail."""
    privacy.kept_data.fill(
        decision_queries.data_of_client,
        agreement_queries.data_of_client,
        own_people.data_of_client,
        delivery_queries.data_of_client,
        summary_queries.data_of_client,
        effects_own.data_of_client,
        research_queries.data_of_client,
    )
    privacy.must_stay.fill(
        agreement_queries.still_needs_client,
        delivery_queries.still_needs_client,
        own_people.still_needs_client,
    )
    mandates.is_paid.fill(own_people.is_paid)
    agreement_verbs.still_to_come.fill(booking.still_to_come)
    budget_verbs.told_of_unused.fill(summary_queries.told_on)
    budget_verbs.goes_on_under.fill(agreement_queries.goes_on_under)
    accounts.citizen_farewell.fill(identified.goodbye_address)
    rooms.waiting_in.fill(
        today.waiting_here, granting.waiting_here, office_statements.waiting_here, undelivered.waiting_here
    )
    frame.former_person.fill(browser.former_person_id)
    outbox.unwanted.fill(is_unwanted)
    quarantine.contents_in_use.fill(contents_in_use)
    statement_queries.payments_of.fill(provider_payment_queries.of_statement)
    statement_queries.last_payments_of.fill(payment_queries.last_payments)
    pilot_figures.paid_months.fill(payment_figures.paid_months)
    summary_queries.paid_between.fill(payment_figures.paid_for_client)
    company_queries.considering.fill(application_queries.offices_considering)
    company_queries.approvers.fill(own_people.approvers_of)
    participation.clients_touched.fill(agreement_queries.clients_under)
    ending.agreements_under.fill(agreement_queries.last_days_under)
    settled_days.fill(delivery_queries.delivered_until)
    todo.tasks_of.fill(
        application_panel.application_tasks,
        standing_tasks,
        provider_clients.request_tasks,
        todo.own_tasks,
        questions.question_tasks,
        offer_tasks,
    )
    places_called.fill(municipalities_called)
    understood.explaining.fill(guide.explanation)
    own_budget.own_budget.fill(fitting.own_budget)
    sitemap.more_pages.fill(pages.public_addresses)
