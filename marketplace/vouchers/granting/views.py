"""The counsellor's and the decider's pages of service decisions, and their part of a client's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.approvals.today import Matter
from marketplace.clients.looking import client_seen, note_when_shown
from marketplace.clients.models import Client
from marketplace.clients.rules import Ground, Part
from marketplace.clients.views import organisation_of_staff
from marketplace.errors import Conflict, NotFound
from marketplace.files.uploads import filestore, hand_out
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Actor, Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import current_definition, kept_definition
from marketplace.pilots.vocabulary import BANDS, MUNICIPALITIES, SERVICES
from marketplace.vouchers.granting import balance, labels, queries, rules, service
from marketplace.vouchers.granting.forms import ChangeForm, DecisionForm, LineForm, PostedForm, ReturnPlanForm
from marketplace.vouchers.granting.models import DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import DECISION, DecisionAction, DecisionKind, DecisionState
from marketplace.web.forms import BaseForm
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
from marketplace.web.posting import carry_out, lead_on

blueprint = feature_blueprint("granting", __name__, "/counsellor")


@blueprint.route("/clients/<int:client_id>/decisions/new", methods=["GET", "POST"], endpoint="begin")
@requires(Permission.PROPOSE_SERVICES)
def begin(client_id: int) -> ResponseReturnValue:
    """Begin a decision on a client's services."""
    client = _seen(client_id)
    form: Any = DecisionForm.of_pilots(_pilots(client)).addressed(client.language)
    return carry_out(
        form,
        lambda: service.begin(work(), client.id, form.facts()),
        done=lambda made: _to_decision(made.id),
        show=lambda: render("vouchers/granting/facts.html", form=form, client=client, decision=None),
        faults=lambda: (
            service.begin_refusals(session(), client.id, form.facts(), _today()) if form.can_be_judged else ()
        ),
    )


def _to_decision(decision_id: int, message: str = "") -> ResponseReturnValue:
    return lead_on(url_for("granting.decision", decision_id=decision_id), message)


@blueprint.get("/decisions", endpoint="waiting")
@requires(Permission.DECIDE_SERVICES)
def waiting() -> ResponseReturnValue:
    """The proposals that wait for a decision, and those that have come back to the person to be written again."""
    organisation, actor = organisation_of_staff(), current_actor()
    found = queries.waiting(session(), organisation)
    returned = _returned(actor, organisation)
    note_when_shown((each.client_id for each in found), Part.LIST, Ground.DECIDING)
    note_when_shown((each.client_id for each in returned), Part.LIST, Ground.HANDLING)
    return render(
        "vouchers/granting/waiting.html",
        decisions=found,
        returned=returned,
        kinds=labels.KINDS,
        granted=labels.granted_text,
        services=SERVICES,
        due=lambda each: None if each.applied_on is None else rules.due_on(each.applied_on),
        today=_today(),
    )


@blueprint.get("/decisions/<int:decision_id>", endpoint="decision")
@requires(Permission.VIEW_CLIENTS)
def decision_page(decision_id: int) -> ResponseReturnValue:
    """One decision: what it says, what its lines buy, the balance of its budgets, and what can be done."""
    found = _decision(decision_id)
    return _page(found, ReturnPlanForm.from_request(), PostedForm.from_request())


@blueprint.route("/decisions/<int:decision_id>/facts", methods=["GET", "POST"], endpoint="facts")
@requires(Permission.PROPOSE_SERVICES)
def facts(decision_id: int) -> ResponseReturnValue:
    """Change what a draft says."""
    found = _decision(decision_id)
    if found.state is not DecisionState.DRAFT:
        raise Conflict(_("The decision is no draft any more."))
    pilots = _pilots(found.client, found.pilot_key)
    form: Any = DecisionForm.of_pilots(pilots, found.facts).addressed(found.client.language)
    return carry_out(
        form,
        lambda: service.save(work(), decision_id, form.facts()),
        done=lambda _saved: _to_decision(decision_id, _("Saved.")),
        show=lambda: render("vouchers/granting/facts.html", form=form, client=found.client, decision=found),
        faults=lambda: service.save_refusals(found, form.facts(), _today()) if form.can_be_judged else (),
    )


@blueprint.route("/decisions/<int:decision_id>/lines/new", methods=["GET", "POST"], endpoint="line")
@requires(Permission.PROPOSE_SERVICES)
def line(decision_id: int) -> ResponseReturnValue:
    """Add a service to a draft. What it buys is shown on the decision's page, where the line can be taken out again."""
    found = _decision(decision_id)
    pilot = kept_definition(session(), found.pilot_version_id)
    form: Any = LineForm.of(_services(pilot), _bands(pilot))
    return carry_out(
        form,
        lambda: service.add_line(work(), decision_id, form.facts()),
        done=lambda _line: _to_decision(decision_id),
        show=lambda: render(
            "vouchers/granting/line.html",
            form=form,
            decision=found,
            hours="hours" in pilot.budget_kinds,
        ),
    )


@blueprint.post("/decisions/<int:decision_id>/lines/<int:line_id>/drop", endpoint="drop_line")
@requires(Permission.PROPOSE_SERVICES)
def drop_line(decision_id: int, line_id: int) -> ResponseReturnValue:
    """Take a line out of a draft."""
    service.drop_line(work(), decision_id, line_id)
    return _to_decision(decision_id)


@blueprint.post("/decisions/<int:decision_id>/propose", endpoint="propose")
@requires(Permission.PROPOSE_SERVICES)
def propose(decision_id: int) -> ResponseReturnValue:
    """Give a draft to be decided; everything that it lacks is told at once."""
    return _pressed(
        decision_id,
        lambda: service.propose(work(), decision_id),
        _("The decision waits for the person who decides."),
        refused=_("The decision cannot be proposed yet"),
    )


def _pressed(
    decision_id: int, verb: Callable[[], object], words: str, *, refused: str
) -> ResponseReturnValue:
    """Answer a button of the decision's page; what speaks against it is told there, under `refused`."""
    faults: list[str] = []
    return carry_out(
        BaseForm(),
        verb,
        done=lambda _done: _to_decision(decision_id, words),
        show=lambda: _page(
            _decision(decision_id),
            ReturnPlanForm(formdata=None),
            PostedForm(formdata=None),
            faults=(refused, faults),
        ),
        refuse=lambda error: faults.extend(str(message) for _field, message in error.faults),
    )


@blueprint.post("/decisions/<int:decision_id>/discard", endpoint="discard")
@requires(Permission.PROPOSE_SERVICES)
def discard(decision_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    found = service.discard(work(), decision_id)
    return lead_on(url_for("clients.client", client_id=found.client_id), _("The draft has been discarded."))


@blueprint.post("/decisions/<int:decision_id>/make", endpoint="make")
@requires(Permission.DECIDE_SERVICES)
def make(decision_id: int) -> ResponseReturnValue:
    """Make the decision."""
    return _pressed(
        decision_id,
        lambda: service.make(work(), decision_id, store=filestore()),
        _("The decision has been made. Post the letter and write down the day."),
        refused=_("The decision cannot be made yet"),
    )


@blueprint.post("/decisions/<int:decision_id>/return", endpoint="send_back")
@requires(Permission.DECIDE_SERVICES)
def send_back(decision_id: int) -> ResponseReturnValue:
    """Return a proposal to be written again."""
    form: Any = ReturnPlanForm.from_request()
    return carry_out(
        form,
        lambda: service.send_back(work(), decision_id, form.reason.data),
        done=lambda _returned: _to_decision(decision_id, _("The decision has been returned.")),
        show=lambda: _page(_decision(decision_id), form, PostedForm(formdata=None)),
    )


@blueprint.post("/decisions/<int:decision_id>/posted", endpoint="posted")
@requires(Permission.PROPOSE_SERVICES)
def posted(decision_id: int) -> ResponseReturnValue:
    """Write down when the letter was posted."""
    form: Any = PostedForm.from_request()
    return carry_out(
        form,
        lambda: service.post_letter(work(), decision_id, form.posted_on.data),
        done=lambda _posted: _to_decision(decision_id),
        show=lambda: _page(_decision(decision_id), ReturnPlanForm(formdata=None), form),
    )


@blueprint.route("/decisions/<int:decision_id>/change", methods=["GET", "POST"], endpoint="change")
@requires(Permission.PROPOSE_SERVICES)
def change(decision_id: int) -> ResponseReturnValue:
    """Begin the decision that changes or ends this one."""
    found = _decision(decision_id)
    form: Any = ChangeForm.from_request()
    return carry_out(
        form,
        lambda: service.begin_change(work(), decision_id, DecisionKind(form.kind.data), form.starts_on.data),
        done=lambda made: _to_decision(made.id),
        show=lambda: render("vouchers/granting/change.html", form=form, decision=found),
    )


@blueprint.get("/decisions/<int:decision_id>/letter", endpoint="letter")
@requires(Permission.VIEW_CLIENTS)
def letter(decision_id: int) -> ResponseReturnValue:
    """The letter as it was archived."""
    found = _decision(decision_id)
    if found.file is None:
        raise NotFound()
    return hand_out(found.file)


def waiting_here(organisation: str) -> Mapping[str, sa.ScalarSelect[Any]]:
    """How many service decisions wait in the organisation, for the bar of every page."""
    return {"granting.waiting": queries.waiting_count(organisation)}


def office_matters(actor: Actor, _day: date) -> Iterator[Matter]:
    """Service decisions that wait, for those who decide them, and those that have come back to who writes them.

    They are added to the office's page of today.
    """
    organisation = actor.organisation
    if organisation is None:
        return
    if actor.may(Permission.DECIDE_SERVICES, organisation=organisation):
        count = len(queries.waiting(session(), organisation))
        yield Matter(_("Service decisions that wait"), count, url_for("granting.waiting"), "info")
    if (writer := _writes(actor, organisation)) is not None:
        back = queries.returned_count(session(), organisation, writer)
        here = url_for("granting.waiting", _anchor="returned")
        yield Matter(_("Service decisions that were returned to you"), back, here, "warning")


def _writes(actor: Actor, organisation: str | None) -> int | None:
    """The number of a person who writes service decisions there; None of anybody else."""
    may = organisation is not None and actor.may(Permission.PROPOSE_SERVICES, organisation=organisation)
    return actor.user_id if may else None


def _returned(actor: Actor, organisation: str) -> Sequence[ServiceDecision]:
    writer = _writes(actor, organisation)
    return () if writer is None else queries.returned(session(), organisation, writer)


def returned_to_counsellor(organisation: str) -> Markup:
    """That service decisions have come back to the person, above the clients; nothing when none has."""
    writer = _writes(current_actor(), organisation)
    count = 0 if writer is None else queries.returned_count(session(), organisation, writer)
    return Markup(render_template("vouchers/granting/_returned.html", count=count)) if count else Markup()  # noqa: S704 - the template escapes


def decisions_of_client(client: Client) -> Markup:
    """A part of the page of a client: the decisions, with what is left today."""
    actor, today = current_actor(), _today()
    found = queries.decisions_of(session(), client.id)
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "vouchers/granting/_of_client.html",
            client=client,
            decisions=found,
            states=labels.STATES,
            granted=labels.granted_text,
            services=SERVICES,
            may_propose=actor.may(Permission.PROPOSE_SERVICES, organisation=client.organisation_key),
            due=lambda each: None if each.applied_on is None else rules.due_on(each.applied_on),
            today=today,
        )
    )


def _page(
    found: ServiceDecision,
    return_form: Any,
    posted_form: Any,
    *,
    faults: tuple[str, Sequence[str]] = ("", ()),
) -> ResponseReturnValue:
    """The decision's page. `faults`: what could not be done, and why."""
    actor, organisation = current_actor(), found.client.organisation_key
    pilot = kept_definition(session(), found.pilot_version_id)
    may = {
        action: DECISION.allows(found.state, action) and actor.may(permission, organisation=organisation)
        for action, permission in _WHO.items()
    }
    if pilot.service_decisions.two_people and actor.user_id == found.proposed_by_id:
        may[DecisionAction.MAKE] = False
    return render(
        "vouchers/granting/decision.html",
        decision=found,
        client=found.client,
        state=labels.STATES[found.state],
        kind=labels.KINDS[found.kind],
        consumer=labels.CONSUMERS[found.consumer],
        pilot=pilot.name,
        lines=[_shown(found, each) for each in found.lines],
        may=may,
        waits_for_another=DECISION.allows(found.state, DecisionAction.MAKE) and not may[DecisionAction.MAKE],
        may_post=found.number is not None
        and found.posted_on is None
        and actor.may(Permission.PROPOSE_SERVICES, organisation=organisation),
        plan_text=_plan_text(found),
        due=None if found.applied_on is None else rules.due_on(found.applied_on),
        return_form=return_form,
        posted_form=posted_form,
        faults=faults,
        chart=balance.CHART,
        is_end=found.kind is DecisionKind.END,
        today=_today(),
    )


def _plan_text(found: ServiceDecision) -> Markup | None:
    """What the decision's page says of the client's support plan, with a link to it; None where there is none."""
    plan = queries.plan_in(session(), found)
    if plan is None:
        return None
    words = (
        _("Version %(number)s becomes a part of the decision, as the client wants.", number=plan.number)
        if found.number is None
        else _("Version %(number)s is a part of the decision.", number=plan.number)
    )
    link = Markup('<a class="ds-link" href="{}">{}</a>')
    return link.format(url_for("clients.plan", client_id=found.client_id), words)


_WHO: Mapping[DecisionAction, Permission] = {
    DecisionAction.PROPOSE: Permission.PROPOSE_SERVICES,
    DecisionAction.DISCARD: Permission.PROPOSE_SERVICES,
    DecisionAction.REPLACE: Permission.PROPOSE_SERVICES,
    DecisionAction.MAKE: Permission.DECIDE_SERVICES,
    DecisionAction.RETURN: Permission.DECIDE_SERVICES,
}


def _shown(found: ServiceDecision, line: DecisionLine) -> dict[str, Any]:
    """A line as the page shows it: what it grants and on what terms, what it buys, and its balance."""
    line_facts, place, periods = line.facts, _place(found), balance.periods_of(line)
    prices = _prices(found, line)
    fits = (
        rules.fits(line_facts, prices) if found.state in (DecisionState.DRAFT, DecisionState.PROPOSED) else []
    )
    return {
        "id": line.id,
        "name": SERVICES[line.service_key].name,
        "granted": labels.granted_text(line_facts.amount, line.every),
        "bands": labels.bands_text(line.bands),
        "value_kind": labels.VALUE_KINDS[line.value_kind],
        "value": line.unit_value,
        "carry": labels.CARRIES[line.carry] if line.every is rules.Every.MONTH else None,
        "fee": labels.FEE_GROUNDS[line.fee_ground],
        "legal_basis": line.legal_basis,
        "fits": [(labels.fit_text(each, place), each.warns) for each in fits],
        "short": any(each.warns for each in fits) or (not fits and not line.budgets),
        "barred": line.fee_ground in rules.OWN_SHARE_BARRED,
        "rows": [balance.row_of(line.unit, each) for each in periods],
        "sentences": balance.sentences(line, periods, _today(), prices),
    }


def _prices(found: ServiceDecision, line: DecisionLine) -> Mapping[str, rules.Prices]:
    day = max(found.starts_on, _today())
    return queries.prices_by_band(
        session(), found.pilot_key, line.service_key, found.client.municipality, day
    )


def _place(found: ServiceDecision) -> str:
    home = found.client.municipality
    return _("the area of the pilot") if home is None else MUNICIPALITIES[home].name[current_language()]


def _seen(client_id: int) -> Client:
    show_own_organisation()
    return client_seen(client_id, Part.DECISIONS)


def _decision(decision_id: int) -> ServiceDecision:
    found = queries.decision_for_staff(work(), decision_id, lock=request.method not in SAFE_METHODS)
    _seen(found.client_id)
    return found


def _pilots(client: Client, only: str | None = None) -> list[tuple[str, str]]:
    """The pilots in which the client takes part, or only the one of a decision that is written: (key, name)."""
    keys = [only] if only else [each.pilot_key for each in client.participations if each.ended_on is None]
    return [(key, current_definition(session(), key).name[current_language()]) for key in dict.fromkeys(keys)]


def _services(pilot: PilotDefinition) -> list[tuple[str, str]]:
    return [(key, SERVICES[key].name[current_language()]) for key in pilot.service_keys]


def _bands(pilot: PilotDefinition) -> list[tuple[str, str]]:
    keys = dict.fromkeys(row.band for each in pilot.services for row in each.bands)
    return [(key, BANDS[key].name[current_language()]) for key in keys]


def _today() -> date:
    return helsinki_date(now())
