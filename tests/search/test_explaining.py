"""Questions lead to the pages that answer them, which stand in both languages, each also in plain language."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.pilots.vocabulary import NEEDS, ORGANISATIONS, SERVICES
from marketplace.search.concepts import read_words
from marketplace.site.guide import GUIDE, TOPICS

ASKED = {
    "service-voucher": [
        ("fi", "palveluseteli"), ("fi", "mikä on palveluseteli"), ("fi", "palveluseteli omavastuu"),
        ("fi", "palvelusetelit"), ("sv", "servicesedel"), ("sv", "vad är en servicesedel"), ("sv", "servicesedlar"),
    ],
    "personal-budget": [
        ("fi", "mitä henkilökohtainen budjetti tarkoittaa"), ("fi", "henkilökohtainen budjetti"),
        ("fi", "mikä on hb"), ("sv", "vad är personlig budget"), ("sv", "personlig budget"),
    ],
    "applying": [
        ("fi", "miten haetaan henkilökohtaista budjettia"), ("fi", "budjetin hakeminen"), ("fi", "hakemus"),
        ("sv", "hur ansöker jag"), ("sv", "ansökan"), ("sv", "hur söker man personlig budget"),
    ],
    "complaining": [
        ("fi", "valitus"), ("fi", "miten valitetaan päätöksestä"), ("fi", "muistutus"), ("fi", "kantelu"),
        ("fi", "sosiaaliasiavastaava"), ("fi", "oikaisuvaatimus"), ("fi", "haluan valittaa"),
        ("sv", "klagomål"), ("sv", "hur klagar jag"), ("sv", "anmärkning"), ("sv", "socialombud"),
        ("sv", "begäran om omprövning"), ("sv", "överklaga beslut"),
    ],
    "choosing": [
        ("fi", "miten valitsen palveluntuottajan"), ("fi", "kuinka valita"),
        ("sv", "hur väljer jag serviceproducent"), ("sv", "hur väljer man"),
    ],
    "how-it-works": [
        ("fi", "miten tämä toimii"), ("fi", "kuka maksaa"), ("fi", "ohje"),
        ("sv", "hur fungerar det"), ("sv", "vem betalar"), ("sv", "anvisningar"),
    ],
    "developers": [("fi", "rajapinta"), ("fi", "avoin data"), ("sv", "gränssnitt"), ("sv", "öppna data")],
}  # fmt: skip
NO_QUESTIONS = [
    ("fi", "avustaja Hyvinkää"), ("fi", "apua kotona"), ("fi", "taksi huomenna"), ("fi", "siivous"),
    ("sv", "personlig assistent"), ("sv", "taxi i morgon"), ("sv", "dagverksamhet Tusby"), ("sv", "städning"),
]  # fmt: skip


@pytest.mark.parametrize("page", ASKED)
def test_a_question_shows_the_page_that_answers_it_above_the_results(
    offered: Flask, client: FlaskClient, page: str
) -> None:
    missed = []
    for language, words in ASKED[page]:
        main = main_of(client, language, words)
        address = f'href="/{language}/about/{page}"'
        if address not in main or ("</article>" in main and main.index(address) > main.index("</article>")):
            missed.append(words)
    assert missed == []


def test_who_looks_for_a_service_is_led_to_no_page(offered: Flask, client: FlaskClient) -> None:
    led = [
        words
        for language, words in NO_QUESTIONS
        if "/about/" in main_of(client, language, words).replace("/about/ordering", "")
    ]
    assert led == []


def main_of(client: FlaskClient, language: str, words: str) -> str:
    """What the page of results shows for words."""
    text = client.get(f"/{language}/services", query_string={"q": words}).text
    return text[text.index("<main") : text.index("</main>")]


def test_every_question_has_its_page_and_every_page_its_question() -> None:
    assert {question.page for question in read_words().answers.values()} == set(TOPICS)


@pytest.mark.parametrize("topic", [topic.key for topic in GUIDE])
@pytest.mark.parametrize("plain", ["", "/plain"])
def test_a_page_says_the_same_in_both_languages(client: FlaskClient, topic: str, plain: str) -> None:
    shapes = []
    for language in ("fi", "sv"):
        answer = client.get(f"/{language}/about/{topic}{plain}")
        assert answer.status_code == 200
        prose = answer.text[answer.text.index('class="prose') : answer.text.index("more-title")]
        targets = re.findall(r'href="/(?:fi|sv)/([^"]*)"', prose)
        shapes.append((re.findall(r"<(h2|h3|p|ol|ul|li|br)\b", prose), targets))
        other = f'href="/{language}/about/{topic}{"" if plain else "/plain"}"'
        assert other in answer.text, "the whole text and the plain one lead to each other"
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("topic", [topic.key for topic in GUIDE])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_plain_language_has_short_sentences(client: FlaskClient, topic: str, language: str) -> None:
    text = client.get(f"/{language}/about/{topic}/plain").text
    prose = re.sub(
        r"<ul>.*?</ul>", "", text[text.index('class="prose') : text.index("more-title")], flags=re.DOTALL
    )
    sentences = re.split(r"[.?:!]\s|<[^>]+>", prose)
    words = [len(sentence.split()) for sentence in sentences]
    assert max(words) <= 14
    assert "välfärdsområdes" not in prose


def test_who_wants_to_complain_sees_the_ombudsmen_and_who_applies_the_offices(client: FlaskClient) -> None:
    complaining = client.get("/sv/about/complaining").text
    applying = client.get("/fi/about/applying/plain").text
    keusote = ORGANISATIONS["keusote"]
    assert keusote.social_ombudsman[-1].name.sv in complaining
    assert keusote.name.fi in applying
    assert "tel:" in complaining
    assert "tel:" in applying


def test_what_is_no_topic_leads_nowhere(client: FlaskClient) -> None:
    for path in ("about/nothing", "about/nothing/plain", "about/privacy/plain", "about/developers/plain"):
        assert client.get(f"/fi/{path}").status_code == 404


def test_all_pages_that_explain_are_listed_and_in_the_site_map(client: FlaskClient) -> None:
    listed = client.get("/sv/about").text
    standing = client.get("/sitemap-0.xml").text
    for topic in GUIDE:
        assert f'href="/sv/about/{topic.key}"' in listed
        assert f'href="/sv/about/{topic.key}/plain"' in listed
        assert f"<loc>http://localhost/fi/about/{topic.key}/plain</loc>" in standing
    assert "<loc>http://localhost/sv/about/privacy</loc>" in standing


@pytest.mark.parametrize(("language", "title"), [("fi", "Minä tarvitsen"), ("sv", "Jag behöver")])
def test_the_start_page_leads_from_needs_to_services(
    offered: Flask, client: FlaskClient, language: str, title: str
) -> None:
    text = client.get(f"/{language}/").text
    assert title in text
    ride, something = NEEDS["ride"], NEEDS["something_to_do"]
    assert ride.name[language] in text
    assert something.hint[language] in text
    assert NEEDS["assistant"].name[language] not in text, "nothing is offered that answers to it"
    address = f"/{language}/services?service=transport&amp;service=escort"
    assert address in text
    assert "Invataksi" in client.get(address.replace("&amp;", "&")).text


def test_every_service_answers_to_a_need() -> None:
    assert {key for need in NEEDS.values() for key in need.services} == set(SERVICES)
