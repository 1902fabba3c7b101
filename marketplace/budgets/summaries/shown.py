"""A summary in words, for its page and its document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.budgets.summaries.models import ClientSummary
from marketplace.deliveries.labels import CLIENT_STATES
from marketplace.deliveries.rules import DeliveryState
from marketplace.i18n import _, current_language, date_text, helsinki_date, money_text
from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.pilots.vocabulary import SERVICES
from marketplace.vouchers.granting.labels import amount_text


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One budget: its service, its sentences."""

    service: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class GivenRow:
    """One thing that was given: day, by whom, what, how much, and how it stands."""

    day: str
    provider: str
    service: str
    amount: str
    state: str


@dataclass(frozen=True, slots=True)
class ShownSummary:
    """A month in words. `paid` is empty in a summary that was written before that was told."""

    title: str
    told: str
    lines: Sequence[SummaryLine]
    agreed: Sequence[str]
    given: Sequence[GivenRow]
    payment: str
    paid: str


def shown(summary: ClientSummary) -> ShownSummary:
    """The summary in the reader's language."""
    content = summary.content
    confirmed = [each for each in content["given"] if each["state"] == DeliveryState.CONFIRMED]
    accepted = Money(sum(each["cents"] for each in confirmed))
    own = Money(sum(each.get("own_share", 0) for each in confirmed))
    return ShownSummary(
        title=_("Your month %(month)s", month=f"{summary.month.month}/{summary.month.year}"),
        told=_("As it was known on %(day)s.", day=date_text(helsinki_date(summary.made_at))),
        lines=[_line(each) for each in content["lines"]],
        agreed=[_agreed(each) for each in content.get("agreed", ())],
        given=[_given(each) for each in content["given"]],
        payment=_payment(accepted, own),
        paid=_paid(Money(content["paid"])) if "paid" in content else "",
    )


def _agreed(kept: dict[str, Any]) -> str:
    names = {
        "service": SERVICES[kept["service"]].name[current_language()],
        "provider": kept["provider"],
        "first": _day(kept["first"]),
    }
    if kept["last"] is None:
        words = _("%(service)s: %(provider)s, from %(first)s until further notice", **names)
    else:
        words = _("%(service)s: %(provider)s, %(first)s–%(last)s", last=_day(kept["last"]), **names)
    if kept["monthly"] is None or kept["unit"] is None:
        return f"{words}."
    amount = amount_text(Amount(Unit(kept["unit"]), kept["monthly"]))
    return f"{words}; {_('%(amount)s a month', amount=amount)}."


def _paid(paid: Money) -> str:
    if not paid.cents:
        return _("In this month nothing was paid to providers for what they had given you.")
    return _(
        "In this month %(amount)s was paid to providers for what they had given you, also in earlier months.",
        amount=money_text(paid),
    )


def _payment(accepted: Money, own: Money) -> str:
    if not own.cents:
        return _(
            "Accepted for payment of what was given: %(amount)s. The organisation pays the provider; you pay "
            "nothing to the provider from your budget.",
            amount=money_text(accepted),
        )
    return _(
        "Accepted for payment of what was given: %(amount)s, which the organisation pays to the provider. Your own "
        "share is %(own)s beside it: the price is above the value in your decision, and you pay the rest to the "
        "provider.",
        amount=money_text(accepted),
        own=money_text(own),
    )


def _line(kept: dict[str, Any]) -> SummaryLine:
    unit = Unit(kept["unit"])
    granted, reserved, used, disputed, left = (
        amount_text(Amount(unit, kept[name])) for name in ("granted", "reserved", "used", "disputed", "left")
    )
    sentences = [
        _(
            "For %(first)s–%(last)s you had %(granted)s.",
            first=_day(kept["first"]),
            last=_day(kept["last"]),
            granted=granted,
        ),
        _(
            "Used: %(used)s. Agreements still hold: %(reserved)s. Left: %(left)s.",
            used=used,
            reserved=reserved,
            left=left,
        ),
    ]
    if kept["disputed"]:
        sentences.append(_("You have objected to %(amount)s of this.", amount=disputed))
    if kept["left"]:
        sentences.append(
            _("What is left and not moved on returns to the organisation after %(day)s.", day=_day(kept["returns_on"]))
        )  # fmt: skip
    return SummaryLine(SERVICES[kept["service"]].name[current_language()], sentences)


def _given(kept: dict[str, Any]) -> GivenRow:
    minutes = kept["minutes"]
    much = f"{amount_text(Amount(Unit.MINUTES, minutes))} · " if minutes else ""
    return GivenRow(
        _day(kept["day"]),
        kept["provider"],
        SERVICES[kept["service"]].name[current_language()],
        much + money_text(Money(kept["cents"])),
        _state(DeliveryState(kept["state"]), kept.get("until")),
    )


def _state(state: DeliveryState, until: str | None) -> str:
    """How it stands, and until when the client can object: who gets no mail reads it here for the first time."""
    words = str(CLIENT_STATES[state][0])
    if state is DeliveryState.RECORDED and until:
        return _("%(state)s. You can object until %(day)s.", state=words, day=_day(until))
    return words


def _day(iso: str) -> str:
    return date_text(date.fromisoformat(iso))
