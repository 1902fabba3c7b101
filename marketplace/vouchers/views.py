"""The client counsellor's pages of agreements, and what agreements add to others' pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.approvals.queue.queries import organisation_pilots
from marketplace.clients.looking import client_seen, ground_of, note_when_shown
from marketplace.clients.queries import client_of_number
from marketplace.clients.rules import Ground, Part
from marketplace.errors import Fault, NotAllowed
from marketplace.files.uploads import filestore
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.offers.labels import HIDDEN, availability_text
from marketplace.offers.models import Offer
from marketplace.offers.rules import version_in_force
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.labels import last_day_text
from marketplace.vouchers import labels, panels, queries, rules, service
from marketplace.vouchers.agreeing.service import end_for_office, record_for_office
from marketplace.vouchers.choosing import choices
from marketplace.vouchers.forms import (
    AgreementForm,
    EndAgreementForm,
    FindOfferForm,
    LaterDayForm,
    MistakeForm,
    RegisterForm,
)
from marketplace.vouchers.mistakes import service as mistakes
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.own_people import queries as own_people
from marketplace.vouchers.rules import AGREEMENT
from marketplace.web.forms import BaseForm, options
from marketplace.web.frame import (
    SAFE_METHODS,
    current_actor,
    feature_blueprint,
    now,
    render,
    requires,
    session,
    work,
)
from marketplace.web.page_links import asked_page, page_links
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

blueprint = feature_blueprint("vouchers", __name__, "/counsellor/agreements")


@blueprint.get("", endpoint="agreements")
@requires(Permission.VIEW_AGREEMENTS)
def register() -> ResponseReturnValue:
    """The agreements of the organisation's clients; the filters are in the address."""
    organisation = _organisation()
    form = RegisterForm(formdata=MultiDict(request.args.items(multi=True)))
    form.state.choices = options(labels.FILTERS.items())
    wanted = queries.AgreementFilter(
        words=(form.q.data or "") if form.q.validate(form) else "",
        state=queries.Narrowed(form.state.data) if form.state.validate(form) else queries.Narrowed.OPEN,
        page=asked_page(),
    )
    page = queries.of_organisation(session(), organisation, wanted, today=_today())
    if page.rows:
        panels.record_seen(
            page.rows, organisation=organisation, subject=(Organisation.__audit_name__, organisation)
        )
    return render(
        "vouchers/agreements.html",
        form=form,
        page=page,
        page_url=page_links({"q": wanted.words, "state": wanted.state}),
        may_record=_may_record(organisation),
        goes_on=panels.goes_on_without_provider(organisation),
        **_words(),
    )


@blueprint.get("/offers")
@requires(Permission.RECORD_AGREEMENTS)
def offers() -> ResponseReturnValue:
    """Find the service in which an agreement is recorded."""
    organisation = _organisation()
    form = FindOfferForm(formdata=MultiDict(request.args.items(multi=True)))
    form.service.choices = options([("", _("All services")), *services_of(organisation)])
    asked = {name: form[name].data or "" for name in ("q", "service") if form[name].validate(form)}
    page = choices(
        session(),
        organisation,
        words=asked.get("q", ""),
        service=asked.get("service", ""),
        page=asked_page(),
        today=_today(),
    )
    return render(
        "vouchers/offers.html",
        form=form,
        page=page,
        page_url=page_links(asked),
        availability=availability_text,
        today=_today(),
    )


@blueprint.route("/new/<int:offer_id>", methods=["GET", "POST"], endpoint="record")
@requires(Permission.RECORD_AGREEMENTS)
def record_page(offer_id: int) -> ResponseReturnValue:
    """Record an agreement in an offer."""
    _organisation()
    lock = request.method not in SAFE_METHODS
    offer = queries.offer_for_staff(work(), offer_id, lock=lock)
    own = own_people.of_offer(session(), offer.id)
    number = "" if own is None else client_seen(own.client_id, Part.AGREEMENTS).number
    with conflicts_lead_to(url_for("vouchers.offers")):
        service.demand_open(session(), offer, number, _today())
    form: Any = AgreementForm.from_request(client_number=number)
    return carry_out(
        form,
        lambda: record_for_office(work(), offer_id, _terms(form), store=filestore()),
        done=lambda made: lead_on(_page(made.id), _("The agreement has been recorded.")),
        faults=lambda: _terms_faults(form, offer),
        show=lambda: render(
            "vouchers/record.html",
            form=form,
            offer=offer,
            version=version_in_force(offer.versions, _today()),
            pilot=_pilot(offer),
        ),
    )


def _terms(form: Any) -> rules.AgreementTerms:
    return rules.AgreementTerms(
        form.client_number.data, form.starts_on.data, form.ends_on.data, form.monthly.data or ""
    )


def _terms_faults(form: Any, offer: Offer) -> Iterator[Fault]:
    """Beside what the form itself refuses, what does not hold; the days only when the first can be read."""
    terms, days_read = _terms(form), form.starts_on.data is not None
    readable = terms if days_read else replace(terms, starts_on=_today(), ends_on=None)
    for name, message in service.terms_faults(offer, readable, _today()):
        if days_read or name == "client_number":
            yield name, message


@blueprint.get("/<int:agreement_id>")
@requires(Permission.VIEW_AGREEMENTS)
def agreement(agreement_id: int) -> ResponseReturnValue:
    """One agreement with the prices that it fixes."""
    _organisation()
    found = queries.for_staff(work(), agreement_id)
    _seen(found)
    over = rules.is_over(found.ends_on, _today())
    return render(
        "vouchers/agreement.html",
        agreement=found,
        held=labels.held_text(found),
        wanted=labels.wanted_texts(found),
        pilot=_pilot(found.offer),
        may_end=not over and found.state in AGREEMENT.standing and _may_record(found.organisation_key),
        may_move_on=mistakes.may_move_on(found) and _may_record(found.organisation_key),
        may_annul=mistakes.may_annul(found) and _may_record(found.organisation_key),
        reasons=_reasons_to_act(found) if not over else (),
        **_words(),
    )


@blueprint.route("/<int:agreement_id>/end", methods=["GET", "POST"])
@requires(Permission.RECORD_AGREEMENTS)
def end(agreement_id: int) -> ResponseReturnValue:
    """Give an agreement its last day."""
    _organisation()
    lock = request.method not in SAFE_METHODS
    found = queries.for_staff(work(), agreement_id, permission=Permission.RECORD_AGREEMENTS, lock=lock)
    with conflicts_lead_to(_page(agreement_id)):
        service.demand_running(found, _today())
    form: Any = EndAgreementForm.from_request()
    return carry_out(
        form,
        lambda: end_for_office(work(), agreement_id, form.ends_on.data),
        done=lambda _ended: lead_on(_page(agreement_id), _("The agreement has its last day.")),
        show=lambda: _end_page(found, form),
    )


@blueprint.route("/<int:agreement_id>/later", methods=["GET", "POST"])
@requires(Permission.RECORD_AGREEMENTS)
def move_on(agreement_id: int) -> ResponseReturnValue:
    """Move a last day on that the office gave too early."""
    _organisation()
    found = mistakes.found(work(), agreement_id, lock=request.method not in SAFE_METHODS)
    with conflicts_lead_to(_page(agreement_id)):
        mistakes.demand_movable(work(), found)
    form: Any = LaterDayForm.from_request()
    return carry_out(
        form,
        lambda: mistakes.move_on(work(), agreement_id, form.ends_on.data),
        done=lambda _moved: lead_on(_page(agreement_id), _("The last day has been moved on.")),
        show=lambda: _mending_page(found, form, "vouchers/move_on.html"),
    )


@blueprint.route("/<int:agreement_id>/mistake", methods=["GET", "POST"])
@requires(Permission.RECORD_AGREEMENTS)
def annul(agreement_id: int) -> ResponseReturnValue:
    """Mark an agreement as recorded by mistake."""
    _organisation()
    found = mistakes.found(work(), agreement_id, lock=request.method not in SAFE_METHODS)
    with conflicts_lead_to(_page(agreement_id)):
        mistakes.demand_mistake(work(), found)
    form: Any = MistakeForm.from_request()
    return carry_out(
        form,
        lambda: mistakes.annul(work(), agreement_id, form.reason.data or ""),
        done=lambda _gone: lead_on(
            _page(agreement_id),
            _("The agreement is marked as recorded by mistake. Both sides have been told."),
        ),
        show=lambda: _mending_page(found, form, "vouchers/annul.html"),
    )


def _mending_page(found: Agreement, form: BaseForm, template: str) -> ResponseReturnValue:
    _seen(found)
    return render(template, form=form, agreement=found, held=labels.held_text(found))


def _end_page(found: Agreement, form: EndAgreementForm) -> ResponseReturnValue:
    _seen(found)
    return render("vouchers/end.html", form=form, agreement=found, pilot=_pilot(found.offer))


def _page(agreement_id: int) -> str:
    return url_for("vouchers.agreement", agreement_id=agreement_id)


def _organisation() -> str:
    """The key of the organisation whose register this is; the page gets its colours."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_own_organisation()
    return organisation


def _today() -> date:
    return helsinki_date(now())


def _may_record(organisation: str) -> bool:
    return current_actor().may(Permission.RECORD_AGREEMENTS, organisation=organisation)


def _seen(found: Agreement) -> None:
    """Write into the trail, and into the client's own log, that an agreement is shown."""
    client = client_of_number(session(), found.organisation_key, found.client_number)
    if client is not None:
        oversees = not current_actor().may(Permission.VIEW_CLIENTS, organisation=found.organisation_key)
        ground = ground_of(client) or (Ground.OVERSIGHT if oversees else Ground.FINDING)
        note_when_shown([client.id], Part.AGREEMENTS, ground)
    panels.record_seen(
        [found], organisation=found.organisation_key, subject=(Agreement.__audit_name__, found.id)
    )


def services_of(organisation: str) -> list[tuple[str, str]]:
    """The services of the organisation's pilots: (key, name)."""
    definitions = (
        pilots.current_definition(session(), pilot.key)
        for pilot in organisation_pilots(session(), organisation)
    )
    keys = dict.fromkeys(key for each in definitions for key in each.service_keys)
    return [(key, SERVICES[key].name[current_language()]) for key in keys]


def _pilot(offer: Offer) -> Any:
    return pilots.kept_definition(session(), offer.approval.pilot_version_id).name


def _reasons_to_act(found: Agreement) -> tuple[str, ...]:
    """Why the client may need another provider, in sentences, and until when there is this one."""
    approval = found.offer.approval
    reasons = rules.reasons_to_act(found.offer.provider.state, approval.state)
    return tuple(filter(None, [*(str(HIDDEN[reason]) for reason in reasons), last_day_text(approval)]))


def _words() -> dict[str, Any]:
    """What the pages that show agreements say of them."""
    return {
        "states": labels.STATES,
        "parties": labels.PARTIES,
        "recorder": panels.recorder,
        "today": _today(),
        "reasons_of": _reasons_to_act,
    }
