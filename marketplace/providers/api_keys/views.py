"""The page on which a provider's admins make, see and revoke the keys of their programs."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.fresh import fresh
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.providers.api_keys import queries, service
from marketplace.providers.api_keys.forms import ApiKeyForm
from marketplace.providers.company.queries import managed_provider
from marketplace.web.frame import now, render, requires, session, settings, work
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

blueprint = Blueprint("api_keys", __name__, url_prefix="/<int:provider_id>/keys")


@blueprint.get("")
@requires(Permission.MANAGE_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """The keys of the company's programs."""
    return _page(provider_id, ApiKeyForm(formdata=None))


@blueprint.post("")
@requires(Permission.MANAGE_PROVIDER)
@fresh
def make(provider_id: int) -> ResponseReturnValue:
    """Make a key, and show it this once."""
    form = ApiKeyForm.from_request()
    return carry_out(
        form,
        lambda: service.make_key(work(), provider_id, form.name.data or "", form.holds.data),
        done=lambda made: _page(provider_id, ApiKeyForm(formdata=None), token=made[1]),
        show=lambda: _page(provider_id, form),
    )


@blueprint.post("/<int:key_id>/revoke")
@requires(Permission.MANAGE_PROVIDER)
def revoke(provider_id: int, key_id: int) -> ResponseReturnValue:
    """Revoke a key."""
    back = url_for("providers.api_keys.index", provider_id=provider_id)
    with conflicts_lead_to(back):
        service.revoke_key(work(), provider_id, key_id)
    return lead_on(back, _("The key has been revoked. Programs cannot use it any more."))


def _page(provider_id: int, form: ApiKeyForm, token: str = "") -> ResponseReturnValue:
    provider = managed_provider(work(), provider_id)
    return render(
        "providers/api_keys/index.html",
        provider=provider,
        form=form,
        token=token,
        keys=[(each, queries.still_acts(each)) for each in queries.keys_of(session(), provider_id)],
        now=now(),
        address=f"{settings().public_url}/api/v1",
    )
