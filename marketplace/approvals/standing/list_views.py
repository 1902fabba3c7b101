"""The office's list of approvals, the same as a file, and the round of those that rest on a county's register."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.queue.queries import organisation_pilots
from marketplace.approvals.standing import labels, queries
from marketplace.approvals.standing.forms import ListForm
from marketplace.approvals.standing.rules import Expiry
from marketplace.errors import NotAllowed, NotFound
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import (
    SERVICES,
    county_registers,
    municipalities_by_name,
    municipality_names,
)
from marketplace.providers import labels as provider_words
from marketplace.providers.rules import ApprovalState
from marketplace.sheets import Value
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, now, render, requires, session
from marketplace.web.page_links import asked_page, page_links
from marketplace.web.tables import table_file

_FILTERS: Final = ("words", "pilot", "service", "municipality", "state", "attention", "sort")


@blueprint.get("/office/approvals", endpoint="standing_list")
@requires(Permission.VIEW_APPLICATIONS)
def index() -> ResponseReturnValue:
    """The approvals in the organisation's pilots with what needs attention; the filters are in the address."""
    organisation = own_organisation()
    form = list_form(organisation)
    chosen = _chosen(form)
    wanted = queries.StandingFilter(**chosen, page=asked_page())
    page = queries.of_organisation(session(), organisation, wanted, today=_today())
    kept: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    return render(
        "approvals/standing/list.html",
        form=form,
        page=page,
        labels=labels,
        today=_today(),
        pilot_names=form.pilot_names,
        page_url=page_links(chosen),
        sort=wanted.sort,
        sort_url=lambda sort: url_for("approvals.standing_list", **(kept | {"sort": sort or None})),
        file_url=lambda kind: url_for("approvals.standing_file", kind=kind, **kept),
        may_review=current_actor().may(Permission.REVIEW_APPLICATIONS, organisation=organisation),
    )


@blueprint.get("/office/approvals/list.<any(csv, xlsx):kind>")
@requires(Permission.VIEW_APPLICATIONS)
def standing_file(kind: str) -> ResponseReturnValue:
    """What the filters of the list leave, all pages of it, for a spreadsheet."""
    organisation = own_organisation()
    form = list_form(organisation)
    found = queries.whole_list(
        session(), organisation, queries.StandingFilter(**_chosen(form)), today=_today()
    )
    heads = [
        _("Provider"),
        _("Business ID"),
        _("Pilot"),
        _("Service"),
        _("State"),
        _("Approved on"),
        _("Operating area"),
        _("First proof to run out"),
        _("Counts until"),
        _("Last day that the document names"),
        _("Yearly check by"),
        _("Phone"),
        _("E-mail"),
    ]
    names = form.pilot_names
    return table_file(
        kind,
        heads,
        [_file_row(each, names[each.approval.pilot_key][current_language()]) for each in found],
        title=_("Approvals"),
        name=f"approvals-{_today().isoformat()}",
    )


def _file_row(standing: queries.StandingApproval, pilot: str) -> list[Value]:
    approval, first = standing.approval, next(iter(standing.expiries), None)
    language = current_language()
    return [
        approval.provider.name,
        approval.provider.business_id,
        pilot,
        SERVICES[approval.service_key].name[language],
        str(provider_words.approval_state(approval)[0]),
        approval.approved_on,
        ", ".join(municipality_names(approval.municipalities, language)),
        labels.kind_name(first.kind) if first else "",
        first.day if first else None,
        _own_last_day(first),
        standing.recheck_on,
        approval.provider.phone,
        approval.provider.email,
    ]


def _own_last_day(first: Expiry | None) -> date | None:
    if first is None:
        return None
    return first.outlasts if first.is_due else first.day


def _chosen(form: Any) -> dict[str, Any]:
    """What the address asks for; what it asks for wrongly does not narrow."""
    return {name: form[name].data or "" for name in _FILTERS if form[name].validate(form)}


def own_organisation() -> str:
    """The organisation of who asks, whose colours the page has. Raises NotAllowed without one."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_organisation(session().get_one(Organisation, organisation))
    return organisation


def list_form(organisation: str) -> Any:
    """The filters of the organisation's approvals, as the address has them."""
    form = ListForm(formdata=MultiDict(request.args.items(multi=True)))
    language = current_language()
    definitions = {
        pilot.key: pilots.current_definition(session(), pilot.key)
        for pilot in organisation_pilots(session(), organisation)
    }
    form.pilot_names = {key: each.name for key, each in definitions.items()}
    keys = dict.fromkeys(key for each in definitions.values() for key in each.service_keys)
    codes = {code for each in definitions.values() for code in each.municipalities}
    places = [(place.code, place.name[language]) for place in municipalities_by_name(codes, language)]
    form.municipality.choices = options([("", _("All municipalities")), *places])
    form.sort.choices = options(
        [
            ("", _("By company")),
            ("proof", _("By the first proof to run out")),
            ("check", _("By the yearly check")),
        ]
    )
    form.pilot.choices = options(
        [("", _("All pilots")), *((k, name[language]) for k, name in form.pilot_names.items())]
    )
    form.service.choices = options(
        [("", _("All services")), *((key, SERVICES[key].name[language]) for key in keys)]
    )
    states = [(state, provider_words.APPROVAL_STATES[state][0]) for state in ApprovalState]
    form.state.choices = options([("", _("Approved and suspended")), *states])
    attention = [(key, labels.ATTENTION[key][0]) for key in queries.ATTENTION]
    form.attention.choices = options([("", _("All approvals")), *attention])
    return form


def _today() -> Any:
    return helsinki_date(now())


@blueprint.get("/office/approvals/county-register")
@requires(Permission.VIEW_APPLICATIONS)
def county_register() -> ResponseReturnValue:
    """Providers that rest on a county's register, which ends on the days that the services name."""
    organisation = own_organisation()
    registers = county_registers()
    if not registers:
        raise NotFound()
    last_day = max(registers.values())
    return render(
        "approvals/standing/county_register.html",
        approvals=queries.county_registered(session(), organisation, today=_today()),
        names=list_form(organisation).pilot_names,
        services=[SERVICES[key].name[current_language()] for key in registers],
        last_day=last_day,
        left=(last_day - _today()).days,
    )
