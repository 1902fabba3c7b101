"""Finnish and Swedish: the languages, text that exists in both, and how numbers and times are written.

Source strings in the code are English; what a person reads is always Finnish or Swedish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import flask_babel
import sqlalchemy as sa
from babel.numbers import format_currency
from flask import g, has_app_context
from flask_babel import Babel, force_locale, lazy_gettext, lazy_pgettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from marketplace.db import Base
from marketplace.money import Money

LANGUAGES: Final = ("fi", "sv")
LANGUAGE_NAMES: Final = {"fi": "Suomi", "sv": "Svenska"}
"""What the languages call themselves: for who chooses a language to read in."""

HELSINKI: Final = ZoneInfo("Europe/Helsinki")

# The library has no types of its own; a text of a source string is a text.
_library_gettext: Final[Callable[..., str]] = flask_babel.gettext
pgettext: Final[Callable[..., str]] = flask_babel.pgettext
"""The text of a word whose form depends on what it is said of: `pgettext("agreement", "Ended")`."""


def gettext(message: str, /, **variables: Any) -> str:
    """The text of a source string in the reader's language, with its variables filled in."""
    language = _catalogue()
    text = _library_gettext(message) if language is None else _text_in(language, message)
    return filled(text, variables) if variables else text


def ngettext(singular: str, plural: str, num: Any, /, **variables: Any) -> str:
    """The text for `num` in the reader's language, with its variables filled in."""
    return plural_text(singular, plural, num) % ({"num": num} | variables)


def _kept() -> Any:
    """What the request in hand, or the command, keeps; None outside of both. Asked hundreds of times a page."""
    try:
        return g._get_current_object()  # noqa: SLF001 - half the time of asking `g` twice
    except RuntimeError:
        return None


def _catalogue() -> str | None:
    """The language into which source strings are translated now; None where there is no application."""
    kept = _kept()
    return None if kept is None else kept.get("said_in") or kept.get("lang", LANGUAGES[0])


@lru_cache(maxsize=10_000)
def _text_in(language: str, message: str) -> str:
    with force_locale(language):
        return str(_library_gettext(message))


@lru_cache(maxsize=20_000)
def _plural_in(language: str, singular: str, plural: str, number: Any) -> str:
    with force_locale(language):
        return str(flask_babel.get_translations().ungettext(singular, plural, number))


def filled(text: str, variables: Mapping[str, Any]) -> str:
    """A text with its variables filled in; a name that ends in a full stop (`r.f.`) takes the one of the sentence."""
    for name, value in variables.items():
        if isinstance(value, str) and value.endswith("."):
            text = text.replace(f"%({name})s.", f"%({name})s")
    return text % variables


def plural_text(singular: str, plural: str, number: int) -> str:
    """The text for `number` in the reader's language, its placeholders as they are: for Jinja, which fills them in."""
    language = _catalogue()
    if language is None:
        return str(flask_babel.get_translations().ungettext(singular, plural, number))
    return _plural_in(language, singular, plural, number)


_ = gettext
_l = lazy_gettext

LANGUAGE_LABELS: Final[dict[str, Any]] = {"fi": _l("Finnish"), "sv": _l("Swedish")}
"""What the reader calls the languages: for what is said of somebody else, or chosen for them."""

__all__ = [
    "HELSINKI",
    "LANGUAGES",
    "LANGUAGE_LABELS",
    "LANGUAGE_NAMES",
    "LocalizedText",
    "_",
    "_l",
    "babel",
    "current_language",
    "date_text",
    "datetime_text",
    "gettext",
    "greeting",
    "helsinki_date",
    "in_english",
    "in_language",
    "lazy_pgettext",
    "listed",
    "localized",
    "money_text",
    "ngettext",
    "pgettext",
    "select_locale",
    "template_text",
    "with_unit",
]


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text in Finnish and in Swedish; either may be empty while it is being written."""

    fi: str = ""
    sv: str = ""

    def text(self, language: str) -> tuple[str, str]:
        """The text for a reader of `language` and the language it is in: the other one when the first is empty."""
        wanted, other = (self.fi, "sv") if language == "fi" else (self.sv, "fi")
        if wanted:
            return wanted, language
        fallback = self.sv if language == "fi" else self.fi
        return (fallback, other) if fallback else ("", language)

    def __getitem__(self, language: str) -> str:
        """The text in `language`, or in the other one when it is missing."""
        return self.text(language)[0]

    def __bool__(self) -> bool:
        return bool(self.fi or self.sv)

    @property
    def missing(self) -> tuple[str, ...]:
        """The languages in which the text is still empty."""
        return tuple(language for language in LANGUAGES if not getattr(self, language))


class LocalizedTextColumn(TypeDecorator[LocalizedText]):
    """A LocalizedText kept as JSON `{"fi": …, "sv": …}`."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else sa.JSON())

    def process_bind_param(self, value: LocalizedText | None, dialect: Dialect) -> dict[str, str] | None:
        return None if value is None else {"fi": value.fi, "sv": value.sv}

    def process_result_value(self, value: dict[str, str] | None, dialect: Dialect) -> LocalizedText | None:
        return None if value is None else LocalizedText(**value)


Base.registry.update_type_annotation_map({LocalizedText: LocalizedTextColumn})


def select_locale() -> str:
    """The language of the request in hand, taken from its path; Finnish outside a request."""
    return g.get("lang", LANGUAGES[0]) if has_app_context() else LANGUAGES[0]


babel = Babel()


def current_language() -> str:
    """The reader's language: `fi` or `sv`."""
    kept = _kept()
    return LANGUAGES[0] if kept is None else cast(str, kept.get("spoken") or kept.get("lang", LANGUAGES[0]))


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Translate into `language` inside the block: mail and decisions speak the recipient's language."""
    if not has_app_context():
        yield
        return
    before = g.get("spoken"), g.get("said_in")
    g.spoken = g.said_in = language
    try:
        with force_locale(language):
            yield
    finally:
        g.spoken, g.said_in = before


@contextmanager
def in_english() -> Iterator[None]:
    """Sentences in English inside the block, as on the command line; names of things stay those of the language."""
    if not has_app_context():
        yield
        return
    before, g.said_in = g.get("said_in"), "en"
    try:
        with force_locale("en"):
            yield
    finally:
        g.said_in = before


@pass_eval_context
def template_text(context: EvalContext, message: str, /, **variables: Any) -> str:
    """`_()` of the templates: the text as markup where the template escapes, with its variables filled in.

    Does what Jinja's own does, ten times faster: a page of results says this a hundred times.
    """
    kept = _kept()
    if kept is None:
        return filled(message, variables)
    language = kept.get("spoken") or kept.get("lang", LANGUAGES[0])
    text = _template_text(language, message, context.autoescape)
    return filled(text, variables)


@lru_cache(maxsize=10_000)
def _template_text(language: str, message: str, markup: bool) -> str:
    text = _text_in(language, message)
    return Markup(text) if markup else text  # noqa: S704 - our own texts


def helsinki_date(now: datetime) -> date:
    """The calendar day in Finland at the moment `now`: what validity and due dates go by."""
    return now.astimezone(HELSINKI).date()


def money_text(amount: Money, language: str | None = None) -> str:
    """A price as text: `34,50 €` with a no-break space, the same in both languages; `−34,50 €` below zero."""
    return _money_text(amount.cents, language or current_language())


@lru_cache(maxsize=20_000)
def _money_text(cents: int, language: str) -> str:
    text = format_currency(Money(cents).euros, "EUR", locale=f"{language}_FI")
    return text.replace("-", "\N{MINUS SIGN}")


def listed(names: Sequence[str]) -> str:
    """Names in a row as in a sentence: after the first, one that begins with a capital alone begins small.

    For names of common words; those of places and companies keep their capitals and are joined as they are.
    """
    first, *rest = names or [""]
    return ", ".join(
        [first, *(name if name[1:2].isupper() else name[:1].lower() + name[1:] for name in rest)]
    )


def date_text(day: date | None) -> str:
    """A date as text: `22.11.2026`; empty for no date."""
    return "" if day is None else f"{day.day}.{day.month}.{day.year}"


def datetime_text(moment: datetime | None, language: str | None = None) -> str:
    """`22.11.2026 klo 16.05` / `22.11.2026 kl. 16.05` in Finnish time, with a no-break space before the hour."""
    if moment is None:
        return ""
    local = moment.astimezone(HELSINKI)
    clock = "klo" if (language or current_language()) == "fi" else "kl."
    return f"{date_text(local.date())} {clock}\N{NO-BREAK SPACE}{local.hour}.{local.minute:02d}"


def period_text(starts: datetime, ends: datetime) -> str:
    """From one moment to another: `20.4.2022 klo 16–17.30`, with both days where it goes on over midnight."""
    first, last = starts.astimezone(HELSINKI), ends.astimezone(HELSINKI)
    if first.date() != last.date():
        return f"{datetime_text(starts)} – {datetime_text(ends)}"
    clock = [f"{each.hour}.{each.minute:02d}".removesuffix(".00") for each in (first, last)]
    return _("%(day)s at %(start)s–%(end)s", day=date_text(first.date()), start=clock[0], end=clock[1])


def percent_text(percent: Decimal | str) -> str:
    """A rate as text: `25,5 %` with a no-break space, the same in both languages."""
    return f"{Decimal(percent).normalize():f}".replace(".", ",") + "\N{NO-BREAK SPACE}%"


def days_text(number: int) -> str:
    """A number of days: `1 day`, `14 days`."""
    return ngettext("%(num)d day", "%(num)d days", number)


def greeting(name: str) -> str:
    """How a letter begins, also to somebody whose name nobody knows."""
    return _("Hello %(name)s,", name=name) if name else _("Hello,")


def with_unit(amount: object, unit: str) -> str:
    """An amount with the sign of its unit: `2 h`, `12 km`. No line ends between the two."""
    return f"{amount}\N{NO-BREAK SPACE}{unit}"


def hours_text(number: int) -> str:
    """A number of hours: `1 hour`, `24 hours`."""
    return ngettext("%(num)d hour", "%(num)d hours", number)


def minutes_text(number: int) -> str:
    """A number of minutes: `1 minute`, `30 minutes`."""
    return ngettext("%(num)d minute", "%(num)d minutes", number)


def count_text(number: int) -> str:
    """A number as text: `5 000` with no-break spaces between the thousands, the same in both languages."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def localized(text: LocalizedText | None) -> Markup:
    """The text in the reader's language; one that exists only in the other is marked with its `lang`."""
    if text is None:
        return Markup()
    reader = current_language()
    words, language = text.text(reader)
    if language == reader or not words:
        return escape(words)
    return Markup('<span lang="{}">{}</span>').format(language, words)
