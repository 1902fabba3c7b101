"""A provider's units: the list, adding and changing one, closing it."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import Invalid
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.providers.forms import differences
from marketplace.providers.queries import my_provider
from marketplace.providers.service import Overtaken
from marketplace.providers.units import queries, service
from marketplace.providers.units.forms import UnitForm
from marketplace.providers.units.rules import UnitAction, UnitState
from marketplace.web.forms import chosen
from marketplace.web.frame import notify, render, requires, session, work

blueprint = Blueprint("units", __name__, url_prefix="/<int:provider_id>/units")


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """Every unit, open ones first."""
    provider = my_provider(work(), provider_id)
    units = queries.units_of(session(), provider_id)
    return render("providers/units/index.html", provider=provider, units=units)


@blueprint.route("/add", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def add(provider_id: int) -> ResponseReturnValue:
    """A new unit."""
    provider = my_provider(work(), provider_id)
    form = UnitForm.from_request()
    if form.validate_on_submit():
        try:
            unit = service.add_unit(work(), provider_id=provider_id, facts=service.UnitFacts(**form.facts))
        except Invalid as error:
            form.refuse(error)
        else:
            notify(_("The unit %(name)s has been saved.", name=unit.name))
            return _back(provider_id)
    status = 422 if form.is_submitted() else 200
    return render(
        "providers/units/edit.html", status=status, provider=provider, form=form, unit=None, others=[]
    )


@blueprint.route("/<int:unit_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def edit(provider_id: int, unit_id: int) -> ResponseReturnValue:
    """Change a unit."""
    provider = my_provider(work(), provider_id)
    unit = queries.my_unit(work(), provider_id, unit_id)
    form, status, others = UnitForm.from_request(obj=unit), 200, []
    if form.validate_on_submit():
        try:
            service.update_unit(
                work(),
                provider_id=provider_id,
                unit_id=unit_id,
                seen=form.revision.data or "",
                facts=service.UnitFacts(**form.facts),
            )
        except Overtaken as error:
            form.refuse(error)
            others = differences(form, UnitForm(formdata=None, obj=unit))
            form.revision.data, status = str(unit.revision), error.status
        except Invalid as error:
            form.refuse(error)
        else:
            notify(_("The unit %(name)s has been saved.", name=unit.name))
            return _back(provider_id)
    status = 422 if form.errors and status == 200 else status
    return render(
        "providers/units/edit.html", status=status, provider=provider, form=form, unit=unit, others=others
    )


@blueprint.post("/<int:unit_id>/state")
@requires(Permission.EDIT_PROVIDER)
def move(provider_id: int, unit_id: int) -> ResponseReturnValue:
    """Close the unit, or open it again."""
    unit = service.move_unit(
        work(),
        provider_id=provider_id,
        unit_id=unit_id,
        action=chosen(UnitAction, request.form.get("action")),
    )
    if unit.state == UnitState.CLOSED:
        notify(_("The unit %(name)s has been closed.", name=unit.name))
    else:
        notify(_("The unit %(name)s is open again.", name=unit.name))
    return _back(provider_id)


def _back(provider_id: int) -> ResponseReturnValue:
    return redirect(url_for("providers.units.index", provider_id=provider_id))
