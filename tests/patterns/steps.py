"""How many steps a regular expression takes on a text: a backtracking matcher that counts, so that no clock is asked.

It walks the tree that `re` itself parses, tries in the same order, and gives up as `re` does. Only the ends of a match
matter here, so groups are remembered for references alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import _constants as ops
from re import _parser as parser
from typing import Any


class TooManySteps(Exception):
    """The matcher has tried more than it was allowed."""


class Counter:
    """One try of a pattern on a text, with how many steps it has taken."""

    def __init__(self, pattern: re.Pattern[str], text: str, most: int) -> None:
        self.text, self.most, self.steps = text, most, 0
        self.tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE | re.UNICODE)
        self.flags = self.tree.state.flags
        self.groups: dict[int, tuple[int, int]] = {}

    def search(self) -> bool:
        """Whether the pattern is found anywhere."""
        return any(self._begins(start) for start in range(len(self.text) + 1))

    def match(self) -> bool:
        """Whether the text begins with it; every way of that is tried, as for a whole text that does not fit."""
        return any([end >= 0 for end in self._match(list(self.tree), 0)])  # noqa: C419 - all are tried

    def fullmatch(self) -> bool:
        """Whether the pattern is the whole text."""
        return any(end == len(self.text) for end in self._match(list(self.tree), 0))

    def _begins(self, start: int) -> bool:
        return next(self._match(list(self.tree), start), None) is not None

    def _tick(self) -> None:
        self.steps += 1
        if self.steps > self.most:
            raise TooManySteps

    def _match(self, nodes: list[Any], at: int) -> Iterator[int]:
        """The places at which `nodes` can end from `at`, in the order in which `re` tries them."""
        if not nodes:
            yield at
            return
        first, rest = nodes[0], nodes[1:]
        for end in self._one(first, at):
            yield from self._match(rest, end)

    def _one(self, node: tuple[Any, Any], at: int) -> Iterator[int]:
        self._tick()
        op, given = node
        if op in _SINGLE:
            if at < len(self.text) and _SINGLE[op](self, given, self.text[at]):
                yield at + 1
            return
        yield from _COMPOUND[op](self, op, given, at)

    def place(self, _op: Any, given: Any, at: int) -> Iterator[int]:
        """A beginning, an end or the edge of a word."""
        if self._stands(given, at):
            yield at

    def branch(self, _op: Any, given: Any, at: int) -> Iterator[int]:
        """One of several, in their order."""
        for each in given[1]:
            yield from self._match(list(each), at)

    def group(self, _op: Any, given: Any, at: int) -> Iterator[int]:
        """A group, remembered for references."""
        for end in self._match(list(given[3]), at):
            if given[0] is not None:
                self.groups[given[0]] = (at, end)
            yield end

    def reference(self, _op: Any, given: Any, at: int) -> Iterator[int]:
        """What a group has taken, again."""
        begin, end = self.groups.get(given, (0, 0))
        if self.text.startswith(self.text[begin:end], at):
            yield at + end - begin

    def look(self, op: Any, given: Any, at: int) -> Iterator[int]:
        """A look ahead or behind."""
        if self._looks(given, at) is (op is ops.ASSERT):
            yield at

    def atom(self, _op: Any, given: Any, at: int) -> Iterator[int]:
        """A group that is not tried again."""
        yield from _first(self._match(list(given), at))

    def repeat(self, op: Any, given: Any, at: int) -> Iterator[int]:
        """A repeat: as much as possible, as little, or without a second try."""
        ends = self._repeat(given, at, 0, greedy=op is not ops.MIN_REPEAT)
        yield from _first(ends) if op is ops.POSSESSIVE_REPEAT else ends

    def _repeat(self, given: tuple[int, int, Any], at: int, done: int, *, greedy: bool) -> Iterator[int]:
        least, most, body = given
        if done >= least and not greedy:
            yield at
        if done < most:
            for end in self._match(list(body), at):
                if end > at or done < least:
                    yield from self._repeat(given, end, done + 1, greedy=greedy)
        if done >= least and greedy:
            yield at

    def _looks(self, given: tuple[int, Any], at: int) -> bool:
        direction, body = given
        if direction > 0:
            return next(self._match(list(body), at), None) is not None
        width = body.getwidth()[0]
        return at >= width and next(self._match(list(body), at - width), None) is not None

    def _stands(self, where: Any, at: int) -> bool:
        several = bool(self.flags & re.MULTILINE)
        if where in (ops.AT_BEGINNING, ops.AT_BEGINNING_STRING):
            lines = several and where is ops.AT_BEGINNING
            return at == 0 or (lines and self.text[at - 1] == "\n")
        if where in (ops.AT_END, ops.AT_END_STRING):
            if at == len(self.text):
                return True
            return where is ops.AT_END and self.text[at] == "\n" and (several or at == len(self.text) - 1)
        here = [
            bool(re.match(r"\w", each))
            for each in (self.text[at - 1 : at] if at else "", self.text[at : at + 1])
        ]
        return (here[0] != here[1]) is (where is ops.AT_BOUNDARY)

    def is_in(self, members: list[tuple[Any, Any]], sign: str) -> bool:
        """Whether a sign belongs to a set in brackets."""
        negated = bool(members) and members[0][0] is ops.NEGATE
        folded = {sign, sign.lower(), sign.upper()} if self.flags & re.IGNORECASE else {sign}
        return negated is not any(_member(op, given, each) for op, given in members for each in folded)


def _member(op: Any, given: Any, sign: str) -> bool:
    if op is ops.LITERAL:
        return chr(given) == sign
    if op is ops.RANGE:
        return len(sign) == 1 and given[0] <= ord(sign) <= given[1]
    return bool(op is ops.CATEGORY and re.fullmatch(_CATEGORIES[given], sign))


_CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}
_SINGLE: dict[Any, Callable[[Counter, Any, str], bool]] = {
    ops.LITERAL: lambda counter, given, sign: counter.is_in([(ops.LITERAL, given)], sign),
    ops.NOT_LITERAL: lambda counter, given, sign: not counter.is_in([(ops.LITERAL, given)], sign),
    ops.ANY: lambda counter, _given, sign: sign != "\n" or bool(counter.flags & re.DOTALL),
    ops.IN: lambda counter, given, sign: counter.is_in(given, sign),
}

_COMPOUND: dict[Any, Callable[[Counter, Any, Any, int], Iterator[int]]] = {
    ops.AT: Counter.place,
    ops.BRANCH: Counter.branch,
    ops.SUBPATTERN: Counter.group,
    ops.GROUPREF: Counter.reference,
    ops.ASSERT: Counter.look,
    ops.ASSERT_NOT: Counter.look,
    ops.ATOMIC_GROUP: Counter.atom,
    ops.MAX_REPEAT: Counter.repeat,
    ops.MIN_REPEAT: Counter.repeat,
    ops.POSSESSIVE_REPEAT: Counter.repeat,
}


def _first(ends: Iterator[int]) -> Iterator[int]:
    for end in ends:
        yield end
        return


def pumps(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Texts with which a pattern may be kept busy: what leads to each repeat, and what the repeat takes once."""
    yield from _pumps(list(parser.parse(pattern.pattern, pattern.flags)), "")


def _pumps(nodes: list[Any], before: str) -> Iterator[tuple[str, str]]:
    for op, given in nodes:
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            if given[1] > _BOUNDED:
                for example in _examples(list(given[2])):
                    yield before, example
            yield from _pumps(list(given[2]), before)
        elif op is ops.SUBPATTERN:
            yield from _pumps(list(given[3]), before)
        elif op is ops.BRANCH:
            for branch in given[1]:
                yield from _pumps(list(branch), before)
        elif op is ops.ATOMIC_GROUP:
            yield from _pumps(list(given), before)
        before += _examples([(op, given)])[0]


_BOUNDED = 40
"""A repeat that cannot go further than this keeps nobody busy."""

_SIGNS = ("a", "1", " ", "-", "ä", "\n", ".", "_", "A", "@", "{", "<", "/", ",", "\x00")


def _examples(nodes: list[Any]) -> list[str]:
    """A few texts that nodes take: of a choice each branch, of a set up to three signs."""
    found = [""]
    for op, given in nodes:
        if op is ops.LITERAL:
            parts = [chr(given)]
        elif op in (ops.IN, ops.NOT_LITERAL, ops.ANY):
            probe = Counter(re.compile(""), "", 0)
            parts = [sign for sign in _SIGNS if _SINGLE[op](probe, given, sign)][:3]
            parts = (
                parts
                or [
                    chr(each[1][0] if each[0] is ops.RANGE else each[1])
                    for each in given
                    if each[0] in (ops.LITERAL, ops.RANGE)
                ][:1]
            )
        elif op is ops.SUBPATTERN:
            parts = _examples(list(given[3]))
        elif op is ops.BRANCH:
            parts = [text for branch in given[1] for text in _examples(list(branch))[:2]]
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            parts = [text * max(given[0], 1) for text in _examples(list(given[2]))]
        elif op is ops.ATOMIC_GROUP:
            parts = _examples(list(given))
        else:
            parts = [""]
        found = [text + part for text in found for part in parts or [""]][:6]
    return found
