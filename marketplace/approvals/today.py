"""The office's first page: what needs somebody this morning, each with the list where it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.applications.rules import ApplicationState
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.companies import queries as companies
from marketplace.approvals.companies.forms import CompanySearchForm
from marketplace.approvals.correcting.queries import waiting as waiting_corrections
from marketplace.approvals.offer_changes import queries as changes
from marketplace.approvals.proofs import queries as proofs
from marketplace.approvals.queue import queries as office
from marketplace.approvals.serving import queries as serving
from marketplace.approvals.standing import queries as standing
from marketplace.approvals.standing.labels import ATTENTION
from marketplace.errors import NotAllowed
from marketplace.i18n import _, helsinki_date
from marketplace.offers.pricing.queries import offers_above_ceiling
from marketplace.permissions import Actor, Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_own_organisation
from marketplace.providers.company.queries import changes_for
from marketplace.slots import Panel
from marketplace.web.frame import current_actor, now, render, requires, session, work


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits: how many of them, and where they are."""

    title: str
    count: int
    href: str
    tone: str = "info"


more_matters: Final = Panel[Callable[[Actor, date], Iterable[Matter]]](
    "approvals.today", "What waits in other rooms on a day, for a person of the office."
)


@blueprint.get("/office")
@requires(Permission.VIEW_APPLICATIONS)
def today() -> ResponseReturnValue:
    """What waits in the organisation's pilots today; what nobody waits for is left out."""
    actor = current_actor()
    if actor.organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_own_organisation()
    day = helsinki_date(now())
    matters = [
        *_applications(actor, actor.organisation, day),
        *_approvals(actor, actor.organisation, day),
        *_proofs(actor.organisation),
        *_offers(actor.organisation, day),
        *_letters(actor.organisation),
        *_rest(actor),
        *(matter for source in more_matters for matter in source(actor, day)),
    ]
    return render(
        "approvals/today.html",
        matters=[each for each in matters if each.count],
        search_form=CompanySearchForm(formdata=None),
        day=day,
    )


def _applications(actor: Actor, organisation: str, day: date) -> list[Matter]:
    known = {
        pilot.key: pilots.current_definition(session(), pilot.key)
        for pilot in office.organisation_pilots(session(), organisation)
    }
    waiting = office.waiting(session(), organisation, actor.user_id, office.limits(known, day))
    return [
        Matter(_("Applications that are late"), waiting.late, _queue(late=1), "danger"),
        Matter(_("New applications"), waiting.submitted, _queue(state=ApplicationState.SUBMITTED)),
        Matter(_("Applications that you handle"), waiting.own, _queue(handler=actor.user_id)),
        Matter(
            _("Applications that wait for a decision"),
            waiting.proposed,
            _queue(state=ApplicationState.PROPOSED),
        ),
        *_corrections(organisation),
    ]


def _corrections(organisation: str) -> list[Matter]:
    """Corrections that wait for a decider: the way to the first of them."""
    applications, approvals = waiting_corrections(session(), organisation)
    if applications:
        first = url_for("approvals.review", application_id=applications[0])
    elif approvals:
        first = url_for("approvals.standing", approval_id=approvals[0])
    else:
        return []
    return [Matter(_("Corrections of decisions to make"), len(applications) + len(approvals), first)]


def _queue(**filters: Any) -> str:
    return url_for("approvals.queue", **filters)


def _approvals(actor: Actor, organisation: str, day: date) -> list[Matter]:
    """What approvals need; a measure that is to be proposed stands only there where a reviewer reads."""
    needs = standing.attention(session(), organisation, today=day)
    reviews = actor.may(Permission.REVIEW_APPLICATIONS, organisation=organisation)
    return [
        Matter(
            _("Approvals: %(what)s", what=name),
            needs[key],
            url_for("approvals.standing_list", attention=key),
            tone,
        )
        for key, (name, tone) in ATTENTION.items()
        if reviews or key != "proposals"
    ]


def _proofs(organisation: str) -> list[Matter]:
    waits = proofs.waiting(session(), organisation)
    return [Matter(_("Proofs to look at"), waits, url_for("approvals.proofs"), "warning")]


def _offers(organisation: str, day: date) -> list[Matter]:
    above = offers_above_ceiling(session(), day, organisation)
    return [
        Matter(
            _("Offers with a price above the ceiling"),
            len(above),
            url_for("approvals.changes", _anchor="above-title"),
            "warning",
        )
    ]


def waiting_here(organisation: str) -> Mapping[str, sa.ScalarSelect[Any]]:
    """How many applications, proofs, changes to offers and account numbers wait, for the bar of every page."""
    return {
        "approvals.queue": office.with_office_count(organisation),
        "approvals.proofs": proofs.waiting_count(organisation),
        "approvals.changes": changes.waiting_count(organisation),
        "account_changes.index": companies.account_changes_count(organisation),
    }


def _letters(organisation: str) -> list[Matter]:
    return [
        Matter(
            _("Letters to post"),
            len(serving.waiting(session(), organisation)),
            url_for("approvals.letters"),
            "warning",
        )
    ]


def _rest(actor: Actor) -> list[Matter]:
    """What only some may do: changes to offers and account numbers."""
    found = []
    if actor.organisation and actor.may(Permission.APPROVE_OFFERS, organisation=actor.organisation):
        versions = changes.waiting(session(), actor.organisation)
        found.append(Matter(_("Changes to offers"), len(versions), url_for("approvals.changes")))
    if actor.may(Permission.CONFIRM_IBAN):
        accounts = changes_for(work())
        found.append(Matter(_("Account numbers to confirm"), len(accounts), url_for("account_changes.index")))
    return found
