"""The public catalogue as a visitor without JavaScript sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader

from marketplace.approvals.standing.models import ApprovalCondition
from marketplace.approvals.standing.rules import ConditionState
from marketplace.db import Database
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferVersion
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.providers.models import Evidence, Provider
from marketplace.search.access import catalogue
from marketplace.search.follower import Follower
from marketplace.search.models import UnmetNeed
from marketplace.search.query_string import MOST_CHOSEN
from marketplace.search.results.pilots import read_ahead
from marketplace.search.unmet_needs import tally
from tests import factories
from tests.factories import NOW
from tests.offers.test_unit import make_unit


@pytest.fixture
def shop(app: Flask) -> dict[str, Any]:
    """Three offers of day activities and one of transport, in the index."""
    database = app.extensions["database"]
    ids: dict[str, Any] = {}
    with database.transaction() as session:
        for name, service, title in (
            (
                "forest",
                "day_activity",
                LocalizedText("Päivätoimintaa metsän reunassa", "Dagverksamhet vid skogsbrynet"),
            ),
            ("café", "day_activity", LocalizedText("Kahvilan päivätoiminta", "Dagverksamhet i ett kafé")),
            ("finnish", "day_activity", LocalizedText("Päivätoiminta suomeksi", "")),
            ("taxi", "transport", LocalizedText("Invataksi ovelta ovelle", "Invataxi från dörr till dörr")),
        ):
            provider = factories.make_provider(session)
            approval = factories.make_approval(session, provider, service)
            factories.make_required_evidence(session, approval)
            ids[name] = factories.make_offer(session, approval, version={"title": title}).id
            ids[f"{name} provider"] = provider.id
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    return ids


@pytest.mark.parametrize("query", ["päivätoimintaa", "päivätoiminnan", "dagverksamhet", "dagverksamheten"])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_day_activities_are_found_in_either_language_on_either_side(
    client: FlaskClient, shop: dict[str, Any], query: str, language: str
) -> None:
    page = client.get(f"/{language}/services", query_string={"q": query}).text
    for name in ("forest", "café", "finnish"):
        assert f'href="/{language}/services/{shop[name]}"' in page
    assert f'href="/{language}/services/{shop["taxi"]}"' not in page


def test_an_offer_page_shows_every_price(client: FlaskClient, shop: dict[str, Any]) -> None:
    answer = client.get(f"/fi/services/{shop['forest']}")
    assert answer.status_code == 200
    assert "Päivätoimintaa metsän reunassa" in answer.text


def test_each_line_of_plain_language_is_a_line_and_other_words_are_marked(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    with app.extensions["database"].transaction() as session:
        [version] = session.get_one(Offer, shop["forest"]).versions
        version.plain = LocalizedText("Saat apua.\nSinä päätät.", "")
    address = f"services/{shop['forest']}"
    assert "<p>Saat apua.</p><p>Sinä päätät.</p>" in client.get(f"/fi/{address}").text
    assert '<p lang="fi">Saat apua.</p><p lang="fi">Sinä päätät.</p>' in client.get(f"/sv/{address}").text


def test_what_every_price_includes_is_said_once(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    address = f"/fi/services/{shop['forest']}"
    table = client.get(address).text.split("<tbody>")[1].split("</table>")[0]
    assert "Sisältää" not in table
    assert "Alv" not in table
    assert "Alv" in client.get(address).text.split("</table>")[1].split("</dl>")[0]
    with app.extensions["database"].transaction() as session:
        session.get_one(Offer, shop["forest"]).versions[0].prices[0].includes = ["meals"]
    table = client.get(address).text.split("<tbody>")[1].split("</table>")[0]
    assert table.count('data-label="Sisältää"') > 1


def test_a_text_in_one_language_is_marked_on_the_other_side(
    client: FlaskClient, shop: dict[str, Any]
) -> None:
    page = client.get("/sv/services", query_string={"q": "päivätoiminta suomeksi"}).text
    assert '<span lang="fi">Päivätoiminta suomeksi</span>' in page


def test_an_offer_that_ended_is_gone_and_names_what_could_replace_it(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    with app.extensions["database"].transaction() as session:
        session.get_one(Offer, shop["forest"]).ends_on = NOW.date() - timedelta(days=1)
    answer = client.get(f"/fi/services/{shop['forest']}")
    assert answer.status_code == 410
    assert f"/fi/services/{shop['café']}" in answer.text


@pytest.mark.parametrize(
    "path", ["/fi/services/999999", "/fi/services/99999999999999999999", "/sv/providers/999999"]
)
def test_what_never_was_public_is_not_found(client: FlaskClient, shop: dict[str, Any], path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_comparison_counts_the_month(client: FlaskClient, shop: dict[str, Any]) -> None:
    query = {"offer": [shop["forest"], shop["café"]], "hours[day]": "10"}
    answer = client.get("/fi/compare", query_string=query)
    assert answer.status_code == 200
    assert "Päivätoimintaa metsän reunassa" in answer.text
    assert "Kahvilan päivätoiminta" in answer.text


def test_the_comparison_leaves_out_what_is_double_or_missing(
    client: FlaskClient, shop: dict[str, Any]
) -> None:
    query = {"offer": [shop["forest"], shop["forest"], 999_999, "x"], "hours[day]": "abc"}
    answer = client.get("/fi/compare", query_string=query)
    assert answer.status_code == 200
    table, stack = answer.text.split('class="compare-stack"')
    for part in (table, stack):
        assert part.count(f'/fi/services/{shop["forest"]}"') == 1


def test_the_month_is_shown_where_the_form_leads(client: FlaskClient, shop: dict[str, Any]) -> None:
    query = {"offer": [shop["forest"], shop["café"]], "hours[day]": "10", "hours[half_day]": "9999"}
    page = client.get("/fi/compare", query_string=query).text
    assert 'action="/fi/compare#result"' in page
    result = page.split('id="result"')[1]
    assert result.index('class="month-costs"') < result.index("<table")
    assert 'href="#hours-half_day"' in result, "what was not counted is told beside the sums"


def test_a_single_service_leads_to_others_and_stays_chosen(client: FlaskClient, shop: dict[str, Any]) -> None:
    page = client.get("/fi/compare", query_string={"offer": shop["forest"], "only": "differences"}).text
    assert (
        f'href="/fi/services?service=day_activity&amp;offer={shop["forest"]}&amp;pilot=keusote-2022"' in page
    )
    assert "<tbody>" in page


def test_no_two_headings_of_the_comparison_say_the_same(client: FlaskClient, shop: dict[str, Any]) -> None:
    for language in ("fi", "sv"):
        page = client.get(f"/{language}/compare", query_string={"offer": [shop["forest"], shop["taxi"]]}).text
        heads = [
            head.split("<")[0].strip()
            for head in page.replace('scope="rowgroup"', 'scope="row"').split("<th ")[1:]
        ]
        names = [head.split(">", 1)[-1].strip() for head in heads]
        assert len(names) == len(set(names))


def test_services_that_do_not_differ_are_said_not_to(client: FlaskClient, shop: dict[str, Any]) -> None:
    query = {"offer": [shop["forest"], shop["café"]], "only": "differences"}
    page = client.get("/fi/compare", query_string=query).text
    assert "notification" in page
    assert "rowgroup" not in page


def test_the_comparison_of_nothing_says_how_to_choose(client: FlaskClient, shop: dict[str, Any]) -> None:
    assert client.get("/sv/compare").status_code == 200


def test_approved_providers_are_listed_with_services_and_prices(
    client: FlaskClient, shop: dict[str, Any]
) -> None:
    page = client.get("/fi/providers").text
    assert f'/fi/providers/{shop["taxi provider"]}"' in page
    assert client.get(f"/sv/providers/{shop['taxi provider']}").status_code == 200


def test_unknown_values_are_left_out_and_told(client: FlaskClient, shop: dict[str, Any]) -> None:
    answer = client.get("/fi/services?service=magic&price_max=abc&page=10000&colour=red")
    assert answer.status_code == 200
    assert "magic" in answer.text
    assert f'/fi/services/{shop["forest"]}"' in answer.text


def test_the_order_is_explained(client: FlaskClient) -> None:
    assert "joissa ei ole vapaita paikkoja" in client.get("/fi/about/ordering").text


def test_an_index_that_is_missing_answers_503_and_asks_for_a_new_one(app: Flask, client: FlaskClient) -> None:
    assert client.get("/fi/services").status_code == 503
    assert (app.extensions["settings"].index_dir / "damaged").exists()


def test_the_comparison_is_given_as_pdf_and_as_a_spreadsheet(
    client: FlaskClient, shop: dict[str, Any]
) -> None:
    query = {"offer": [shop["forest"], shop["café"]], "hours[day]": "10"}
    document = client.get("/sv/compare.pdf", query_string=query)
    assert document.data.startswith(b"%PDF-")
    assert document.headers["Cache-Control"] == "private, no-store", "prices of today are kept by no machine"
    book = load_workbook(BytesIO(client.get("/fi/compare.xlsx", query_string=query).data))
    sheet = book[book.sheetnames[0]]
    assert sheet["B1"].value == "Päivätoimintaa metsän reunassa"
    rows = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.iter_rows()}
    assert all(isinstance(value, int | float) for value in rows["Kuukausi yhteensä"])
    assert [isinstance(value, int | float) for value in rows["Päivä, €/pv"]] == [True, True]
    assert rows["Puhelin"][0] == "09 123 4567"
    said = " ".join(str(name) for name in rows)
    assert "Laskettu kuukaudelle: 10 päivää (päivä)." in said
    assert "http://localhost/fi/compare?offer=" in said
    assert client.get("/fi/compare.pdf").status_code == 404


def test_robots_are_shown_every_offer_in_both_languages(client: FlaskClient, shop: dict[str, Any]) -> None:
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").text
    assert client.get("/sitemap.xml").text.count("<loc>") == 2
    offers = client.get("/sitemap-1.xml").text
    assert offers.count("<url>") == 8
    assert f"http://localhost/sv/services/{shop['forest']}" in offers
    standing = client.get("/sitemap-0.xml").text
    for path in (
        "providers",
        "pilots/keusote-2022",
        "about/accessibility",
        f"providers/{shop['taxi provider']}",
    ):
        assert f"<loc>http://localhost/fi/{path}</loc>" in standing
        assert f'hreflang="sv" href="http://localhost/sv/{path}"' in standing
    assert client.get("/sitemap-2.xml").status_code == 404


def test_a_search_without_a_result_is_counted_without_names(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    app.extensions["unmet needs"] = tally(app.extensions["database"], pause=0)
    for _again in range(2):
        client.get("/fi/services?q=kaivinkoneen+Virtanen+xyzzyx&municipality=186")
    with app.extensions["database"].read() as session:
        need = session.scalars(sa.select(UnmetNeed)).one()
    assert (need.terms, need.municipality, need.language, need.count) == ("kaivinkone", "186", "fi", 2)


def test_who_chooses_many_municipalities_looks_anywhere(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    app.extensions["unmet needs"] = tally(app.extensions["database"], pause=0)
    many = "&".join(f"municipality={code}" for code in list(MUNICIPALITIES)[:50])
    client.get(f"/fi/services?q=kaivinkone&price_max=0,01&{many}")
    with app.extensions["database"].read() as session:
        need = session.scalars(sa.select(UnmetNeed)).one()
    assert (need.terms, need.municipality) == ("kaivinkone", "")


ALL_MUNICIPALITIES = "&".join(f"municipality={code}" for code in MUNICIPALITIES)


@pytest.mark.parametrize("path", ["services", "providers", "services/map"])
def test_no_address_makes_a_page_of_megabytes(client: FlaskClient, shop: dict[str, Any], path: str) -> None:
    ticked = "&".join(f"offer={number}" for number in range(1, 1_500))
    page = client.get(f"/fi/{path}?{ALL_MUNICIPALITIES}&{ticked}")
    assert page.status_code == 200
    assert len(page.data) < 700_000


def test_more_choices_than_are_read_are_told(client: FlaskClient, shop: dict[str, Any]) -> None:
    page = client.get(f"/fi/services?{ALL_MUNICIPALITIES}").text
    assert f"Kohdasta ”Kunta” luetaan enintään {MOST_CHOSEN} valintaa." in page
    assert page.count("checked") <= MOST_CHOSEN + 5
    answer = client.get(f"/api/v1/offers?{ALL_MUNICIPALITIES}")
    assert answer.status_code == 400
    assert f"at most {MOST_CHOSEN}" in answer.text


def test_a_kept_page_is_dropped_when_the_index_changes(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    first = client.get("/fi/services?q=invataksi")
    again = client.get("/fi/services?q=invataksi", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    with app.extensions["database"].transaction() as session:
        session.get_one(Offer, shop["taxi"]).state = "ended"
    Follower(app.extensions["database"], app.extensions["settings"].index_dir).catch_up(now=NOW)
    assert f'/fi/services/{shop["taxi"]}"' not in client.get("/fi/services?q=invataksi").text


def test_the_town_of_the_unit_stands_on_the_card_and_its_address_in_the_interface(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    database = app.extensions["database"]
    with database.transaction() as session:
        offer = session.get_one(Offer, shop["café"])
        version = session.scalars(sa.select(OfferVersion).where(OfferVersion.offer_id == offer.id)).one()
        version.unit = make_unit(session, session.get_one(Provider, offer.provider_id), city="Kokkola")
        version.place = ""
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    page = client.get("/sv/services", query_string={"q": "dagverksamhet i Karleby"}).text
    assert page.count("<li>Enhet: Karleby</li>") == 1
    told = client.get(f"/api/v1/offers/{offer.id}").json
    assert told is not None
    assert told["place"] == "Puutarhan yksikkö, Puutarhakatu 5, 04400 Kokkola"


def test_a_card_names_its_pilot_and_can_be_rung(client: FlaskClient, shop: dict[str, Any]) -> None:
    fi, sv = (client.get(f"/{language}/services").text for language in ("fi", "sv"))
    assert fi.count("<li>Kokeilu: Keusoten henkilökohtainen budjetti 2022</li>") == 4
    assert sv.count("<li>Försök: Keusotes personliga budget 2022</li>") == 4
    assert fi.count('href="tel:+35891234567">Soita<') == 4


@pytest.fixture
def two_pilots(app: Flask) -> dict[str, int]:
    """Home help in Hyvinkää by the pilot of 2019 and transport there by that of 2022."""
    ids = {}
    with app.extensions["database"].transaction() as session:
        for pilot, service in (("keusote-2019", "home_help"), ("keusote-2022", "transport")):
            approval = factories.make_approval(
                session,
                factories.make_provider(session),
                service,
                pilot_key=pilot,
                municipalities=["106"],
            )
            factories.make_required_evidence(session, approval)
            ids[pilot] = factories.make_offer(session, approval).id
    Follower(app.extensions["database"], app.extensions["settings"].index_dir).catch_up(now=NOW)
    return ids


@pytest.mark.parametrize("query", ["municipality=106", "q=Hyvinge"])
def test_where_two_pilots_serve_a_municipality_the_page_asks_which_is_mine(
    client: FlaskClient, two_pilots: dict[str, int], query: str
) -> None:
    asking = client.get(f"/sv/services?{query}").text
    assert "Vilket försök är ditt? Flera försök pågår i den här kommunen: Hyvinge." in asking
    assert "Försökets namn står i beslutet om din budget." in asking
    assert "019 000 2266" in asking, "whom to ask"
    mine = client.get(f"/sv/services?{query}&pilot=keusote-2022").text
    assert "Vilket försök är ditt?" not in mine
    assert f'/sv/services/{two_pilots["keusote-2022"]}"' in mine
    assert f'/sv/services/{two_pilots["keusote-2019"]}"' not in mine


def test_nothing_is_asked_where_one_pilot_serves_or_no_place_is_chosen(
    client: FlaskClient, two_pilots: dict[str, int]
) -> None:
    for query in ("", "municipality=106&municipality=186", "municipality=638"):
        assert "Mikä kokeilu on sinun?" not in client.get(f"/fi/services?{query}").text


def test_pilots_are_a_filter_with_counts(client: FlaskClient, two_pilots: dict[str, int]) -> None:
    page = client.get("/fi/services?pilot=keusote-2019").text
    assert "Keusoten henkilökohtainen budjetti 2022 (1)" in page, "as if no pilot were chosen"
    chosen = page.split('value="keusote-2019"')[1].split(">")[0]
    assert "checked" in chosen


@pytest.mark.parametrize("query", ["", "municipality=106", "available=1"])
def test_free_places_are_counted_before_one_asks_for_them(
    client: FlaskClient, shop: dict[str, Any], query: str
) -> None:
    told = re.search(r"Vapaita paikkoja nyt \((\d+)\)", client.get(f"/fi/services?{query}").text)
    asked = client.get(f"/api/v1/offers?{query}&available=1").get_json()
    assert told is not None
    assert int(told[1]) == asked["total"] == sum(value["count"] for value in asked["facets"]["available"])


def test_offers_with_a_text_in_plain_language_can_be_asked_for(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    with app.extensions["database"].transaction() as session:
        for name, plain in (
            ("forest", LocalizedText("Tule mukaan.", "")),
            ("café", LocalizedText("", "Kom med.")),
        ):
            version = session.scalars(
                sa.select(OfferVersion).where(OfferVersion.offer_id == shop[name])
            ).one()
            version.plain = plain
    Follower(app.extensions["database"], app.extensions["settings"].index_dir).catch_up(now=NOW)
    page = client.get("/fi/services?plain=fi").text
    assert f'/fi/services/{shop["forest"]}"' in page
    assert f'/fi/services/{shop["café"]}"' not in page
    assert "Selkoteksti ruotsiksi (1)" in page


def test_an_offer_tells_the_next_step_and_whom_to_ask(client: FlaskClient, shop: dict[str, Any]) -> None:
    page = client.get(f"/sv/services/{shop['forest']}").text
    assert "Hur tar jag tjänsten i bruk?" in page
    assert "Keusote – Mellersta Nylands välfärdsområde betalar serviceproducenten ur din budget" in page
    for number in ("09 123 4567", "019 000 2266", "019 000 2263", "019 000 2261"):
        assert number in page, "provider, office, social ombudsperson, registry"
    first_screen = page.split('class="page-heading"')[1].split("</header>")[0]
    assert 'href="tel:+35891234567"' in first_screen


def test_an_offer_says_what_was_checked_and_shows_no_file(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    with app.extensions["database"].transaction() as session:
        offer = session.get_one(Offer, shop["forest"])
        offer.approval.conditions = "Enintään kahdeksan asiakasta.\nVain toimistolle."
        offer.approval.public_conditions = "Enintään kahdeksan asiakasta."
        for shown, public in (("Toinen ohjaaja.", True), ("Raportti toimistolle.", False)):
            session.add(
                ApprovalCondition(
                    approval=offer.approval,
                    text=shown,
                    due_on=date(2026, 12, 31),
                    public=public,
                    state=ConditionState.OPEN,
                    created_by_id=factories.make_user(session).id,
                    created_at=NOW,
                )
            )
        proof = factories.make_evidence(session, offer.provider, "soteri", number="SOT-77", valid_until=None)
        factories.make_evidence(
            session, offer.provider, "self_monitoring_plan", address="https://esimerkki.fi/omavalvonta"
        )
        assert proof.file_id is None
        policy = sa.update(Evidence).where(Evidence.kind == "liability_insurance")
        session.execute(policy.values(stated_until=date(2028, 12, 31)))
    page = client.get(f"/fi/services/{shop['forest']}").text
    assert "22.11.2026 alkaen, hyväksyjä Keusote – Keski-Uudenmaan hyvinvointialue" in page
    assert "SOT-77" in page
    assert 'href="https://esimerkki.fi/omavalvonta"' in page
    assert "<span>Enintään kahdeksan asiakasta.</span>" in page, (
        "nobody knows the language of what was taken in"
    )
    assert "<span>Toinen ohjaaja.</span> Täytettävä viimeistään 31.12.2026." in page
    assert "Vain toimistolle." not in page
    assert "Raportti toimistolle." not in page
    assert "Todistus verojen maksamisesta: uusi todistus viimeistään 23.10.2027" in page
    assert "Vastuuvakuutus: voimassa 31.12.2028 asti, uusi todistus viimeistään 23.10.2027" in page
    assert "/files/" not in page


def test_a_plan_that_is_no_web_address_is_no_link(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    with app.extensions["database"].transaction() as session:
        provider = session.get_one(Offer, shop["forest"]).provider
        factories.make_evidence(session, provider, "self_monitoring_plan", address="javascript:alert(1)")
    assert "javascript:" not in client.get(f"/fi/services/{shop['forest']}").text


def test_comparing_different_services_offers_others_of_each(
    client: FlaskClient, shop: dict[str, Any]
) -> None:
    page = client.get("/fi/compare", query_string={"offer": [shop["forest"], shop["taxi"]]}).text
    for service in ("day_activity", "transport"):
        query = (
            f"service={service}&amp;offer={shop['forest']}&amp;offer={shop['taxi']}&amp;pilot=keusote-2022"
        )
        assert f'href="/fi/services?{query}"' in page
    same = client.get("/fi/compare", query_string={"offer": [shop["forest"], shop["café"]]}).text
    assert "Hae muita samanlaisia" not in same


def test_page_list_and_files_say_that_the_pilots_differ(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    with app.extensions["database"].transaction() as session:
        approval = factories.make_approval(
            session, factories.make_provider(session), "short_term_care", pilot_key="soite-2018"
        )
        factories.make_required_evidence(session, approval)
        other = factories.make_offer(session, approval).id
    said = "Palvelut kuuluvat eri kokeiluihin: "
    query = {"offer": [shop["forest"], other]}
    for path in ("/fi/compare", "/fi/compare/list"):
        assert said in client.get(path, query_string=query).text
        book = load_workbook(BytesIO(client.get(f"{path}.xlsx", query_string=query).data))
        assert any(str(row[0]).startswith(said) for row in book.worksheets[0].iter_rows(values_only=True))
    paper = PdfReader(BytesIO(client.get("/fi/compare.pdf", query_string=query).data))
    assert said in " ".join(" ".join(page.extract_text() for page in paper.pages).split())
    same = {"offer": [shop["forest"], shop["café"]]}
    assert said not in client.get("/fi/compare", query_string=same).text


def test_the_spreadsheet_of_the_list_names_every_municipality_and_prices_that_change(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    with app.extensions["database"].transaction() as session:
        offer = session.get_one(Offer, shop["forest"])
        places = ["858", "186", "505", "543", "106"]
        offer.approval.municipalities = offer.versions[0].municipalities = places
        factories.make_coming_version(offer, date(2026, 12, 1), {"day": Money(71_50)})
    content = client.get("/fi/compare/list.xlsx", query_string={"offer": shop["forest"]}).data
    head, line, *_rest = load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    row = dict(zip(head, line, strict=True))
    assert row["Alue"] == "Hyvinkää, Järvenpää, Mäntsälä, Nurmijärvi, Tuusula"
    assert "71,50" in str(row["Muuttuvat hinnat"])


def test_rows_that_differ_carry_a_mark_and_what_nobody_tells_is_folded(
    client: FlaskClient, shop: dict[str, Any]
) -> None:
    page = client.get("/fi/compare", query_string={"offer": [shop["forest"], shop["taxi"]]}).text
    table, stack = page.split('class="compare-table"')[1].split('class="compare-stack"')
    for part in (table, stack):
        row = part.split("Palvelulaji")[1].split("</")[0]
        assert '<span class="differs-mark" aria-hidden="true">≠' in row
        alike = part.split("Palvelukielet")[1].split("</")[0]
        assert "differs-mark" not in alike
        assert "Lyhin käynti" not in part.split("Mitä palvelusivuilla ei kerrota")[0]
    assert "Lyhin käynti" in page.split("Mitä palvelusivuilla ei kerrota")[1]


def test_on_a_phone_each_service_stands_alone_with_all_that_the_table_says(
    client: FlaskClient, shop: dict[str, Any]
) -> None:
    query = {"offer": [shop["forest"], shop["café"]], "hours[day]": "10"}
    page = client.get("/fi/compare", query_string=query).text
    table, stack = page.split('class="compare-table"')[1].split('class="compare-stack"')
    labels = [head.split("<")[0].strip() for head in table.split('<th scope="row">')[1:]]
    assert len(labels) > 10
    for label in set(labels) - {"Palveluntuottaja", "Puhelin", "Linkit"}:  # as links of their own
        assert stack.count(label) >= 2, label
    assert stack.count(f'/fi/providers/{shop["forest provider"]}"') == 1
    assert stack.count('href="tel:+35891234567"') == 2


def test_the_list_holds_what_its_spreadsheet_holds(client: FlaskClient, shop: dict[str, Any]) -> None:
    query = {"offer": [shop["forest"], shop["taxi"], shop["café"]], "hours[day]": "10"}
    page = client.get("/fi/compare/list", query_string=query).text
    content = client.get("/fi/compare/list.xlsx", query_string=query).data
    rows = list(load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    head, lines = rows[0], rows[1:4]
    assert [line[0] for line in lines] == [
        "Päivätoimintaa metsän reunassa",
        "Invataksi ovelta ovelle",
        "Kahvilan päivätoiminta",
    ]
    for line in lines:
        for cell in line[:8]:
            assert str(cell) in page
    at = head.index("Kuukausi yhteensä")
    assert [line[at] for line in lines] == [375, None, 375]
    assert lines[1][at + 1] == "Ei tarjoa mitään siitä, mitä kysyit: Päivä."
    assert "Ei tarjoa mitään siitä, mitä kysyit: Päivä." in page
    day = lines[0][head.index("Päivä, €/pv")]
    assert isinstance(day, int | float)
    assert "http://localhost/fi/compare/list?offer=" in str(rows[-1][0])
    assert client.get("/fi/compare/list.xlsx").status_code == 404
    assert client.get("/sv/compare/list").status_code == 200


@pytest.mark.parametrize("query", [{"q": "päivätoiminta"}, {"pilot": "soite-2018"}, {"municipality": "272"}])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_process_that_has_just_begun_answers_searches_without_the_database(
    app: Flask, client: FlaskClient, shop: dict[str, Any], query: dict[str, str], language: str
) -> None:
    with app.app_context():
        read_ahead(app.extensions["database"], catalogue())
    with database_away(app):
        page = client.get(f"/{language}/services", query_string=query)
    assert page.status_code == 200


def test_a_search_without_the_database_goes_by_the_pilots_known_before(
    app: Flask, client: FlaskClient, shop: dict[str, Any]
) -> None:
    client.get("/fi/services")
    with app.extensions["database"].transaction() as session:
        session.get_one(Provider, shop["taxi provider"]).official_name = "Toinen Nimi Oy"
    Follower(app.extensions["database"], app.extensions["settings"].index_dir).catch_up(now=NOW)
    with database_away(app):
        assert "Kahvilan päivätoiminta" in client.get("/fi/services?q=kahvila").text


@contextmanager
def database_away(app: Flask) -> Iterator[None]:
    """While the database of the portal answers nobody."""
    held = app.extensions["database"]
    app.extensions["database"] = away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    try:
        yield
    finally:
        away.dispose()
        app.extensions["database"] = held
