"""What a template's misspelt name does: it stops a test, and leaves a gap and a line in the log of a real portal."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import UndefinedError

from marketplace.app import create_app
from marketplace.config import ROOT
from tests.conftest import settings_for

MISSPELT = (
    "{{ nobody }}",
    "{% if nobody %}{% endif %}",
    "{{ thing.nobody }}",
    "{% for each in thing['nobody'] %}{% endfor %}",
)


@pytest.mark.parametrize("template", MISSPELT)
def test_a_name_that_nobody_gives_stops_a_test(core_app: Flask, template: str) -> None:
    with pytest.raises(UndefinedError, match="nobody"):
        core_app.jinja_env.from_string(template).render(thing={})


def test_in_production_a_name_that_nobody_gives_is_a_gap_and_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = create_app(replace(settings_for("sqlite://", tmp_path), production=True)).jinja_env
    for template in MISSPELT:
        caplog.clear()
        assert environment.from_string(template).render(thing={}) == ""
        assert "nobody" in caplog.text


def test_hidden_words_begin_with_no_sign_that_is_read_out() -> None:
    """What is hidden stands apart, so a colon would be read out after a gap: "Open : Anna's taxi"."""
    places = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "marketplace").rglob("*.py")]
    wrong = [str(path) for path in places if re.search(r'ds-sr-only\\?">\s*[:;.]', path.read_text())]
    assert not wrong
