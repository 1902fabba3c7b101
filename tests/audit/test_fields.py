"""What an event changed, in words: names of fields and parts, days and sums as they are written here, nothing raw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from marketplace.audit import fields
from marketplace.audit.fields import About, Field, FieldChange, changes
from marketplace.audit.models import AuditEvent
from marketplace.clients.audit_labels import FACTS
from marketplace.clients.rules import ClientFacts
from marketplace.db import Database
from marketplace.providers.company.service import CompanyFacts
from marketplace.providers.units.service import UnitFacts
from marketplace.recruiting.sessions.service import SessionFacts
from tests.approvals.cast import make_cast
from tests.factories import make_application

PAGE = {"fi": "/fi/office/audit", "sv": "/sv/office/audit"}


@pytest.fixture(params=["fi", "sv"])
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    """A request in each language, in which words are asked for."""
    with app.test_request_context(PAGE[request.param]):
        app.preprocess_request()
        yield request.param


def event(action: str, before: dict[str, Any], after: dict[str, Any], *, subject: str = "1") -> AuditEvent:
    """An event that is not kept."""
    return AuditEvent(
        action=action, subject_type="Application", subject_id=subject, before=before, after=after
    )


SAMPLES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, list[str]]]] = [
    (
        "application.take",
        {"state": "submitted"},
        {"state": "in_review"},
        {"fi": ["Tila: Saapunut → Käsittelyssä"], "sv": ["Status: Mottagen → Under behandling"]},
    ),
    (
        "approval.condition",
        {},
        {"text": "Toimita suunnitelma.", "due_on": "2026-12-31"},
        {
            "fi": ["Teksti: Toimita suunnitelma.", "Määräpäivä: 31.12.2026"],
            "sv": ["Text: Toimita suunnitelma.", "Sista dag: 31.12.2026"],
        },
    ),
    (
        "approval.remind",
        {},
        {"about": "proofs:1:2027-01-21", "days": -14},
        {
            "fi": ["Mistä: Todistukset, jotka vanhenevat 21.1.2027", "Milloin: 14 päivää ennen"],
            "sv": ["Om vad: Intyg som går ut 21.1.2027", "När: 14 dagar före"],
        },
    ),
    (
        "evidence.add",
        {},
        {"kind": "vehicle_permit", "insured_cents": 100_000_000, "valid_until": None, "address": ""},
        {
            "fi": ["Todistus: Taksiliikennelupa", "Vakuutussumma: 1\u00a0000\u00a0000,00\u00a0€"],
            "sv": [],
        },
    ),
    (
        "offer.submit",
        {"prices": {"day": {"unit": "day", "cents": 7000}}, "title": {"fi": "Retki", "sv": "Utflykt"}},
        {"prices": {"day": {"unit": "day", "cents": 7250}}, "title": {"fi": "Retki", "sv": "En utflykt"}},
        {
            "fi": [
                "Hinnat, Päivä: 70,00\u00a0€/pv → 72,50\u00a0€/pv",
                "Otsikko, ruotsiksi: Utflykt → En utflykt",
            ],
            "sv": [],
        },
    ),
    (
        "application.decide",
        {"conditions": {}},
        {
            "outcomes": {"transport": "rejected"},
            "conditions": {"day_activity": [{"text": "Soteri.", "due_on": "2026-12-31"}]},
        },
        {
            "fi": [
                "Ehdot, Päivätoiminta: Soteri. Täytettävä viimeistään 31.12.2026.",
                "Ratkaisu, Liikkumisen tuki: kuljetuspalvelu: Hylätty",
            ],
            "sv": [],
        },
    ),
]


def shown(each: FieldChange) -> str:
    return f"{each.name}: {each.before} → {each.after}" if each.before else f"{each.name}: {each.after}"


@pytest.mark.parametrize(("action", "before", "after", "told"), SAMPLES)
def test_changes_are_told_in_the_words_of_the_reader(
    language: str, action: str, before: dict[str, Any], after: dict[str, Any], told: dict[str, list[str]]
) -> None:
    found = [shown(each) for each in changes(event(action, before, after)) if each.after != fields.NOTHING]
    assert found
    if told[language]:
        assert found == told[language]


def test_a_saved_page_names_its_part_and_the_questions_that_changed(app: Flask) -> None:
    database: Database = app.extensions["database"]
    with database.transaction() as session:
        cast = make_cast(session)
        number = make_application(session, cast.provider, cast.applicant).id
    saved = event(
        "application.save",
        {"section": "operations", "values": {"experience": "Vähän.", "experience_years": 1}},
        {"section": "operations", "values": {"experience": "Paljon.", "experience_years": 1}},
        subject=str(number),
    )
    with app.test_request_context(PAGE["fi"]):
        app.preprocess_request()
        part, question = changes(saved)
    assert part.before is None
    assert (question.before, question.after) == ("Vähän.", "Paljon.")
    assert "experience" not in question.name


def test_what_stayed_is_left_out_and_what_went_is_a_dash() -> None:
    found = changes(event("test.event", {"number": 1, "text": "a"}, {"number": 1, "text": None}))
    assert [(each.before, each.after) for each in found] == [("a", fields.NOTHING)]


def test_a_field_has_words_from_one_feature_only() -> None:
    with pytest.raises(ValueError, match=r"application\.state"):
        fields.together(fields.every_field(), {"application.state": Field("State")})


def test_a_field_that_a_later_version_has_dropped_is_told_in_a_sentence(language: str) -> None:
    [change] = changes(event("test.gone", {}, {"colour": "blue"}))
    assert (change.name, change.after) == (str(fields.DROPPED.name), "blue")
    assert "versio" in change.name
    assert fields.plain(value=[1, 2], _about=About(event("test.gone", {}, {}))) == "1, 2"


@pytest.mark.parametrize(
    ("action", "facts"),
    [("provider.update", CompanyFacts), ("unit.update", UnitFacts), ("session.change", SessionFacts)],
)
def test_whatever_of_the_facts_changes_has_a_name(core_app: Flask, action: str, facts: type) -> None:
    names = facts.__annotations__
    assert [name for name in names if fields.field_of(action, name) is None] == []


def test_whatever_changes_of_a_client_has_a_name() -> None:
    assert set(ClientFacts.__annotations__) <= set(FACTS)
