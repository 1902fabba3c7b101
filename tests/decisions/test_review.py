"""How to ask for a review: by when, in what way, from whom and where, as the organisation's data say on the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.clients.models import Client
from marketplace.decisions.authority import authority_name, client_review_days, decides_itself
from marketplace.decisions.document import Letter
from marketplace.decisions.review import client_review, provider_review
from marketplace.i18n import LocalizedText, in_language
from marketplace.permissions import Role
from marketplace.pilots.models import Organisation
from marketplace.pilots.queries import current_definition
from marketplace.vouchers.granting.models import ServiceDecision
from tests.factories import make_user
from tests.own_content import XANADU, own, write

__all__ = ["own"]

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
REGISTRY = """\
  registry:
    - {name: {fi: Vanha kirjaamo, sv: Gamla}, email: vanha@xanadu.example}
    - from: 2026-11-22
      name: {fi: Xanadun kirjaamo, sv: Xanadus registratorskontor}
      email: kirjaamo@xanadu.example
      closes: '15.45'
    - {from: 2026-11-23, name: {fi: Tuleva kirjaamo, sv: Framtida}, email: tuleva@xanadu.example}
"""


def letter(session: Session, pilot: str, language: str, now: datetime = NOW) -> Letter:
    definition = current_definition(session, pilot)
    organisation = session.get_one(Organisation, definition.organisation)
    decider = make_user(session, Role.DECIDER, organisation=organisation.key)
    return Letter(organisation, definition, language, "N-1", decider, now)


@pytest.mark.parametrize(("write", "days"), [(provider_review, "14"), (client_review, "30")])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "fi",
            [
                "Keusoten yksilöasioiden jaosto",
                "Keusoten kirjaamo, PL 100, 05800 Hyvinkää, kirjaamo@keusote.example, 019 000 2261",
                "kello 16.15",
                "arkisin klo 8–16.15",
                "seitsemäntenä päivänä",
                "seuraavana arkipäivänä",
            ],
        ),
        (
            "sv",
            [
                "Keusotes sektion för individärenden",
                "Keusotes registratorskontor, PB 100, 05800 Hyvinge",
                "klockan 16.15",
                "vardagar kl. 8–16.15",
                "sjunde dagen",
                "följande vardag",
            ],
        ),
    ],
)
def test_the_instructions_name_body_registry_hours_and_the_rule_of_the_last_day(
    session: Session,
    core_app: Flask,
    write: Callable[[Letter], list[str]],
    days: str,
    language: str,
    words: list[str],
) -> None:
    with core_app.app_context(), in_language(language):
        text = " ".join(write(letter(session, "keusote-2022", language))).replace("\xa0", " ")
    assert [each for each in [f"{days} ", *words] if each not in text] == []


def test_a_provider_is_told_of_three_days_for_mail_and_seven_for_a_letter(
    session: Session, core_app: Flask
) -> None:
    with core_app.app_context(), in_language("fi"):
        text = " ".join(provider_review(letter(session, "keusote-2022", "fi")))
    assert "kolmantena päivänä" in text
    assert "seitsemäntenä päivänä" in text


def test_the_registry_is_the_one_that_holds_on_the_day_of_the_decision(
    session: Session, core_app: Flask, own: Path
) -> None:
    write(own, "data/organisations.yaml", XANADU.replace("theme: xanadu", "theme: keusote") + REGISTRY)
    definition = current_definition(session, "keusote-2022")
    organisation = Organisation(
        key="xanadu", name=LocalizedText(fi="Xanadun hyvinvointialue", sv="Xanadus välfärdsområde")
    )
    decider = make_user(session, Role.DECIDER, organisation="keusote")
    with core_app.app_context(), in_language("fi"):
        text = " ".join(provider_review(Letter(organisation, definition, "fi", "N-1", decider, NOW)))
    assert "kirjaamo@xanadu.example" in text
    assert "kello 15.45" in text
    assert "vanha@" not in text
    assert "tuleva@" not in text


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2018, 5, 2), "Etelä-Karjalan sosiaali- ja terveyspiiri"),
        (date(2026, 5, 2), "Etelä-Karjalan hyvinvointialue"),
    ],
)
def test_a_project_that_is_no_authority_decides_through_one_that_is(
    session: Session, day: date, name: str
) -> None:
    metropolia = session.get_one(Organisation, "metropolia")
    assert not decides_itself(metropolia, day)
    assert authority_name(metropolia, "fi", day) == name
    assert decides_itself(session.get_one(Organisation, "keusote"), day)


def test_the_days_of_a_client_are_those_that_hold_on_the_day_of_the_decision(
    session: Session, core_app: Flask, own: Path
) -> None:
    days = "  client_review_days: [{from: 2026-11-22, days: 21}, {from: 2026-11-23, days: 40}]\n"
    write(own, "data/organisations.yaml", XANADU.replace("theme: xanadu", "theme: keusote") + days)
    definition = current_definition(session, "keusote-2022")
    organisation = Organisation(
        key="xanadu", name=LocalizedText(fi="Xanadun hyvinvointialue", sv="Xanadus välfärdsområde")
    )
    decider = make_user(session, Role.DECIDER, organisation="keusote")
    with core_app.app_context(), in_language("fi"):
        text = " ".join(client_review(Letter(organisation, definition, "fi", "N-1", decider, NOW)))
    assert "21 päivän" in text.replace("\xa0", " ")
    told = [client_review_days("xanadu", date(2026, 11, day)) for day in (21, 22, 23)]
    assert told == [30, 21, 40]
    decision = ServiceDecision(
        client=Client(organisation_key="xanadu"), posted_on=date(2026, 11, 23), decided_at=NOW
    )
    assert decision.review_until == date(2026, 12, 21)
