"""The commands of docs/operations.md about accounts do what the page says, in its order."""

from __future__ import annotations

import re
import shlex
from typing import Final

import pytest
from click.testing import CliRunner
from flask import Flask

from marketplace.__main__ import command
from marketplace.accounts.commands import users
from marketplace.config import ROOT

PAGE: Final = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMMANDS: Final = re.findall(r"^    marketplace (users .+)$", PAGE, re.MULTILINE)

NAMES: Final = ("list", "add", "revoke", "close", "reset", "second-factor", "unlock")


def test_the_documented_commands_work_one_after_another(app: Flask) -> None:
    assert len(COMMANDS) >= 8
    for words in COMMANDS:
        result = CliRunner().invoke(command, shlex.split(words), obj=app)
        assert result.exit_code == 0, f"{words}: {result.output}"


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_accounts_is_documented(name: str) -> None:
    assert any(words.startswith(f"users {name} ") for words in COMMANDS)
    assert set(users.commands) == set(NAMES)
