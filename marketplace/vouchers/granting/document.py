"""The document of a service decision in the client's language: what is granted, why, and how to ask for a review."""

from __future__ import annotations

from marketplace.accounts.models import User
from marketplace.clients.plans.labels import WAYS
from marketplace.clients.plans.models import SupportPlan
from marketplace.decisions.document import Annex, Letter, Ruling, decision_pdf
from marketplace.decisions.review import client_review
from marketplace.i18n import _, date_text, helsinki_date, in_language, money_text
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import MUNICIPALITIES, SERVICES
from marketplace.vouchers.granting import labels
from marketplace.vouchers.granting.models import DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import Consumer, DecisionKind, Every, ValueKind
from marketplace.work import UnitOfWork


def service_decision_pdf(
    work: UnitOfWork, decision: ServiceDecision, definition: PilotDefinition, *, number: str, decided_by: User
) -> bytes:
    """The decision as a tagged PDF (PDF/UA-1)."""
    client, language = decision.client, decision.client.language
    organisation = work.session.get_one(Organisation, client.organisation_key)
    letter = Letter(organisation, definition, language, number, decided_by, work.now, decision.proposed_by)
    with in_language(language):
        return decision_pdf(
            letter,
            title=str(labels.KINDS[decision.kind]),
            facts=_facts(decision, definition, language),
            rulings=[_ruling(decision, line, language) for line in decision.lines]
            or [_end(decision, definition, language)],
            provisions=_provisions(decision),
            review=client_review(letter),
            intro=_intro(decision),
            area_label=_("Home municipality"),
            annex=None if decision.plan is None else _plan(decision.plan),
        )


def _facts(decision: ServiceDecision, definition: PilotDefinition, language: str) -> list[tuple[str, str]]:
    client = decision.client
    rows = [
        (_("Client"), client.name or client.number),
        (_("Client number"), client.number),
        (_("Pilot"), definition.name[language]),
        (_("In force"), f"{date_text(decision.starts_on)}–{date_text(decision.ends_on)}"),
    ]
    if decision.applied_on is not None:
        rows.append((_("Application received"), date_text(decision.applied_on)))
    if decision.replaces is not None and decision.replaces.number is not None:
        rows.append((_("Replaces the decision"), decision.replaces.number))
    return rows


def _intro(decision: ServiceDecision) -> str:
    if decision.kind is DecisionKind.END:
        return ""
    sentences = [
        _(
            "You choose the provider yourself among those approved in the pilot. The organisation pays the provider; "
            "no money passes through you."
        )
    ]
    if decision.consumer is Consumer.WITH_SUPPORT:
        sentences.append(_("You make agreements with the support of: %(who)s.", who=decision.supporter))
    if decision.municipal:
        sentences.append(_("These services are arranged as before: %(what)s", what=decision.municipal))
    return " ".join(sentences)


def _ruling(decision: ServiceDecision, line: DecisionLine, language: str) -> Ruling:
    facts = line.facts
    conditions = [labels.bands_text(facts.bands)]
    if facts.unit_value is not None:
        conditions.append(_("Value of the voucher: %(value)s an hour.", value=money_text(facts.unit_value)))
    if facts.value_kind is ValueKind.INCOME:
        conditions.append(_("The value of the voucher depends on your income and is decided by itself."))
    if facts.every is Every.MONTH:
        conditions.append(f"{labels.CARRIES[facts.carry]}.")
    conditions.append(f"{labels.FEE_GROUNDS[facts.fee_ground]}.")
    place = decision.client.municipality
    return Ruling(
        subject=SERVICES[facts.service_key].name[language],
        outcome=labels.granted_text(facts.amount, facts.every),
        grounds=decision.grounds,
        conditions=conditions,
        area="" if place is None else MUNICIPALITIES[place].name[language],
    )


def _plan(plan: SupportPlan) -> Annex:
    """The support plan, which is a part of the decision because the client wants it."""
    content = plan.content
    facts = [(_("What do I want to do or have?"), content.goals)]
    if content.helps:
        facts.append((_("What helps me?"), content.helps))
    return Annex(
        title=_("Support plan"),
        intro=_(
            "Your support plan of %(day)s, version %(number)s, is a part of this decision, as you wanted.",
            day=date_text(helsinki_date(plan.written_at)),
            number=plan.number,
        ),
        facts=facts,
        rows=[
            " – ".join(filter(None, (line.need, str(WAYS[line.arranged]), line.who)))
            for line in content.lines
        ],
    )


def _end(decision: ServiceDecision, definition: PilotDefinition, language: str) -> Ruling:
    return Ruling(
        subject=definition.name[language],
        outcome=_("The budget ends before %(day)s.", day=date_text(decision.starts_on)),
        grounds=decision.grounds,
        conditions=(),
        area="",
    )


def _provisions(decision: ServiceDecision) -> list[str]:
    bases = dict.fromkeys(line.legal_basis for line in decision.lines if line.legal_basis)
    return [
        *map(labels.provision_text, bases),
        _("Act on Service Vouchers in Social Welfare and Health Care (569/2009), sections 3, 6 and 7."),
        _("Social Welfare Act (1301/2014), sections 45 and 46."),
    ]
