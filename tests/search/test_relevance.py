"""Everyday words find the right texts: inflection, compounds, municipalities, synonyms, misspellings.

Each row of the sets is a query and a text that it should find. Every query is asked of the index that holds all the
texts of its language; a found text with another topic counts against precision, except where the text rightly is
about both (`also`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable

import pytest

from marketplace.search import places
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import Document, Position
from marketplace.search.query_string import Asked
from marketplace.search.service import search
from tests.search.conftest import DAY, relevance_pairs

TARGETS = {"fi": (0.97, 0.9), "sv": (0.93, 0.9)}
"""Recall and precision to be reached (issue of the search room)."""

NewDocument = Callable[..., Document]


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_recall_and_precision(
    language: str, words: Catalogue, new_document: NewDocument, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = list(relevance_pairs(language))
    assert len(rows) >= 100
    documents = [
        new_document(row["text"], language=language, identity=at, municipality=place_of(row["topic"]))
        for at, row in enumerate(rows, 1)
    ]
    words.index.rebuild(documents, Position()).swap()
    found, wrong, missed = 0, [], []
    for at, row in enumerate(rows, 1):
        hits = everything(words, row["query"], language)
        if at in hits:
            found += 1
        else:
            missed.append(row["query"])
        about = {row["topic"], *row["query_also"].split()}
        wrong += [
            (row["query"], rows[hit - 1]["text"])
            for hit in hits
            if not about & {rows[hit - 1]["topic"], *rows[hit - 1]["also"].split()}
        ]
    recall, precision = found / len(rows), found / (found + len(wrong))
    with capsys.disabled():
        head = f"{language}: {len(rows)} pairs, recall {recall:.3f}, precision {precision:.3f}"
        sys.stdout.write(f"\n{head}\n  missed: {missed}\n  wrong: {wrong}\n")
    least_recall, least_precision = TARGETS[language]
    assert recall >= least_recall
    assert precision >= least_precision


def place_of(topic: str) -> frozenset[str]:
    """The municipality that a text about a place (`place-porvoo`) serves; none for other topics."""
    return (
        places.by_name().get(topic.removeprefix("place-"), frozenset())
        if topic.startswith("place-")
        else frozenset()
    )


def everything(words: Catalogue, query: str, language: str) -> list[int]:
    """The ids of all that a query finds."""
    found = search(words, Asked(q=query, per_page=500), language=language, day=DAY, facets=False)
    return [json.loads(body)["id"] for body in found.bodies]


def titles(words: Catalogue, documents: Iterable[Document], query: str, language: str = "fi") -> list[int]:
    words.index.rebuild(documents, Position()).swap()
    return everything(words, query, language)


def test_the_word_itself_comes_before_its_other_forms_and_these_before_parts(
    words: Catalogue, new_document: NewDocument
) -> None:
    part = new_document("Kotihoitoapu", identity=1)
    form = new_document("Kotihoidon käynti", identity=2)
    exact = new_document("Kotihoito arjessa", identity=3)
    assert titles(words, [part, form, exact], "kotihoito") == [3, 2, 1]


def test_the_other_language_is_found_after_the_readers_own(
    words: Catalogue, new_document: NewDocument
) -> None:
    swedish = new_document("Personlig assistent", language="sv", identity=1)
    finnish = new_document("Henkilökohtainen avustaja", identity=2)
    assert titles(words, [swedish, finnish], "henkilökohtainen avustaja") == [2, 1]
    assert everything(words, "personlig assistent", "sv") == [1, 2]


def test_a_misspelt_word_is_corrected_and_told(words: Catalogue, new_document: NewDocument) -> None:
    words.index.rebuild([new_document("Kuljetuspalvelu ovelta ovelle")], Position()).swap()
    found = search(words, Asked(q="kuljetuspavelu"), language="fi", day=DAY)
    assert found.total == 1
    assert found.did_you_mean == "kuljetuspalvelu"
    assert found.corrected


def test_a_compound_that_nothing_matches_is_taken_apart(words: Catalogue, new_document: NewDocument) -> None:
    assert titles(words, [new_document("Retki metsään"), new_document("Uinti")], "metsäretki") == [1]


def test_parts_of_a_compound_bring_their_synonyms(words: Catalogue, new_document: NewDocument) -> None:
    offers = [new_document("Kuljetuspalvelu arkisin", identity=1), new_document("Uinti", identity=2)]
    assert titles(words, offers, "taksikyyti") == [1]


def test_a_shorter_compound_within_a_long_one_is_found(words: Catalogue, new_document: NewDocument) -> None:
    day = new_document("Päivätoimintaa aikuisille", identity=1)
    work = new_document("Toimintaa ja paikka jokaisena päivänä", identity=2)
    assert titles(words, [day, work], "päivätoimintapaikkaa") == [1]


@pytest.mark.parametrize(
    ("language", "title", "query"),
    [
        ("fi", "Ohjaaja mukaan harrastukseen", "ohjaajapalvelu"),
        ("sv", "Vi sköter trädgården", "trädgårdshjälp"),
    ],
)
def test_a_part_that_says_only_that_it_is_a_service_is_not_needed(
    words: Catalogue, new_document: NewDocument, language: str, title: str, query: str
) -> None:
    words.index.rebuild([new_document(title, language=language, identity=1)], Position()).swap()
    assert everything(words, query, language) == [1]


@pytest.mark.parametrize(
    ("language", "title", "query"),
    [
        ("fi", "Kauppapalvelu torstaisin", "kuka auttaa kaupassa"),
        ("fi", "Siivousta joka viikko", "apua siivoukseen kotiin"),
        ("sv", "Butiksservice på onsdagar", "vem hjälper mig att handla"),
    ],
)
def test_a_word_that_says_only_that_it_is_a_service_may_be_missing(
    words: Catalogue, new_document: NewDocument, language: str, title: str, query: str
) -> None:
    other = new_document(
        "Uinti ja apu" if language == "fi" else "Simning med hjälp", language=language, identity=2
    )
    offers = [new_document(title, language=language, identity=1), other]
    assert titles(words, offers, query, language) == [1]


def test_who_asks_for_a_kind_of_help_finds_those_who_give_it_and_not_the_other_way_round(
    words: Catalogue, new_document: NewDocument
) -> None:
    offers = [new_document("Toimintaterapeutti", identity=1), new_document("Terapiaa", identity=2)]
    assert sorted(titles(words, offers, "terapia")) == [1, 2]
    assert everything(words, "toimintaterapeutti", "fi") == [1]


def test_a_compound_brings_the_service_that_a_part_names(words: Catalogue, new_document: NewDocument) -> None:
    offers = [new_document("Taxi med ramp", language="sv", identity=1), new_document("Simning", identity=2)]
    assert titles(words, offers, "taxisläp", "sv") == [1]


def test_parts_of_a_compound_that_no_offer_has_together_find_nothing(
    words: Catalogue, new_document: NewDocument
) -> None:
    offers = [new_document("Päivätoimintaa"), new_document("Vesiterapiaa altaassa")]
    assert titles(words, offers, "toimintaterapiaa") == []


def test_a_short_word_of_the_language_is_not_taken_for_a_slip(
    words: Catalogue, new_document: NewDocument
) -> None:
    words.index.rebuild([new_document("Jakso")], Position()).swap()
    found = search(words, Asked(q="jako"), language="fi", day=DAY)
    assert (found.total, found.did_you_mean) == (0, None)


def test_when_no_offer_has_all_the_words_those_with_some_are_shown(
    words: Catalogue, new_document: NewDocument
) -> None:
    words.index.rebuild([new_document("Kotihoito"), new_document("Uinti")], Position()).swap()
    found = search(words, Asked(q="kotihoito uinti"), language="fi", day=DAY)
    assert found.partly
    assert found.total == 2


def test_offers_with_more_of_the_words_come_first_and_those_with_few_are_left_out(
    words: Catalogue, new_document: NewDocument
) -> None:
    rare = new_document("Poika saunoo", identity=1)
    half = new_document("Päivätoimintaa kehitysvammaiselle", identity=2)
    more = new_document("Päivätoimintaa ja retkiä kehitysvammaiselle", identity=3)
    others = [new_document("Päivätoimintaa ikäihmisille", identity=at) for at in range(4, 9)]
    words.index.rebuild([rare, half, more, *others], Position()).swap()
    query = "päivätoimintaa retkiä kehitysvammaiselle saunoa"
    found = search(words, Asked(q=query), language="fi", day=DAY)
    assert (found.partly, [json.loads(body)["id"] for body in found.bodies]) == (True, [3, 2])
    assert sorted(everything(words, "saunoa kehitysvammaiselle", "fi")) == [1, 2, 3]


@pytest.mark.parametrize(
    "query", ["ja", "och på", "!!! ---", "\x00\x07", "AND OR NOT *", "a" * 10_000, "(" * 300]
)
def test_words_without_meaning_do_not_break_the_search(
    words: Catalogue, new_document: NewDocument, query: str
) -> None:
    words.index.rebuild([new_document("Kotihoito")], Position()).swap()
    assert search(words, Asked(q=query), language="fi", day=DAY).total <= 1


@pytest.mark.parametrize(
    ("typed", "language", "name"),
    [
        ("päivä", "fi", "Päivätoiminta"),
        ("dagv", "sv", "Dagverksamhet"),
        ("porv", "fi", "Porvoo"),
        ("borg", "sv", "Borgå"),
    ],
)
def test_names_are_completed(
    words: Catalogue, new_document: NewDocument, typed: str, language: str, name: str
) -> None:
    words.index.rebuild([new_document("Kotihoito")], Position()).swap()
    assert name in [suggestion.text for suggestion in words.suggestions(language).begin_with(typed)]
