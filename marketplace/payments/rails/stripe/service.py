"""What providers do with their account at Stripe: open it, and go to Stripe to tell what it must know."""

from __future__ import annotations

from marketplace.errors import NotAllowed, NotFound
from marketplace.i18n import _l
from marketplace.payments.rails.stripe import queries
from marketplace.payments.rails.stripe.audit_actions import StripeAudit
from marketplace.payments.rails.stripe.gateway import ConnectedAccount
from marketplace.payments.rails.stripe.models import StripeAccount
from marketplace.permissions import Permission
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork


def demand_payee(work: UnitOfWork, provider_id: int) -> Provider:
    """The provider whose account at Stripe the actor takes care of.

    Raises NotFound for another's, NotAllowed for one whom nobody pays over Stripe.
    """
    provider = work.session.get(Provider, provider_id)
    if provider is None or not work.may(Permission.MANAGE_PROVIDER, provider=provider_id):
        raise NotFound()
    if not queries.is_paid_over_stripe(work.session, provider_id):
        raise NotAllowed(_l("No organisation pays this provider through Stripe."))
    return provider


def keep_account(work: UnitOfWork, provider_id: int, account: ConnectedAccount) -> StripeAccount:
    """Keep the provider's account as Stripe says it stands. Raises NotFound and NotAllowed."""
    demand_payee(work, provider_id)
    kept = queries.account_of(work.session, provider_id, lock=True)
    if kept is None:
        kept = StripeAccount(
            provider_id=provider_id, account=account.id, created_at=work.now, checked_at=work.now
        )
        work.session.add(kept)
        work.session.flush()
        work.record(StripeAudit.OPEN, kept, after={"provider": provider_id, "account": account.id})
    kept.takes_transfers, kept.pays_out, kept.checked_at = (
        account.takes_transfers,
        account.pays_out,
        work.now,
    )
    return kept
