"""The counsellor's pages: choosing a provider for a client, and the contract of an agreement."""

from __future__ import annotations

from datetime import date

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.audit.viewing import record_view
from marketplace.clients.looking import client_seen
from marketplace.clients.rules import Part
from marketplace.errors import NotFound
from marketplace.files.uploads import hand_out
from marketplace.i18n import _, helsinki_date
from marketplace.offers.labels import availability_text
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.vouchers import queries as agreements
from marketplace.vouchers.agreeing import choosing_page
from marketplace.vouchers.agreeing.choosing_page import ChoicePage
from marketplace.vouchers.audit_actions import AgreementAudit
from marketplace.vouchers.choosing import choices
from marketplace.vouchers.forms import FindOfferForm
from marketplace.vouchers.rules import AgreementParty
from marketplace.vouchers.views import services_of
from marketplace.web.forms import options
from marketplace.web.frame import feature_blueprint, now, render, requires, session, work
from marketplace.web.page_links import asked_page, page_links
from marketplace.web.posting import lead_on

blueprint = feature_blueprint("choosing", __name__, "/counsellor")


@blueprint.get("/clients/<int:client_id>/choose")
@requires(Permission.RECORD_AGREEMENTS)
def offers(client_id: int) -> ResponseReturnValue:
    """Find the service that is chosen for a client."""
    show_own_organisation()
    client = client_seen(client_id, Part.AGREEMENTS)
    form = FindOfferForm(formdata=MultiDict(request.args.items(multi=True)))
    form.service.choices = options([("", _("All services")), *services_of(client.organisation_key)])
    asked = {name: form[name].data or "" for name in ("q", "service") if form[name].validate(form)}
    page = choices(
        session(),
        client.organisation_key,
        words=asked.get("q", ""),
        service=asked.get("service", ""),
        page=asked_page(),
        today=_today(),
    )
    return render(
        "vouchers/agreeing/counsellor_offers.html",
        client=client,
        form=form,
        page=page,
        page_url=page_links(asked),
        availability=availability_text,
        today=_today(),
    )


@blueprint.route("/clients/<int:client_id>/choose/<int:offer_id>", methods=["GET", "POST"])
@requires(Permission.RECORD_AGREEMENTS)
def choose(client_id: int, offer_id: int) -> ResponseReturnValue:
    """Choose a provider for a client."""
    show_own_organisation()
    client = client_seen(client_id, Part.AGREEMENTS)
    page = ChoicePage(
        client=client,
        by=AgreementParty.OFFICE,
        template="vouchers/agreeing/counsellor_choose.html",
        done=lambda made: lead_on(
            url_for("vouchers.agreement", agreement_id=made.id), _("The provider has been asked.")
        ),
        more={"client": client},
    )
    return choosing_page.answer(page, offer_id)


@blueprint.get("/agreements/<int:agreement_id>/contract")
@requires(Permission.VIEW_AGREEMENTS)
def contract(agreement_id: int) -> ResponseReturnValue:
    """The contract as it was archived; that it was opened is written down."""
    found = agreements.for_staff(work(), agreement_id)
    if found.file is None:
        raise NotFound()
    record_view(found, organisation=found.organisation_key, action=AgreementAudit.CONTRACT)
    return hand_out(found.file)


def _today() -> date:
    return helsinki_date(now())
