"""Which passwords are accepted (NIST SP 800-63B 5.1.1.2, ASVS 5.0 6.2): long ones that are not guessed first.

No rule asks for kinds of characters, and no password grows old. What is guessed first is judged offline by zxcvbn:
lists of common passwords, names and words, keyboard walks, sequences, repetitions and years, and what the portal, the
place and the person make likely.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from zxcvbn import zxcvbn

from marketplace.errors import Invalid
from marketplace.i18n import _l

MIN_LENGTH: Final = 12
MAX_LENGTH: Final = 200
JUDGED: Final = 72
"""Characters that the judge reads: its time grows with the square of the length, and so much is strong already."""

LEAST_GUESSES_LOG10: Final = 8
"""How many guesses, as a power of ten, a password must withstand to be kept."""

LIKELY_WORDS: Final = (
    *("palvelutori", "servicetorget", "palvelu", "tori", "service", "torget", "demo"),
    *("salasana", "tunnussana", "lösenord", "losenord", "password", "käyttäjä", "användare"),
    *("hyvinvointialue", "välfärdsområde", "sosiaalipalvelu", "budjetti", "budget", "palveluseteli"),
    *("keusote", "eksote", "soite", "hyvinkää", "järvenpää", "tuusula", "kerava", "vantaa", "lappeenranta"),
    *("kokkola", "helsinki", "helsingfors", "suomi", "finland", "finlande"),
    *("kevät", "kesä", "syksy", "talvi", "vår", "sommar", "höst", "vinter", "joulu", "jul"),
    *("tammikuu", "helmikuu", "maaliskuu", "huhtikuu", "toukokuu", "kesäkuu", "heinäkuu", "elokuu"),
    *("syyskuu", "lokakuu", "marraskuu", "joulukuu", "maanantai", "tiistai", "keskiviikko", "torstai"),
    *("perjantai", "lauantai", "sunnuntai", "kissa", "koira", "mansikka", "perkele", "vittu", "hevonen"),
    *("qwertyuiopå", "asdfghjklöä"),
)
"""Words that people of Finland put into passwords and that English lists do not know."""

_judging: Final = threading.Lock()
"""The judge keeps the likely words in a variable of its own: two threads would mix them."""


def normal_password(password: str) -> str:
    """The password in one form: keyboards write the same letter (ä) in two ways (Unicode NFC)."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, *, about: Iterable[str] = ()) -> None:
    """Raises Invalid for a password that is too short, too long or guessed early.

    `about` is what is known of the person: name, e-mail address, company.
    """
    if len(password) < MIN_LENGTH:
        raise Invalid(_l("Use a password of at least 12 characters."), field="password")
    if len(password) > MAX_LENGTH:
        raise Invalid(_l("Use a password of at most 200 characters."), field="password")
    likely = [*dict.fromkeys(_words(about)), *LIKELY_WORDS]
    readings = (
        password[:JUDGED],
        _bare(password)[:JUDGED],
    )  # blanks and dots between likely words add nothing
    with _judging:
        weak = any(
            zxcvbn(reading, user_inputs=likely)["guesses_log10"] < LEAST_GUESSES_LOG10
            for reading in readings
            if reading
        )
    if weak:
        raise Invalid(
            _l(
                "This password is among those that are tried first: it is common, repeats itself, or is made of your "
                "name, address or the name of the service. Choose several words that do not belong together."
            ),
            field="password",
        )


def _words(about: Iterable[str]) -> Iterator[str]:
    """Each text whole, in one piece without what stands between its words, and word by word."""
    for text in about:
        yield text.casefold()
        yield _bare(text.casefold())
        yield from (word for word in re.split(r"[\W_]+", text.casefold()) if len(word) > 2)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
