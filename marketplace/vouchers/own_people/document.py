"""The decision on a person near to a client, in the client's language, with how to ask for a review of it."""

from __future__ import annotations

from marketplace.accounts.models import User
from marketplace.decisions.document import Letter, Ruling, decision_pdf
from marketplace.decisions.review import client_review
from marketplace.i18n import _, date_text, helsinki_date, in_language
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation
from marketplace.vouchers.own_people.labels import paid_for_text, price_text
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import OwnPersonAction
from marketplace.work import UnitOfWork


def own_person_pdf(
    work: UnitOfWork, own: OwnPerson, definition: PilotDefinition, action: OwnPersonAction, *, number: str
) -> bytes:
    """The decision as a tagged PDF (PDF/UA-1). The points that were looked at stand in it, and no account number."""
    client, language = own.client, own.client.language
    organisation = work.session.get_one(Organisation, client.organisation_key)
    decider = work.session.get_one(User, work.person_id)
    letter = Letter(organisation, definition, language, number, decider, work.now, client.counsellor)
    with in_language(language):
        return decision_pdf(
            letter,
            title=_("Decision on a person near to the client"),
            facts=[
                (_("Client"), client.title),
                (_("Client number"), client.number),
                (_("Pilot"), definition.name[language]),
                (_("Person"), own.name),
                (_("Proposed on"), date_text(helsinki_date(own.proposed_at))),
            ],
            rulings=[_ruling(work, own, definition, action)],
            provisions=[
                _("Rulebook of the pilot: %(pilot)s.", pilot=definition.name[language]),
                _("Social Welfare Act (1301/2014), sections 39 and 45."),
            ],
            review=client_review(letter),
            intro=_intro(action),
        )


def _intro(action: OwnPersonAction) -> str:
    if action is not OwnPersonAction.APPROVE:
        return ""
    return _(
        "The organisation pays the person for what is agreed, given and confirmed by the client, by the same rules as "
        "any provider. No money passes through the client. The person is approved for this client only and is shown to "
        "nobody else."
    )


def _ruling(work: UnitOfWork, own: OwnPerson, definition: PilotDefinition, action: OwnPersonAction) -> Ruling:
    outcomes = {
        OwnPersonAction.APPROVE: _(
            "%(name)s is approved as a paid person near to the client.", name=own.name
        ),
        OwnPersonAction.REFUSE: _("%(name)s is not approved.", name=own.name),
        OwnPersonAction.WITHDRAW: _(
            "The approval of %(name)s is withdrawn from %(day)s on.", name=own.name, day=date_text(work.today)
        ),
    }
    language = own.client.language
    return Ruling(
        subject=paid_for_text(own.service_key, own.unit),
        outcome=outcomes[action],
        grounds=_("The points that the pilot asks for have been found in order.")
        if action is OwnPersonAction.APPROVE
        else own.reason,
        conditions=_conditions(own, definition, language) if action is OwnPersonAction.APPROVE else (),
        area="",
    )


def _conditions(own: OwnPerson, definition: PilotDefinition, language: str) -> list[str]:
    rules = definition.paid_people
    points = () if rules is None else rules.checklist_for(own.client.group)
    return [
        _("Price: at most %(price)s.", price=price_text(own.price, own.unit)),
        *(each.text[language] for each in points),
    ]
