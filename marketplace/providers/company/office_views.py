"""The office's pages about companies: account numbers that wait for confirmation, and a first admin for one without."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.providers.company import account, people, queries
from marketplace.providers.company.forms import FirstAdminForm, RefusalForm
from marketplace.web.frame import (
    feature_blueprint,
    now,
    render,
    requires,
    session,
    work,
)
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

blueprint = feature_blueprint("account_changes", __name__, "/office/account-changes")
companies = feature_blueprint("office_companies", __name__, "/office/companies")
companies.before_request(show_own_organisation)


@companies.route("/<int:provider_id>/first-admin", methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def first_admin(provider_id: int) -> ResponseReturnValue:
    """Invite somebody to take care of a company that has no admin; who has asked for it is named."""
    provider = queries.adopted_provider(work(), provider_id)
    requests = queries.requests_of(session(), provider_id)
    known = requests[-1].user.email if requests else provider.contact_email or provider.email
    form = FirstAdminForm.from_request(email=known, language=current_language())
    return carry_out(
        form,
        lambda: people.invite_first_admin(
            work(), provider_id=provider_id, email=form.email.data, language=form.language.data
        ),
        done=lambda invitation: lead_on(
            url_for("office_companies.first_admin", provider_id=provider_id),
            _("An invitation is on its way to %(email)s. It holds for 14 days.", email=invitation.email),
        ),
        show=lambda: render(
            "providers/office/first_admin.html",
            form=form,
            provider=provider,
            requests=requests,
            invitations=queries.invitations_of(session(), provider_id),
            lacks=queries.lacks_admin(session(), provider_id),
            now=now(),
        ),
    )


@blueprint.get("/")
@requires(Permission.CONFIRM_IBAN)
def index() -> ResponseReturnValue:
    """What waits, the oldest first."""
    return render("providers/office/account_changes.html", changes=queries.changes_for(work()))


@blueprint.get("/<int:change_id>")
@requires(Permission.CONFIRM_IBAN)
def change(change_id: int) -> ResponseReturnValue:
    """One change: the old number, the new one, and how to make sure of it."""
    return _page(change_id, RefusalForm.from_request())


def _page(change_id: int, form: RefusalForm) -> ResponseReturnValue:
    found = queries.change_for(work(), change_id)
    return render(
        "providers/office/account_change.html",
        change=found,
        form=form,
        known=queries.known_phone(session(), found),
    )


def _to_list(message: str) -> ResponseReturnValue:
    return lead_on(url_for("account_changes.index"), message)


@blueprint.post("/<int:change_id>/confirm")
@requires(Permission.CONFIRM_IBAN)
def confirm(change_id: int) -> ResponseReturnValue:
    """Put the new account number in use."""
    with conflicts_lead_to(url_for("account_changes.change", change_id=change_id)):
        done = account.confirm(work(), change_id=change_id)
    return _to_list(_("The new account number of %(provider)s is in use.", provider=done.provider.name))


@blueprint.post("/<int:change_id>")
@requires(Permission.CONFIRM_IBAN)
def refuse(change_id: int) -> ResponseReturnValue:
    """Leave the old account number in use."""
    form = RefusalForm.from_request()
    return carry_out(
        form,
        lambda: account.refuse(work(), change_id=change_id, reason=form.reason.data or ""),
        done=lambda change: _to_list(
            _("The account number of %(provider)s stays as it was.", provider=change.provider.name)
        ),
        show=lambda: _page(change_id, form),
        moved_on=url_for("account_changes.change", change_id=change_id),
    )
