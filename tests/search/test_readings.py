"""How single words are read: what the analysers are spared changes nothing."""

from __future__ import annotations

import pytest

from marketplace.search.language.swedish import Swedish
from marketplace.search.language.words import fold, words

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
