"""The command line: at hand at once, and one line for whatever is wrong outside the program."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from marketplace import cli, health
from marketplace.__main__ import COMMANDS, command
from marketplace.config import ROOT


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "marketplace", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )


def test_every_command_is_listed_and_every_listed_one_is_there(core_app: Flask) -> None:
    assert cli.COMMANDS.keys() == COMMANDS.keys()
    listing = CliRunner().invoke(command, ["--help"]).output
    assert all(f"{name} " in listing and line in listing for name, line in COMMANDS.items())


def test_the_list_of_commands_loads_no_more_than_it_shows() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from marketplace.__main__ import command;"
        "CliRunner().invoke(command, ['--help']);"
        "print(sorted({'flask', 'sqlalchemy', 'numpy', 'alembic', 'marketplace.app'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert found.stdout == "[]\n", found.stderr


def test_an_unknown_command_is_named(core_app: Flask) -> None:
    result = CliRunner().invoke(command, ["serv"], obj=core_app)
    assert result.exit_code == 2
    assert "No such command 'serv'" in result.output


@pytest.mark.parametrize(
    ("settings", "status", "line"),
    [
        ({"MARKETPLACE_ENV": "prod"}, 2, "MARKETPLACE_ENV"),
        ({"TRUSTED_PROXIES": "yes"}, 2, "TRUSTED_PROXIES"),
        ({"DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:1/x"}, 1, "connection"),
    ],
)
def test_what_is_wrong_outside_is_told_in_one_line(
    tmp_path: Path, settings: Mapping[str, str], status: int, line: str
) -> None:
    result = run("audit", "verify", DATA_DIR=str(tmp_path), **settings)
    assert result.returncode == status
    [told] = result.stderr.splitlines()
    assert told.startswith("Error: ")
    assert line in told


@pytest.mark.parametrize("refusal", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_what_a_disk_refuses_is_told_in_one_line(
    core_app: Flask, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise OSError(refusal, os.strerror(refusal), "/data/index")

    monkeypatch.setattr(health, "problems", refuse)
    result = CliRunner().invoke(command, ["check"], obj=core_app)
    assert result.exit_code == 1
    assert result.output == f"Error: /data/index: {os.strerror(refusal)}\n"


def test_what_is_the_programs_fault_is_shown_whole(core_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    monkeypatch.setattr(health, "problems", fail)
    assert isinstance(CliRunner().invoke(command, ["check"], obj=core_app).exception, OSError)
