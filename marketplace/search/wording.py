"""Sentences about a search: what was not understood, and what would help when nothing is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.i18n import _, ngettext
from marketplace.search.asking import Asked, Problem
from marketplace.search.service import Found

_SHOWN = 40


def problem_text(problem: Problem) -> str:
    """What of the address was left out, and why."""
    value = problem.value[:_SHOWN]
    messages = {
        "unknown_parameter": _("The address holds “%(value)s”, which this page does not know.", value=value),
        "unknown_value": _("“%(value)s” is not a choice for “%(field)s”.", value=value, field=problem.field),
        "not_a_number": _(
            "“%(value)s” is not a number that “%(field)s” can be.", value=value, field=problem.field
        ),
        "out_of_range": _(
            "“%(value)s” is too small or too large for “%(field)s”.", value=value, field=problem.field
        ),
    }
    return messages[problem.code]


def without_text(found: Found, asked: Asked, address: Callable[[Asked], str]) -> list[tuple[str, str, str]]:
    """What to drop when nothing is found: (name of the filter, how many offers that gives, address), best first."""
    names = {
        "q": _("the words"),
        "pilot": _("the pilot"),
        "service": _("the service"),
        "municipality": _("the municipality"),
        "group": _("for whom"),
        "language": _("the language of service"),
        "feature": _("accessibility and ways of working"),
        "available": _("free now"),
        "price_max": _("the highest price"),
    }
    if found.total or not found.without:
        return []
    helping = sorted(((count, name) for name, count in found.without.items() if count), reverse=True)
    return [
        (names[name], ngettext("%(num)d service", "%(num)d services", count), address(asked.without(name)))
        for count, name in helping
    ]


def api_message(problem: Problem) -> str:
    """The same for programs, in English."""
    messages: dict[str, Any] = {
        "unknown_parameter": f"Unknown parameter: {problem.field[:_SHOWN]}.",
        "unknown_value": f"Unknown value for {problem.field}: {problem.value[:_SHOWN]}.",
        "not_a_number": f"Not a number: {problem.field}={problem.value[:_SHOWN]}.",
        "out_of_range": f"Out of range: {problem.field}={problem.value[:_SHOWN]}.",
    }
    return str(messages[problem.code])
