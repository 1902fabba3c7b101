"""How prices, times and rules of a pilot are written."""

from __future__ import annotations

from marketplace.i18n import _, current_language, date_text, money_text, ngettext
from marketplace.money import Money
from marketplace.pilots import vocabulary
from marketplace.pilots.definition import DeliveryRules
from marketplace.sorting import sort_key


def price_text(amount: Money, unit: str) -> str:
    """A price with its unit in the reader's language: `34,50 €/h`, `75,00 €/pv`, `75,00 €/dag`."""
    return f"{money_text(amount)}/{vocabulary.UNITS[unit].short[current_language()]}"


def cancelling_texts(rules: DeliveryRules, *, private: bool = False) -> list[str]:
    """What a visit that the client cancels takes of the budget, and that nobody may ask for more.

    `private`: the service is given by a person near to the client and not by a provider.
    """
    if not rules.cancellation_percent:
        found = [_("A visit that you cancel takes nothing of your budget.")]
    else:
        found = [
            ngettext(
                "Cancel at least %(num)d hour before the visit begins. It then takes nothing of your budget.",
                "Cancel at least %(num)d hours before the visit begins. It then takes nothing of your budget.",
                rules.cancellation_hours,
            )
            if rules.cancellation_hours
            else _("Cancel before the visit begins. It then takes nothing of your budget."),
            _(
                "If you cancel later, %(percent)d per cent of the price is taken from your budget.",
                percent=rules.cancellation_percent,
            ),
        ]
    if private:
        return [*found, _("This rule binds the person who helps: less may be asked, never more.")]
    return [*found, _("This rule binds the provider: it may ask for less, never for more.")]


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
