"""The listener over letters and documents hears each kind of fault, and nothing in what is right."""

from __future__ import annotations

import pytest

from tests.hearing import faults, headings_without_words, strange_sentences, texts_in


@pytest.mark.parametrize(
    "text",
    [
        "25,50\u00a0€/matka matka",
        "25,50\u00a0€/h h",
        "Hinta on 25,50 € tunnilta.",
        "Korotus on 3 %.",
        "Aikaa on 2 h.",
        "Hallintolain 34 § koskee kuulemista.",
        "Kaksi  väliä.",
        "Stödringen r.f.. Försök:",
        "Kunta ·",
        "Kesken jäi –",
        "Arvo on None.",
        "Tila: in_review",
        "Hei &lt;b&gt;",
        "Hei %(name)s",
        "Hei {name}",
        "Kuuleminen ().",
        "Päätös on tehty !",
        "Mitä nyt?.",
    ],
)
def test_what_is_wrong_is_heard(text: str) -> None:
    assert faults(text, "fi")


@pytest.mark.parametrize(
    "text",
    [
        "25,50\u00a0€/matka",
        "Hallintolain 34\u00a0§:n mukaan sinua kuullaan 3.1.2027 mennessä.",
        "Lue lisää: https://palvelutori.example/fi/office?first_day=1&last_day=2",
        "Stödringen i Karlebynejden r.f., Försöket i Soite",
        "- ensimmäinen\n- toinen",
        "Mon.–pe. klo 8–16",
        "–",
        "",
    ],
)
def test_what_is_right_is_let_pass(text: str) -> None:
    assert faults(text, "fi") == []


def test_sentences_of_another_language_are_heard() -> None:
    english = "The agreement has been recorded."
    assert strange_sentences(f"Hei! {english}", "fi") == [english]
    assert strange_sentences("Sopimus on voimassa toistaiseksi.", "fi") == []
    assert strange_sentences("Sopimus on voimassa toistaiseksi.", "sv") == [
        "Sopimus on voimassa toistaiseksi."
    ]
    assert strange_sentences("Tämän lauseen on joku kirjoittanut itse.", "sv") == []
    told = "Sopimusta ei ole voimassa. Avtalet är markerat som registrerat av misstag."
    assert strange_sentences(told, "fi") == ["Avtalet är markerat som registrerat av misstag."]


def test_texts_and_empty_headings_of_a_document_are_found() -> None:
    content = {
        "lang": "fi",
        "title": "Päätös",
        "parts": [{"heading": "", "text": "Perustelut"}, {"heading": ""}],
    }
    assert dict(texts_in(content)) == {"title": "Päätös", "parts.heading": "", "parts.text": "Perustelut"}
    assert list(headings_without_words(content)) == ["parts.heading"]
