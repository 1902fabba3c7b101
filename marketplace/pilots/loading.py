"""Reads a pilot definition from its YAML file and says plainly what is wrong with it, everything at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from marketplace.pilots.checks import faults
from marketplace.pilots.content import DEFINITIONS
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.reading import read_part
from marketplace.pilots.source import InvalidDefinition, Problem, read_source


def read_definition(path: Path) -> PilotDefinition:
    """Read and check the pilot definition at `path`.

    An included part is looked for beside the file and then among the parts that ship with the portal. Raises
    InvalidDefinition with every mistake, each with file, line and path.
    """
    source = read_source(path, shared=[DEFINITIONS])
    problems = [source.problem(at, message) for at, message in faults(source.data)]
    definition, mistakes = read_part(PilotDefinition, source, (), source.data)
    problems += mistakes
    if definition is not None and definition.key != path.stem:
        problems.append(
            source.problem(("key",), f"the file of the pilot “{definition.key}” has another name")
        )
    if problems or definition is None:
        raise InvalidDefinition(problems)
    return definition


def read_all(paths: Sequence[Path]) -> list[PilotDefinition]:
    """Read several definitions. Raises InvalidDefinition with the mistakes of all of them."""
    definitions, problems = read_readable(paths)
    if problems:
        raise InvalidDefinition(problems)
    return definitions


def read_readable(paths: Sequence[Path]) -> tuple[list[PilotDefinition], list[Problem]]:
    """Those of the definitions that can be read, and the mistakes of the others."""
    definitions: list[PilotDefinition] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            definitions.append(read_definition(path))
        except InvalidDefinition as error:
            problems.extend(error.problems)
    return definitions, problems
