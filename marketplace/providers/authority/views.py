"""The company's page of its right to act: what is known, and the code of the letter."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.providers import queries as providers
from marketplace.providers.authority import queries, service
from marketplace.providers.authority.forms import AuthorityCodeForm
from marketplace.providers.authority.labels import SHOWN_BY
from marketplace.providers.authority.mandates import company_mandates
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.company.queries import managed_provider
from marketplace.web.frame import (
    current_actor,
    database,
    let_go,
    now,
    render,
    requires,
    session,
    settings,
    work,
)
from marketplace.web.posting import carry_out, lead_on

blueprint = Blueprint("authority", __name__, url_prefix="/<int:provider_id>/right")


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """Whether the right to act for the company has been shown, and how it can be."""
    return _page(provider_id, AuthorityCodeForm(formdata=None))


@blueprint.post("")
@requires(Permission.MANAGE_PROVIDER)
def enter(provider_id: int) -> ResponseReturnValue:
    """Type the code of the letter."""
    managed_provider(work(), provider_id)
    form = AuthorityCodeForm.from_request()
    return carry_out(
        form,
        lambda: _try(provider_id, form.code.data),
        done=lambda _right: lead_on(
            url_for("providers.overview", provider_id=provider_id),
            _("The right to act for the company has been shown. Thank you."),
        ),
        show=lambda: _page(provider_id, form),
    )


def _try(provider_id: int, code: str) -> ProviderRight:
    """The try counts also when it is refused; therefore the request's transaction waits until it is counted."""
    let_go()
    service.count_try(database(), provider_id, now=now())
    return service.enter_code(work(), provider_id=provider_id, code=code)


def _page(provider_id: int, form: AuthorityCodeForm) -> ResponseReturnValue:
    provider = providers.my_provider(work(), provider_id)
    return render(
        "providers/authority/right.html",
        provider=provider,
        right=queries.right_of(session(), provider_id),
        form=form,
        shown_by=SHOWN_BY,
        asks_register=company_mandates(settings()) is not None
        and bool(queries.accepted_codes(session(), provider_id)),
        manages=current_actor().may(Permission.MANAGE_PROVIDER, provider=provider_id),
        now=now(),
    )
