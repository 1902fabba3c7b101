"""The public pages of the pilots, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.i18n import in_language
from marketplace.money import Money
from marketplace.pilots import queries
from marketplace.pilots.content import definition_files
from marketplace.pilots.definition import DAYS
from marketplace.pilots.labels import price_text, time_text
from marketplace.pilots.service import take_into_use
from marketplace.pilots.views import day_names
from marketplace.pilots.vocabulary import ORGANISATIONS
from tests import factories
from tests.work import work_of


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("lang", "name"),
    [("fi", "Keusoten henkilökohtainen budjetti 2022"), ("sv", "Keusotes personliga budget 2022")],
)
def test_all_pilots_are_listed(client: FlaskClient, lang: str, name: str) -> None:
    text = page(client, f"/{lang}/pilots")
    assert name in text
    assert text.count("pilot-card") == len(definition_files(shipped=True))


def test_a_pilot_shows_its_area_services_and_highest_prices(client: FlaskClient) -> None:
    finnish = page(client, "/fi/pilots/keusote-2022")
    for expected in ("Hyvinkää, Järvenpää", "Päivätoiminta", "75,00 €/pv", "48,00 €/matka", "41,40 €/h"):
        assert expected in finnish
    swedish = page(client, "/sv/pilots/keusote-2022")
    for expected in ("Hyvinge", "Dagverksamhet", "75,00 €/dag", "48,00 €/resa", "41,40 €/h"):
        assert expected in swedish


def test_a_pilot_tells_how_its_organisation_is_reached(client: FlaskClient) -> None:
    finnish = page(client, "/fi/pilots/keusote-2022").partition("contact-title")[2]
    for expected in ('href="tel:+358190002260"', "Teknologiantie 1, 05800 Hyvinkää", "arkisin klo 9–15"):
        assert expected in finnish
    swedish = page(client, "/sv/pilots/keusote-2022").partition("contact-title")[2]
    for expected in ('href="tel:+358190002266"', "Teknologivägen 1, 05800 Hyvinge", "vardagar kl. 9–15"):
        assert expected in swedish


def test_municipalities_that_are_left_out_are_not_shown(client: FlaskClient) -> None:
    text = page(client, "/fi/pilots/siunsote-2017")
    assert "Ilomantsi, Joensuu" in text
    assert "Rääkkylä," not in text


def test_a_pilot_wears_the_theme_of_its_organisation(client: FlaskClient) -> None:
    assert 'data-theme="soite"' in page(client, "/sv/pilots/soite-2018")


def test_a_newcomer_is_led_to_register(client: FlaskClient) -> None:
    assert 'href="/fi/provider/register"' in page(client, "/fi/pilots/soite-2018").partition("apply-title")[2]


def test_a_provider_is_led_to_its_applications(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with app.extensions["database"].transaction() as session:
        provider = factories.make_provider(session)
        user = factories.make_provider_admin(session, provider)
    sign_in(client, user)
    text = page(client, "/sv/pilots/soite-2018")
    assert f'href="/sv/provider/{provider.id}/applications"' in text


@pytest.mark.parametrize("key", [path.stem for path in definition_files(shipped=True)])
@pytest.mark.parametrize(("lang", "heading"), [("fi", "Palvelun laatu"), ("sv", "Tjänstens kvalitet")])
def test_every_rulebook_can_be_read_online(client: FlaskClient, key: str, lang: str, heading: str) -> None:
    page(client, f"/{lang}/pilots/{key}")
    assert heading in page(client, f"/{lang}/pilots/{key}/rulebook")


def test_an_older_rulebook_stays_and_points_to_the_present_one(app: Flask, client: FlaskClient) -> None:
    with app.extensions["database"].transaction() as session:
        definition = queries.current_definition(session, "keusote-2022")
        rulebook = definition.rulebook.model_copy(update={"version": "9.9"})
        take_into_use(work_of(session), definition.model_copy(update={"rulebook": rulebook}))
    old = page(client, "/fi/pilots/keusote-2022/rulebook/1")
    assert 'href="/fi/pilots/keusote-2022/rulebook"' in old
    assert "1.1" in page(client, "/fi/pilots/keusote-2022/rulebook")


@pytest.mark.parametrize(
    "path", ["/fi/pilots/nothing", "/sv/pilots/nothing/rulebook", "/fi/pilots/hb-2016/rulebook/99"]
)
def test_what_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.fixture
def swedish(app: Flask) -> Iterator[None]:
    with app.app_context(), in_language("sv"):
        yield


@pytest.mark.usefixtures("swedish")
def test_a_price_is_written_with_its_unit() -> None:
    assert price_text(Money(3450), "h") == "34,50\u00a0€/h"
    assert price_text(Money(7500), "day") == "75,00\u00a0€/dag"


@pytest.mark.usefixtures("swedish")
def test_days_that_follow_each_other_are_named_together() -> None:
    weekdays = day_names(("mon", "tue", "wed", "thu", "fri"))
    assert "," not in weekdays
    assert day_names(("sun", "holiday")) == "söndagar och helgdagar"


@pytest.mark.usefixtures("swedish")
def test_every_day_is_said_of_all_the_kinds_that_the_pilot_tells_apart() -> None:
    assert "," not in day_names(DAYS)
    assert "," in day_names(DAYS[:-1])
    assert "," not in day_names(DAYS[:-1], DAYS[:-1])


@pytest.mark.parametrize(("minutes", "text"), [(960, "16"), (990, "16.30"), (0, "0")])
def test_a_time_is_written_the_finnish_way(minutes: int, text: str) -> None:
    assert time_text(minutes) == text


@pytest.mark.embedded
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_notices_name_who_answers_in_each_organisation(client: FlaskClient, language: str) -> None:
    keusote = ORGANISATIONS["keusote"]
    statement = page(client, f"/{language}/about/accessibility")
    assert keusote.accessibility[-1].name[language] in statement
    assert "22.11.2026" in statement, "since when the pages are public"
    privacy = page(client, f"/{language}/about/privacy")
    assert keusote.data_protection_officer[-1].name[language] in privacy
    assert keusote.processors[0][language] in privacy
    assert {"fi": "10 vuotta", "sv": "10 år"}[language] in privacy
    assert {"fi": "ilmoittautuminen infotilaisuuteen", "sv": "anmälan till ett informationsmöte"}[
        language
    ] in privacy.lower()
