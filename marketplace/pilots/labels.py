"""How prices and times of a pilot are written."""

from __future__ import annotations

from marketplace.i18n import current_language, money_text
from marketplace.money import Money
from marketplace.pilots import vocabulary


def price_text(amount: Money, unit: str) -> str:
    """A price with its unit in the reader's language: `34,50 €/h`, `75,00 €/pv`, `75,00 €/dag`."""
    return f"{money_text(amount)}/{vocabulary.UNITS[unit].short[current_language()]}"


def time_text(minutes: int) -> str:
    """A time of day as it is written in Finland: `16` on the hour, otherwise `16.30`."""
    hour, minute = divmod(minutes, 60)
    return f"{hour}.{minute:02d}" if minute else str(hour)
