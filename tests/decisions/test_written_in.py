"""In which language a text is written: what people write to parties, and the texts of the portal themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from marketplace.decisions.written_in import language_of_text

CATALOGUES = Path(__file__).parents[2] / "translations"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Vakuutus on päättynyt.", "fi"),
        ("Lähettäkää uusi vakuutustodistus.", "fi"),
        ("Palveluntuottajalla ei ole voimassa olevaa vakuutusta, eikä sitä ole pyynnöstä toimitettu.", "fi"),
        ("Fästena monterades den 27.11, fakturan kan visas.", "sv"),
        ("Lokalen på Salutorget är för trång för den verksamhet som ansökan gäller.", "sv"),
        ("Stödringen i Karlebynejden r.f. ei ole toimittanut todistusta, jota siltä on pyydetty.", "fi"),
        ("Palveluntuottaja Kuljetus Oy har inte visat att försäkringen är i kraft.", "sv"),
    ],
)
def test_a_few_sentences_are_enough(text: str, language: str) -> None:
    assert language_of_text(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Vakuutus.",
        "Metsäpolku Oy",
        "27.11.2026",
        "The insurance has ended and it is not known that it is renewed.",
    ],
)
def test_nothing_is_said_of_what_has_no_answer(text: str) -> None:
    assert language_of_text(text) is None


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_no_text_of_the_portal_is_taken_for_the_other_language(language: str) -> None:
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        texts = [str(entry.string) for entry in read_po(file) if entry.id and isinstance(entry.string, str)][
            ::3
        ]
    found = {text: language_of_text(text) for text in texts}
    assert [text for text, read in found.items() if read not in (None, language)] == []
    long = [text for text in texts if len(text) > 90]
    assert sum(found[text] == language for text in long) > 0.97 * len(long)
