"""The office's page: new account numbers of companies that wait for another person's confirmation."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import DomainError
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.providers.company import account, queries
from marketplace.providers.company.forms import RefusalForm
from marketplace.web import current_actor, feature_blueprint, notify, now, render, requires, session

blueprint = feature_blueprint("account_changes", __name__, "/office/account-changes")


@blueprint.get("/")
@requires(Permission.CONFIRM_IBAN)
def index() -> ResponseReturnValue:
    """What waits, the oldest first."""
    return render("office/account_changes.html", changes=queries.changes_for(session(), current_actor()))


@blueprint.get("/<int:change_id>")
@requires(Permission.CONFIRM_IBAN)
def change(change_id: int) -> ResponseReturnValue:
    """One change: the old number, the new one, and how to make sure of it."""
    return _page(change_id, RefusalForm(formdata=None), 200)


def _page(change_id: int, form: RefusalForm, status: int) -> ResponseReturnValue:
    found = queries.change_for(session(), current_actor(), change_id)
    return render("office/account_change.html", status=status, change=found, form=form)


@blueprint.post("/<int:change_id>/confirm")
@requires(Permission.CONFIRM_IBAN)
def confirm(change_id: int) -> ResponseReturnValue:
    """Put the new account number in use."""
    done = account.confirm(session(), actor=current_actor(), now=now(), change_id=change_id)
    notify(_("The new account number of %(provider)s is in use.", provider=done.provider.name))
    return redirect(url_for("account_changes.index"))


@blueprint.post("/<int:change_id>")
@requires(Permission.CONFIRM_IBAN)
def refuse(change_id: int) -> ResponseReturnValue:
    """Leave the old account number in use."""
    form = RefusalForm.from_request()
    if form.validate_on_submit():
        try:
            done = account.refuse(
                session(),
                actor=current_actor(),
                now=now(),
                change_id=change_id,
                reason=form.reason.data or "",
            )
        except DomainError as error:
            form.refuse(error)
        else:
            notify(_("The account number of %(provider)s stays as it was.", provider=done.provider.name))
            return redirect(url_for("account_changes.index"))
    return _page(change_id, form, 422)
