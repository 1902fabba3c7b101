"""A provider's units: the list, adding and changing one, closing it."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.providers.forms import tell_overtaken
from marketplace.providers.queries import my_provider
from marketplace.providers.units import queries, service
from marketplace.providers.units.forms import UnitForm
from marketplace.providers.units.models import ServiceUnit
from marketplace.providers.units.rules import UnitAction, UnitState
from marketplace.web.forms import chosen
from marketplace.web.frame import render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

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
    return carry_out(
        form,
        lambda: service.add_unit(work(), provider_id=provider_id, facts=service.UnitFacts(**form.facts)),
        done=_saved,
        show=lambda: render("providers/units/edit.html", provider=provider, form=form, unit=None, others=[]),
    )


def _saved(unit: ServiceUnit) -> ResponseReturnValue:
    return lead_on(_list(unit.provider_id), _("The unit %(name)s has been saved.", name=unit.name))


@blueprint.route("/<int:unit_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def edit(provider_id: int, unit_id: int) -> ResponseReturnValue:
    """Change a unit."""
    provider = my_provider(work(), provider_id)
    unit = queries.my_unit(work(), provider_id, unit_id)
    form, others = UnitForm.from_request(obj=unit), list[tuple[str, str]]()
    return carry_out(
        form,
        lambda: service.update_unit(
            work(),
            provider_id=provider_id,
            unit_id=unit_id,
            seen=form.revision.data or "",
            facts=service.UnitFacts(**form.facts),
        ),
        done=_saved,
        show=lambda: render(
            "providers/units/edit.html", provider=provider, form=form, unit=unit, others=others
        ),
        refuse=lambda error: others.extend(tell_overtaken(form, error, UnitForm(formdata=None, obj=unit))),
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
        return lead_on(_list(provider_id), _("The unit %(name)s has been closed.", name=unit.name))
    return lead_on(_list(provider_id), _("The unit %(name)s is open again.", name=unit.name))


def _list(provider_id: int) -> str:
    return url_for("providers.units.index", provider_id=provider_id)
