"""What `deploy/` ships names only what there is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from marketplace.__main__ import COMMANDS
from marketplace.config import ROOT, Settings

DEPLOY = ROOT / "deploy"

READS = re.compile(r"os\.environ|envvar=|env: Mapping\[str, str\]")
"""Stands in every file that reads a setting."""

NO_SETTINGS = {
    *(
        "CONTENT_LENGTH",
        "COOKIE",
        "MAX_CONTENT_LENGTH",
        "PATH_INFO",
        "REMOTE_ADDR",
        "REQUEST_METHOD",
        "REQUEST_URI",
    ),
    *("SESSION_COOKIE_NAME", "TRANSFER_ENCODING"),  # of requests, and of Flask
    *("OPENBLAS_NUM_THREADS", "PROMETHEUS_MULTIPROC_DIR", "PGPASSWORD"),  # set by the portal itself
    "AUTOCOMMIT",
}
"""Other names in capitals that stand in those files."""


def read_by_the_program() -> set[str]:
    """The settings that the program reads, by their names in its text."""
    found: set[object] = set()
    for path in (ROOT / "marketplace").rglob("*.py"):
        text = path.read_text("utf-8")
        if READS.search(text):
            found.update(node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    capitals = re.compile(r"[A-Z]+\d?(_[A-Z0-9]+)*")
    return {name for name in found if isinstance(name, str) and capitals.fullmatch(name)} - NO_SETTINGS


def documented() -> set[str]:
    """The settings of docs/operations.md."""
    rows = re.findall(
        r"^\| (`[A-Z_`, 0-9]+) \|", (ROOT / "docs" / "operations.md").read_text("utf-8"), re.MULTILINE
    )
    return {name for row in rows for name in re.findall(r"`([A-Z_0-9]+)`", row)}


def example() -> dict[str, str]:
    """The settings of env.example that are not commented out."""
    lines = (DEPLOY / "env.example").read_text("utf-8").splitlines()
    return dict(line.replace('"', "").split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_of_settings_names_all_of_the_page_and_no_others() -> None:
    text = (DEPLOY / "env.example").read_text("utf-8")
    names = set(re.findall(r"^(?:# )?([A-Z][A-Z_0-9]+)=", text, re.MULTILINE))
    assert names == documented()


def test_the_settings_that_the_program_reads_are_those_of_the_page() -> None:
    assert read_by_the_program() == documented()


def test_the_example_filled_in_is_a_production(tmp_path: Path) -> None:
    filled = {"SECRET_KEY": "s" * 48, "AUDIT_KEY": "a" * 64, "CLIENT_KEY": "c" * 64}
    folders = {"DATA_DIR": str(tmp_path), "PILOTS_DIR": str(tmp_path)}
    assert Settings.from_environment(example() | filled | folders).production


@pytest.mark.parametrize(
    "name", ["palvelutori.service", "palvelutori-backup.service", "Containerfile", "compose.yaml"]
)
def test_every_command_that_is_started_exists(name: str) -> None:
    words = re.findall(r"marketplace\W+([a-z]+)", (DEPLOY / name).read_text("utf-8").replace('", "', " "))
    assert words
    assert set(words) <= COMMANDS.keys()


def test_compose_sets_what_several_machines_share() -> None:
    told = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    for name in ("a", "b"):
        settings = told["services"][name]["environment"]
        assert settings["FILES_URL"].startswith("s3://")
        assert {"SECRET_KEY", "DATABASE_URL", "AWS_ENDPOINT_URL"} <= settings.keys()
        assert settings.keys() <= documented()
