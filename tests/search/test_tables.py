"""The data files of the languages: a mistake is told with file, line, path and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.pilots.source import InvalidDefinition
from marketplace.search.language.tables import concept_entries, language_table

VOCABULARIES = {"service": ("transport", "home_help"), "group": ("older_people",)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "service:transprot:\n  fi: [kyyti]",
            "1 service:transprot: there is no service “transprot”; did you mean “transport”?",
        ),
        (
            "sevice:transport:\n  fi: [kyyti]",
            "1 sevice:transport: there is no vocabulary “sevice”; did you mean “service”?",
        ),
        (
            "cleaning:\n  fi: [siivous]\n  ask: {fi: [moppi]}",
            "3 cleaning.ask: there is no part “ask” here; did you mean “asks”?",
        ),
        (
            "cleaning:\n  asks:\n    svv: [moppa]",
            "3 cleaning.asks.svv: there is no part “svv” here; did you mean “sv”?",
        ),
        ("cleaning:\n  fi: siivous", "2 cleaning.fi: Input should be a valid tuple"),
        ("cleaning: {fi: [siivous]}\ncleaning: {fi: [imurointi]}", "2 cleaning: this key is written twice"),
    ],
)
def test_a_mistake_in_the_synonyms_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "synonyms.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidDefinition) as caught:
        concept_entries(file, VOCABULARIES)
    assert str(caught.value) == f"synonyms.yaml:{told}"


def test_a_mistake_in_the_tables_of_the_languages_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "languages.yaml"
    file.write_text("fi:\n  stop_word: [ja]\n", encoding="utf-8")
    with pytest.raises(InvalidDefinition) as caught:
        language_table("fi", file)
    assert (
        "languages.yaml:2 fi.stop_word: there is no part “stop_word” here; did you mean “stop_words”?"
        in str(caught.value)
    )
