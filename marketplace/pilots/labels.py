"""How prices and times of a pilot are written."""

from __future__ import annotations

from marketplace.i18n import _, current_language, date_text, money_text
from marketplace.money import Money
from marketplace.pilots import vocabulary
from marketplace.sorting import sort_key


def price_text(amount: Money, unit: str) -> str:
    """A price with its unit in the reader's language: `34,50 €/h`, `75,00 €/pv`, `75,00 €/dag`."""
    return f"{money_text(amount)}/{vocabulary.UNITS[unit].short[current_language()]}"


def joined_text(code: str) -> str:
    """The municipalities that were joined to one, each with the day: by these names people still know the places."""
    language = current_language()
    former = sorted(vocabulary.former_names(code), key=lambda each: sort_key(each.name[language]))
    names = ", ".join(f"{each.name[language]} {date_text(each.until)}" for each in former)
    return _("Joined to it: %(names)s", names=names) if names else ""


def time_text(minutes: int) -> str:
    """A time of day as it is written in Finland: `16` on the hour, otherwise `16.30`."""
    hour, minute = divmod(minutes, 60)
    return f"{hour}.{minute:02d}" if minute else str(hour)
