"""What is relied on inside the search library, and that its loss would be told with words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from whoosh.writing import SegmentWriter

from marketplace.search import whoosh_files


def test_the_installed_library_has_every_private_name() -> None:
    assert whoosh_files.missing_private_names() == []


def test_a_private_name_that_is_gone_is_told_with_its_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        whoosh_files, "PRIVATE_NAMES", {SegmentWriter: ("_finish", "_gone_in_the_next_version")}
    )
    assert whoosh_files.missing_private_names() == [
        "whoosh.writing.SegmentWriter has no _gone_in_the_next_version any more: see whoosh_files.py"
    ]


def test_the_list_holds_every_private_name_that_the_file_uses() -> None:
    tree = ast.parse(Path(whoosh_files.__file__).read_text(encoding="utf-8"))
    listed = {name for names in whoosh_files.PRIVATE_NAMES.values() for name in names}
    own = {"_key_numbers", "_key_column", "_document_column", "_weight_column"}
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
    }
    overridden = {
        item.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.FunctionDef) and item.name.startswith("_") and not item.name.startswith("__")
    }
    assert (used | overridden) - own == listed
