"""The client's pages of agreements: all of them, one, choosing, changing the hours or the provider, ending."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from marketplace.clients.area.acting import Acting, acting, acting_work
from marketplace.clients.rules import Part
from marketplace.errors import NotFound
from marketplace.files.uploads import hand_out
from marketplace.i18n import _, days_text, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.vouchers.agreeing import choosing_page, queries, service
from marketplace.vouchers.agreeing.choosing_page import ChoicePage
from marketplace.vouchers.agreeing.forms import LastDayForm, ReasonForm
from marketplace.vouchers.agreeing.labels import rule_texts
from marketplace.vouchers.agreeing.weighing import Weighing, weigh_all
from marketplace.vouchers.labels import PARTIES, STATES, held_text, wanted_texts
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.panels import agreement_rows
from marketplace.vouchers.rules import AGREEMENT, AgreementAction, AgreementParty, AgreementState
from marketplace.web.frame import now, render, requires, session
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

blueprint: Final = Blueprint("agreements", __name__, url_prefix="/agreements")


def area_link() -> tuple[str, str]:
    """The page among those of the client's area; for the slot `clients.area_links`."""
    return _("Agreements"), url_for("client_area.agreements.index")


@blueprint.get("", endpoint="index")
@requires(Permission.OWN_MATTERS)
def agreements() -> ResponseReturnValue:
    """All agreements of the client and requests for some, with whom and from when to when."""
    whose = acting(Part.AGREEMENTS)
    return render("vouchers/agreeing/client_agreements.html", rows=agreement_rows(whose.client))


@blueprint.get("/<int:agreement_id>", endpoint="agreement")
@requires(Permission.OWN_MATTERS)
def agreement(agreement_id: int) -> ResponseReturnValue:
    """One agreement or request: what it says, its rules, and what can be done."""
    whose = acting(Part.AGREEMENTS)
    found = queries.for_client(session(), whose.client, agreement_id)
    waiting = queries.requested_instead(session(), found)
    return render(
        "vouchers/agreeing/client_agreement.html",
        agreement=found,
        instead=waiting,
        may_change=whose.may_act and waiting is None and _goes_on(found),
        may_end=whose.may_act and _goes_on(found),
        may_withdraw=whose.may_act and AGREEMENT.allows(found.state, AgreementAction.WITHDRAW),
        **words_of(found),
    )


def _goes_on(found: Agreement) -> bool:
    today = helsinki_date(now())
    return found.state in AGREEMENT.standing and (found.ends_on is None or found.ends_on >= today)


def words_of(found: Agreement) -> dict[str, Any]:
    """What every page of one agreement says of it, whoever reads it."""
    pilot = kept_definition(session(), found.offer.approval.pilot_version_id, current_ceilings=True)
    return {
        "pilot": pilot,
        "today": helsinki_date(now()),
        "standing": STATES[found.standing_on(helsinki_date(now()))],
        "wanted": wanted_texts(found),
        "held": held_text(found),
        "rules": rule_texts(pilot, found.version),
        "parties": PARTIES,
    }


@blueprint.route("/new/<int:offer_id>", methods=["GET", "POST"], endpoint="choose")
@requires(Permission.OWN_MATTERS)
def choose(offer_id: int) -> ResponseReturnValue:
    """Choose a provider, or change the hours of an agreement or its provider (`instead_of`)."""
    whose = acting(Part.AGREEMENTS, to_act=True)
    page = ChoicePage(
        client=whose.client,
        by=_party(whose),
        template="vouchers/agreeing/client_choose.html",
        done=lambda made: lead_on(
            _page(made.id), _("The provider has been asked. You see the answer on this page.")
        ),
        more={},
    )
    return choosing_page.answer(page, offer_id)


@blueprint.get("/<int:agreement_id>/change", endpoint="change")
@requires(Permission.OWN_MATTERS)
def change(agreement_id: int) -> ResponseReturnValue:
    """Change to another provider: those who could take over, the ones that fit first."""
    whose = acting(Part.AGREEMENTS, to_act=True)
    found = queries.for_client(session(), whose.client, agreement_id)
    if not _goes_on(found):
        raise NotFound()
    return render("vouchers/agreeing/change.html", agreement=found, choices=_choices(whose, found))


def _choices(whose: Acting, found: Agreement) -> list[Weighing]:
    """The offers of others that could be chosen in the place of an agreement."""
    today = helsinki_date(now())
    pilot = kept_definition(session(), found.offer.approval.pilot_version_id, current_ceilings=True)
    offers = queries.offers_like(session(), found)
    first = service.earliest_first_day(today, pilot, None, found)
    weighed = weigh_all(session(), whose.client, offers, first, today=today, replaces=found)
    return [each for each in weighed if each.can_be_chosen]


@blueprint.route("/<int:agreement_id>/end", methods=["GET", "POST"], endpoint="end")
@requires(Permission.OWN_MATTERS)
def end(agreement_id: int) -> ResponseReturnValue:
    """End an agreement with notice."""
    whose, doing = acting_work(Part.AGREEMENTS)
    found = queries.for_client(session(), whose.client, agreement_id)
    if not _goes_on(found):
        raise NotFound()
    words = words_of(found)
    earliest = words["today"] + timedelta(days=words["pilot"].notice.client_days)
    form: Any = LastDayForm.from_request(ends_on=earliest)
    return carry_out(
        form,
        lambda: service.give_notice(
            doing,
            queries.for_client(doing.session, whose.client, agreement_id, lock=True),
            form.ends_on.data,
            by=_party(whose),
        ),
        done=lambda _ended: lead_on(_page(agreement_id), _("The agreement has its last day.")),
        show=lambda: render(
            "vouchers/agreeing/client_end.html",
            form=form,
            agreement=queries.for_client(session(), whose.client, agreement_id),
            earliest=earliest,
            days=days_text(words["pilot"].notice.client_days),
        ),
    )


@blueprint.route("/<int:agreement_id>/stop", methods=["GET", "POST"], endpoint="stop")
@requires(Permission.OWN_MATTERS)
def stop(agreement_id: int) -> ResponseReturnValue:
    """End an agreement at once, for cause."""
    whose, doing = acting_work(Part.AGREEMENTS)
    if not _goes_on(queries.for_client(session(), whose.client, agreement_id)):
        raise NotFound()
    form: Any = ReasonForm.from_request()
    return carry_out(
        form,
        lambda: service.stop(
            doing,
            queries.for_client(doing.session, whose.client, agreement_id, lock=True),
            form.reason.data or "",
            by=_party(whose),
        ),
        done=lambda _ended: lead_on(_page(agreement_id), _("The agreement has ended.")),
        show=lambda: render(
            "vouchers/agreeing/client_stop.html",
            form=form,
            agreement=queries.for_client(session(), whose.client, agreement_id),
        ),
    )


@blueprint.post("/<int:agreement_id>/withdraw", endpoint="withdraw")
@requires(Permission.OWN_MATTERS)
def withdraw(agreement_id: int) -> ResponseReturnValue:
    """Take a request back."""
    whose, doing = acting_work(Part.AGREEMENTS)
    with conflicts_lead_to(_page(agreement_id)):
        service.withdraw(doing, queries.for_client(doing.session, whose.client, agreement_id, lock=True))
    return lead_on(_page(agreement_id), _("The request has been withdrawn. Your budget is free again."))


@blueprint.get("/<int:agreement_id>/contract", endpoint="contract")
@requires(Permission.OWN_MATTERS)
def contract(agreement_id: int) -> ResponseReturnValue:
    """The contract as it was archived."""
    whose = acting(Part.AGREEMENTS)
    found = queries.for_client(session(), whose.client, agreement_id)
    if found.file is None or found.state is AgreementState.MISTAKEN:
        raise NotFound()
    return hand_out(found.file)


def _party(whose: Acting) -> AgreementParty:
    return AgreementParty.CLIENT if whose.is_own else AgreementParty.HELPER


def _page(agreement_id: int) -> str:
    return url_for("client_area.agreements.agreement", agreement_id=agreement_id)
