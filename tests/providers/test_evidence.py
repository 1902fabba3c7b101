"""Proofs: dates, files, the extract that is never uploaded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.applications.summary import evidence_text
from marketplace.errors import Invalid, NotFound
from marketplace.files.store import ReceivedFile
from marketplace.i18n import in_language
from marketplace.money import Money
from marketplace.permissions import Actor
from marketplace.providers import queries
from marketplace.providers.evidence.service import add_evidence
from marketplace.providers.models import Evidence, Provider
from tests.factories import NOW, make_evidence, make_provider, make_provider_admin
from tests.work import work_of

TODAY = NOW.date()
FILE = ReceivedFile("ab" * 32, "application/pdf", 100, "todistus.pdf")


@pytest.fixture
def provider(session: Session) -> Provider:
    return make_provider(session)


@pytest.fixture
def actor(session: Session, provider: Provider) -> Actor:
    return actor_of(make_provider_admin(session, provider))


def add(session: Session, actor: Actor, provider: Provider, **given: Any) -> Evidence:
    values: dict[str, Any] = {"kind": "tax", "issued_on": TODAY, "received": FILE}
    return add_evidence(work_of(session, actor), provider_id=provider.id, **values | given)


def test_a_proof_keeps_its_file_and_ends_with_its_renewal_period(
    session: Session, actor: Actor, provider: Provider
) -> None:
    proof = add(session, actor, provider)
    assert proof.valid_until == date(2027, 11, 22)
    assert proof.file is not None
    assert (proof.file.sha256, proof.file.name, proof.file.uploaded_by_id) == (
        FILE.sha256,
        FILE.name,
        actor.user_id,
    )


def test_a_renewal_leaves_the_earlier_proof_and_becomes_the_latest(
    session: Session, actor: Actor, provider: Provider
) -> None:
    earlier = make_evidence(session, provider)
    renewed = add(session, actor, provider)
    assert queries.latest_evidence(session, provider.id) == {"tax": renewed}
    assert earlier in queries.evidence_of(session, provider.id)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"issued_on": TODAY + timedelta(days=1)}, "issued_on"),
        ({"valid_until": TODAY - timedelta(days=1)}, "valid_until"),
        ({"received": None}, "document"),
        ({"kind": "criminal_record"}, "document"),
    ],
)
def test_impossible_dates_and_files_are_refused(
    session: Session, actor: Actor, provider: Provider, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        add(session, actor, provider, **given)
    assert refusal.value.field == field


INSURANCE: dict[str, Any] = {
    "kind": "liability_insurance",
    "insured_sum": Money.parse("1000000"),
    "valid_until": TODAY + timedelta(days=90),
}


def test_an_insurance_tells_its_sum_and_its_last_day(
    session: Session, actor: Actor, provider: Provider
) -> None:
    proof = add(session, actor, provider, **INSURANCE)
    assert (proof.insured_sum, proof.valid_until) == (INSURANCE["insured_sum"], INSURANCE["valid_until"])
    for field in ("insured_sum", "valid_until"):
        with pytest.raises(Invalid) as refusal:
            add(session, actor, provider, **(INSURANCE | {field: None}))
        assert refusal.value.field == field


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fi", "Annettu 22.11.2026, voimassa 31.12.2028 asti, uusi todistus viimeistään 22.11.2027"),
        ("sv", "Utfärdades 22.11.2026, gäller till 31.12.2028, nytt intyg senast 22.11.2027"),
    ],
)
def test_a_policy_keeps_its_own_last_day_beside_the_day_a_new_proof_is_due(
    session: Session, actor: Actor, provider: Provider, language: str, said: str
) -> None:
    proof = add(session, actor, provider, **(INSURANCE | {"valid_until": date(2028, 12, 31)}))
    assert (proof.stated_until, proof.valid_until) == (date(2028, 12, 31), date(2027, 11, 22))
    with in_language(language):
        assert evidence_text(proof).replace("\xa0", " ") == said
    shorter = add(session, actor, provider, **INSURANCE)
    assert (shorter.outlasts, shorter.valid_until) == (None, INSURANCE["valid_until"])


def test_a_published_plan_may_be_an_address_instead_of_a_file(
    session: Session, actor: Actor, provider: Provider
) -> None:
    plan = {"kind": "self_monitoring_plan", "received": None}
    proof = add(session, actor, provider, **plan, address="https://yritys.fi/omavalvonta")
    assert (proof.file, proof.address, proof.counts) == (None, "https://yritys.fi/omavalvonta", True)
    with pytest.raises(Invalid) as refusal:
        add(session, actor, provider, **plan)
    assert refusal.value.field == "document"
    with pytest.raises(Invalid):
        add(session, actor, provider, received=None, address="https://yritys.fi/verot")


def test_a_criminal_record_extract_is_a_date_only(session: Session, actor: Actor, provider: Provider) -> None:
    proof = add(session, actor, provider, kind="criminal_record", received=None)
    assert (proof.file_id, proof.issued_on) == (None, TODAY)


def test_an_unknown_kind_and_another_companys_proofs_do_not_exist(
    session: Session, actor: Actor, provider: Provider
) -> None:
    with pytest.raises(NotFound):
        add(session, actor, provider, kind="horoscope")
    with pytest.raises(NotFound):
        add(session, actor, make_provider(session))


def test_a_file_is_found_only_through_its_own_company(
    session: Session, actor: Actor, provider: Provider
) -> None:
    proof = add(session, actor, provider)
    assert proof.file_id is not None
    assert queries.my_file(work_of(session, actor), provider.id, proof.file_id) is proof.file
    other = make_provider(session)
    outsider = actor_of(make_provider_admin(session, other))
    for provider_id in (provider.id, other.id):
        with pytest.raises(NotFound):
            queries.my_file(work_of(session, outsider), provider_id, proof.file_id)
