"""What the rooms write into the audit trail: their actions, and the names of the fields in them."""

from __future__ import annotations

from marketplace.accounts import audit_labels as account_words
from marketplace.accounts.audit_actions import AccountAudit
from marketplace.applications import audit_labels as application_words
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.approvals import audit_labels as approval_words
from marketplace.approvals.circulars.audit_actions import CircularAudit
from marketplace.audit import audit_labels as trail_words
from marketplace.audit import fields as audit_fields
from marketplace.audit import labels as audit_labels
from marketplace.audit import subjects
from marketplace.audit.audit_actions import TrailAudit
from marketplace.budgets.summaries.audit_actions import SummaryAudit
from marketplace.clients import audit_labels as client_words
from marketplace.clients.audit_actions import ClientAudit, MandateAudit, PlanAudit
from marketplace.clients.looking import note_look_in_trail
from marketplace.deliveries import audit_labels as delivery_words
from marketplace.deliveries.audit_actions import DeliveryAudit
from marketplace.demo.audit_actions import DemoAudit
from marketplace.effects import audit_labels as effect_words
from marketplace.effects.audit_actions import EffectAudit
from marketplace.enquiries.audit_actions import EnquiryAudit
from marketplace.files.audit_actions import ContentAudit
from marketplace.keys.audit_actions import KeyAudit
from marketplace.offers import audit_labels as offer_words
from marketplace.offers.audit_actions import OfferAudit
from marketplace.payments.batches import audit_labels as batch_words
from marketplace.payments.batches.audit_actions import (
    BankAnswerAudit,
    BatchAudit,
    PaymentAudit,
    StripeBalanceAudit,
)
from marketplace.payments.rails.stripe import audit_labels as stripe_words
from marketplace.payments.rails.stripe.audit_actions import StripeAudit
from marketplace.payments.statements import audit_labels as statement_words
from marketplace.payments.statements.audit_actions import StatementAudit
from marketplace.pilots import audit_labels as pilot_words
from marketplace.pilots.audit_actions import PilotAudit
from marketplace.providers import audit_labels as provider_words
from marketplace.providers.audit_actions import (
    AccessAudit,
    AccountChangeAudit,
    ApiKeyAudit,
    ApprovalAudit,
    EvidenceAudit,
    FileAudit,
    ParticipationAudit,
    PersonAudit,
    ProviderAudit,
    UnitAudit,
)
from marketplace.providers.queries import called, names_of
from marketplace.recruiting import audit_labels as recruiting_words
from marketplace.recruiting.audit_actions import InvitationAudit, SessionAudit
from marketplace.reports.research import audit_labels as research_words
from marketplace.reports.research.audit_actions import ResearchAudit
from marketplace.undelivered.audit_actions import MailAudit
from marketplace.vouchers import audit_labels as agreement_words
from marketplace.vouchers.audit_actions import AgreementAudit
from marketplace.vouchers.granting import audit_labels as granting_words
from marketplace.vouchers.granting.audit_actions import DecisionAudit
from marketplace.vouchers.own_people import audit_labels as own_people_words
from marketplace.vouchers.own_people.audit_actions import OwnPersonAudit
from marketplace.wiring.subjects import every_kind


def fill() -> None:
    """Fill the slots of the audit trail."""
    subjects.kinds.fill(every_kind)
    subjects.companies_called.fill(called)
    subjects.names_of_companies.fill(names_of)
    subjects.client_asked.fill(note_look_in_trail)
    audit_fields.more_fields.fill(
        trail_words.fields,
        account_words.fields,
        client_words.fields,
        provider_words.fields,
        offer_words.fields,
        pilot_words.fields,
        application_words.fields,
        approval_words.fields,
        recruiting_words.fields,
        agreement_words.fields,
        stripe_words.fields,
        granting_words.fields,
        own_people_words.fields,
        delivery_words.fields,
        batch_words.fields,
        statement_words.fields,
        effect_words.fields,
        research_words.fields,
    )
    audit_labels.recorded_actions.fill(
        TrailAudit,
        AccountAudit,
        PilotAudit,
        AccessAudit,
        AccountChangeAudit,
        ApiKeyAudit,
        ApprovalAudit,
        EvidenceAudit,
        FileAudit,
        ParticipationAudit,
        PersonAudit,
        ProviderAudit,
        UnitAudit,
        OfferAudit,
        ApplicationAudit,
        CircularAudit,
        InvitationAudit,
        SessionAudit,
        AgreementAudit,
        EnquiryAudit,
        DecisionAudit,
        OwnPersonAudit,
        ClientAudit,
        StripeAudit,
        MandateAudit,
        PlanAudit,
        DeliveryAudit,
        SummaryAudit,
        EffectAudit,
        ResearchAudit,
        StatementAudit,
        BatchAudit,
        PaymentAudit,
        StripeBalanceAudit,
        BankAnswerAudit,
        DemoAudit,
        KeyAudit,
        MailAudit,
        ContentAudit,
    )
