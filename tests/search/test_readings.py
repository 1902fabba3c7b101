"""How single words are read: what the analysers are spared changes nothing."""

from __future__ import annotations

import pytest
from spylls.hunspell import readers

from marketplace.language.families import relatives
from marketplace.language.hunspell import Text
from marketplace.language.lexicon import Lexicon
from marketplace.language.swedish import DICTIONARIES, Swedish
from marketplace.language.words import fold, words

WORDS = (
    "hemvården", "färdtjänstens", "rullstolstaxi", "närståendevårdarna", "dagverksamheten", "städningarna",
    "stödboendets", "hjortronlundens", "boendeservice", "vila", "personliga", "barnfamiljernas",
)  # fmt: skip


def test_a_second_suffix_that_the_dictionary_does_not_allow_is_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swedish = Swedish()
    spared = [swedish.read(word) for word in WORDS]
    monkeypatch.setattr(swedish._lookup, "allowed_before", set(swedish._lookup.aff.SFX))
    assert [swedish.read(word) for word in WORDS] == spared


def test_control_characters_and_line_ends_part_words_and_soft_hyphens_do_not() -> None:
    assert fold("Koti\u00adHOITO") == "kotihoito"
    assert list(words("yksi\nkaksi\tkolme\u00a0neljä\x00viisi")) == [
        "yksi",
        "kaksi",
        "kolme",
        "neljä",
        "viisi",
    ]


@pytest.mark.parametrize(
    ("language", "word", "relative"),
    [
        ("sv", "städning", "städa"),
        ("sv", "handledare", "handledning"),
        ("sv", "simning", "simma"),
        ("sv", "tvätta", "tvätt"),
        ("sv", "promenad", "promenera"),
        ("sv", "assistera", "assistent"),
        ("fi", "siivooja", "siivous"),
        ("fi", "valmentaja", "valmennus"),
        ("fi", "kuljettaa", "kuljetus"),
        ("fi", "hieronta", "hieroja"),
        ("fi", "kävellä", "kävely"),
    ],
)
def test_the_deed_the_doer_and_the_doing_are_one_family(language: str, word: str, relative: str) -> None:
    assert relative in relatives(language, word)


@pytest.mark.parametrize(
    ("language", "word"), [("sv", "hus"), ("sv", "personlig"), ("fi", "apu"), ("fi", "koti")]
)
def test_a_word_without_a_deed_has_no_family(language: str, word: str) -> None:
    assert not relatives(language, word) & {"husa", "person", "apua", "kota"}


@pytest.mark.parametrize(
    ("word", "singular"),
    [("böcker", "bok"), ("händerna", "hand"), ("nätter", "natt"), ("handböckerna", "handbok")],
)
def test_a_swedish_plural_with_another_vowel_is_read_as_its_singular(word: str, singular: str) -> None:
    assert singular in Lexicon().read("sv", word).bases


@pytest.mark.parametrize("word", ["järvenpääläinen", "järvenpääläisille"])
def test_an_inhabitant_is_read_as_the_place(word: str) -> None:
    assert "järvenpää" in Lexicon().read("fi", word).bases
    assert "borgå" in Lexicon().read("sv", "borgåborna").bases


def test_a_part_that_has_lost_its_meaning_is_no_part() -> None:
    assert "hand" not in Lexicon().read("sv", "handledning").parts
    assert "työ" not in Lexicon().read("fi", "perhetyöntekijä").parts


def test_a_dictionary_line_is_read_as_the_library_reads_the_whole_dictionary() -> None:
    swedish = Swedish()
    place = next(DICTIONARIES.glob("*.aff"))
    affixes, context = readers.read_aff(Text(place.read_text(encoding="utf-8")))
    whole = Text(place.with_suffix(".dic").read_text(encoding="utf-8"))
    entries = readers.read_dic(whole, aff=affixes, context=context)
    stems = list(entries.index)
    strange = [stem for stem in stems if not stem.isalpha()]
    for stem in [*stems[::40], *strange]:
        assert swedish._lookup.dic.homonyms(stem) == entries.homonyms(stem), stem
    assert swedish._lookup.dic.homonyms("inget sådant") == []
    assert swedish._lookup.dic._lines.keys() == entries.index.keys()


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("kattoo", "katsoa"),
        ("pittää", "pitää"),
        ("kottiin", "koti"),
        ("kauppahan", "kauppa"),
        ("viijä", "viedä"),
        ("kaatunu", "kaatunut"),
        ("pystyiskö", "pystyä"),
        ("äitil", "äiti"),
    ],
)
def test_spoken_finnish_is_read_as_it_would_be_written(word: str, base: str) -> None:
    assert base in Lexicon().read("fi", word).bases
