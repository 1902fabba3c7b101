"""Rows of one business ID become one company, and the company meets what the portal holds already. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, Protocol

from marketplace.contact import shown_phone
from marketplace.i18n import _, _l, current_language, date_text, money_text
from marketplace.money import Money
from marketplace.providers.rules import ApprovalState
from marketplace.recruiting.importing.rules import (
    OPTIONAL,
    Claim,
    ImportedCompany,
    ImportedLine,
    Refusal,
    comparable,
    readable,
)
from marketplace.recruiting.importing.words import PRICE, ImportWords


def companies(
    lines: Sequence[ImportedLine], refusals: Sequence[Refusal]
) -> tuple[list[ImportedCompany], list[Refusal]]:
    """The companies in the order of their first rows, and further refusals.

    Rows with one business ID are one company. When two of them give it different names, nobody here knows whose the
    number is, so all its rows are refused; another fact that two of them tell differently is left out. Rows about one
    service stand or fall together, because its area is what they name together.
    """
    found: list[ImportedCompany] = []
    refused: list[Refusal] = []
    spoilt = {(each.business_id, each.service_key): each.number for each in reversed(refusals)}
    for business_id, rows in _grouped(lines, lambda line: line.business_id).items():
        conflict = _conflict((line.number, _name_of(line)) for line in rows)
        if conflict is not None:
            refused += _refuse(rows, conflict)
            continue
        own = _agreed(rows)
        claims = []
        for service_key, about in _grouped(own, lambda line: line.service_key).items():
            reason = _conflict((line.number, _terms_of(line)) for line in about)
            if (business_id, service_key) in spoilt:
                reason = _(
                    "row %(number)s about the same service was refused",
                    number=spoilt[business_id, service_key],
                )
            if reason is None:
                claims.append(_claim(service_key, about))
            else:
                refused += _refuse(about, reason)
        good = [line for claim in claims for line in claim.lines]
        facts = {name: value for line in reversed(good) for name, value in line.facts.items()}
        if claims:
            found.append(ImportedCompany(business_id, facts, tuple(claims)))
    return found, refused


def _name_of(line: ImportedLine) -> dict[str, str]:
    return {name: value for name, value in line.facts.items() if name not in OPTIONAL}


def _agreed(rows: Sequence[ImportedLine]) -> list[ImportedLine]:
    """The rows without the optional facts that two of them tell differently, each with a note that says so."""
    for name in OPTIONAL:
        told = [(row.number, {name: row.facts[name]}) for row in rows if name in row.facts]
        conflict = _conflict(told)
        if conflict is not None:
            note = _("%(fault)s (left out)", fault=conflict)
            rows = [_without(row, name, note) if name in row.facts else row for row in rows]
    return list(rows)


def _without(line: ImportedLine, name: str, note: str) -> ImportedLine:
    facts = {other: value for other, value in line.facts.items() if other != name}
    return replace(line, facts=facts, notes=(*line.notes, note))


def _grouped(
    lines: Iterable[ImportedLine], key: Callable[[ImportedLine], str]
) -> dict[str, list[ImportedLine]]:
    groups: dict[str, list[ImportedLine]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return groups


def _terms_of(line: ImportedLine) -> dict[str, object]:
    """What rows about one service must agree on, if they say it."""
    prices = {PRICE + band: amount for band, amount in line.prices.items()}
    return prices | ({"approved_on": line.approved_on} if line.approved_on else {})


def _conflict(told: Iterable[tuple[int, Mapping[str, object]]]) -> str | None:
    """The first thing that two rows tell differently, with both rows; None when all agree."""
    first: dict[str, tuple[int, object]] = {}
    for number, facts in told:
        for name, value in facts.items():
            other, known = first.setdefault(name, (number, value))
            if comparable(known, name) != comparable(value, name):
                return _(
                    "rows %(first)s and %(second)s contradict each other: %(column)s “%(one)s” and “%(other)s”",
                    first=other,
                    second=number,
                    column=readable(name),
                    one=_said(known, name),
                    other=_said(value, name),
                )
    return None


def _said(value: object, name: str) -> str:
    if name == "phone":
        return shown_phone(str(value), current_language())
    if isinstance(value, Money):
        return money_text(value)
    return date_text(value) if isinstance(value, date) else str(value)


def _refuse(lines: Iterable[ImportedLine], reason: str) -> list[Refusal]:
    return [refusal_of(line, reason) for line in lines]


def refusal_of(line: ImportedLine, reason: str) -> Refusal:
    """A row that was good by itself and is refused all the same."""
    return Refusal(
        line.number, (reason,), line.business_id, line.service_key, line.facts.get("official_name", "")
    )


def _claim(service_key: str, lines: Sequence[ImportedLine]) -> Claim:
    return Claim(
        service_key,
        frozenset[str]().union(*(line.municipalities for line in lines)),
        next((line.approved_on for line in lines if line.approved_on is not None), None),
        {band: amount for line in reversed(lines) for band, amount in line.prices.items()},
        tuple(lines),
    )


# --- against what the portal holds -----------------------------------------------------------------------------------


class HeldApproval(Protocol):
    """The approval that the portal has already."""

    @property
    def state(self) -> str:
        """State of `providers.rules.APPROVAL`."""

    @property
    def municipalities(self) -> list[str]:
        """Codes of its area."""

    @property
    def application_line_id(self) -> int | None:
        """What the office decided in the portal, or None for an imported approval."""


_NOT_STANDING: Final[dict[ApprovalState, Any]] = {
    ApprovalState.SUSPENDED: _l(
        "the approval is suspended in the portal, and a sheet does not bring it back"
    ),
    ApprovalState.WITHDRAWN: _l(
        "the approval is withdrawn in the portal, and a sheet does not bring it back"
    ),
    ApprovalState.ENDED: _l("the approval is ended in the portal, and a sheet does not bring it back"),
}


def approval_refusal(held: HeldApproval | None, claim: Claim) -> str | None:
    """Why the sheet may not touch the approval: what the office has decided in the portal stands over any sheet."""
    if held is None:
        return None
    if held.state != ApprovalState.APPROVED:
        return str(_NOT_STANDING[ApprovalState(held.state)])
    if held.application_line_id is not None and set(held.municipalities) != claim.municipalities:
        return _("the area was decided on an application in the portal, and the sheet has another one")
    return None


def empty_facts(held: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """What the sheet tells and the portal does not have: all that an import writes over an existing provider."""
    return {name: value for name, value in told.items() if not held.get(name)}


def kept_facts(held: Mapping[str, str], told: Mapping[str, str]) -> tuple[str, ...]:
    """The names of facts of which the portal has its own, which the sheet's do not replace."""
    return tuple(
        name
        for name, value in told.items()
        if held.get(name) and comparable(held[name], name) != comparable(value, name)
    )


def legal_form_of(name: str, words: ImportWords) -> str:
    """The legal form that a company's name gives away; a name without any sign of it is a sole trader's.

    Limited companies, partnerships and co-operatives must carry the form in the business name (Act 128/1979 on
    business names), associations and foundations in theirs; a sole trader need not.
    """
    for word in re.findall(r"[^\W_]+", name.casefold()):
        for sign, form in words.legal_forms.items():
            if word == sign or (len(sign) >= 6 and word.endswith(sign)):
                return form
    return "sole_trader"
