"""docs/workflows.md says what the tables say."""

from __future__ import annotations

from scripts import workflows


def test_the_page_is_as_fresh_as_the_tables() -> None:
    assert workflows.PAGE.read_text(encoding="utf-8") == workflows.page(), "run python -m scripts.workflows"
