"""Questions of an application form: their types, when they must be answered, what counts as passing.

An answer is JSON: text and long_text a str, number an int, money an int of cents, date an ISO day, yes_no and
declaration a bool, one_of an option key, many_of a list of option keys, municipalities a list of codes, file the id of
a stored file. A question that is not answered is absent or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from marketplace.pilots.texts import ContentModel, Key, Text


class Verdict(StrEnum):
    """What an automatic check says; `JUDGE`: a person has to look."""

    PASS = "pass"  # noqa: S105 - no word to sign in with
    FAIL = "fail"
    JUDGE = "judge"


QuestionType = Literal[
    "text",
    "long_text",
    "number",
    "money",
    "date",
    "yes_no",
    "one_of",
    "many_of",
    "municipalities",
    "file",
    "declaration",
]

Answers = Mapping[str, Any]
"""Answers by question key."""


class Option(ContentModel):
    """A choice of a one_of or many_of question."""

    key: Key
    label: Text


class PassRule(ContentModel):
    """What an answer must be for the automatic check to pass; every part that is given must hold.

    `equals`: yes or no, or the option. `at_least`, `at_most`: the number. `includes`: options that must all be chosen.
    """

    equals: str | None = None
    at_least: int | None = None
    at_most: int | None = None
    includes: tuple[Key, ...] = ()

    def accepts(self, answer: Any) -> bool:
        """Whether an answer that was given passes."""
        if self.equals is not None and _as_text(answer) != self.equals:
            return False
        if self.at_least is not None and answer < self.at_least:
            return False
        if self.at_most is not None and answer > self.at_most:
            return False
        return set(self.includes) <= set(answer if self.includes else ())


class Question(ContentModel):
    """One question. `required_when` names other questions and the answers that make this one required.

    `part_of` names the number question of the same page of whose number this one is a part: it can be no more.
    """

    key: Key
    label: Text
    help: Text | None = None
    type: QuestionType
    options: tuple[Option, ...] = ()
    required: bool = False
    required_when: dict[str, str] = Field(default_factory=dict)
    minimum: int | None = None
    maximum: int | None = None
    part_of: str | None = None
    max_length: Annotated[int, Field(ge=1, le=10_000)] | None = None
    passes: PassRule | None = None

    def is_required(self, answers: Answers) -> bool:
        """Whether it must be answered, given the answers so far."""
        if self.required_when:
            return all(_matches(answers.get(key), value) for key, value in self.required_when.items())
        return self.required

    def is_asked(self, answers: Answers) -> bool:
        """Whether it concerns the applicant at all: a conditional question does only when its condition holds."""
        return not self.required_when or self.is_required(answers)

    def assess(self, answer: Any) -> Verdict:
        """The automatic check: pass, fail, or judge when a person has to look."""
        if self.passes is None or answer is None:
            return Verdict.JUDGE
        return Verdict.PASS if self.passes.accepts(answer) else Verdict.FAIL


class Section(ContentModel):
    """A page of the application form."""

    key: Key
    title: Text
    intro: Text | None = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


def _matches(answer: Any, value: str) -> bool:
    """Whether an answer is `value`, or has it among the chosen options."""
    return value in answer if isinstance(answer, list) else _as_text(answer) == value


def _as_text(answer: Any) -> str:
    """An answer as a definition writes it: `yes` and `no` for a bool."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return str(answer)
