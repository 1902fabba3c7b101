"""The data files of the languages: a mistake is told with file, line, path and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.language.tables import language_table, query_words
from marketplace.pilots.source import InvalidDefinition


def test_a_mistake_in_the_tables_of_the_languages_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "languages.yaml"
    file.write_text("fi:\n  stop_word: [ja]\n", encoding="utf-8")
    with pytest.raises(InvalidDefinition) as caught:
        language_table("fi", file)
    assert (
        "languages.yaml:2 fi.stop_word: “stop_word” is not a key that is known here; did you mean “stop_words”?"
        in str(caught.value)
    )


def test_a_sign_that_a_rule_must_not_meet_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "query_words.yaml"
    file.write_text(
        "joins: {}\nsigns:\n  child: {fi: [lapsi], sv: [barn]}\npictures: {}\nrules:\n"
        "  - {signs: [child], services: [home_help], unless: [chidl]}\nleans: {}\nanswers: {}\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidDefinition) as caught:
        query_words(["home_help"], [], file)
    assert "there is no sign “chidl”; did you mean “child”?" in str(caught.value)


def test_what_a_sign_leans_to_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "query_words.yaml"
    file.write_text(
        "joins: {}\nsigns:\n  child: {fi: [lapsi], sv: [barn]}\npictures: {}\nrules: []\n"
        "leans:\n  child: {hom_help: 2}\nanswers: {}\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidDefinition) as caught:
        query_words(["home_help"], [], file)
    assert "there is no service “hom_help”; did you mean “home_help”?" in str(caught.value)
