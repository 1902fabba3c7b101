"""The page on which a person of the office chooses what mail to get."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.digest import queries, service
from marketplace.approvals.digest.forms import own_mail_form, wanted
from marketplace.approvals.digest.rules import NEEDED, OfficeMail
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.web.frame import current_actor, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on


@blueprint.route("/office/mail", methods=["GET", "POST"])
@requires(Permission.VIEW_APPLICATIONS)
def own_mail() -> ResponseReturnValue:
    """Choose what the portal writes to oneself about the work of the office."""
    show_own_organisation()
    actor = current_actor()
    kinds = [
        kind
        for kind in OfficeMail
        if any(actor.may(permission, organisation=actor.organisation) for permission in NEEDED[kind])
    ]
    form = own_mail_form(kinds, queries.muted_by(session(), work().person_id))
    return carry_out(
        form,
        lambda: service.switch_mail(work(), wanted(form, kinds)),
        done=lambda _switched: lead_on(url_for("approvals.own_mail"), _("Your choice has been saved.")),
        show=lambda: render(
            "approvals/digest/own_mail.html", form=form, kinds=[kind.value for kind in kinds]
        ),
    )
