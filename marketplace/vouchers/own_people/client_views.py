"""The client's own pages of people near to them who are paid. A helper does the same for the client."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.clients.area.acting import acting, acting_work
from marketplace.clients.rules import Part
from marketplace.errors import NotFound
from marketplace.files.uploads import hand_out
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.vouchers.own_people import queries, service
from marketplace.vouchers.own_people.forms import OwnPersonForm, OwnPersonLastDayForm
from marketplace.vouchers.own_people.pages import proposal_form, shown, words
from marketplace.vouchers.own_people.rules import OWN_PERSON, OwnPersonAction, OwnPersonState
from marketplace.vouchers.rules import AgreementParty
from marketplace.web.frame import now, render, requires, session
from marketplace.web.posting import carry_out, lead_on

blueprint: Final = Blueprint("own_people", __name__, url_prefix="/own-people")


@blueprint.get("", endpoint="index")
@requires(Permission.OWN_MATTERS)
def own_people() -> ResponseReturnValue:
    """The people near to the client who are paid, or were proposed."""
    whose = acting(Part.PLAN)
    return render(
        "vouchers/own_people/own.html",
        people=queries.of_client(session(), whose.client.id),
        allowed=bool(queries.pilots_that_pay(session(), whose.client, helsinki_date(now()))),
        **words(),
    )


@blueprint.route("/new", methods=["GET", "POST"], endpoint="propose")
@requires(Permission.OWN_MATTERS)
def propose() -> ResponseReturnValue:
    """Propose a person, from a line of the plan or without one."""
    whose, work = acting_work(Part.PLAN)
    form: Any = OwnPersonForm.from_request()
    plan = proposal_form(form, whose.client, request.args.get("line", ""))
    by = AgreementParty.CLIENT if whose.is_own else AgreementParty.HELPER
    return carry_out(
        form,
        lambda: service.propose(work, whose.client, form.facts(), by=by, plan_number=plan),
        done=lambda own: lead_on(
            _page(own.id), _("The person has been proposed. Your counsellor looks at the proposal.")
        ),
        show=lambda: render("vouchers/own_people/own_propose.html", form=form),
    )


@blueprint.get("/<int:own_id>", endpoint="show")
@requires(Permission.OWN_MATTERS)
def show(own_id: int) -> ResponseReturnValue:
    """One person: what was agreed, how it stands, and what can be done."""
    whose = acting(Part.PLAN)
    own = queries.for_client(session(), whose.client, own_id)
    return render(
        "vouchers/own_people/own_person.html",
        own=own,
        waits_for_agreement=own.state is OwnPersonState.APPROVED
        and not queries.is_agreed_with(session(), own),
        may_take_back=whose.may_act and OWN_PERSON.allows(own.state, OwnPersonAction.TAKE_BACK),
        may_end=whose.may_act and OWN_PERSON.allows(own.state, OwnPersonAction.END),
        **shown(own),
    )


@blueprint.post("/<int:own_id>/take-back", endpoint="take_back")
@requires(Permission.OWN_MATTERS)
def take_back(own_id: int) -> ResponseReturnValue:
    """Take the proposal back."""
    whose, work = acting_work(Part.PLAN)
    service.take_back(work, queries.for_client(session(), whose.client, own_id))
    return lead_on(_page(own_id), _("The proposal has been taken back."))


@blueprint.route("/<int:own_id>/end", methods=["GET", "POST"], endpoint="end")
@requires(Permission.OWN_MATTERS)
def end(own_id: int) -> ResponseReturnValue:
    """Give the approval its last day."""
    whose, work = acting_work(Part.PLAN)
    own = queries.for_client(session(), whose.client, own_id)
    form: Any = OwnPersonLastDayForm.from_request()
    by = AgreementParty.CLIENT if whose.is_own else AgreementParty.HELPER
    return carry_out(
        form,
        lambda: service.end(work, own, form.ends_on.data, by=by),
        done=lambda _own: lead_on(_page(own_id), _("The approval has its last day.")),
        show=lambda: render("vouchers/own_people/own_end.html", own=own, form=form),
        moved_on=_page(own_id),
    )


@blueprint.get("/<int:own_id>/letter", endpoint="letter")
@requires(Permission.OWN_MATTERS)
def letter(own_id: int) -> ResponseReturnValue:
    """The decision as it was archived."""
    whose = acting(Part.PLAN)
    own = queries.for_client(session(), whose.client, own_id)
    if own.file is None:
        raise NotFound()
    return hand_out(own.file)


def _page(own_id: int) -> str:
    return url_for("client_area.own_people.show", own_id=own_id)
