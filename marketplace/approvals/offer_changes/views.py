"""The office's pages of changes to offers: the queue with what went live at once, and one change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.applications.labels import service_name
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.offer_changes import queries, service
from marketplace.approvals.offer_changes.forms import ApproveChangeForm, ChangesForm, ReturnChangeForm
from marketplace.approvals.offer_changes.prices import PriceChange, price_changes
from marketplace.approvals.offer_changes.rules import MOST_PERCENT
from marketplace.approvals.queue.queries import organisation_pilots
from marketplace.approvals.serving.service import reading_language
from marketplace.audit.fields import changes as field_changes
from marketplace.audit.models import AuditEvent
from marketplace.errors import Invalid, NotAllowed
from marketplace.i18n import _, _l, current_language, date_text, helsinki_date, money_text, ngettext
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.content import above_ceiling_message, content_of
from marketplace.offers.models import OfferVersion
from marketplace.offers.pricing.queries import offers_above_ceiling
from marketplace.offers.publishing.changes import KINDS, differences, kinds_changed, replaced_by
from marketplace.offers.publishing.service import day_of_approval
from marketplace.offers.rules import OfferState, VersionState
from marketplace.offers.service import stamp
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation
from marketplace.pilots.queries import current_definition, kept_definition
from marketplace.pilots.vocabulary import municipalities_by_name, municipality_names
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.sheets import Value
from marketplace.text import whole_number
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on
from marketplace.web.tables import table_file

CHANGE = "/office/changes/<int:version_id>"

STEPS: Final[dict[str, Any]] = {
    OfferAudit.PUBLISH: _l("Published changes that need no approval"),
    OfferAudit.WITHDRAW: _l("Withdrew published changes before their first day"),
    OfferAudit.AVAILABILITY: _l("Told about free places"),
    OfferAudit.END: _l("Ended the offer"),
    OfferAudit.KEEP: _l("Took back the end of the offer"),
    OfferAudit.PHOTO_ADD: _l("Added a photo"),
    OfferAudit.PHOTO_TEXT: _l("Changed the text of a photo"),
    OfferAudit.PHOTO_REMOVE: _l("Removed a photo"),
    ProviderAudit.UPDATE: _l("Changed the facts of the company"),
}


def step_text(event: AuditEvent) -> str:
    """What the provider did at once; a first version changes nothing that was there."""
    first = event.action == OfferAudit.PUBLISH and not event.before
    return _("Published a new offer") if first else str(STEPS[event.action])


SOON: Final = timedelta(days=7)
"""A first day that is no further away than this is marked."""


@blueprint.get("/office/changes")
@requires(Permission.VIEW_APPLICATIONS)
def changes() -> ResponseReturnValue:
    """What waits for approval, the longest waiting first, and what went live without it."""
    organisation = _organisation()
    today = helsinki_date(now())
    form = _filters(organisation)
    given = _given(form)
    kept: dict[str, Any] = {name: value for name, value in given.items() if value}
    rows = [_row(version) for version in queries.waiting(session(), organisation, **given)]
    return render(
        "approvals/offer_changes/queue.html",
        form=form,
        narrowed=any(given.values()),
        most_percent=MOST_PERCENT,
        rows=rows,
        late=[row for row in rows if row["version"].valid_from <= today],
        soon=[row for row in rows if today < row["version"].valid_from <= today + SOON],
        today=today,
        above=offers_above_ceiling(session(), today, organisation),
        ceiling_message=above_ceiling_message,
        live=queries.went_live(session(), organisation),
        step_text=step_text,
        facts_changed=lambda change: [each.name for each in field_changes(change.event)],
        kinds=KINDS,
        may_approve=current_actor().may(Permission.APPROVE_OFFERS, organisation=organisation),
        file_url=lambda kind: url_for("approvals.changes_file", kind=kind, **kept),
    )


@blueprint.get("/office/changes/list.<any(csv, xlsx):kind>")
@requires(Permission.VIEW_APPLICATIONS)
def changes_file(kind: str) -> ResponseReturnValue:
    """What waits for approval and the filters leave, for a spreadsheet."""
    organisation = _organisation()
    found = queries.waiting(session(), organisation, **_given(_filters(organisation)))
    heads = [
        _("Offer"),
        _("Service"),
        _("Provider"),
        _("Business ID"),
        _("What changes"),
        _("Prices"),
        _("Municipalities"),
        _("First day"),
        _("Waiting since"),
    ]
    return table_file(
        kind,
        heads,
        [_file_row(_row(version)) for version in found],
        title=_("Changes to offers"),
        name=f"offer-changes-{helsinki_date(now()).isoformat()}",
    )


def _file_row(row: dict[str, Any]) -> list[Value]:
    version, provider, language = row["version"], row["offer"].approval.provider, current_language()
    return [
        version.title[language],
        service_name(row["offer"].service_key),
        provider.name,
        provider.business_id,
        _("New offer") if row["first"] else ", ".join(row["kinds"]),
        "; ".join(_price_text(price) for price in row["prices"]),
        ", ".join(municipality_names(version.municipalities, language)),
        version.valid_from,
        helsinki_date(row["since"]),
    ]


def _price_text(price: PriceChange) -> str:
    shown = [
        _("Not offered") if amount is None else money_text(amount) for amount in (price.before, price.after)
    ]
    return f"{price.label}: {shown[0]} → {shown[1]}"


def _given(form: ChangesForm) -> dict[str, str]:
    """What the address asks for; what it asks for wrongly does not narrow."""
    names = ("words", "service", "municipality")
    return {name: form[name].data or "" for name in names if form[name].validate(form)}


def _filters(organisation: str) -> ChangesForm:
    form = ChangesForm(formdata=MultiDict(request.args.items(multi=True)))
    known = [
        current_definition(session(), pilot.key) for pilot in organisation_pilots(session(), organisation)
    ]
    keys = dict.fromkeys(key for each in known for key in each.service_keys)
    codes = {code for each in known for code in each.municipalities}
    language = current_language()
    places = [(place.code, place.name[language]) for place in municipalities_by_name(codes, language)]
    form.municipality.choices = options([("", _("All municipalities")), *places])
    form.service.choices = options([("", _("All services")), *((key, service_name(key)) for key in keys)])
    return form


def _organisation() -> str:
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_organisation(session().get_one(Organisation, organisation))
    return organisation


def _row(version: OfferVersion) -> dict[str, Any]:
    kinds = kinds_changed(version.offer, version)
    told = [kind for kind in kinds if kind != "date"] or kinds  # the first day has a column of its own
    replaced = replaced_by(version.offer, version)
    return {
        "version": version,
        "offer": version.offer,
        "kinds": [str(KINDS[kind]) for kind in told],
        "first": replaced is None,
        "prices": price_changes(replaced, version, _definition(version)) if replaced is not None else [],
        "since": version.submitted_at or version.created_at,
        "light": service.is_light(session(), version),
        "chosen": f"{version.id}.{stamp(version)}",
    }


def _definition(version: OfferVersion) -> PilotDefinition:
    return kept_definition(session(), version.offer.approval.pilot_version_id, current_ceilings=True)


@blueprint.post("/office/changes")
@requires(Permission.APPROVE_OFFERS)
def approve_changes() -> ResponseReturnValue:
    """Approve the chosen light changes."""
    chosen = {}
    for value in request.form.getlist("version"):
        text, _dot, seen = value.partition(".")
        if (number := whole_number(text)) is None:
            raise Invalid(_("Choose at least one change."))
        chosen[number] = seen
    count = service.approve_light(work(), chosen)
    return _to_queue(ngettext("%(num)d change was approved.", "%(num)d changes were approved.", count))


def _to_queue(message: str) -> ResponseReturnValue:
    return lead_on(url_for("approvals.changes"), message)


def _next(version_id: int) -> int | None:
    """The change that waits after one, or before it when it is the last."""
    before, after = queries.neighbours(session(), _organisation(), version_id)
    return after or before


def _to_next(version_id: int | None, message: str) -> ResponseReturnValue:
    """On to the next change, or to the list when none waits any more."""
    if version_id is None:
        return _to_queue(message)
    return lead_on(url_for("approvals.change", version_id=version_id), message)


@blueprint.get(CHANGE)
@requires(Permission.VIEW_APPLICATIONS)
def change(version_id: int) -> ResponseReturnValue:
    """One change beside what clients see now."""
    return _page(queries.for_office(work(), version_id))


def _page(
    version: OfferVersion,
    *,
    approving: ApproveChangeForm | None = None,
    returning: ReturnChangeForm | None = None,
) -> ResponseReturnValue:
    offer = version.offer
    organisation = _organisation()
    replaced = replaced_by(offer, version)
    definition = _definition(version)
    today = helsinki_date(now())
    before, after = queries.neighbours(session(), organisation, version.id)
    waits = version.state == VersionState.WAITING and offer.state != OfferState.ENDED
    return render(
        "approvals/offer_changes/change.html",
        version=version,
        offer=offer,
        pilot=definition.name,
        replaced=replaced,
        differences=differences(content_of(replaced), content_of(version)) if replaced is not None else (),
        prices=price_changes(replaced, version, definition),
        before=before,
        after=after,
        kinds=KINDS,
        waits=waits,
        returned=queries.last_return(session(), version),
        day=day_of_approval(offer, version, definition, today) if waits else None,
        approving=approving or ApproveChangeForm(formdata=None, seen=stamp(version)),
        returning=returning or ReturnChangeForm(formdata=None, seen=stamp(version)),
        form=returning or approving,
        may_approve=current_actor().may(Permission.APPROVE_OFFERS, organisation=organisation),
        today=today,
    )


@blueprint.post(CHANGE + "/approve")
@requires(Permission.APPROVE_OFFERS)
def approve_change(version_id: int) -> ResponseReturnValue:
    """Approve a change."""
    form, next_id = ApproveChangeForm(), _next(version_id)
    return carry_out(
        form,
        lambda: service.approve(work(), version_id, seen=form.seen.data or ""),
        done=lambda version: _to_next(
            next_id,
            _("The change is approved. It takes effect on %(day)s.", day=date_text(version.valid_from)),
        ),
        show=lambda: _page(_as_it_stands(version_id, form), approving=form),
    )


@blueprint.post(CHANGE + "/return")
@requires(Permission.APPROVE_OFFERS)
def return_change(version_id: int) -> ResponseReturnValue:
    """Return a change to the provider."""
    provider = queries.for_office(work(), version_id).offer.approval.provider
    form = ReturnChangeForm().addressed(reading_language(session(), provider))
    next_id = _next(version_id)
    return carry_out(
        form,
        lambda: service.send_back(work(), version_id, seen=form.seen.data, reason=form.reason.data),
        done=lambda _version: _to_next(
            next_id, _("The change was returned to the provider, who was told by e-mail.")
        ),
        show=lambda: _page(_as_it_stands(version_id, form), returning=form),
    )


def _as_it_stands(version_id: int, form: ApproveChangeForm | ReturnChangeForm) -> OfferVersion:
    """The version that the form is shown again with, and is about from then on."""
    version = queries.for_office(work(), version_id)
    form.seen.data = stamp(version)
    return version
