"""The provider's own pages: what needs doing, and the files it has sent; the rooms of the feature add theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.files.uploads import hand_out
from marketplace.i18n import LocalizedText, _, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.providers import labels, queries, todo
from marketplace.providers.api_keys.views import blueprint as api_keys
from marketplace.providers.authority.mandates import company_mandates
from marketplace.providers.authority.queries import accepted_codes, is_proven
from marketplace.providers.authority.views import blueprint as authority
from marketplace.providers.blueprint import blueprint
from marketplace.providers.company import people_views
from marketplace.providers.company import views as company_views
from marketplace.providers.company.queries import my_requests
from marketplace.providers.evidence.views import blueprint as evidence
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.participation.views import blueprint as participation
from marketplace.providers.units.views import blueprint as units
from marketplace.slots import Panel
from marketplace.web.frame import now, render, requires, session, settings, work

__all__ = ["blueprint", "company_views"]

for room in (
    authority,
    evidence,
    people_views.blueprint,
    people_views.joining,
    units,
    participation,
    api_keys,
):
    blueprint.register_blueprint(room)

home_panels: Final = Panel[Callable[[Provider], Markup]](
    "providers.home", "Parts of the provider's home page: ready HTML for a provider."
)
last_panels: Final = Panel[Callable[[Provider], Markup]](
    "providers.home_end", "The last parts of the provider's home page: ready HTML for a provider."
)
area_links: Final = Panel[Callable[[Provider], tuple[str, str]]](
    "providers.area_links", "Pages of the provider's area after its home: (text, address)."
)


@blueprint.app_context_processor
def _area() -> dict[str, Any]:
    """What templates of the provider's area need: the pages beside each other, and the words of this feature."""
    return {
        "provider_tabs": provider_tabs,
        "company_tabs": company_tabs,
        "pilot_name": _pilot_name,
        "labels": labels,
    }


def _pilot_name(approval: ServiceApproval) -> LocalizedText:
    return kept_definition(session(), approval.pilot_version_id, current_ceilings=True).name


def provider_tabs(provider: Provider) -> list[tuple[str, str]]:
    """The pages of a provider's area: (text, address)."""
    return [
        (_("What needs doing"), url_for("providers.overview", provider_id=provider.id)),
        *(link(provider) for link in area_links),
        (_("Proofs"), url_for("providers.evidence.index", provider_id=provider.id)),
        (_("Company"), url_for("providers.company", provider_id=provider.id)),
    ]


def company_tabs(provider: Provider) -> list[tuple[str, str]]:
    """The pages about the company itself: (text, address)."""
    return [
        (_("Facts"), url_for("providers.company", provider_id=provider.id)),
        (_("People"), url_for("providers.people.index", provider_id=provider.id)),
        (_("Right to act"), url_for("providers.authority.index", provider_id=provider.id)),
        (_("Units"), url_for("providers.units.index", provider_id=provider.id)),
        (_("VAT"), url_for("providers.vat", provider_id=provider.id)),
        (_("Keys for programs"), url_for("providers.api_keys.index", provider_id=provider.id)),
        (_("Taking part"), url_for("providers.participation.index", provider_id=provider.id)),
    ]


@blueprint.get("/")
@requires(Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    """A redirect to the person's provider; a person of several picks one, a person of none registers a company."""
    own, asked = queries.my_providers(work()), my_requests(work())
    if not own and not asked:
        return redirect(url_for("providers.register"))
    if len(own) == 1 and not asked:
        return redirect(url_for("providers.overview", provider_id=own[0].id))
    to_be_shown = {each.provider_id for each in asked if _may_be_shown(each.provider_id)}
    return render("providers/choose.html", providers=own, asked=asked, to_be_shown=to_be_shown)


def _may_be_shown(provider_id: int) -> bool:
    """Whether Suomi.fi can be asked who may act for a company of which nobody has shown it."""
    return (
        company_mandates(settings()) is not None
        and bool(accepted_codes(session(), provider_id))
        and not is_proven(session(), provider_id)
    )


@blueprint.get("/<int:provider_id>/")
@requires(Permission.EDIT_PROVIDER)
def overview(provider_id: int) -> ResponseReturnValue:
    """What needs doing, and the state of things."""
    provider = queries.my_provider(work(), provider_id)
    return render(
        "providers/overview.html",
        provider=provider,
        tasks=todo.tasks(session(), provider, today=helsinki_date(now()), now=now()),
        panels=[panel(provider) for panel in home_panels],
        last_panels=[panel(provider) for panel in last_panels],
        approvals=queries.approvals_of(session(), provider_id),
    )


@blueprint.get("/<int:provider_id>/files/<int:file_id>")
@requires(Permission.EDIT_PROVIDER)
def file(provider_id: int, file_id: int) -> ResponseReturnValue:
    """A file that the provider itself has sent."""
    return hand_out(queries.my_file(work(), provider_id, file_id))
