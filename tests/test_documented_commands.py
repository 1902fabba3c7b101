"""Every command of the portal that the pages for operators name exists, with the options they give it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Final

import click
import pytest

from marketplace.__main__ import command
from marketplace.config import ROOT

PAGES: Final = (
    "operations",
    "nodes",
    "releases",
    "privacy-of-the-installation",
    "import",
    "pilots",
    "payments",
)
_BLOCK: Final = re.compile(r"^ {4,}(?:\S.*? )?(?:portal|marketplace) ([a-z][^\n]*)$", re.MULTILINE)
_INLINE: Final = re.compile(r"`(?:[A-Z]+=\S+ )?(?:portal|marketplace) ([a-z][^`]*)`")


def named(page: str) -> Iterator[str]:
    """The commands that a page names, without `portal`; several of one line each by itself."""
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    for words in [*_BLOCK.findall(text), *_INLINE.findall(text)]:
        for each in re.split(r" && (?:portal|marketplace) | \| ", words):
            yield " ".join(re.split(r"  +| #|…|\[|; ", each)[0].split())


def followed(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words lead to, and what is left of them. Raises KeyError with what there is not."""
    here: click.Command = command
    while isinstance(here, click.Group) and words and not words[0].startswith("-"):
        found = here.get_command(click.Context(here), words[0])
        if found is None:
            raise KeyError(words[0])
        here, words = found, words[1:]
    return here, words


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_the_pages_exist_with_their_options(page: str) -> None:
    wrong = []
    for told in named(page):
        try:
            here, left = followed(shlex.split(told))
        except KeyError as missing:
            wrong.append(f"{told}: there is no {missing}")
            continue
        options = {name for param in here.params for name in param.opts} | {"-h", "--help", "--version"}
        wrong += [
            f"{told}: {word}" for word in left if word.startswith("--") and word.split("=")[0] not in options
        ]
    assert not wrong


def test_the_run_book_is_read() -> None:
    assert {"db upgrade", "backup drill /backups/2026-11-29", "check --deep", "db downgrade REVISION"} <= set(
        named("operations")
    )
