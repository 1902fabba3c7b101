"""Companies: registering, business IDs, account numbers, two people saving at once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Permission, Role
from marketplace.providers.identifiers import normal_business_id, normal_iban
from marketplace.providers.models import Provider
from marketplace.providers.service import (
    Account,
    Company,
    CompanyFacts,
    Overtaken,
    register,
    register_newcomer,
    update_company,
)
from tests.factories import NOW, business_id, make_provider, make_provider_admin, make_user

ACCOUNT = Account("Maija@Esimerkki.fi", "Maija Malli", "neljä sanaa peräkkäin", "sv")


def company(number: str) -> Company:
    return Company(number, "Metsäpolku Oy", "limited_company", "040 123 4567")


def facts(**given: object) -> CompanyFacts:
    values = {
        "official_name": "Metsäpolku Oy",
        "legal_form": "limited_company",
        "phone": "1",
        "email": "a@b.fi",
    }
    return CompanyFacts(**(values | given))  # type: ignore[arg-type]


def last_event(session: Session) -> AuditEvent:
    return session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()


@pytest.mark.parametrize("text", ["0737546-2", "07375462", " 0737546-2 ", "FI07375462"])
def test_a_business_id_is_kept_in_one_form(text: str) -> None:
    assert normal_business_id(text) == "0737546-2"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0737546-3", "check digit"),
        ("737546-2", "seven digits"),
        ("abcdefg-h", "seven digits"),
        ("", "seven digits"),
    ],
)
def test_a_business_id_that_is_not_one_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normal_business_id(text)
    assert refusal.value.field == "business_id"
    assert words in str(refusal.value)


def test_an_account_number_is_checked_and_may_be_empty() -> None:
    assert normal_iban("FI21 1234 5600 0007 85") == "FI2112345600000785"
    assert normal_iban(" ") == ""
    with pytest.raises(Invalid):
        normal_iban("FI22 1234 5600 0007 85")


def test_a_newcomer_gets_an_account_a_provider_and_mail_in_their_language(session: Session) -> None:
    number = business_id(1_234_567)
    user, provider = register_newcomer(session, account=ACCOUNT, company=company(number), now=NOW)
    assert (provider.business_id, provider.state, provider.email) == (number, "active", "maija@esimerkki.fi")
    assert actor_of(user).may(Permission.MANAGE_PROVIDER, provider=provider.id)
    mail = session.scalars(sa.select(OutboxMessage)).one()
    assert (mail.recipient, mail.language) == ("maija@esimerkki.fi", "sv")
    assert number in mail.body
    event = last_event(session)
    assert (event.action, event.actor_id, event.subject_id) == (
        "provider.register",
        user.id,
        str(provider.id),
    )


def test_a_person_with_an_account_may_register_another_company(session: Session) -> None:
    first = make_provider(session)
    user = make_provider_admin(session, first)
    second = register(session, user=user, company=company(business_id(1_234_567)), now=NOW)
    assert actor_of(user).providers == (first.id, second.id)


def test_a_known_business_id_is_refused_and_nothing_of_the_company_is_told(session: Session) -> None:
    known = make_provider(session, official_name="Salainen Oy", email="salainen@example.fi")
    with pytest.raises(Conflict) as refusal:
        register_newcomer(
            session, account=ACCOUNT, company=company(known.business_id.replace("-", "")), now=NOW
        )
    assert refusal.value.field == "business_id"
    assert "alain" not in str(refusal.value)
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


def test_an_unknown_legal_form_is_refused(session: Session) -> None:
    user = make_user(session)
    with pytest.raises(Invalid):
        register(session, user=user, company=Company(business_id(1), "X", "empire"), now=NOW)


def test_facts_are_saved_and_what_changed_is_audited(session: Session) -> None:
    provider = make_provider(session)
    actor = actor_of(make_provider_admin(session, provider))
    old_name = provider.official_name
    update_company(
        session, actor=actor, now=NOW, provider_id=provider.id, seen="1",
        facts=facts(iban="FI21 1234 5600 0007 85", languages=["fi", "sv"]),
    )  # fmt: skip
    assert (provider.iban, provider.languages) == ("FI2112345600000785", ["fi", "sv"])
    event = last_event(session)
    assert event.before["official_name"] == old_name
    assert event.after["official_name"] == "Metsäpolku Oy"
    assert "state" not in event.after


def test_the_second_of_two_people_does_not_overwrite_the_first(session: Session) -> None:
    provider = make_provider(session)
    actor = actor_of(make_provider_admin(session, provider))
    update_company(
        session, actor=actor, now=NOW, provider_id=provider.id, seen="1", facts=facts(phone="first")
    )
    with pytest.raises(Overtaken):
        update_company(
            session, actor=actor, now=NOW, provider_id=provider.id, seen="1", facts=facts(phone="2nd")
        )
    assert provider.phone == "first"


def test_an_editor_does_not_change_the_account_number(session: Session) -> None:
    provider = make_provider(session)
    actor = actor_of(make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id))
    with pytest.raises(NotAllowed):
        update_company(
            session,
            actor=actor,
            now=NOW,
            provider_id=provider.id,
            seen="1",
            facts=facts(iban="FI2112345600000785"),
        )
    update_company(session, actor=actor, now=NOW, provider_id=provider.id, seen="1", facts=facts(phone="5"))
    assert provider.phone == "5"


def test_another_companys_facts_do_not_exist_for_an_outsider(session: Session) -> None:
    provider = make_provider(session)
    outsider = actor_of(make_provider_admin(session, make_provider(session)))
    with pytest.raises(NotFound):
        update_company(session, actor=outsider, now=NOW, provider_id=provider.id, seen="1", facts=facts())
    assert session.get_one(Provider, provider.id).official_name != "Metsäpolku Oy"
