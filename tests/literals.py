"""Finds the values of enums that are written as plain text, in Python and in templates."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import pairwise

from jinja2 import Environment, nodes

import marketplace


@cache
def enums() -> dict[str, type[StrEnum]]:
    """Every StrEnum of the program by its name."""
    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if not module.name.startswith("marketplace.migrations") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {
        each.__name__: each for each in StrEnum.__subclasses__() if each.__module__.startswith("marketplace.")
    }


@cache
def values() -> dict[str, frozenset[str]]:
    """The values by what things of the kind are called: the last word of the enum's name, as in `state`."""
    found: dict[str, frozenset[str]] = {}
    for name, enum in enums().items():
        word = re.findall("[A-Z][a-z]+", name)[-1].lower()
        found[word] = found.get(word, frozenset()) | {str(member) for member in enum}
    return found


def _belongs(name: str | None, value: object) -> bool:
    """Whether the value is one of what the name says: `state`, `reg_state`, `WAITING_STATES`."""
    if name is None:
        return False
    word = name.lower().rpartition("_")[2]
    return value in values().get(word, values().get(word.removesuffix("s"), ()))


# --- Python ----------------------------------------------------------------------------------------------------------


def in_python(source: str) -> list[str]:
    """`line: name "value"` for each value that is compared with, given to or kept in something of its kind."""
    tree = ast.parse(source)
    own = {id(part) for each in ast.walk(tree) if _is_enum(each) for part in ast.walk(each)}
    return [
        f'{value.lineno}: {name} "{value.value!s}"'
        for node in ast.walk(tree)
        if id(node) not in own
        for name, expression in _pairs(node)
        for value in _constants(expression)
        if _belongs(name, value.value)
    ]


def _is_enum(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any(_name(base) == "StrEnum" for base in node.bases)


def _name(node: ast.expr | None) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Constant(value=str(name)):
            return name
    return None


def _constants(node: ast.AST) -> Iterator[ast.Constant]:
    match node:
        case ast.Constant():
            yield node
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _constants(part)
        case ast.IfExp(body=one, orelse=other) | ast.BoolOp(values=[one, other]):
            yield from _constants(one)
            yield from _constants(other)


def _pairs(node: ast.AST) -> Iterator[tuple[str | None, ast.AST]]:
    """What is named beside what it is compared with, given or set to."""
    match node:
        case ast.Compare():
            yield from _compared_pairs(node)
        case ast.Call():
            yield from _given_pairs(node)
        case ast.arguments():
            yield from _default_pairs(node)
        case ast.Assign(targets=targets, value=value):
            yield from ((_name(target), part) for target in targets for part in _kept(value))
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from ((_name(target), part) for part in _kept(value))
        case ast.FunctionDef(name=name):
            yield from (
                (name, each.value) for each in ast.walk(node) if isinstance(each, ast.Return) and each.value
            )
        case ast.Dict(keys=keys, values=kept):
            yield from ((_name(key), value) for key, value in zip(keys, kept, strict=True))
        case ast.Match(subject=subject, cases=cases):
            patterns = [pattern for case in cases for pattern in ast.walk(case.pattern)]
            yield from ((_name(subject), each.value) for each in patterns if isinstance(each, ast.MatchValue))


def _kept(value: ast.expr) -> Iterator[ast.expr]:
    """What an assignment keeps under its name: the value, and of a mapping its keys."""
    yield value
    if isinstance(value, ast.Dict):
        yield from (key for key in value.keys if key is not None)


def _compared_pairs(node: ast.Compare) -> Iterator[tuple[str | None, ast.AST]]:
    for one, other in pairwise([node.left, *node.comparators]):
        if not isinstance(one, ast.Constant):
            yield _name(one), other
        if not isinstance(other, ast.Constant):
            yield _name(other), one


def _given_pairs(node: ast.Call) -> Iterator[tuple[str | None, ast.AST]]:
    yield from ((keyword.arg, keyword.value) for keyword in node.keywords)
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("in_", "not_in"):
        yield from ((_name(node.func.value), each) for each in node.args)


def _default_pairs(node: ast.arguments) -> Iterator[tuple[str | None, ast.AST]]:
    plain = [*node.posonlyargs, *node.args]
    yield from (
        (arg.arg, default) for arg, default in zip(reversed(plain), reversed(node.defaults), strict=False)
    )
    yield from (
        (arg.arg, given)
        for arg, given in zip(node.kwonlyargs, node.kw_defaults, strict=True)
        if given is not None
    )


# --- templates -------------------------------------------------------------------------------------------------------


def in_template(environment: Environment, source: str) -> list[str]:
    """As `in_python`, and each member that no enum has."""
    tree = environment.parse(source)
    plain = [
        f'{value.lineno}: {name} "{value.value}"'
        for name, node in _compared(tree)
        for value in ([node] if isinstance(node, nodes.Const) else node.find_all(nodes.Const))
        if _belongs(name, value.value)
    ]
    unknown = [
        f"{each.lineno}: {each.node.name}.{each.attr}"
        for each in tree.find_all(nodes.Getattr)
        if isinstance(each.node, nodes.Name)
        and each.node.name in enums()
        and each.attr not in enums()[each.node.name].__members__
    ]
    return plain + unknown


def _template_name(node: nodes.Node) -> str | None:
    match node:
        case nodes.Name():
            return str(node.name)
        case nodes.Getattr():
            return str(node.attr)
    return None


def _compared(tree: nodes.Node) -> Iterator[tuple[str | None, nodes.Node]]:
    for comparison in tree.find_all(nodes.Compare):
        sides = [comparison.expr, *(operand.expr for operand in comparison.ops)]
        for one, other in pairwise(sides):
            if isinstance(other, nodes.Const | nodes.Tuple | nodes.List):
                yield _template_name(one), other
            if isinstance(one, nodes.Const):
                yield _template_name(other), one
    for picked in tree.find_all(nodes.Filter):
        if picked.name in ("selectattr", "rejectattr") and len(picked.args) > 1:
            yield str(picked.args[0].as_const()), picked.args[-1]
