"""`make dev`: templates are read again, faults reach the debugger, and it never runs in production."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from marketplace.app import create_app
from scripts.dev import for_developing, watched
from tests.conftest import settings_for


@pytest.fixture
def developed(tmp_path: Path) -> Flask:
    return for_developing(create_app(settings_for("sqlite://", tmp_path)))


def test_a_fault_reaches_the_debugger_and_is_no_page(
    developed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise RuntimeError("boom")

    monkeypatch.setitem(developed.view_functions, "site.healthz", fail)
    with pytest.raises(RuntimeError, match="boom"):
        developed.test_client().get("/healthz")


def test_templates_are_read_anew(developed: Flask) -> None:
    assert developed.jinja_env.auto_reload


def test_the_debugger_does_not_run_in_production(tmp_path: Path) -> None:
    app = create_app(replace(settings_for("sqlite://", tmp_path), production=True))
    with pytest.raises(SystemExit, match="does not run when MARKETPLACE_ENV=production"):
        for_developing(app)


def test_compiled_texts_start_the_portal_again() -> None:
    assert {path.parent.parent.name for path in watched()} == {"fi", "sv"}
