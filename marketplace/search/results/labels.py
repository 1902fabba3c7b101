"""Sentences about a search: what was not understood, and what would help when nothing is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from marketplace.i18n import _, _l, ngettext
from marketplace.search.facets import FACETS
from marketplace.search.query_string import LONGEST_QUERY, MOST_CHOSEN, Asked, QueryProblem
from marketplace.search.service import Found

_SHOWN: Final = 40
"""Characters of a visitor's value that a message repeats."""

_FIELDS: Final[Mapping[str, Any]] = {
    "q": _l("Search words"),
    "pilot": _l("Pilot"),
    **{name: facet.label for name, facet in FACETS.items()},
    "available": _l("Free now"),
    "band": _l("Show the price for"),
    "price_max": _l("Highest price, euros"),
    "sort": _l("Order"),
    "page": _l("Page"),
}
_WITHOUT: Final[Mapping[str, Any]] = {
    "q": _l("Search without your words"),
    "pilot": _l("Search in all pilots"),
    **{name: facet.dropped for name, facet in FACETS.items()},
    "available": _l("Search also among those that are not free now"),
    "price_max": _l("Search without the highest price"),
}


def problem_text(problem: QueryProblem) -> str:
    """What of the address was left out, and why."""
    value = problem.value[:_SHOWN]
    field = str(_FIELDS.get(problem.field, problem.field[:_SHOWN]))
    messages = {
        "unknown_parameter": _("The address holds “%(value)s”, which this page does not know.", value=value),
        "unknown_value": _("“%(value)s” is not a choice for “%(field)s”.", value=value, field=field),
        "repeated": _("The address holds “%(field)s” more than once. The first one holds.", field=field),
        "not_a_number": _("“%(value)s” is not a number that “%(field)s” can be.", value=value, field=field),
        "too_long": _(
            "The search words are too long. The first %(num)s characters were read.", num=LONGEST_QUERY
        ),
        "too_many": _(
            "At most %(num)s choices of “%(field)s” are read. The first ones hold.",
            num=MOST_CHOSEN,
            field=field,
        ),
        "out_of_range": _("“%(value)s” is too small or too large for “%(field)s”.", value=value, field=field),
    }
    return messages[problem.code]


def without_text(found: Found, asked: Asked, address: Callable[[Asked], str]) -> list[tuple[str, str, str]]:
    """What to drop when nothing is found: (what, how many offers that gives, address), the most helpful first."""
    if found.total or not found.without:
        return []
    helping = sorted(((count, name) for name, count in found.without.items() if count), reverse=True)
    return [
        (
            str(_WITHOUT[name]),
            ngettext("%(num)d service", "%(num)d services", count),
            address(asked.without(name)),
        )
        for count, name in helping
    ]


def api_message(problem: QueryProblem) -> str:
    """What is wrong with a query, told to programs in English."""
    messages: dict[str, Any] = {
        "unknown_parameter": f"Unknown parameter: {problem.field[:_SHOWN]}.",
        "needs_municipality": "The order by distance needs a municipality, chosen or named in q.",
        "unknown_value": f"Unknown value for {problem.field}: {problem.value[:_SHOWN]}.",
        "repeated": f"Given more than once: {problem.field}.",
        "not_a_number": f"Not a number: {problem.field}={problem.value[:_SHOWN]}.",
        "too_long": f"Too long: {problem.field} (at most {LONGEST_QUERY} characters).",
        "too_many": f"Too many values: {problem.field} (at most {MOST_CHOSEN}).",
        "out_of_range": f"Out of range: {problem.field}={problem.value[:_SHOWN]}.",
    }
    return str(messages[problem.code])
