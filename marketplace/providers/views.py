"""The provider's own pages: registering, what needs doing, the company's facts, and the files it has sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from marketplace.accounts.models import User
from marketplace.accounts.views import open_session
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import LocalizedText, _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.providers import queries, service, todo, words
from marketplace.providers.evidence.views import blueprint as evidence
from marketplace.providers.forms import CompanyForm, CompanyPart, RegistrationForm, differences
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.offers import step_views
from marketplace.providers.offers import views as offer_views
from marketplace.providers.offers.blueprint import blueprint as offers
from marketplace.providers.offers.changes import minutes_text
from marketplace.uploads import hand_out
from marketplace.web import (
    current_actor,
    feature_blueprint,
    notify,
    now,
    render,
    requires,
    safe_next,
    session,
)

__all__ = ["blueprint", "offer_views", "step_views"]

blueprint = feature_blueprint("providers", __name__, "/provider")
blueprint.register_blueprint(evidence)
blueprint.register_blueprint(offers)

home_panels: list[Callable[[Provider], Markup]] = []
"""Features above this one add parts to the provider's home page: each gives ready HTML for a provider."""

area_links: list[Callable[[Provider], tuple[str, str]]] = []
"""Features above this one add pages to the provider's area: each gives (text, address)."""


@blueprint.app_context_processor
def _area() -> dict[str, Any]:
    """What templates of the provider's area need: the pages beside each other, and the words of this feature."""
    return {
        "provider_tabs": provider_tabs,
        "pilot_name": _pilot_name,
        "words": words,
        "minutes_text": minutes_text,
    }


def _pilot_name(approval: ServiceApproval) -> LocalizedText:
    return queries.definition_for(session(), approval).name


def provider_tabs(provider: Provider) -> list[tuple[str, str]]:
    """The pages of a provider's area: (text, address)."""
    return [
        (_("What needs doing"), url_for("providers.overview", provider_id=provider.id)),
        *(link(provider) for link in area_links),
        (_("Offers"), url_for("providers.offers.index", provider_id=provider.id)),
        (_("Proofs"), url_for("providers.evidence.index", provider_id=provider.id)),
        (_("Company"), url_for("providers.company", provider_id=provider.id)),
    ]


@blueprint.get("/")
@requires(Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    """To the person's provider; a person of several picks one, a person of none registers a company."""
    mine = queries.my_providers(session(), current_actor())
    if not mine:
        return redirect(url_for("providers.register"))
    if len(mine) == 1:
        return redirect(url_for("providers.overview", provider_id=mine[0].id))
    return render("providers/choose.html", providers=mine)


@blueprint.route("/register", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def register() -> ResponseReturnValue:
    """Account and company on one page; somebody who has signed in gives the company only.

    An invitation's link brings the facts it knows in the address, and where to go on afterwards in `next`.
    """
    facts = ("business_id", "official_name", "email")
    known = {name: request.args[name] for name in facts if name in request.args}
    kind = CompanyPart if current_user.is_authenticated else RegistrationForm
    form = kind.from_request(**known)
    if form.validate_on_submit():
        try:
            provider = _register(form)
        except (Conflict, Invalid) as error:
            form.refuse(error)
        else:
            notify(_("Welcome. %(name)s is now on Palvelutori.", name=provider.name))
            home = url_for("providers.overview", provider_id=provider.id)
            return redirect(safe_next(request.args.get("next")) or home)
    return render("providers/register.html", status=422 if form.is_submitted() else 200, form=form)


def _register(form: Any) -> Provider:
    """Register what the form holds; a newcomer is signed in."""
    company = service.Company(
        business_id=form.business_id.data,
        official_name=form.official_name.data,
        legal_form=form.legal_form.data,
        phone=form.phone.data,
    )
    if current_user.is_authenticated:
        user = session().get_one(User, current_actor().user_id)
        return service.register(session(), user=user, company=company, now=now())
    account = service.Account(
        email=form.email.data, name=form.name.data, password=form.password.data, language=current_language()
    )
    user, provider = service.register_newcomer(session(), account=account, company=company, now=now())
    open_session(user)
    return provider


@blueprint.get("/<int:provider_id>/")
@requires(Permission.EDIT_PROVIDER)
def overview(provider_id: int) -> ResponseReturnValue:
    """What needs doing, and the state of things."""
    provider = queries.my_provider(session(), current_actor(), provider_id)
    return render(
        "providers/overview.html",
        provider=provider,
        tasks=todo.tasks(session(), provider, today=helsinki_date(now()), now=now()),
        panels=[panel(provider) for panel in home_panels],
        approvals=queries.approvals_of(session(), provider_id),
    )


@blueprint.route("/<int:provider_id>/company", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def company(provider_id: int) -> ResponseReturnValue:
    """The company's facts."""
    provider = queries.my_provider(session(), current_actor(), provider_id)
    form, status, others = CompanyForm.from_request(obj=provider), 200, []
    if form.validate_on_submit():
        try:
            service.update_company(
                session(),
                actor=current_actor(),
                now=now(),
                provider_id=provider_id,
                seen=form.revision.data,
                facts=service.CompanyFacts(**form.facts),
            )
        except service.Overtaken as error:
            form.refuse(error)
            others = differences(form, CompanyForm(formdata=None, obj=provider))
            form.revision.data = str(provider.revision)
            status = error.status
        except (Invalid, NotAllowed) as error:
            form.refuse(error)
        else:
            notify(_("The facts of the company have been saved."))
            return redirect(url_for("providers.overview", provider_id=provider_id))
    status = 422 if form.errors and status == 200 else status
    return render("providers/company.html", status=status, form=form, provider=provider, others=others)


@blueprint.get("/<int:provider_id>/files/<int:file_id>")
@requires(Permission.EDIT_PROVIDER)
def file(provider_id: int, file_id: int) -> ResponseReturnValue:
    """A file that the provider itself has sent."""
    return hand_out(queries.my_file(session(), current_actor(), provider_id, file_id))
