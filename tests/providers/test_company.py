"""Companies: registering, business IDs, account numbers, two people saving at once."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.links import service as links
from marketplace.accounts.links.models import MailedLink
from marketplace.accounts.links.service import LinkIsDead
from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Permission, Role
from marketplace.providers.company.service import (
    CompanyFacts,
    NewAccount,
    NewCompany,
    ask_to_register,
    confirm_registration,
    register,
    save_vat,
    update_company,
)
from marketplace.providers.identifiers import (
    bic_of,
    normal_business_id,
    normal_einvoice_address,
    normal_einvoice_operator,
    normal_iban,
)
from marketplace.providers.models import Provider
from marketplace.providers.service import Overtaken
from tests.factories import NOW, business_id, make_provider, make_provider_admin, make_user
from tests.work import work_of

ACCOUNT = NewAccount("Maija@Esimerkki.fi", "Maija Malli", "unusable", "sv")


def company(number: str) -> NewCompany:
    return NewCompany(number, "Metsäpolku Oy", "limited_company", "040 123 4567")


def facts(**given: object) -> CompanyFacts:
    values = {
        "official_name": "Metsäpolku Oy",
        "legal_form": "limited_company",
        "phone": "1",
        "email": "a@b.fi",
    }
    return CompanyFacts(**(values | given))  # type: ignore[arg-type]


def last_events(session: Session, count: int) -> list[AuditEvent]:
    """The newest first."""
    return list(session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()).limit(count)))


def last_event(session: Session) -> AuditEvent:
    return last_events(session, 1)[0]


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


@pytest.mark.parametrize(
    ("account", "bic"),
    [
        ("FI2112345600000785", "NDEAFIHH"),
        ("FI8847304720017517", "POPFFI22"),
        ("FI4740500010000000", "HELSFIHH"),
        ("FI0040100010000000", "ITELFIHH"),
        ("FI0079997790000000", "HOLVFIHH"),
        ("FI0055000010000000", "OKOYFIHH"),
        ("FI0090000010000000", ""),
        ("SE4550000000058398257466", ""),
    ],
)
def test_the_bank_of_a_finnish_account_is_known_by_its_first_digits(account: str, bic: str) -> None:
    assert bic_of(account) == bic


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0037 0737546 2", "003707375462"),
        ("00370737546211", "00370737546211"),
        ("003707375462ABC", "003707375462ABC"),
        ("FI21 1234 5600 0007 85", "FI2112345600000785"),
        ("  ", ""),
    ],
)
def test_an_e_invoice_address_is_the_companys_own_ovt_or_an_account(text: str, address: str) -> None:
    assert normal_einvoice_address(text, business_id="0737546-2") == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("003712345671", "not those of your business ID"),
        ("00370737546", "not an e-invoice address"),
        ("003707375462ABCDEF", "not an e-invoice address"),
        ("laskut@yritys.fi", "not an e-invoice address"),
    ],
)
def test_a_wrong_ovt_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normal_einvoice_address(text, business_id="0737546-2")
    assert refusal.value.field == "einvoice_address"
    assert words in str(refusal.value)


def test_an_operator_is_a_short_code() -> None:
    assert normal_einvoice_operator(" ndeafihh ") == "NDEAFIHH"
    with pytest.raises(Invalid):
        normal_einvoice_operator("Nordea Bank Oyj!")


def test_a_newcomer_gets_an_account_a_provider_and_mail_in_their_language(session: Session) -> None:
    number = business_id(1_234_567)
    user, provider = confirm_registration(work_of(session), asked(session, company(number)))
    assert provider is not None
    assert (provider.business_id, provider.state, provider.email) == (number, "active", "maija@esimerkki.fi")
    assert actor_of(user).may(Permission.MANAGE_PROVIDER, provider=provider.id)
    mail = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.template == "provider_registered")
    ).one()
    assert (mail.recipient, mail.language) == ("maija@esimerkki.fi", "sv")
    assert number in mail.body
    event = last_event(session)
    assert (event.action, event.actor_id, event.subject_id) == (
        "provider.register",
        user.id,
        str(provider.id),
    )


def asked(session: Session, company: NewCompany) -> str:
    """The key of the link in the letter to a newcomer who registers the company."""
    ask_to_register(session, account=ACCOUNT, company=company, onward=None, now=NOW)
    session.flush()
    link = session.scalars(sa.select(MailedLink)).one()
    links.write_letter(work_of(session), link)
    mail = session.scalars(sa.select(OutboxMessage)).one()
    return str(re.findall(r"key=(\S+)", mail.body)[0])


def test_a_person_with_an_account_may_register_another_company(session: Session) -> None:
    first = make_provider(session)
    user = make_provider_admin(session, first)
    second = register(work_of(session), user=user, company=company(business_id(1_234_567)))
    assert actor_of(user).providers == (first.id, second.id)


def test_a_known_business_id_is_refused_and_nothing_of_the_company_is_told(session: Session) -> None:
    known = make_provider(session, official_name="Salainen Oy", email="salainen@example.fi")
    with pytest.raises(Conflict) as refusal:
        register(work_of(session), user=make_user(session), company=company(known.business_id))
    assert refusal.value.field == "business_id"
    assert "alain" not in str(refusal.value)


def test_nothing_exists_before_the_address_is_confirmed_and_the_link_works_once(session: Session) -> None:
    key = asked(session, company(business_id(1_234_567)))
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(Provider)) == 0
    confirm_registration(work_of(session), key)
    assert session.scalars(sa.select(MailedLink.payload)).all() == [{}], "what was typed is kept no longer"
    with pytest.raises(LinkIsDead):
        confirm_registration(work_of(session), key)


def test_an_address_with_an_account_gets_another_letter_and_no_link(session: Session) -> None:
    known = make_user(session, email="maija@esimerkki.fi")
    ask_to_register(session, account=ACCOUNT, company=company(business_id(1_234_567)), onward=None, now=NOW)
    session.flush()
    links.write_letter(work_of(session), session.scalars(sa.select(MailedLink)).one())
    mail = session.scalars(sa.select(OutboxMessage)).one()
    assert (mail.template, mail.recipient, mail.language) == ("registration_known", known.email, "fi")
    assert "key=" not in mail.body


def test_an_unknown_legal_form_is_refused(session: Session) -> None:
    user = make_user(session)
    with pytest.raises(Invalid):
        register(work_of(session), user=user, company=NewCompany(business_id(1), "X", "empire"))


def test_facts_are_saved_and_what_changed_is_audited(session: Session) -> None:
    provider = make_provider(session)
    actor = actor_of(make_provider_admin(session, provider))
    old_name = provider.official_name
    update_company(
        work_of(session, actor),
        provider_id=provider.id,
        seen="1",
        facts=facts(iban="FI21 1234 5600 0007 85", languages=["fi", "sv"]),
    )
    assert (provider.iban, provider.languages) == ("FI2112345600000785", ["fi", "sv"])
    account, event = last_events(session, 2)
    assert (account.action, account.after) == (
        "provider.account",
        {"iban": "FI2112345600000785", "bic": "NDEAFIHH"},
    )
    assert event.before["official_name"] == old_name
    assert event.after["official_name"] == "Metsäpolku Oy"
    assert "state" not in event.after


def test_the_second_of_two_people_does_not_overwrite_the_first(session: Session) -> None:
    provider = make_provider(session)
    actor = actor_of(make_provider_admin(session, provider))
    update_company(work_of(session, actor), provider_id=provider.id, seen="1", facts=facts(phone="first"))
    with pytest.raises(Overtaken):
        update_company(work_of(session, actor), provider_id=provider.id, seen="1", facts=facts(phone="2nd"))
    assert provider.phone == "first"


def test_an_editor_does_not_change_the_account_number(session: Session) -> None:
    provider = make_provider(session)
    actor = actor_of(make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id))
    with pytest.raises(NotAllowed):
        update_company(
            work_of(session, actor), provider_id=provider.id, seen="1", facts=facts(iban="FI2112345600000785")
        )
    update_company(work_of(session, actor), provider_id=provider.id, seen="1", facts=facts(phone="5"))
    assert provider.phone == "5"


def test_another_companys_facts_do_not_exist_for_an_outsider(session: Session) -> None:
    provider = make_provider(session)
    outsider = actor_of(make_provider_admin(session, make_provider(session)))
    with pytest.raises(NotFound):
        update_company(work_of(session, outsider), provider_id=provider.id, seen="1", facts=facts())
    assert session.get_one(Provider, provider.id).official_name != "Metsäpolku Oy"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"einvoice_address": "FI2112345600000785"}, "einvoice_operator"),
        ({"einvoice_operator": "NDEAFIHH"}, "einvoice_address"),
        ({"iban": "FI00"}, "iban"),
        ({"languages": ["klingon"]}, "languages"),
    ],
)
def test_facts_that_do_not_hold_are_refused_at_their_field(
    session: Session, given: dict[str, object], field: str
) -> None:
    provider = make_provider(session)
    actor = actor_of(make_provider_admin(session, provider))
    with pytest.raises(Invalid) as refusal:
        update_company(work_of(session, actor), provider_id=provider.id, seen="1", facts=facts(**given))
    assert refusal.value.field == field


def test_an_editor_does_not_change_the_e_invoice_address(session: Session) -> None:
    provider = make_provider(session)
    actor = actor_of(make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id))
    changed = facts(einvoice_address="FI2112345600000785", einvoice_operator="NDEAFIHH")
    with pytest.raises(NotAllowed):
        update_company(work_of(session, actor), provider_id=provider.id, seen="1", facts=changed)


def test_vat_is_kept_by_service_and_only_as_the_service_can_be_taxed(session: Session) -> None:
    provider = make_provider(session)
    actor = actor_of(make_provider_admin(session, provider))
    known = {"provider_id": provider.id, "seen": "1"}
    with pytest.raises(Invalid) as refusal:
        save_vat(work_of(session, actor), **known, codes={"transport": "S"})  # type: ignore[arg-type]
    assert refusal.value.field == "transport"
    save_vat(work_of(session, actor), **known, codes={"transport": "R1", "day_activity": "EX", "housing": ""})  # type: ignore[arg-type]
    assert provider.vat == {"transport": "R1", "day_activity": "EX"}
