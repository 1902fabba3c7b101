"""Reading YAML so that every value is the text that was written and every mistake has its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.pilots.source import InvalidDefinition, read_source


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> str:
    with pytest.raises(InvalidDefinition) as caught:
        read_source(path)
    return str(caught.value)


def test_scalars_stay_the_text_that_was_written(tmp_path: Path) -> None:
    path = write(tmp_path, "a.yaml", "code: 016\ntime: 18:00\nprice: 34,50\nanswer: no\nempty:\n")
    expected = {"code": "016", "time": "18:00", "price": "34,50", "answer": "no", "empty": None}
    assert read_source(path).data == expected


def test_broken_syntax_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a.yaml", "key: x\nname: {fi: y\nother: z\n")
    assert problems(path).startswith("a.yaml:3: this is not valid YAML: ")


def test_a_key_written_twice_is_a_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, "a.yaml", "name: x\narea:\n  code: 1\n  code: 2\n")
    assert problems(path) == "a.yaml:4 area.code: this key is written twice"


def test_a_key_that_is_not_a_word_is_a_mistake(tmp_path: Path) -> None:
    assert problems(write(tmp_path, "a.yaml", "[a, b]: c\n")) == "a.yaml:1: a key must be a single word"


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_an_empty_file_is_a_mistake(tmp_path: Path, text: str) -> None:
    assert problems(write(tmp_path, "a.yaml", text)) == "a.yaml:1: the file is empty"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "the file a.yaml cannot be read: No such file" in problems(tmp_path / "a.yaml")


def test_a_file_that_is_not_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"name: p\xe4iv\xe4\n")
    assert problems(tmp_path / "a.yaml") == "a.yaml:1: the file a.yaml is not UTF-8 text"


def test_control_characters_are_a_mistake(tmp_path: Path) -> None:
    assert "a.yaml:1: this is not valid YAML" in problems(write(tmp_path, "a.yaml", "name: \x00\n"))


def test_a_part_stands_where_it_is_included(tmp_path: Path) -> None:
    write(tmp_path, "common/parts.yaml", "one:\n  a: 1\n  b: 2\n")
    source = read_source(write(tmp_path, "a.yaml", "x:\n  include: common/parts.yaml#one\n"))
    assert source.data == {"x": {"a": "1", "b": "2"}}
    assert str(source.problem(("x", "b"), "wrong")) == "common/parts.yaml:3 x.b: wrong"


def test_keys_beside_an_include_win(tmp_path: Path) -> None:
    write(tmp_path, "parts.yaml", "a: 1\nb: [1, 2]\n")
    source = read_source(write(tmp_path, "a.yaml", "x:\n  include: parts.yaml\n  b: [3]\n  c: 4\n"))
    assert source.data == {"x": {"a": "1", "b": ["3"], "c": "4"}}
    assert source.problem(("x", "a"), "").file == "parts.yaml"
    assert source.problem(("x", "b", 1), "").file == "a.yaml"
    assert str(source.problem(("x", "missing"), "wrong")) == "a.yaml:1 x.missing: wrong"


def test_a_list_included_in_a_list_is_spliced_with_its_places(tmp_path: Path) -> None:
    write(tmp_path, "parts.yaml", "- {k: a}\n- {k: b}\n")
    source = read_source(write(tmp_path, "a.yaml", "x:\n  - k: z\n  - include: parts.yaml\n  - k: y\n"))
    assert source.data == {"x": [{"k": "z"}, {"k": "a"}, {"k": "b"}, {"k": "y"}]}
    assert str(source.problem(("x", 2, "k"), "wrong")) == "parts.yaml:2 x.2.k: wrong"
    assert str(source.problem(("x", 3, "k"), "wrong")) == "a.yaml:4 x.3.k: wrong"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x: {include: none.yaml}", "a.yaml:1 x: the file none.yaml cannot be read"),
        ("x: {include: parts.yaml#three}", "a.yaml:1 x: the file parts.yaml has no part “three”"),
        ("x: {include: [a, b]}", "a.yaml:1 x.include: write one file here"),
        ("x: {include: list.yaml, b: 1}", "a.yaml:1 x: only a mapping can be included beside other keys"),
        ("x: {include: a.yaml}", "a.yaml includes itself"),
    ],
)
def test_an_include_that_fails_says_why(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, "parts.yaml", "one: 1\n")
    write(tmp_path, "list.yaml", "- 1\n")
    assert message in problems(write(tmp_path, "a.yaml", text))
